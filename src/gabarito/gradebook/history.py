"""The history of verdicts: every one that a test cell has had, when it came, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import msgspec
from nbgrader.api import Student
from sqlalchemy import Connection, bindparam, insert, inspect, select
from sqlalchemy.orm import Session

from gabarito.course import Course
from gabarito.errors import GradebookError
from gabarito.gradebook.database import open_database
from gabarito.gradebook.result import SubmissionResult
from gabarito.gradebook.rows import Verdict
from gabarito.gradebook.table import find_assignment
from gabarito.gradebook.tables import BASES, HISTORY, replace_rows, rows_about
from gabarito.model import Basis

_OUTCOMES = (
    select(HISTORY.c.notebook, HISTORY.c.cell, HISTORY.c.outcome_after)
    .where(HISTORY.c.assignment == bindparam("assignment"), HISTORY.c.student == bindparam("student"))
    .order_by(HISTORY.c.id)
)


class Why(StrEnum):
    """Why a verdict came: what of its basis is another one than at the verdict before."""

    FIRST = "graded for the first time"
    SUBMISSION = "the submission changed"
    TEST = "the test changed"
    GIVEN = "the given cells or files changed"
    LIMITS = "the limits changed"
    ENGINE = "the engine or the sandbox changed"
    SEEDS = "the seeds changed"
    OTHER_TESTS = "other tests changed"
    POINTS = "the points changed"
    FORCED = "graded again by --force"
    AGAIN = "graded again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row of the history."""

    at: datetime
    """UTC, without a time zone."""
    student: str
    assignment: str
    notebook: str
    cell: str
    score_before: float | None
    score_after: float | None
    outcome_before: str
    """Empty where nobody knows, or there was no verdict."""
    outcome_after: str
    why: tuple[str, ...]
    """One reason or several, as `Why` has them."""

    @property
    def is_first(self) -> bool:
        """Whether there was no verdict before."""
        return Why.FIRST in self.why


def write_history(
    connection: Connection,
    result: SubmissionResult,
    verdicts: Sequence[Verdict],
    notebook_ids: Mapping[str, str],
) -> None:
    """Note the verdicts that are new or other ones than before, and keep what they depend on.

    Args:
        verdicts: of every test of these notebooks.
        notebook_ids: ids of rows in nbgrader's `submitted_notebook`, by the notebook's name.
    """
    there = rows_about(connection, BASES, notebook_ids.values())
    bases = {row.notebook_id: _decoded(row.basis) for row in there}
    outcomes = _outcomes(connection, result)
    now = datetime.now(UTC).replace(tzinfo=None)
    rows = []
    for each in verdicts:
        before = outcomes.get((each.notebook, each.cell))
        after = each.outcome.value if each.outcome is not None else ""
        if before == after and each.score_before == each.score_after:
            continue
        rows.append(
            {
                "at": now,
                "assignment": result.assignment,
                "student": result.student,
                "notebook": each.notebook,
                "cell": each.cell,
                "score_before": each.score_before,
                "score_after": each.score_after,
                "outcome_before": before or "",
                "outcome_after": after,
                "why": "; ".join(_why(each, bases.get(notebook_ids[each.notebook]), result)),
            }
        )
    if rows:
        connection.execute(insert(HISTORY), rows)
    bases_now = [
        {"notebook_id": notebook_ids[name], "basis": msgspec.json.encode(found.basis).decode()}
        for name, found in result.notebooks.items()
        if found.basis is not None
    ]
    replace_rows(connection, BASES, there, bases_now)


def read_history(course: Course, assignment: str, students: Collection[str] = ()) -> list[Change]:
    """Every change of a verdict, the oldest first; nothing from an old gradebook.

    Args:
        students: only of these; of all where it is empty.

    Raises:
        GradebookError: the gradebook can't be read, or doesn't know the assignment or one of the students.
    """
    database = open_database(course.db_url, writable=False)
    try:
        return database.read(lambda session: _read(session, assignment, students))
    finally:
        database.close()


def read_bases(course: Course) -> list[Basis]:
    """What the recorded verdicts of every submission depend on.

    Raises:
        GradebookError: the gradebook can't be read.
    """
    database = open_database(course.db_url, writable=False)
    try:
        return database.read(_every_basis)
    finally:
        database.close()


def reasons(before: Basis, after: Basis, cell: str) -> list[Why]:
    """What a test's verdict depends on and is another one now; none where nothing is."""
    compared = {
        Why.SUBMISSION: before.submission == after.submission,
        Why.TEST: before.tests.get(cell) == after.tests.get(cell),
        Why.GIVEN: before.given == after.given,
        Why.LIMITS: before.limits == after.limits,
        Why.ENGINE: before.engine == after.engine,
        Why.SEEDS: before.seeds == after.seeds,
    }
    found = [why for why, is_same in compared.items() if not is_same]
    return found or ([Why.OTHER_TESTS] if before.tests != after.tests else [])


def _why(verdict: Verdict, before: Basis | None, result: SubmissionResult) -> list[Why]:
    notebook = result.notebooks.get(verdict.notebook)
    if verdict.is_new:
        return [Why.FIRST]
    if notebook is None:
        return [Why.SUBMISSION]
    after = notebook.basis
    if before is not None and after is not None:
        if found := reasons(before, after, verdict.cell):
            return found
        if not notebook.is_forced:
            return [Why.POINTS]
    return [Why.FORCED if notebook.is_forced else Why.AGAIN]


def _outcomes(connection: Connection, result: SubmissionResult) -> dict[tuple[str, str], str]:
    """The last outcome of each cell that the history knows."""
    rows = connection.execute(_OUTCOMES, {"assignment": result.assignment, "student": result.student}).all()
    return {(notebook, cell): outcome for notebook, cell, outcome in rows}


def _every_basis(session: Session) -> list[Basis]:
    if not inspect(session.connection()).has_table(BASES.name):
        return []
    return [found for basis in session.scalars(select(BASES.c.basis)) if (found := _decoded(basis)) is not None]


def _decoded(basis: str) -> Basis | None:
    """None for what another version wrote."""
    try:
        return msgspec.json.decode(basis, type=Basis)
    except msgspec.MsgspecError:
        return None


def _read(session: Session, assignment: str, students: Collection[str]) -> list[Change]:
    find_assignment(session, assignment)
    for student in students:
        if session.get(Student, student) is None:
            raise GradebookError(
                f"the gradebook doesn't know a student {student!r}; 'gabarito roster list' shows whom it knows"
            )
    if not inspect(session.connection()).has_table(HISTORY.name):
        return []
    wanted = select(HISTORY).where(HISTORY.c.assignment == assignment).order_by(HISTORY.c.id)
    if students:
        wanted = wanted.where(HISTORY.c.student.in_(list(students)))
    return [
        Change(
            at=row.at,
            student=row.student,
            assignment=row.assignment,
            notebook=row.notebook,
            cell=row.cell,
            score_before=row.score_before,
            score_after=row.score_after,
            outcome_before=row.outcome_before,
            outcome_after=row.outcome_after,
            why=tuple(row.why.split("; ")),
        )
        for row in session.execute(wanted)
    ]
