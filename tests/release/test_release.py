from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from nbformat import NotebookNode

from gabarito.errors import CourseError, EngineError, SourceError
from gabarito.model import CellReport, HiddenRegion, Job, Outcome, Report, Role
from gabarito.notebook.lint import Severity
from gabarito.release import release
from tests.release.factories import (
    TEST_DOUBLE,
    answer,
    given,
    graded,
    labelled,
    lesson,
    notebook,
    plain,
    run_here,
    write_course,
    write_notebook,
)

WRONG = "def double(x):\n    ### BEGIN SOLUTION\n    return 4\n    ### END SOLUTION"


def _lesson(double: str) -> list[NotebookNode]:
    """The lesson with this in the cell of `double`."""
    cells = lesson()
    cells[2].source = double
    return cells


def _tree(*folders: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for f in folders for p in sorted(f.rglob("*")) if p.is_file()}


def test_writes_the_students_version_the_record_and_the_tests(tmp_path: Path) -> None:
    course = write_course(tmp_path, "c.Gabarito.two_process = False", ps1=notebook(*lesson()))
    done = release(course, "ps1", run=run_here)
    assert [p.relative_to(course.root).as_posix() for p in done.written] == [
        "release/ps1/ps1.ipynb",
        "grader_tests/ps1/record.json",
        "grader_tests/ps1/tests/test-double.py",
        "grader_tests/ps1/tests/test-half.py",
    ]
    assert all(p.is_file() for p in done.written)
    assert [(c.id, c.points, c.hidden, c.solved, c.unsolved) for c in done.cells] == [
        ("test-double", 2, 2, 2, 0),
        ("test-half", 1.5, 0, 1.5, 0),
        ("essay", 4, 0, None, None),
        ("task", 3, 0, None, None),
    ]
    assert (done.points, done.findings, done.submissions) == (10.5, (), 0)
    assert sorted(p.name for p in course.root.iterdir()) == [
        "gradebook.db", "grader_tests", "nbgrader_config.py", "release", "source",
    ]  # fmt: skip


def test_the_record_holds_every_labelled_cell_with_its_hidden_tests(tmp_path: Path) -> None:
    course = write_course(tmp_path, ps1=notebook(*lesson()))
    release(course, "ps1", run=run_here)
    (record,) = course.record("ps1").notebooks
    assert [(c.id, c.role, c.cell_type, c.points, c.locked) for c in record.cells] == [
        ("setup", Role.GIVEN, "code", 0, True),
        ("double", Role.ANSWER, "code", 0, False),
        ("test-double", Role.TEST, "code", 2, True),
        ("test-half", Role.TEST, "code", 1.5, True),
        ("essay", Role.MANUAL, "markdown", 4, False),
        ("task", Role.TASK, "markdown", 3, True),
    ]
    assert record.cells[2].source == TEST_DOUBLE
    assert record.cells[2].hidden == (HiddenRegion(2, 5, "large numbers"), HiddenRegion(6, 8, "hidden test 2"))
    assert "secret" not in record.cells[1].source
    assert record.imports == ("collections", "json.decoder", "math")
    assert record.kernelspec["name"] == "python3"
    text = course.record_path("ps1").read_text()
    assert text.startswith('{\n  "assignment": "ps1",\n')
    assert text.endswith("}\n")


def test_the_same_release_is_the_same_bytes(tmp_path: Path) -> None:
    course = write_course(tmp_path, ps1=notebook(*lesson()))
    release(course, "ps1", run=run_here)
    first = _tree(course.release, course.grader_tests)
    release(course, "ps1", run=run_here)
    assert _tree(course.release, course.grader_tests) == first


