"""A gradebook that another program holds, now and then or for good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from gabarito.errors import GradebookError
from gabarito.gradebook.writer import GradebookWriter
from gabarito.grading.bulk import grade
from gabarito.grading.result import Status
from tests.grading.courses import hand_in, scores, solved, write_course


def _hold(monkeypatch: pytest.MonkeyPatch, *students: str) -> None:
    """Have the gradebook be locked whenever one of these is to be recorded."""
    record = GradebookWriter.record

    def held(self: GradebookWriter, result: Any) -> None:
        if result.student in students:
            cause = OperationalError("INSERT", {}, Exception("database is locked"))
            raise GradebookError("the gradebook can't be used (database is locked)") from cause
        record(self, result)

    monkeypatch.setattr(GradebookWriter, "record", held)


def test_a_lock_costs_one_submission_its_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = write_course(tmp_path)
    for student in ("ana", "bo", "cy"):
        hand_in(course, student, small=solved(course))
    with monkeypatch.context() as patch:
        _hold(patch, "bo")
        run = grade(course, "small")
    assert run.by_status() == {Status.GRADED: 2, Status.UNGRADED: 1}
    assert "database is locked" in run.submissions[1].message
    assert scores(course, "cy") == scores(course, "ana")
    assert grade(course, "small").by_status() == {Status.GRADED: 1, Status.KNOWN: 2}


def test_a_lock_that_is_never_given_back_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = write_course(tmp_path)
    students = [f"student-{number}" for number in range(5)]
    for student in students:
        hand_in(course, student, small=solved(course))
    _hold(monkeypatch, *students)
    with pytest.raises(GradebookError, match="database is locked"):
        grade(course, "small")
