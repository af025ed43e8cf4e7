"""The mode of each test, kept beside nbgrader's rows and out of its way."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from gabarito.course import Course
from gabarito.gradebook.result import SubmissionResult
from gabarito.gradebook.table import CellScore, SubmissionScores, read_table
from gabarito.gradebook.writer import open_gradebook
from gabarito.model import Mode
from tests.gradebook import factories

SCORES = {"test-double": 2.0, "test-half": 3.0, "test-two": 2.0}
MODES = {"test-double": Mode.SHARED, "test-half": Mode.TWO_PROCESS, "test-partial": Mode.SHARED}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return factories.course(tmp_path)


def _result(modes: dict[str, Mode], scores: dict[str, float] | None = None, student: str = "ana") -> SubmissionResult:
    result = factories.result(student, SCORES if scores is None else scores)
    one = replace(result.notebooks["one"], modes=modes)
    return replace(result, notebooks={**result.notebooks, "one": one})


def _recorded(course: Course, *results: SubmissionResult) -> None:
    with open_gradebook(course) as gradebook:
        for result in results:
            gradebook.record(result)


def _ana(course: Course) -> SubmissionScores:
    found = read_table(course, "ps1").submission("ana")
    assert found is not None
    return found


def _modes(course: Course) -> dict[str, Mode | None]:
    return {cell: score.mode for (_, cell), score in _ana(course).scores.items()}


def test_each_score_has_its_mode(course: Course) -> None:
    _recorded(course, _result(MODES), _result({}, student="bo"))
    assert _modes(course) == {**dict.fromkeys(("essay", "plot", "task", "test-two")), **MODES}
    ana, bo = _ana(course), read_table(course, "ps1").submission("bo")
    weak = {cell for (_, cell), score in ana.scores.items() if score.is_weak}
    assert weak == {"test-double", "test-two"}, "points of a shared test, and of one that nobody knows; no zero"
    assert ana.weak_points == 4
    assert ana.shared == {("one", "test-double"), ("one", "test-partial")}
    assert bo is not None
    assert bo.weak_points == 7
    assert not read_table(course, "ps1").is_weak_throughout


def test_a_regrade_replaces_the_modes_of_its_submission_only(course: Course) -> None:
    _recorded(course, _result(MODES), _result(MODES, student="bo"))
    _recorded(course, _result({"test-half": Mode.SHARED}))
    assert {cell for cell, mode in _modes(course).items() if mode} == {"test-half"}
    bo = read_table(course, "ps1").submission("bo")
    assert bo is not None
    assert bo.scores["one", "test-half"].mode is Mode.TWO_PROCESS


def test_a_missing_notebook_has_no_modes(course: Course) -> None:
    _recorded(course, _result(MODES), factories.result("ana", {}, notebooks=["two"]))
    assert set(_modes(course).values()) == {None}
    assert _ana(course).weak_points == 0


def test_a_score_that_another_program_wrote_has_no_mode(course: Course) -> None:
    _recorded(course, _result(MODES))
    with Gradebook(course.db_url) as theirs:
        theirs.find_grade("test-half", "one", "ps1", "ana").auto_score = 1.5
        theirs.db.commit()
    score = _ana(course).scores["one", "test-half"]
    assert (score.mode, score.is_weak) == (None, True)
    assert _modes(course)["test-double"] is Mode.SHARED


def test_what_a_person_scored_is_not_weak() -> None:
    assert CellScore(2, False, auto_score=2.0, mode=Mode.SHARED).is_weak
    assert not CellScore(2, False, auto_score=2.0, manual_score=2.0, mode=Mode.SHARED).is_weak
    assert not CellScore(2, False, auto_score=2.0, mode=Mode.TWO_PROCESS).is_weak
    assert not CellScore(0, False, auto_score=0.0, mode=Mode.SHARED).is_weak
    assert not CellScore(0, True).is_weak


def test_a_gradebook_from_before_is_read_and_gets_its_table(course: Course) -> None:
    _recorded(course, _result(MODES))
    with sqlite3.connect(course.root / "gradebook.db") as connection:
        connection.execute("DROP TABLE gabarito_mode")
    connection.close()
    assert set(_modes(course).values()) == {None}
    assert read_table(course, "ps1").is_weak_throughout
    _recorded(course, _result(MODES))
    assert _modes(course)["test-half"] is Mode.TWO_PROCESS


# nbgrader's own, when it removes a submission's rows
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
def test_nbgrader_can_remove_what_it_has(course: Course) -> None:
    _recorded(course, _result(MODES), _result(MODES, student="bo"))
    with Gradebook(course.db_url) as theirs:
        theirs.remove_submission("ps1", "ana")
        theirs.remove_student("ana")
    assert [s.student for s in read_table(course, "ps1").submissions] == ["bo"]
    _recorded(course, _result({}))
    assert set(_modes(course).values()) == {None}
    with Gradebook(course.db_url) as theirs:
        theirs.remove_assignment("ps1")
    _recorded(course, _result(MODES))
    assert _modes(course)["test-half"] is Mode.TWO_PROCESS