def test_modules_beside_the_notebook_are_no_imports_to_load_beforehand(tmp_path: Path) -> None:
    cells = (plain("import json, helper, tools.more"), *lesson())
    course = write_course(tmp_path, "c.Gabarito.two_process = False", ps1=notebook(*cells))
    (course.source / "ps1" / "helper.py").write_text("x = 1\n")
    (course.source / "ps1" / "tools").mkdir()
    (course.source / "ps1" / "tools" / "more.py").write_text("y = 1\n")
    seen: list[Sequence[str]] = []

    def run(
        jobs: Iterable[Job], *, workers: int = 1, preload: Sequence[str] = (), **settings: object
    ) -> Iterator[tuple[Job, Report]]:
        seen.append(preload)
        jobs = list(jobs)
        assert [file.path for file in jobs[0].files] == ["helper.py", "tools/more.py"]
        for job in jobs:
            without = tuple(cell for cell in job.cells if "helper" not in cell.source)
            for _, report in run_here([Job(key=job.key, cells=without)]):
                yield job, report

    release(course, "ps1", run=run)
    assert course.record("ps1").notebooks[0].imports == ("collections", "json", "json.decoder", "math")
    assert [list(packages) for packages in seen] == [["collections", "json", "json.decoder", "math"]]


def test_several_notebooks_share_a_folder_of_tests_unless_their_ids_clash(tmp_path: Path) -> None:
    course = write_course(tmp_path, ps1=notebook(answer("a", "x = 1"), graded("test-a", "assert x")))
    more = course.source / "ps1" / "more.ipynb"
    solved = "### BEGIN SOLUTION\ny = 1\n### END SOLUTION"
    write_notebook(course.source / "ps1" / "ps1.ipynb", notebook(answer("a", solved), graded("test-a", "assert y")))
    write_notebook(more, notebook(answer("a", solved), graded("test-b", "assert y")))
    tests = course.grader_tests / "ps1" / "tests"

    def files() -> list[str]:
        return sorted(p.relative_to(tests).as_posix() for p in tests.rglob("*.py"))

    assert release(course, "ps1", run=run_here).notebooks == ("more", "ps1")
    assert files() == ["test-a.py", "test-b.py"]
    write_notebook(more, notebook(answer("a", solved), graded("Test-A", "assert y")))
    release(course, "ps1", run=run_here)
    assert files() == ["more/Test-A.py", "ps1/test-a.py"]


def test_old_tests_go_and_other_files_stay(tmp_path: Path) -> None:
    course = write_course(tmp_path, ps1=notebook(*lesson()))
    release(course, "ps1", run=run_here)
    ours = course.grader_tests / "ps1"
    (ours / "answers").mkdir()
    own = [ours / "answers" / "wrong.py", ours / "tests" / "mine.py", ours / "tests" / "notes.md", ours / "x.txt"]
    for path in own:
        path.write_text("mine\n")
    cells = [c for c in lesson() if c.metadata.get("nbgrader", {}).get("grade_id") != "test-half"]
    write_notebook(course.source / "ps1" / "ps1.ipynb", notebook(*cells))
    release(course, "ps1", run=run_here)
    assert not (ours / "tests" / "test-half.py").exists()
    assert (ours / "tests" / "test-double.py").exists()
    assert [path.read_text() for path in own] == ["mine\n"] * 4


def test_says_why_a_solution_may_miss_points(tmp_path: Path) -> None:
    broken = "def double(x):\n    ### BEGIN SOLUTION\n    return (2 * x\n    ### END SOLUTION"
    course = write_course(tmp_path, ps1=notebook(*_lesson(broken)))
    with pytest.raises(SourceError, match="not released, for 2 faults") as caught:
        release(course, "ps1", run=run_here)
    _, why = str(caught.value).split("\nThis may be why:\n")
    assert why.startswith("  ps1.ipynb, cell 3 (double): the cell fails in your own notebook: SyntaxError")
    assert [f.rule for f in caught.value.findings] == ["solution", "solution", "cell-fails"]


def test_says_what_nbgrader_may_trip_over_although_forced(tmp_path: Path) -> None:
    broken = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x"
    course = write_course(tmp_path, ps1=notebook(*_lesson(broken)))
    with pytest.raises(SourceError, match="is released all the same, unless nbgrader can’t deal with it") as caught:
        release(course, "ps1", run=run_here)
    (fault,) = caught.value.findings
    with pytest.raises(SourceError, match="nbgrader can’t release 'ps1': RuntimeError: no end solution") as caught:
        release(course, "ps1", force=True, run=run_here)
    assert f"\n  {fault}" in str(caught.value)
    assert [(f.rule, f.index) for f in caught.value.findings] == [("marker", 2)]


