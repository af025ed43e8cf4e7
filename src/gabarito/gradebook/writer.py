"""Writing a graded submission: the rows of nbgrader's `autograde`, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from nbgrader.api import (
    Assignment,
    Grade,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    new_uuid,
)
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from gabarito.course import Course
from gabarito.errors import GradebookError
from gabarito.gradebook.database import Database, open_database
from gabarito.gradebook.late import late_penalty, seconds_late
from gabarito.gradebook.register import register
from gabarito.gradebook.result import SubmissionResult
from gabarito.gradebook.rows import rows_of
from gabarito.model import ReleaseRecord


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
        marked for a second look, as nbgrader does. A notebook that was not handed in gets zero.

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
        self.database.write(lambda session: self._record(session, record, result))

    def _record(self, session: Session, record: ReleaseRecord, result: SubmissionResult) -> None:
        assignment_id, duedate = session.execute(
            select(Assignment.id, Assignment.duedate).where(Assignment.name == record.assignment)
        ).one()
        self._ensure_student(session, result.student)
        submission_id, late = _submission(session, assignment_id, duedate, result)
        every = _submitted_notebooks(session, assignment_id, submission_id)
        submitted = {name: row for name, row in every.items() if name not in result.untouched}
        notebooks = [n for n in record.notebooks if n.name not in result.untouched]
        rows = rows_of(session, assignment_id, submitted)
        for notebook in notebooks:
            rows.add(notebook, submitted[notebook.name], result.notebooks.get(notebook.name))
        rows.write(session)
        for notebook in notebooks:
            penalty = None
            if late > 0 and notebook.name in result.notebooks:
                penalty = self._penalty(session, result.student, submitted[notebook.name], late)
            session.execute(
                update(SubmittedNotebook)
                .where(SubmittedNotebook.id == submitted[notebook.name])
                .values(late_submission_penalty=penalty)
            )

    def _ensure_student(self, session: Session, student: str) -> None:
        if session.scalar(select(Student.id).where(Student.id == student)) is not None:
            return
        if not self.course.config.Autograde.get("create_student", True):
            raise GradebookError(
                f"student {student!r} isn't in the gradebook and c.Autograde.create_student is off; "
                f"add them with 'nbgrader db student add {student}'"
            )
        session.execute(insert(Student).values(id=student))

    def _penalty(self, session: Session, student: str, notebook_id: str, late: float) -> float | None:
        score = session.scalar(
            select(func.coalesce(func.sum(Grade.score), 0.0)).where(Grade.notebook_id == notebook_id)
        )
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


def _submission(
    session: Session, assignment_id: str, duedate: datetime | None, result: SubmissionResult
) -> tuple[str, float]:
    """Id of the submission's row, and by how many seconds it was late (extension included)."""
    found = session.execute(
        select(SubmittedAssignment.id, SubmittedAssignment.timestamp, SubmittedAssignment.extension).where(
            SubmittedAssignment.assignment_id == assignment_id, SubmittedAssignment.student_id == result.student
        )
    ).one_or_none()
    extension: timedelta | None = None
    if found is None:
        submission_id, timestamp = new_uuid(), result.timestamp
        session.execute(
            insert(SubmittedAssignment).values(
                id=submission_id, assignment_id=assignment_id, student_id=result.student, timestamp=timestamp
            )
        )
    else:
        submission_id, timestamp, extension = found
        if result.timestamp is not None:
            timestamp = result.timestamp
            session.execute(
                update(SubmittedAssignment).where(SubmittedAssignment.id == submission_id).values(timestamp=timestamp)
            )
    return submission_id, seconds_late(timestamp, duedate, extension)


def _submitted_notebooks(session: Session, assignment_id: str, submission_id: str) -> dict[str, str]:
    """Ids of the submission's notebook rows by the notebook's name; missing ones are added."""
    found = session.execute(
        select(Notebook.name, Notebook.id, SubmittedNotebook.id)
        .outerjoin(
            SubmittedNotebook,
            (SubmittedNotebook.notebook_id == Notebook.id) & (SubmittedNotebook.assignment_id == submission_id),
        )
        .where(Notebook.assignment_id == assignment_id)
        .order_by(Notebook.name)
    ).all()
    ids = {name: row_id or new_uuid() for name, _, row_id in found}
    new = [
        {"id": ids[name], "notebook_id": notebook_id, "assignment_id": submission_id}
        for name, notebook_id, row_id in found
        if row_id is None
    ]
    if new:
        session.execute(insert(SubmittedNotebook), new)
    return ids
