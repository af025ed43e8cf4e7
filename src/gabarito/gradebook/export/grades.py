"""What every format is made of: all students and their points, and who has no points yet, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from nbgrader.api import Assignment
from nbgrader.api import Student as StudentRow
from sqlalchemy import select
from sqlalchemy.orm import Session

from gabarito.course import Course
from gabarito.exchange import find_submissions
from gabarito.gradebook.database import open_database
from gabarito.gradebook.export.spreadsheet import identifier
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
    """Ids of those whose points are those of an earlier hand-in or grading."""
    by_student: Mapping[str, SubmissionScores]
    """The table's submissions by their students' ids."""

    @property
    def name(self) -> str:
        """The assignment's name."""
        return self.table.assignment

    def scores(self, student: str) -> SubmissionScores | None:
        """All that the gradebook has about one student's work; None where that is nothing."""
        return self.by_student.get(student)

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
        found, state = sheet.scores(student), sheet.state(student)
        if found is None:
            return Points(0.0, 0.0) if state is State.MISSING and self.missing_is_zero else None
        if state is State.NEEDS_MANUAL and not self.partial:
            return None
        return Points(found.score + found.penalty, found.penalty)

    def notes(self) -> tuple[str, ...]:
        """A sentence for each reason why somebody has no points, or not the last ones, with all their ids."""
        if not self.students or not self.sheets:
            return ("the gradebook has no student or no assignment yet; release and grade one first.",)
        return tuple(note for sheet in self.sheets for note in self._notes(sheet))

    def odd_ids(self) -> Iterator[str]:
        """A sentence about ids that a spreadsheet would take for formulas, where there are some."""
        if odd := [s.id for s in self.students if identifier(s.id) != s.id]:
            yield f"ids that could be formulas, written with an apostrophe, so that they match no others: {who(odd)}."

    def _notes(self, sheet: Sheet) -> Iterator[str]:
        ids: dict[State, list[str]] = {state: [] for state in State}
        for student in self.students:
            ids[sheet.state(student.id)].append(student.id)
        grade = f"run 'gabarito grade {sheet.name}'"
        if missing := ids[State.MISSING]:
            given = "0 points" if self.missing_is_zero else "no score; '--missing zero' gives them 0"
            yield f"{sheet.name}: nothing handed in by {who(missing)}: {given}."
        if waiting := ids[State.NEEDS_MANUAL]:
            given = "points so far" if self.partial else "no score; '--partial' gives the points so far"
            yield f"{sheet.name}: a person still has to score something of {who(waiting)}: {given}."
        if new := ids[State.NOT_GRADED]:
            yield f"{sheet.name}: handed in and not graded: {who(new)}: no score; {grade}."
        if sheet.outdated:
            yield (
                f"{sheet.name}: handed in again, or not recorded, since they were graded: {who(sheet.outdated)}: "
                f"the scores are the old ones; {grade}."
            )


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
    newest = {s.student: s.timestamp for s in find_submissions(course, name)}
    outdated = tuple(
        s.student
        for s in table.submissions
        if (newest.get(s.student) or s.timestamp) != s.timestamp or _is_unrecorded(course.autograded / s.student / name)
    )
    return Sheet(table, duedate, outdated, {s.student: s for s in table.submissions})


def _is_unrecorded(folder: Path) -> bool:
    """Whether a grading ended without being recorded: it takes the notebooks away first, and puts them back last."""
    return folder.is_dir() and not any(folder.glob("*.ipynb"))


def who(ids: Sequence[str]) -> str:
    """How many they are, and all of them."""
    return f"{len(ids)} ({', '.join(ids)})"
