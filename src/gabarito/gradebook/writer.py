"""Writing a graded submission: the rows of nbgrader's `autograde`, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from nbgrader.api import (
    Assignment,
    BaseCell,
    Grade,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    new_uuid,
)
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import Connection, bindparam, func, insert, select, update

from gabarito.course import Course
from gabarito.errors import GradebookError
from gabarito.gradebook.database import Database, open_database
from gabarito.gradebook.history import write_history
from gabarito.gradebook.late import late_penalty, seconds_late
from gabarito.gradebook.register import register
from gabarito.gradebook.result import SubmissionResult
from gabarito.gradebook.rows import rows_of
from gabarito.model import ReleaseRecord

_ASSIGNMENT, _NOTEBOOK, _STUDENT = Assignment.__table__, Notebook.__table__, Student.__table__
_CELL = BaseCell.__table__
_SUBMITTED_ASSIGNMENT, _SUBMITTED_NOTEBOOK = SubmittedAssignment.__table__, SubmittedNotebook.__table__
_PLACE = (
    select(
        _ASSIGNMENT.c.id.label("assignment_id"),
        _ASSIGNMENT.c.duedate,
        _STUDENT.c.id.label("student_id"),
        _SUBMITTED_ASSIGNMENT.c.id.label("submission_id"),
        _SUBMITTED_ASSIGNMENT.c.timestamp,
        _SUBMITTED_ASSIGNMENT.c.extension,
    )
    .select_from(_ASSIGNMENT)
    .outerjoin(_STUDENT, _STUDENT.c.id == bindparam("student"))
    .outerjoin(
        _SUBMITTED_ASSIGNMENT,
        (_SUBMITTED_ASSIGNMENT.c.assignment_id == _ASSIGNMENT.c.id)
        & (_SUBMITTED_ASSIGNMENT.c.student_id == bindparam("student")),
    )
    .where(_ASSIGNMENT.c.name == bindparam("assignment"))
)
_NOTEBOOKS = (
    select(
        _NOTEBOOK.c.name,
        _NOTEBOOK.c.id,
        _SUBMITTED_NOTEBOOK.c.id.label("submitted_id"),
        _SUBMITTED_NOTEBOOK.c.late_submission_penalty,
    )
    .outerjoin(
        _SUBMITTED_NOTEBOOK,
        (_SUBMITTED_NOTEBOOK.c.notebook_id == _NOTEBOOK.c.id)
        & (_SUBMITTED_NOTEBOOK.c.assignment_id == bindparam("submission")),
    )
    .where(_NOTEBOOK.c.assignment_id == bindparam("assignment"))
    .order_by(_NOTEBOOK.c.name)
)
# The cells lead along an index to the grades of one notebook; its id alone would have all grades looked at.
_OWN_CELLS = (
    select(_CELL.c.id)
    .join(_SUBMITTED_NOTEBOOK, _SUBMITTED_NOTEBOOK.c.notebook_id == _CELL.c.notebook_id)
    .where(_SUBMITTED_NOTEBOOK.c.id == bindparam("notebook"))
)
_SCORE = select(func.coalesce(func.sum(Grade.score), 0.0)).where(
    Grade.notebook_id == bindparam("notebook"), Grade.cell_id.in_(_OWN_CELLS)
)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a submission is recorded."""

    assignment_id: str
    submission_id: str
    late: float
    """Seconds by which it is late, extension included."""


