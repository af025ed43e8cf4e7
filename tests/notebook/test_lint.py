from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from gabarito.model import Role
from gabarito.notebook.lint import Finding, Severity, check_source
from gabarito.notebook.markers import Delimiters
from tests.release.factories import answer, given, graded, labelled, lesson, notebook, plain

SOLVED = "### BEGIN SOLUTION\nx = 1\n### END SOLUTION"
HIDDEN = "### BEGIN HIDDEN TESTS\nassert x\n### END HIDDEN TESTS"
SCHEME = "### BEGIN MARK SCHEME\none point\n### END MARK SCHEME"


def _check(*cells: NotebookNode, **options: Any) -> list[Finding]:
    return check_source(notebook(*cells), **options)


def _only(*cells: NotebookNode) -> Finding:
    findings = _check(*cells)
    assert len(findings) == 1, [str(f) for f in findings]
    return findings[0]


def test_a_sound_notebook_has_no_findings() -> None:
    assert _check(*lesson()) == []


def test_a_finding_says_where_and_what_to_do() -> None:
    found = _only(new_markdown_cell("text"), graded("t", "assert x\n### BEGIN HIDDEN TESTS\nassert y"))
    assert (found.severity, found.rule, found.index, found.cell, found.line) == (
        Severity.REFUSE, "marker", 1, "t", 2,
    )  # fmt: skip
    assert str(found) == (
        "cell 2 (t), line 2: “BEGIN HIDDEN TESTS” is never closed; "
        "add a line with “END HIDDEN TESTS” after the last line of the region"
    )


@pytest.mark.parametrize(
    ("cell", "rule", "words"),
    [
        (graded("t", f"assert 1\n{SOLVED}"), "wrong-cell", "“BEGIN SOLUTION” stands in a test cell"),
        (given("g", SOLVED), "wrong-cell", "“BEGIN SOLUTION” stands in a read-only cell"),
        (plain(SOLVED), "wrong-cell", "“BEGIN SOLUTION” stands in an ordinary cell"),
        (plain(HIDDEN), "wrong-cell", "“BEGIN HIDDEN TESTS” stands in an ordinary cell"),
        (given("g", HIDDEN), "wrong-cell", "“BEGIN HIDDEN TESTS” stands in a read-only cell"),
        (labelled(Role.MANUAL, "m", HIDDEN, 1), "wrong-cell", "stands in a manually graded answer"),
        (labelled(Role.MANUAL, "m", SCHEME, 1, "markdown"), "wrong-cell", "stands in a manually graded answer"),
        (new_markdown_cell(SCHEME), "wrong-cell", "“BEGIN MARK SCHEME” stands in an ordinary cell"),
        (labelled(Role.TASK, "k", SOLVED, 1, "markdown"), "wrong-cell", "stands in a task cell"),
        (given("g", "x\n### END SOLUTION"), "marker", "closes nothing"),
        (labelled(Role.GIVEN, None, "x"), "missing-id", "a read-only cell has no id"),
        (labelled(Role.GIVEN, "", "x"), "missing-id", "a read-only cell has no id"),
        (labelled(Role.GIVEN, "two words", "x"), "malformed-id", "the id 'two words' is malformed"),
        (labelled(Role.GIVEN, "id\n", "x"), "malformed-id", "malformed"),
        (labelled(Role.GIVEN, 7, "x"), "malformed-id", "the id 7 is malformed"),
        (graded("t", "assert x", None), "points", "has no points"),
        (graded("t", "assert x", -1), "points", "its points are -1"),
        (graded("t", "assert x", "2"), "points", "its points are '2', which is no number"),
        (graded("t", "assert x", True), "points", "its points are True"),
        (graded("t", "assert x", float("nan")), "points", "its points are nan"),
        (labelled(Role.TASK, "k", "text", None, "markdown"), "points", "has no points"),
        (labelled(Role.TEST, "t", "text", 1, "markdown"), "cell-type", "a test cell is a markdown cell"),
        (labelled(Role.TEST, "t", "text", 1, "raw"), "cell-type", "a test cell is a raw cell"),
        (labelled(Role.TASK, "k", "text", 1), "cell-type", "a task cell is a code cell"),
        (labelled(Role.MANUAL, "m", "text", 1, "raw"), "cell-type", "a manually graded answer is a raw cell"),
        (labelled(Role.GIVEN, "g", "x", schema_version=2), "schema", "of version 2, now it is 3"),
        (labelled(Role.GIVEN, "g", "x", schema_version=99), "schema", "too new"),
        (labelled(Role.GIVEN, "g", "x", checksum="short"), "schema", "isn’t valid"),
        (graded("t", "assert x ="), "syntax", "no valid Python"),
    ],
)
def test_refuses_what_nbgrader_only_trips_over(cell: NotebookNode, rule: str, words: str) -> None:
    found = _only(cell)
    assert (found.severity, found.rule, found.index) == (Severity.REFUSE, rule, 0)
    assert words in found.message
    assert found.advice


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("### BEGIN HIDDEN TEST", "BEGIN HIDDEN TESTS"),
        ("## begin hidden tests: large numbers", "BEGIN HIDDEN TESTS"),
        ("# BEGIN_SOLUTION", "BEGIN SOLUTION"),
        ("### END  SOLUTON", "END SOLUTION"),
        ("# end of solution", "END SOLUTION"),
    ],
)
def test_warns_of_what_is_almost_a_marker(line: str, meant: str) -> None:
    found = _only(graded("t", f"assert f(3)\n{line}\nassert f(4)"))
    assert (found.severity, found.rule, found.line) == (Severity.WARN, "near-marker", 2)
    assert found.advice == f"write “{meant}”"