def test_refuses_a_solution_that_misses_points_unless_forced(tmp_path: Path) -> None:
    course = write_course(tmp_path, ps1=notebook(*_lesson(WRONG)))
    with pytest.raises(SourceError) as caught:
        release(course, "ps1", run=run_here)
    place = "ps1.ipynb, cell 4 (test-double), line 2"
    assert f"{place}: your own solution gets 0 of 2 points in “large numbers”: AssertionError" in str(caught.value)
    assert "your own solution gets 0 of 1.5 points: AssertionError" in str(caught.value)
    assert str(caught.value).endswith("\nWith --force it is released all the same.")
    assert [(f.rule, f.index) for f in caught.value.findings] == [("solution", 3), ("solution", 5)]
    assert not course.release.exists()
    done = release(course, "ps1", force=True, strict=True, run=run_here)
    assert [(f.rule, f.severity) for f in done.findings] == [("solution", Severity.WARN)] * 2
    assert not any("--force" in str(f) for f in done.findings)
    assert [c.solved for c in done.cells] == [0, 0, None, None]


def test_force_is_offered_only_where_it_helps(tmp_path: Path) -> None:
    course = write_course(tmp_path, ps1=notebook(*_lesson(WRONG), graded("free", "assert True", 1)))
    with pytest.raises(SourceError) as caught:
        release(course, "ps1", strict=True, run=run_here)
    assert {f.rule for f in caught.value.findings} == {"solution", "unsolved-points"}
    assert "--force" not in str(caught.value)


def test_a_partial_score_below_full_marks_is_not_enough(tmp_path: Path) -> None:
    solved = "### BEGIN SOLUTION\nx = 1\n### END SOLUTION"
    course = write_course(tmp_path, ps1=notebook(answer("a", solved), graded("t", "0.5 + 1 * x", 2)))
    with pytest.raises(SourceError, match=r"your own solution gets 1\.5 of 2 points"):
        release(course, "ps1", run=run_here)


def test_a_score_that_makes_no_sense_is_the_instructors_error(tmp_path: Path) -> None:
    solved = "### BEGIN SOLUTION\nx = 1\n### END SOLUTION"
    course = write_course(tmp_path, ps1=notebook(answer("a", solved), graded("t", "x + 6", 2)))
    with pytest.raises(SourceError) as caught:
        release(course, "ps1", run=run_here)
    (finding,) = caught.value.findings
    assert (finding.rule, finding.advice) == ("score", "end it with a number from 0 to 2, or with none for full points")
    assert finding.message.endswith("ends with a score of 7, more than the 2 points that the cell is worth")
    assert "7, more than the 2 points" in str(caught.value)


def test_warns_of_a_test_that_gives_points_for_nothing(tmp_path: Path) -> None:
    cells = (*lesson(), graded("free", "assert math.pi > 3", 1))
    course = write_course(tmp_path, ps1=notebook(*cells))
    done = release(course, "ps1", run=run_here)
    (found,) = done.findings
    assert str(found) == (
        "ps1.ipynb, cell 9 (free): the notebook without any answer gets 1 of 1 point; "
        "let the test fail where nothing was answered"
    )
    with pytest.raises(SourceError, match="without any answer gets 1 of 1 point") as caught:
        release(course, "ps1", strict=True, run=run_here)
    assert "without --strict it is released" in str(caught.value)


def test_warns_of_cells_that_fail_with_the_solution_in(tmp_path: Path) -> None:
    meant = plain("1 / 0  # on purpose")
    meant.metadata["tags"] = ["raises-exception"]
    cells = (meant, plain("1 / 0"), *lesson(), given("late", "unknown"))
    course = write_course(tmp_path, ps1=notebook(*cells))
    done = release(course, "ps1", run=run_here)
    assert [(f.rule, f.place) for f in done.findings] == [
        ("cell-fails", "ps1.ipynb, cell 2"),
        ("cell-fails", "ps1.ipynb, cell 11 (late)"),
    ]
    assert "ZeroDivisionError" in done.findings[0].message


