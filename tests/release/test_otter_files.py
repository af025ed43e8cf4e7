"""The test files, judged by otter itself."""

from __future__ import annotations

import ast
import contextlib
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager
from otter.test_files.exception_test import ExceptionTestFile

from gabarito.model import NotebookRecord, RecordCell, ReleaseRecord, Role
from gabarito.notebook.markers import hidden_regions
from gabarito.release import release
from gabarito.release.otter_files import HEADER, _literal, otter_file, otter_files
from tests.release.factories import TEST_DOUBLE, lesson, notebook, run_here, write_course


def _cell(source: str, points: float = 2, name: str = "t") -> RecordCell:
    return RecordCell(
        id=name,
        role=Role.TEST,
        cell_type="code",
        source=source,
        checksum="",
        points=points,
        locked=True,
        hidden=hidden_regions(source),
    )


def _judge(cell: RecordCell, **env: Any) -> tuple[float, list[tuple[str, bool, bool]]]:
    """Otter's score, and of each of its test cases the name, whether it is hidden and whether it passed."""
    file = ExceptionTestFile.from_string(otter_file(cell, "ps1.ipynb"), path=f"{cell.id}.py")
    file.run(env)
    return file.score, [(r.test_case.name, r.test_case.hidden, r.passed) for r in file.test_case_results]


def _double(x: Any) -> Any:
    return x + x


def test_a_solved_notebook_gets_full_marks_and_an_empty_one_none() -> None:
    cell = _cell(TEST_DOUBLE)
    assert _judge(cell, double=_double) == (
        2,
        [("t", False, True), ("large numbers", True, True), ("hidden test 2", True, True)],
    )
    score, cases = _judge(cell)
    assert score == 0
    assert {passed for *_, passed in cases} == {False}


def test_it_is_all_or_nothing() -> None:
    score, cases = _judge(_cell(TEST_DOUBLE), double=lambda x: 4 if x == 2 else -2)
    assert score == 0
    assert [passed for *_, passed in cases] == [True, False, True]


def test_what_a_part_defines_is_there_for_the_next() -> None:
    source = "seen = 1\n### BEGIN HIDDEN TESTS\nmore = seen + 1\n### END HIDDEN TESTS\nassert more == 2"
    score, cases = _judge(_cell(source))
    assert score == 2
    assert [hidden for _, hidden, _ in cases] == [False, True, False]


def test_hidden_tests_inside_a_function_stay_one_test() -> None:
    source = (
        "def check(f):\n    assert f(1) == 2\n    ### BEGIN HIDDEN TESTS: big\n    assert f(9) == 18\n"
        "    ### END HIDDEN TESTS\ncheck(double)"
    )
    assert _judge(_cell(source), double=_double) == (2, [("big", True, True)])
    assert _judge(_cell(source), double=lambda x: 2)[0] == 0


def test_magics_are_translated() -> None:
    class Shell:
        def run_line_magic(self, *_: Any, **__: Any) -> None:
            ran.append(1)

    ran: list[int] = []
    text = "%matplotlib inline\nassert double(1) == 2"
    assert _judge(_cell(text), double=_double, get_ipython=Shell)[0] == 2
    assert ran == [1]


@pytest.mark.parametrize(
    ("source", "score"),
    [
        ("n = 2\nn", 2),
        ("n = 1\nn", 0),
        ("n = 1.5\n(n\n + 0.5)", 2),
        ("0", 0),
        ("'fine'", 2),
        ("n = 1; n", 2),  # seen by nbgrader only
        ("True", 2),
        ("print(0)", 2),
        ("check_all = len\ncheck_all([])", 2),
        ("max([0, 1])", 0),
        ("None", 2),
    ],
)
def test_a_partial_score_counts_only_when_it_is_full(source: str, score: float) -> None:
    assert _judge(_cell(source))[0] == score


def test_a_cell_without_points_has_no_score_to_reach() -> None:
    assert "assert score" not in otter_file(_cell("0", points=0), "ps1.ipynb")
    assert [passed for *_, passed in _judge(_cell("0", points=0))[1]] == [True]