@pytest.mark.parametrize("line", ["# BEGIN TESTS", "# the solution", "# hidden", "# begin", "x = 'BEGIN'", "# " * 90])
def test_other_lines_are_no_markers(line: str) -> None:
    assert _check(graded("t", f"assert f(3)\n{line}")) == []


def test_what_is_cut_out_may_look_like_a_marker() -> None:
    assert _check(answer("a", "### BEGIN SOLUTION\n# end solution\n### END SOLUTION"), graded("t", "assert f(3)")) == []


def test_refuses_a_markdown_answer_that_nobody_grades() -> None:
    found = _check(labelled(Role.ANSWER, "a", SOLVED, cell_type="markdown"))
    assert [f.rule for f in found] == ["cell-type"]


def test_refuses_an_id_twice_and_names_the_first() -> None:
    found = _only(given("g", "x"), plain("y"), given("g", "z"))
    assert (found.rule, found.index, found.cell) == ("duplicate-id", 2, "g")
    assert "already that of cell 1" in found.message


def test_ids_of_cells_without_a_role_do_not_count() -> None:
    stray = plain("x")
    stray.metadata["nbgrader"] = {
        "schema_version": 3, "grade": False, "solution": False, "locked": False, "grade_id": "g",
    }  # fmt: skip
    assert _check(given("g", "x"), stray) == []


def test_code_of_another_language_is_not_read_as_python() -> None:
    node = notebook(plain("x <- 1"), graded("t", "stopifnot(x == 1); if (x) {}"))
    assert "syntax" in {f.rule for f in check_source(node)}
    node.metadata.kernelspec["language"] = "R"
    assert check_source(node) == []


def test_refuses_a_picture_in_a_mark_scheme_unless_the_course_allows_it() -> None:
    cell = labelled(Role.TASK, "k", SCHEME.replace("one", "![plot](attachment:plot.png) one"), 1, "markdown")
    found = _only(cell)
    assert (found.rule, found.line) == ("attachment", 2)
    assert _check(cell, attachments_refused=False) == []


def test_markers_are_those_of_the_course() -> None:
    own = Delimiters(solution=("<<", ">>"))
    assert _check(answer("a", "# <<\nx = 1\n# >>"), delimiters=own) == []
    assert [f.rule for f in _check(given("g", "# <<"), delimiters=own)] == ["marker"]


@pytest.mark.parametrize(
    "cell",
    [
        graded("t", "assert x", 0),
        labelled(Role.MANUAL, "m", SOLVED, 0, "markdown"),
        labelled(Role.TASK, "k", "text", 0.0, "markdown"),
    ],
)
def test_warns_of_a_graded_cell_worth_nothing(cell: NotebookNode) -> None:
    found = _only(cell)
    assert (found.severity, found.rule) == (Severity.WARN, "no-points")


@pytest.mark.parametrize(
    "source",
    [
        "x = f(3)",
        "print(f(3))",
        "f(3)",
        "f(3) == 4;\nplt.plot(x)",
        "'well done'",
        "True",
        "",
        "# only a comment",
        "helper(3)",
        "check(3)",
    ],
)
def test_warns_of_a_test_that_asserts_nothing(source: str) -> None:
    cells = (given("g", "def helper(x):\n    print(x)"), answer("a", "def f(x): ...\ndef check(x): ..."))
    found = _only(*cells, graded("t", source))
    assert (found.severity, found.rule, found.index) == (Severity.WARN, "no-assertion", 2)