@dataclass(frozen=True, slots=True)
class GradebookWriter:
    """An open gradebook that takes results, one transaction each. Made by `open_gradebook`; one thread only."""

    course: Course
    database: Database
    _course_id: str
    _records: dict[str, ReleaseRecord] = field(default_factory=dict)

    def register(self, record: ReleaseRecord) -> None:
        """Write the assignment's own rows as nbgrader's SaveCells would; rows that are right already stay.

        Raises:
            GradebookError: the gradebook knows notebooks or cells that were not released, or can't be written.
        """
        self.database.write(lambda session: register(session, record, self._course_id))
        self._records[record.assignment] = record

    def record(self, result: SubmissionResult) -> None:
        """Write one submission's scores and comments, or nothing.

        Manual scores, extra credit and manual comments of an earlier grading stay; a cell with a manual score is
        marked for a second look, as nbgrader does. A notebook that was not handed in gets zero. A verdict that is
        another one than it was is noted in the history, with the reason.

        Raises:
            GradebookError: a notebook or cell isn't in the release, a code test has no score or one that is no
                number from 0 to its points, the student is unknown and may not be added, or the gradebook can't
                be written.
            CourseError: the assignment has not been released.
        """
        if result.assignment not in self._records:
            self.register(self.course.record(result.assignment))
        record = self._records[result.assignment]
        for name in result.notebooks:
            if record.notebook(name) is None:
                raise GradebookError(f"notebook {name!r} of {result.student} isn't part of {result.assignment!r}")
        self.database.write_rows(lambda connection: self._record(connection, record, result))

    def _record(self, connection: Connection, record: ReleaseRecord, result: SubmissionResult) -> None:
        place = self._place(connection, result)
        known = _submitted_notebooks(connection, place)
        submitted = {name: row for name, (row, _) in known.items() if name not in result.untouched}
        notebooks = [n for n in record.notebooks if n.name not in result.untouched]
        rows = rows_of(connection, place.assignment_id, place.submission_id, submitted)
        for notebook in notebooks:
            rows.add(notebook, result.notebooks.get(notebook.name))
        rows.write(connection)
        write_history(connection, result, rows.verdicts, submitted)
        for notebook in notebooks:
            row, before = known[notebook.name]
            penalty = None
            if place.late > 0 and notebook.name in result.notebooks:
                penalty = self._penalty(connection, result.student, row, place.late)
            if penalty != before:
                connection.execute(
                    update(_SUBMITTED_NOTEBOOK)
                    .where(_SUBMITTED_NOTEBOOK.c.id == row)
                    .values(late_submission_penalty=penalty)
                )

    def _place(self, connection: Connection, result: SubmissionResult) -> _Place:
        """Where the submission is recorded; rows of the student and the submission that are missing are added."""
        names = {"assignment": result.assignment, "student": result.student}
        found = connection.execute(_PLACE, names).one()
        if found.student_id is None:
            self._add_student(connection, result.student)
        submission_id = found.submission_id or new_uuid()
        timestamp = found.timestamp if result.timestamp is None else result.timestamp
        if found.submission_id is None:
            keys = {"id": submission_id, "assignment_id": found.assignment_id, "student_id": result.student}
            connection.execute(insert(_SUBMITTED_ASSIGNMENT).values(timestamp=timestamp, **keys))
        elif timestamp != found.timestamp:
            connection.execute(
                update(_SUBMITTED_ASSIGNMENT)
                .where(_SUBMITTED_ASSIGNMENT.c.id == submission_id)
                .values(timestamp=timestamp)
            )
        late = seconds_late(timestamp, found.duedate, found.extension)
        return _Place(found.assignment_id, submission_id, late)

    def _add_student(self, connection: Connection, student: str) -> None:
        if not self.course.config.Autograde.get("create_student", True):
            raise GradebookError(
                f"student {student!r} isn't in the gradebook and c.Autograde.create_student is off; "
                f"add them with 'nbgrader db student add {student}'"
            )
        connection.execute(insert(_STUDENT).values(id=student))

    def _penalty(self, connection: Connection, student: str, notebook_id: str, late: float) -> float | None:
        score = connection.scalar(_SCORE, {"notebook": notebook_id})
        return late_penalty(self.course, student, score, late)


@contextmanager
def open_gradebook(course: Course, *, patience: float = 60.0) -> Iterator[GradebookWriter]:
    """The course's gradebook, open for writing, created where there is none; closed at the end of the block.

    Args:
        patience: seconds to wait, each time, for another program that has locked the database.

    Raises:
        GradebookError: it is locked, damaged, out of reach or of an older schema.
    """
    course_id = str(CourseDirectory(config=course.config).course_id)
    database = open_database(course.db_url, course_id=course_id, patience=patience)
    try:
        yield GradebookWriter(course, database, course_id)
    finally:
        database.close()


def _submitted_notebooks(connection: Connection, place: _Place) -> dict[str, tuple[str, float | None]]:
    """Ids and late penalties of the submission's notebook rows, by the notebook's name; missing ones are added."""
    found = connection.execute(_NOTEBOOKS, {"assignment": place.assignment_id, "submission": place.submission_id}).all()
    rows = {each.name: (each.submitted_id or new_uuid(), each.late_submission_penalty) for each in found}
    new = [
        {"id": rows[each.name][0], "notebook_id": each.id, "assignment_id": place.submission_id}
        for each in found
        if each.submitted_id is None
    ]
    if new:
        connection.execute(insert(_SUBMITTED_NOTEBOOK), new)
    return rows
