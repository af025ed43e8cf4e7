"""A class graded again after a test has changed: the same points as from the start, and no more run than needed."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

from gabarito.course import Course, load_course
from gabarito.engine import run_jobs
from gabarito.exchange import submit
from gabarito.gradebook.history import Why, read_history
from gabarito.gradebook.table import read_table
from gabarito.grading import bulk, verify
from gabarito.grading.bulk import grade
from gabarito.grading.preview import preview
from gabarito.grading.result import Status
from gabarito.grading.store import open_store
from gabarito.grading.verify import sample
from gabarito.grading.verify import verify as verify_store
from gabarito.model import Job, Mode, Report, Role
from gabarito.notebook.cells import grade_id
from gabarito.release import release
from tests.release.factories import answer, given, graded, notebook, write_course, write_notebook

ANSWERS = {
    "double": "def double(x):\n    return 2 * x",
    "count": "calls = []\ndef count(x):\n    calls.append(x)\n    return len(calls)",
    "draw": "import random\ndef draw():\n    return random.random()",
}
HANDED_IN = {
    "ana": {},
    "bo": {"double": "def double(x):\n    return x + 2"},
    "cy": {},
    "di": {"count": "def count(x):\n    return 1"},
    "ed": {"draw": "raise RuntimeError"},
    "fay": {"draw": "import os\nos._exit(1)"},
}
TESTS = ["test-double", "test-hidden", "test-count", "test-count-more", "test-base", "test-on-base", "test-draw"]


def _source() -> NotebookNode:
    solved = {name: f"### BEGIN SOLUTION\n{code}\n### END SOLUTION" for name, code in ANSWERS.items()}
    return notebook(
        given("setup", "limit = 10"),
        answer("double", solved["double"]),
        graded("test-double", "assert double(2) == 4"),
        graded("test-hidden", "### BEGIN HIDDEN TESTS: zero\nassert double(0) == 0\n### END HIDDEN TESTS"),
        answer("count", solved["count"]),
        graded("test-count", "assert count(1) == 1"),
        graded("test-count-more", "assert count(1) == 2"),
        graded("test-base", "base = 3\nassert double(base) == 6"),
        graded("test-on-base", "assert double(base + 1) == 2 * base + 2"),
        answer("draw", solved["draw"]),
        graded("test-draw", "assert 0 <= draw() < 1"),
    )


def _cell(source: NotebookNode, name: str) -> NotebookNode:
    return next(c for c in source.cells if grade_id(c) == name)


@pytest.fixture(scope="module")
def graded_class(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Released, handed in and graded once."""
    course = write_course(tmp_path_factory.mktemp("class"), "c.Gabarito.sandbox = 'process'", ps1=_source())
    release(course, "ps1")
    for student, answers in HANDED_IN.items():
        made = nbformat.read(course.release / "ps1" / "ps1.ipynb", as_version=4)
        for name, code in (ANSWERS | answers).items():
            _cell(made, name).source = code
        path = write_notebook(course.root / "handed-in" / "ps1.ipynb", made)
        submit(course, path, student, assignment="ps1")
    run = grade(course, "ps1", workers=2)
    assert run.is_complete
    assert run.reused == 1, "ana and cy have the same answers"
    return course