@pytest.mark.parametrize(
    "source",
    [
        "assert f(3) == 4",
        "if f(3) != 4:\n    raise ValueError('no')",
        "np.testing.assert_allclose(f(3), 4)",
        "from nose.tools import assert_equal as eq\nassert_equal(f(3), 4)",
        "with pytest.raises(ValueError):\n    f(3)",
        "self.assertEqual(f(3), 4)",
        "close(f(3), 4)",
        "twice(f(3), 4)",
        "tool.verify(f(3))",
        "%time assert f(3) == 4",
        "%%time\nassert f(3) == 4",
        "right = 0\nright + 1",
        "n = 1\nn",
        "0.5",
        "1 if f(3) else 0",
        "2 * (f(3) == 4)",
        "(f(3) == 4) + (f(4) == 5)",
        "f(3) == 4 and 2",
        "points = 2 * (f(3) == 4)\npoints",
        "-f(3)",
        "f(3) == 4\nassert f(4) == 5",
        "score(f)",
        "min(1, f(3))",
        "### AUTOTEST f(3)",
    ],
)
def test_whatever_can_fail_or_score_is_a_test(source: str) -> None:
    helpers = (
        "def close(a, b):\n    assert abs(a - b) < 1\ndef twice(*xs):\n    close(*xs)\ndef score(g):\n    return 1"
    )
    assert _check(given("g", helpers), answer("a", "def f(x): ..."), graded("t", source)) == []


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("f(3) > 3", 1),
        ("assert f(1)\n\nf(3) == 4;", 3),
        ("x = f(3)\nx is None", 2),
        ("not f(3)", 1),
        ("isinstance(f(3), int)", 1),
        ("np.allclose(f(3), 4)", 1),
        ("f(3) == 4 and f(4) == 5 or not f(5)", 1),
        ("(f(3) == 4) & (f(4) == 5)", 1),
        ("f(3) in (4, 5) if f else False", 1),
        ("%time f(3) == 4", 1),
        ("\n%%time\nf(\n    3\n) == 4\n", 3),
    ],
)
def test_warns_of_a_truth_value_that_nobody_looks_at(source: str, line: int) -> None:
    found = _only(answer("a", "def f(x): ..."), graded("t", source))
    assert (found.severity, found.rule, found.index, found.line) == (Severity.WARN, "not-a-score", 1, line)
    assert "“assert”" in found.advice


def test_a_truth_value_is_shown_in_one_short_line() -> None:
    found = _only(answer("a", "def f(x): ..."), graded("t", "f(3) == [\n" + "1,\n" * 40 + "]"))
    assert "“f(3) == [1, 1, 1," in found.message
    assert "…”, which checks nothing" in found.message
    assert len(found.message) < 150


def test_functions_of_the_notebook_may_give_points() -> None:
    helper = "def all(xs):\n    return 2.0"
    assert _check(given("g", helper), answer("a", "x = 1"), graded("t", "assert x\nall([x])")) == []


@pytest.mark.parametrize(
    ("source", "name", "line"),
    [
        ("x = 1\ndef test_f():\n    assert f(3)", "test_f", 2),
        ("def looks_right(y):\n    assert y", "looks_right", 1),
        ("if True:\n    def test_f():\n        assert f(3) and test_f", "test_f", 2),
        ("class TestF:\n    def test_one(self):\n        assert f(3)", "TestF", 1),
        ("import pytest\ndef test_f():\n    with pytest.raises(ValueError):\n        f(3)", "test_f", 2),
    ],
)
def test_warns_of_a_test_function_that_is_never_called(source: str, name: str, line: int) -> None:
    found = _only(answer("a", "def f(x): ..."), graded("t", source))
    assert (found.severity, found.rule, found.line) == (Severity.WARN, "never-called", line)
    assert f"“{name}”" in found.message


@pytest.mark.parametrize(
    ("source", "later"),
    [
        ("def test_f():\n    assert f(3)\ntest_f()", "pass"),
        ("def test_f():\n    assert f(3)", "test_f()"),
        ("def test_f():\n    assert f(3)", "for t in [test_f]:\n    t()"),
        ("@run_now\ndef test_f():\n    assert f(3)", "pass"),
        ("def test_f():\n    assert f(3)", "import ipytest\nipytest.run()"),
        ("class TestF(unittest.TestCase):\n    def test_one(self):\n        assert f(3)", "unittest.main(argv=[''])"),
        ("def test_f():\n    assert f(3)", "for n, t in globals().items():\n    t()"),
    ],
)
def test_a_test_function_that_runs_somehow_is_fine(source: str, later: str) -> None:
    assert _check(answer("a", "def f(x): ..."), graded("t", source), plain(later)) == []


def test_warns_of_an_answer_that_nothing_looks_at() -> None:
    found = _only(graded("t", "assert 1"), answer("a", "x = 1"))
    assert (found.severity, found.rule, found.index) == (Severity.WARN, "unchecked-answer", 1)
    assert _check(answer("a", "x = 1"), graded("t", "assert x")) == []
    assert _check(answer("a", SOLVED)) == []


def test_broken_code_elsewhere_is_left_to_the_run() -> None:
    assert _check(plain("x = ="), answer("a", f"def\n{SOLVED}"), graded("t", "assert x")) == []


_SOURCES = st.sampled_from([SOLVED, HIDDEN, SCHEME, "x = 1", "assert x", "### END SOLUTION", "x = =", ""])
_IDS = st.sampled_from([None, "", "a", "b", "not good"])
_POINTS = st.sampled_from([None, 0, 1, -1, "1"])
_CELLS = st.builds(
    labelled,
    st.sampled_from([Role.GIVEN, Role.ANSWER, Role.TEST, Role.MANUAL, Role.TASK]),
    _IDS,
    _SOURCES,
    _POINTS,
    st.sampled_from(["code", "markdown", "raw"]),
)


@hypothesis_given(st.lists(_CELLS, max_size=5))
def test_every_finding_names_its_cell_and_says_what_to_do(cells: list[NotebookNode]) -> None:
    for found in _check(*cells):
        assert found.index is not None
        assert 0 <= found.index < len(cells)
        assert found.line is None or 1 <= found.line <= len(cells[found.index].source.split("\n"))
        assert found.message
        assert found.advice