@pytest.mark.parametrize("source", ["", "# nothing\n", "### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS"])
def test_a_cell_without_code_is_a_test_all_the_same(source: str) -> None:
    assert _judge(_cell(source))[1] == [("t", False, True)]


def test_code_that_is_no_python_fails() -> None:
    assert _judge(_cell("x = ="))[0] == 0


def test_it_reads_well() -> None:
    text = otter_file(
        _cell("assert f(2) == 4\n### BEGIN HIDDEN TESTS: big\nx = 9\nassert f(x)\n### END HIDDEN TESTS"), "n.ipynb"
    )
    assert (
        text
        == f'''{HEADER} from the cell t of n.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "t"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{{type(e).__name__}}: {{e}}") from e


@test_case(name="t", hidden=False)
def visible_1(env):
    source = "assert f(2) == 4"
    run(source, "t", env)


@test_case(name="big", hidden=True)
def hidden_2(env):
    source = """
x = 9
assert f(x)
"""
    run(source, "t: big", env)
'''
    )


def test_files_lie_together_unless_ids_clash() -> None:
    cell = _cell("assert 1", name="a")
    one, two = NotebookRecord(name="one", cells=(cell,)), NotebookRecord(name="two", cells=(_cell("1", name="b"),))
    assert set(otter_files(ReleaseRecord(assignment="x", notebooks=(one, two)))) == {
        PurePosixPath("tests/a.py"),
        PurePosixPath("tests/b.py"),
    }
    clash = NotebookRecord(name="two", cells=(cell,))
    assert set(otter_files(ReleaseRecord(assignment="x", notebooks=(one, clash)))) == {
        PurePosixPath("tests/one/a.py"),
        PurePosixPath("tests/two/a.py"),
    }


@given(st.text(st.sampled_from("ab \\\n\"'\t\r\f{}é“0"), max_size=120))
def test_a_literal_is_its_text(text: str) -> None:
    assert ast.literal_eval(_literal(text)).strip("\n") == text.strip("\n")


_LINES = st.lists(
    st.sampled_from(
        [
            "x = 1",
            "",
            "assert x, 'no \\n'",
            "if True:",
            "    x = 2",
            'y = """a\nb"""',
            "z = '''c'''",
            "# é",
            "x += 1",
            "def f():\n    return x",
        ]
    ),
    max_size=4,
).map("\n".join)
_PARTS = st.lists(
    st.one_of(
        _LINES,
        st.builds("### BEGIN HIDDEN TESTS: {}\n{}\n### END HIDDEN TESTS".format, st.text("a\"'", max_size=3), _LINES),
    ),
    max_size=4,
).map("\n".join)


@given(_PARTS)
def test_otter_sees_what_the_cell_does(source: str) -> None:
    plain: dict[str, Any] = {}
    passes = True
    try:
        exec(TransformerManager().transform_cell(source), plain)  # which also takes an indented cell
    except Exception:
        passes = False
    env: dict[str, Any] = {}
    file = ExceptionTestFile.from_string(otter_file(_cell(source), "ps1.ipynb"))
    file.run(env)
    assert (file.score == 2) is passes
    if passes:
        assert [env.get(name) for name in "xyz"] == [plain.get(name) for name in "xyz"]


def test_a_released_file_is_read_by_otter(tmp_path: Path) -> None:
    course = write_course(tmp_path, ps1=notebook(*lesson()))
    release(course, "ps1", run=run_here)
    paths = sorted((course.grader_tests / "ps1" / "tests").glob("*.py"))
    solved: dict[str, Any] = {}
    for cell in lesson():
        if cell.cell_type == "code":
            exec(cell.source, solved)
    for env, full in ((solved, True), ({}, False)):
        for path in paths:
            file = ExceptionTestFile.from_file(str(path))
            with contextlib.suppress(SystemExit):
                file.run(env)
            assert file.score == (file.possible if full else 0)
            assert file.possible == {"test-double": 2, "test-half": 1.5}[file.name]