def test_warns_where_students_get_broken_python(tmp_path: Path) -> None:
    source = "def check(f):\n    ### BEGIN HIDDEN TESTS\n    assert f(2) == 4\n    ### END HIDDEN TESTS\ncheck(double)"
    course = write_course(tmp_path, ps1=notebook(*lesson(), graded("t", source)))
    done = release(course, "ps1", run=run_here)
    assert [(f.rule, f.place) for f in done.findings] == [("cut-syntax", "ps1.ipynb, cell 9 (t), line 2")]


@pytest.mark.parametrize("outcome", [Outcome.UNGRADED, None])
def test_a_broken_engine_is_nobodys_fault_and_releases_nothing(tmp_path: Path, outcome: Outcome | None) -> None:
    course = write_course(tmp_path, ps1=notebook(*lesson()))

    def run(
        jobs: Iterable[Job], *, workers: int = 1, preload: Sequence[str] = (), **settings: object
    ) -> Iterator[tuple[Job, Report]]:
        for job in jobs:
            cells = [CellReport(index=c.index, id=c.id, outcome=outcome or Outcome.PASSED) for c in job.cells]
            yield job, Report(key=job.key, cells=tuple(cells if outcome else ()), notes=("the worker died",))

    with pytest.raises(EngineError, match=r"'test-double' could not be run \(the worker died\)"):
        release(course, "ps1", force=True, run=run)
    with pytest.raises(EngineError, match="no report for ps1/ps1/solved"):
        release(course, "ps1", run=lambda jobs, **_: iter(()))
    assert not course.release.exists()


def test_refusals_are_listed_all_at_once(tmp_path: Path) -> None:
    cells = (given("g", "# BEGIN SOLUTION"), graded("g", "assert 1", -1), *lesson())
    course = write_course(tmp_path, ps1=notebook(*cells))
    with pytest.raises(SourceError) as caught:
        release(course, "ps1", run=run_here)
    assert str(caught.value).startswith("'ps1' is not released, for 3 faults:\n  ps1.ipynb, cell 1 (g), line 1: ")
    assert [f.rule for f in caught.value.findings] == ["marker", "duplicate-id", "points"]


def test_strict_refuses_warnings_before_anything_runs(tmp_path: Path) -> None:
    course = write_course(tmp_path, ps1=notebook(*lesson(), graded("t", "print(double(2))", 0)))
    with pytest.raises(SourceError) as caught:
        release(course, "ps1", strict=True, run=lambda *_, **__: pytest.fail("was run"))
    assert [f.rule for f in caught.value.findings] == ["no-points", "no-assertion"]


def test_an_unknown_assignment_lists_those_that_exist(tmp_path: Path) -> None:
    course = write_course(tmp_path, ps1=notebook(*lesson()), ps2=notebook(*lesson()))
    for name in ("ps3", "../ps1", "", "ps1/"):
        with pytest.raises(CourseError, match="those that exist: ps1, ps2"):
            release(course, name, run=run_here)


@pytest.mark.parametrize("name", ["a+b", "a*", " a", "a[1]"])
def test_a_name_that_nbgrader_cannot_use_is_refused(tmp_path: Path, name: str) -> None:
    course = write_course(tmp_path)
    write_notebook(course.source / name / "a.ipynb", notebook(*lesson()))
    with pytest.raises(CourseError, match="nbgrader can’t use"):
        release(course, name, run=run_here)


def test_a_folder_without_notebooks_is_refused(tmp_path: Path) -> None:
    course = write_course(tmp_path)
    (course.source / "ps1").mkdir(parents=True)
    (course.source / "ps1" / ".hidden.ipynb").write_text("{}")
    with pytest.raises(SourceError, match="has no notebook"):
        release(course, "ps1", run=run_here)


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        "{}",
        '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code"}]}',
        '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code", "source": 1}]}',
        "\udcff",
    ],
)
def test_a_file_that_is_no_notebook_is_refused(tmp_path: Path, text: str) -> None:
    course = write_course(tmp_path)
    (course.source / "ps1").mkdir(parents=True)
    (course.source / "ps1" / "ps1.ipynb").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SourceError, match=r"ps1\.ipynb is not a notebook"):
        release(course, "ps1", run=run_here)


def test_a_notebook_that_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = write_course(tmp_path, ps1=notebook(*lesson()))

    def refuse(path: Path, encoding: str = "") -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(SourceError, match=r"ps1\.ipynb can’t be read: Permission denied"):
        release(course, "ps1", run=run_here)