@pytest.fixture
def course(graded_class: Course, tmp_path: Path) -> Course:
    shutil.copytree(graded_class.root, tmp_path / "course")
    return load_course(tmp_path / "course")


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The tests of each job that is run from now on."""
    jobs: list[list[str]] = []

    def counted(given: Iterable[Job], **settings: Any) -> Iterator[tuple[Job, Report]]:
        for job, report in run_jobs(given, **settings):
            jobs.append([c.id for c in job.cells if c.role is Role.TEST])
            yield job, report

    monkeypatch.setattr(bulk, "run_jobs", counted)
    monkeypatch.setattr(verify, "run_jobs", counted)
    return jobs


def _release(course: Course, **tests: str) -> None:
    """Release again with other tests; `test_double="…"` is the source of `test-double`."""
    source = deepcopy(_source())
    for name, code in tests.items():
        _cell(source, name.replace("_", "-")).source = code
    write_notebook(course.source / "ps1" / "ps1.ipynb", source)
    release(course, "ps1", force=True)


def _points(course: Course) -> dict[str, dict[str, float | None]]:
    table = read_table(course, "ps1")
    return {s.student: {cell: score.auto_score for (_, cell), score in s.scores.items()} for s in table.submissions}


def test_the_contract_is_as_thought(graded_class: Course) -> None:
    (found,) = graded_class.contract("ps1").notebooks
    assert {name: c.mode for name, c in found.tests.items()} == dict.fromkeys(TESTS, Mode.TWO_PROCESS)


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        ({"test_hidden": "assert double(0) == 0 and double(-1) == -2"}, ["test-hidden"]),
        ({"test_draw": "assert 0 <= draw() <= 1"}, ["test-draw"]),
        ({"test_count_more": "assert count(1) > 1"}, ["test-count", "test-count-more"]),
        ({"test_base": "base = 4\nassert double(base) == 8"}, ["test-base", "test-on-base"]),
    ],
    ids=["alone", "last", "after-another-that-keeps-something", "with-one-that-needs-its-name"],
)
def test_the_same_points_as_from_the_start(
    course: Course, ran: list[list[str]], tests: dict[str, str], expected: list[str]
) -> None:
    _release(course, **tests)
    del ran[:]
    run = grade(course, "ps1", workers=2)
    assert run.is_complete
    assert run.by_status()[Status.GRADED] == len(HANDED_IN)
    parts = [each for each in ran if each != TESTS]
    assert expected in parts
    assert all(set(each) <= set(expected) for each in parts), "those whose answer keeps nothing need fewer"
    assert TESTS in ran, "that of fay, whose notebook ends itself"
    by_parts = _points(course)
    assert grade(course, "ps1", workers=2, force=True).reused == 1
    assert _points(course) == by_parts
    changed = {c.cell for c in read_history(course, "ps1") if not c.is_first}
    assert changed <= set(expected)


def test_tests_that_others_passed_are_not_run_and_give_the_same_points(course: Course) -> None:
    points = _points(course)
    shutil.rmtree(course.root / ".gabarito" / "store")
    shutil.rmtree(course.autograded)
    run = grade(course, "ps1", workers=1)
    assert run.is_complete
    assert run.spared >= len(["test-double", "test-hidden", "test-base", "test-on-base"]), "of one who counts otherwise"
    assert _points(course) == points
    assert sample(course, 99).differences == ()
    run = grade(course, "ps1", workers=1, force=True)
    assert (run.spared, run.by_status()[Status.GRADED]) == (0, len(HANDED_IN))
    assert _points(course) == points


def test_points_alone_run_nothing(course: Course, ran: list[list[str]]) -> None:
    source = _source()
    _cell(source, "test-double").metadata.nbgrader["points"] = 7
    write_notebook(course.source / "ps1" / "ps1.ipynb", source)
    release(course, "ps1")
    del ran[:]
    run = grade(course, "ps1", workers=2)
    assert (ran, run.reused) == ([], len(HANDED_IN))
    assert _points(course)["ana"]["test-double"] == 7
    why = {c.why for c in read_history(course, "ps1", ["ana"]) if not c.is_first}
    assert why == {(Why.POINTS,)}


def test_a_look_before_anything_is_written(course: Course, ran: list[list[str]]) -> None:
    _release(course, test_hidden="assert double(-1) == 1")
    del ran[:]
    before = (course.root / "gradebook.db").read_bytes(), _files(course)
    found = preview(course, "ps1", workers=2)
    assert ((course.root / "gradebook.db").read_bytes(), _files(course)) == before
    told = {
        (t.student, t.cell, t.points_before, t.points_after, t.outcome_before, t.outcome_after) for t in found.tests
    }
    expected = {(s, "test-hidden", 1.0, 0.0, "passed", "failed") for s in HANDED_IN if s != "bo"}
    assert told == expected | {("bo", "test-hidden", 0.0, 1.0, "failed", "passed")}
    assert (found.gain, set(found.lose)) == (["bo"], set(HANDED_IN) - {"bo"})
    totals = {t.student: (t.before, t.after) for t in found.totals}
    assert totals["ana"] == (7.0, 6.0)
    assert ran
    del ran[:]
    assert grade(course, "ps1").reused == len(HANDED_IN)
    assert ran == []
    assert preview(course, "ps1").tests == ()


def _files(course: Course) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in course.autograded.rglob("*") if p.is_file()}


def test_stored_reports_come_out_again(course: Course, ran: list[list[str]]) -> None:
    found = verify_store(open_store(course))
    assert (found.entries, found.reports, found.damaged) == (5, 5, ())
    sampled = sample(course, 100, sandbox="process", workers=2)
    assert (sampled.count, sampled.differences) == (5, ())
    assert len(ran) == 5
    path = next(open_store(course).paths())
    path.write_bytes(b"damaged")
    assert verify_store(open_store(course)).damaged == ((str(path), "is no entry of this version's store"),)
