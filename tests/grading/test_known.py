"""What a run takes from the store, and what happens when the store, the gradebook or a hand-in is in the way."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gabarito.course import Course
from gabarito.engine import schedule
from gabarito.errors import GradebookError
from gabarito.gradebook.history import Why, read_history
from gabarito.gradebook.writer import GradebookWriter
from gabarito.grading import bulk
from gabarito.grading.bulk import grade
from gabarito.grading.prepare import HandIns
from gabarito.grading.result import Status
from gabarito.grading.store import open_store
from gabarito.model import Job, Report
from tests.grading.courses import hand_in, run_jobs_here, scores, solved, write_course

STUDENTS = [f"s{number}" for number in range(9)]


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """Nine hand-ins, three of each of three kinds."""
    course = write_course(tmp_path / "course")
    for number, student in enumerate(STUDENTS):
        hand_in(
            course, student, small=solved(course, triple=f"triple = {('None', 'int', 'lambda x: 3 * x')[number % 3]}")
        )
    return course


@pytest.fixture(autouse=True)
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of jobs that were run, here in this process."""
    keys: list[str] = []

    def counted(jobs: Iterable[Job | None], **settings: Any) -> Iterator[tuple[Job, Report]]:
        for job, report in run_jobs_here(jobs):
            keys.append(job.key)
            yield job, report

    monkeypatch.setattr(bulk, "run_jobs", counted)
    return keys


def forget(course: Course) -> None:
    """Take the autograded notebooks away, so that nobody is unchanged."""
    for path in course.autograded.rglob("*.ipynb"):
        path.unlink()


def test_the_same_content_is_graded_once_and_has_the_same_points(course: Course, ran: list[str]) -> None:
    run = grade(course, "small", workers=1)
    assert run.is_complete
    assert (len(ran), run.reused) == (3, 6)
    assert all(scores(course, STUDENTS[n]) == scores(course, STUDENTS[n % 3]) for n in range(9))
    assert scores(course, "s0") != scores(course, "s2")
    forget(course)
    again = grade(course, "small", workers=1)
    assert (len(ran), again.reused, again.by_status()[Status.GRADED]) == (3, 9, 9)
    assert all(s.cpu_seconds == 0 for s in again.submissions)
    assert grade(course, "small", workers=1).by_status() == {Status.KNOWN: 9}


def test_force_runs_each_content_once(course: Course, ran: list[str]) -> None:
    grade(course, "small", workers=1)
    assert grade(course, "small", workers=1, force=True).reused == 6
    assert len(ran) == 6


def test_many_who_wait(course: Course, ran: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_MOST_PREPARED", 0)
    monkeypatch.setattr(bulk, "_MOST_WAITING", 0)
    assert grade(course, "small", workers=1).is_complete
    expected = {student: scores(course, student) for student in STUDENTS}
    forget(course)
    assert grade(course, "small", workers=1).reused == 9
    assert {student: scores(course, student) for student in STUDENTS} == expected


def test_what_is_held_ready_is_restored_once() -> None:
    most_that_run = 2 * 64  # twice as many as there are workers, of 64 cores
    assert schedule._AHEAD + bulk._MOST_WAITING + most_that_run <= bulk._MOST_PREPARED


def test_a_hand_in_that_changes_meanwhile(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    grade(course, "small", workers=1)
    before = scores(course, "s0")
    monkeypatch.setattr(bulk, "_MOST_PREPARED", 0)
    monkeypatch.setattr(bulk, "_MOST_WAITING", 0)
    monkeypatch.setattr(bulk, "run_jobs", lambda jobs, **settings: run_jobs_here([*jobs]))
    digests = HandIns.digests

    def meanwhile(self: HandIns, submission: Any, late: str) -> dict[str, str]:
        if submission.student == "s1":
            hand_in(course, "s0", small=solved(course, triple="triple = 1"))
        return digests(self, submission, late)

    monkeypatch.setattr(HandIns, "digests", meanwhile)
    run = grade(course, "small", workers=1, force=True)
    (told,) = [s for s in run.submissions if s.status is not Status.GRADED]
    assert (told.student, told.status) == ("s0", Status.UNGRADED)
    assert "its files have changed while it was graded; run the command again" in told.message
    assert scores(course, "s0") == before
    monkeypatch.setattr(HandIns, "digests", digests)
    assert grade(course, "small", workers=1).is_complete
    why = {c.why for c in read_history(course, "small", ["s0"]) if not c.is_first}
    assert why <= {(Why.SUBMISSION,)}


def test_a_full_disk_costs_only_the_store(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target.suffix == ".report":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        run = grade(course, "small", workers=1)
    assert run.is_complete
    assert run.store_problems
    assert all("No space left on device" in problem for problem in run.store_problems)
    assert list(open_store(course).paths()) == []
    forget(course)
    assert grade(course, "small", workers=1).store_problems == ()


def test_damaged_entries_are_computed_again_and_told(course: Course, ran: list[str]) -> None:
    grade(course, "small", workers=1)
    first = next(open_store(course).paths())
    first.write_bytes(first.read_bytes()[:-1])
    forget(course)
    run = grade(course, "small", workers=1)
    assert run.is_complete
    assert len(ran) == 4
    assert str(first) in run.store_problems[0]
    forget(course)
    assert grade(course, "small", workers=1).store_problems == ()
    assert len(ran) == 4


def test_a_locked_gradebook_loses_no_report(course: Course, ran: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(self: GradebookWriter, result: Any) -> None:
        raise GradebookError("locked") from sqlite3_error()

    with monkeypatch.context() as patch:
        patch.setattr(GradebookWriter, "record", locked)
        with pytest.raises(GradebookError):
            grade(course, "small", workers=1)
    assert len(ran) >= 1
    before = len(ran)
    run = grade(course, "small", workers=1)
    assert run.is_complete
    assert len(ran) == 3
    assert before <= 3
    assert len(read_history(course, "small", ["s0"])) == 4, "nothing was noted that was not recorded"


def sqlite3_error() -> Exception:
    from sqlalchemy.exc import OperationalError

    return OperationalError("INSERT", {}, sqlite3.OperationalError("database is locked"))


def test_a_preview_needs_a_gradebook(course: Course) -> None:
    with pytest.raises(GradebookError, match="there is no gradebook"):
        grade(course, "small", preview=True)
    assert not (course.root / "gradebook.db").exists()
