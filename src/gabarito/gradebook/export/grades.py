"""What every format is made of: all students and their points, and who has no points yet, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from nbgrader.api import Assignment
from nbgrader.api import Student as StudentRow
from sqlalchemy import select
from sqlalchemy.orm import Session

from gabarito.course import Course
from gabarito.exchange import find_submissions
from gabarito.gradebook.database import open_database
from gabarito.gradebook.table import ScoreTable, SubmissionScores, read_table


class State(StrEnum):
    """How far a student's work is."""

    GRADED = "graded"
    NEEDS_MANUAL = "needs_manual"  # a person still has to score a cell, or look at one again
    NOT_GRADED = "not_graded"  # handed in, and not in the gradebook
    MISSING = "missing"  # nothing was handed in


@dataclass(frozen=True, slots=True)
class Student:
    """Who somebody is. What the gradebook doesn't know is empty."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""


@dataclass(frozen=True, slots=True)
class Points:
    """One student's points in one assignment."""

    raw: float
    penalty: float

    @property
    def score(self) -> float:
        """Less the late penalty; never less than nothing, as in nbgrader's export."""
        return max(0.0, self.raw - self.penalty)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One assignment."""

    table: ScoreTable
    duedate: datetime | None
    """In UTC without a zone, as nbgrader keeps it."""
    outdated: tuple[str, ...]
    """Ids of those who have handed in again since they were graded."""

    @property
    def name(self) -> str:
        """The assignment's name."""
        return self.table.assignment

    def scores(self, student: str) -> SubmissionScores | None:
        """All that the gradebook has about one student's work; None where that is nothing."""
        return self.table.submission(student)

    def state(self, student: str) -> State:
        """How far this student's work is."""
        if (found := self.scores(student)) is not None:
            return State.NEEDS_MANUAL if found.needs_manual else State.GRADED
        return State.NOT_GRADED if student in self.table.not_graded else State.MISSING


@dataclass(frozen=True, slots=True)
class Grades:
    """All students × some assignments."""

    students: tuple[Student, ...]
    """In nbgrader's order, by last and first name; who has handed in and isn't in the gradebook comes last."""
    sheets: tuple[Sheet, ...]
    missing_is_zero: bool = False
    """Whether who has handed in nothing gets 0 points, and not none."""
    partial: bool = False
    """Whether points count that a person may still change."""

    def points(self, sheet: Sheet, student: str) -> Points | None:
        """What this student gets; None where that isn't known yet."""
        match sheet.state(student), sheet.scores(student):
            case State.MISSING, _:
                return Points(0.0, 0.0) if self.missing_is_zero else None
            case (State.NEEDS_MANUAL as state) | (State.GRADED as state), SubmissionScores() as found:
                known = state is State.GRADED or self.partial
                return Points(found.score + found.penalty, found.penalty) if known else None
        return None

    def notes(self) -> tuple[str, ...]:
        """A sentence for each reason why somebody has no points, or not the last ones, with all their ids."""
        return tuple(note for sheet in self.sheets for note in self._notes(sheet))

    def _notes(self, sheet: Sheet) -> Iterator[str]:
        ids: dict[State, list[str]] = {state: [] for state in State}
        for student in self.students:
            ids[sheet.state(student.id)].append(student.id)
        grade = f"run 'gabarito grade {sheet.name}'"
        if missing := ids[State.MISSING]:
            given = "they get 0" if self.missing_is_zero else "no score; '--missing zero' gives them 0"
            yield f"{sheet.name}: {who(missing)} handed in nothing: {given}."
        if waiting := ids[State.NEEDS_MANUAL]:
            given = (
                "their scores are the points so far"
                if self.partial
                else "no score; '--partial' gives the points so far"
            )
            yield f"{sheet.name}: {who(waiting)} wait for a person to score something: {given}."
        if new := ids[State.NOT_GRADED]:
            yield f"{sheet.name}: {who(new)} handed in and are not graded: no score; {grade}."
        if sheet.outdated:
            yield f"{sheet.name}: {who(sheet.outdated)} handed in again since: the scores are the old ones; {grade}."


def read_grades(
    course: Course, assignments: Sequence[str] = (), *, missing_is_zero: bool = False, partial: bool = False
) -> Grades:
    """The points of all students in these assignments, or in all that the gradebook has.

    Args:
        missing_is_zero: whether who has handed in nothing gets 0 points.
        partial: whether points count that a person may still change.

    Raises:
        GradebookError: there is no gradebook, it can't be read, or it doesn't know an assignment.
    """
    database = open_database(course.db_url, writable=False)
    try:
        students, duedates = database.read(_read)
    finally:
        database.close()
    sheets = tuple(_sheet(course, name, duedates.get(name)) for name in dict.fromkeys(assignments or duedates))
    known = {student.id for student in students}
    new = {id_ for sheet in sheets for id_ in sheet.table.not_graded if id_ not in known}
    return Grades((*students, *map(Student, sorted(new))), sheets, missing_is_zero, partial)


def _read(session: Session) -> tuple[list[Student], dict[str, datetime | None]]:
    columns = (StudentRow.id, StudentRow.first_name, StudentRow.last_name, StudentRow.email, StudentRow.lms_user_id)
    rows = session.execute(select(*columns).order_by(StudentRow.last_name, StudentRow.first_name, StudentRow.id))
    students = [Student(*(value or "" for value in row)) for row in rows]
    found = session.execute(select(Assignment.name, Assignment.duedate).order_by(Assignment.duedate, Assignment.name))
    return students, {row.name: row.duedate for row in found}


def _sheet(course: Course, name: str, duedate: datetime | None) -> Sheet:
    table = read_table(course, name)
    graded = {s.student: s.timestamp for s in table.submissions}
    outdated = tuple(
        s.student
        for s in find_submissions(course, name)
        if s.timestamp and graded.get(s.student, s.timestamp) != s.timestamp
    )
    return Sheet(table, duedate, outdated)


def who(ids: Sequence[str]) -> str:
    """How many they are, and all of them."""
    return f"{len(ids)} ({', '.join(ids)})"
