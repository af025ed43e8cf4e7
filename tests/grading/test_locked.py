"""A gradebook that another program holds, now and then or for good."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

import gabarito.grading.bulk
from gabarito.course import Course
from gabarito.errors import GradebookError
from gabarito.gradebook.writer import GradebookWriter, open_gradebook
from gabarito.grading.bulk import grade
from gabarito.grading.result import Status
from tests.grading.children import end_of, fork
from tests.grading.courses import hand_in, scores, solved, write_course
from tests.grading.test_resume import copy_of, state


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


def test_another_program_that_holds_it_is_killed(tmp_path: Path, here: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process holds a real lock in the middle of changes, and ends by SIGKILL: nothing of these is left."""
    course = write_course(tmp_path / "course")
    for student in ("ana", "bo", "cy"):
        hand_in(course, student, small=solved(course))
    grade(course, "small", students=["ana"], workers=1)
    undisturbed = copy_of(course, tmp_path / "undisturbed")
    grade(undisturbed, "small", workers=1)

    ours, theirs = socket.socketpair()
    with monkeypatch.context() as patch:
        patch.setattr(gabarito.grading.bulk, "open_gradebook", partial(open_gradebook, patience=0.5))
        holder = fork(lambda: _change_without_end(course, theirs))

        def let_it_begin(count: int) -> None:
            ours.send(b"begin")
            assert ours.recv(4) == b"held"

        # It begins once the run has opened the gradebook: right before the first submission is looked at.
        patch.setattr(GradebookWriter, "record", _first(GradebookWriter.record, let_it_begin))
        run = grade(course, "small", workers=1)
    assert run.by_status() == {Status.KNOWN: 1, Status.UNGRADED: 2}
    assert all("database is locked" in s.message for s in run.submissions if s.status is Status.UNGRADED)
    os.kill(holder, signal.SIGKILL)
    assert end_of(holder) == -signal.SIGKILL
    assert list(course.root.glob("gradebook.db-journal")), "it was killed in the middle of its changes"
    for end in (ours, theirs):
        end.close()
    assert grade(course, "small", workers=1).by_status() == {Status.GRADED: 2, Status.KNOWN: 1}
    assert state(course) == state(undisturbed)


def _first(method: Any, what: Any) -> Any:
    """The method, with something done before its first call."""
    calls: list[int] = []

    def counted(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            what(len(calls))
        return method(*arguments)

    return counted


def _change_without_end(course: Course, told: socket.socket) -> None:
    """As formgrader does when somebody enters a score, but it never commits."""
    told.recv(5)
    database = sqlite3.connect(course.root / "gradebook.db", isolation_level=None)
    database.execute("PRAGMA cache_size = 1")  # what is changed goes to the file at once
    database.execute("BEGIN IMMEDIATE")
    database.execute("UPDATE grade SET manual_score = 17")
    database.execute("CREATE TABLE filler AS SELECT randomblob(1000) FROM grade, grade AS more, grade AS most")
    told.send(b"held")
    told.recv(1)