def test_cells_without_jupyters_ids_are_warned_of(tmp_path: Path) -> None:
    course = write_course(tmp_path, ps1=notebook(*lesson()))
    path = course.source / "ps1" / "ps1.ipynb"
    raw = json.loads(path.read_text())
    del raw["cells"][0]["id"]
    path.write_text(json.dumps(raw))
    assert [f.rule for f in release(course, "ps1", run=run_here).findings] == ["cell-ids"]
    raw["nbformat_minor"] = 4
    for cell in raw["cells"]:
        cell.pop("id", None)
    path.write_text(json.dumps(raw))
    assert release(course, "ps1", run=run_here).findings == ()


def test_what_nbgrader_refuses_is_refused_with_its_reason(tmp_path: Path) -> None:
    course = write_course(tmp_path, 'c.IncludeHeaderFooter.header = "missing.ipynb"', ps1=notebook(*lesson()))
    with pytest.raises(SourceError, match=r"nbgrader can’t release 'ps1': FileNotFoundError.*missing\.ipynb"):
        release(course, "ps1", run=run_here)
    assert not course.release.exists()


def test_header_and_footer_are_run_too(tmp_path: Path) -> None:
    cells = lesson()
    cells[1].source = "import math"
    cells.append(graded("t", "assert from_header == 1 and double(1) == 2"))
    course = write_course(tmp_path, 'c.IncludeHeaderFooter.header = "head.ipynb"', ps1=notebook(*cells))
    write_notebook(course.root / "head.ipynb", notebook(given("head", "from_header = 1"), plain("2")))
    done = release(course, "ps1", run=run_here)
    assert done.findings == ()
    assert [c.id for c in course.record("ps1").notebooks[0].cells][:2] == ["head", "setup"]


def test_a_fault_in_a_header_is_named_by_its_id(tmp_path: Path) -> None:
    course = write_course(tmp_path, 'c.IncludeHeaderFooter.footer = "foot.ipynb"', ps1=notebook(*lesson()))
    write_notebook(course.root / "foot.ipynb", notebook(graded("last", "assert double(1) == 3")))
    with pytest.raises(SourceError, match=r"ps1\.ipynb, cell last: your own solution gets 0 of 1 point: "):
        release(course, "ps1", run=run_here)


def test_broken_code_in_an_ordinary_cell_is_only_warned_of(tmp_path: Path) -> None:
    course = write_course(tmp_path, ps1=notebook(plain("x = ="), *lesson()))
    done = release(course, "ps1", run=run_here)
    assert [(f.rule, f.index) for f in done.findings] == [("cell-fails", 0)]


def test_manually_graded_code_is_no_test(tmp_path: Path) -> None:
    plot = labelled(Role.MANUAL, "plot", "### BEGIN SOLUTION\n3\n### END SOLUTION", 2)
    course = write_course(tmp_path, ps1=notebook(*lesson(), plot))
    done = release(course, "ps1", run=run_here)
    assert [c.solved for c in done.cells if c.id == "plot"] == [None]
    assert not (course.grader_tests / "ps1" / "tests" / "plot.py").exists()


def test_the_engine_itself_says_the_same(tmp_path: Path) -> None:
    cells = (*lesson(), graded("free", "import warnings\nwarnings.warn('on stderr')\nround(0.5 + 0.5)", 1))
    course = write_course(tmp_path, ps1=notebook(*cells))
    (course.source / "ps1" / "data.txt").write_text("3")
    cells[5].source += "\nassert open('data.txt').read() == '3'"
    write_notebook(course.source / "ps1" / "ps1.ipynb", notebook(*cells))
    done = release(course, "ps1")
    assert [(c.id, c.solved, c.unsolved) for c in done.cells if c.role is Role.TEST] == [
        ("test-double", 2, 0),
        ("test-half", 1.5, 0),
        ("free", 1, 1),
    ]
    assert [(f.rule, f.cell) for f in done.findings] == [("unsolved-points", "free")]
    cells[2].source = WRONG
    write_notebook(course.source / "ps1" / "ps1.ipynb", notebook(*cells))
    with pytest.raises(SourceError, match="“large numbers”"):
        release(course, "ps1")
