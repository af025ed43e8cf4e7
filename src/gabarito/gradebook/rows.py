"""The rows of one submission in all tables, collected first so that each table takes a few statements.

A class is graded many times, and most of what is recorded is as it was: what is the same is not written again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbgrader.api import BaseCell, Comment, Grade, Notebook
from sqlalchemy import Connection, FromClause, Row, bindparam, insert, select, update

from gabarito.errors import GradebookError
from gabarito.gradebook.modes import write_modes
from gabarito.gradebook.origins import write_origins
from gabarito.gradebook.result import NotebookResult
from gabarito.gradebook.tables import about_submission
from gabarito.grading.score import Score, score_by_hand
from gabarito.model import NotebookRecord, Origin, Outcome, RecordCell, Role

_NO_RESPONSE = "No response."
_NOTEBOOK, _CELL = Notebook.__table__, BaseCell.__table__
_CELLS = (
    select(_NOTEBOOK.c.name, _CELL.c.type, _CELL.c.name, _CELL.c.id)
    .join(_NOTEBOOK, _NOTEBOOK.c.id == _CELL.c.notebook_id)
    .where(_NOTEBOOK.c.assignment_id == bindparam("assignment"))
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The automatic score of a test cell, as it was and as it is."""

    notebook: str
    cell: str
    is_new: bool
    """Whether the gradebook had nothing about it."""
    score_before: float | None
    score_after: float | None
    outcome: Outcome | None
    """How it ended; None where nobody knows, as for a notebook that is missing."""


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows of one table to add and to change; `there` holds those that exist, by notebook and cell."""

    table: FromClause
    there: Mapping[tuple[str, str], Row[Any]]
    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)

    def put(self, place: tuple[str, str], values: dict[str, Any]) -> None:
        old = self.there.get(place)
        if old is None:
            self.new.append({"notebook_id": place[0], "cell_id": place[1], **values})
        elif any(getattr(old, name) != value for name, value in values.items()):
            self.changed.append({"row": old.id, **values})

    def write(self, connection: Connection) -> None:
        if self.new:
            connection.execute(insert(self.table), self.new)
        if self.changed:
            connection.execute(update(self.table).where(self.table.c.id == bindparam("row")), self.changed)


@dataclass(frozen=True, slots=True)
class Rows:
    """Collects what `add` is given; `write` sends it."""

    cells: Mapping[tuple[str, str, str], str]
    grades: _Table
    comments: _Table
    submission_id: str
    notebook_ids: tuple[str, ...]
    modes: list[dict[str, Any]] = field(default_factory=list)
    origins: dict[str, Origin | None] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)

    def add(self, notebook: NotebookRecord, notebook_id: str, result: NotebookResult | None) -> None:
        """Take the results of one notebook, or None where it was not handed in.

        Raises:
            GradebookError: a code test has no score, or a score isn't a number from 0 to the cell's points.
        """
        self.origins[notebook_id] = result.origin if result is not None else None
        for cell in notebook.cells:
            task = cell.role is Role.TASK
            if cell_id := self.cells.get((notebook.name, "TaskCell" if task else "GradeCell", cell.id)):
                place = (notebook_id, cell_id)
                old = self.grades.there.get(place)
                values = _grade(notebook.name, cell, result, old)
                if cell.role is Role.TEST and cell.cell_type == "code":
                    self.verdicts.append(_verdict(notebook.name, cell.id, result, old, values["auto_score"]))
                self.grades.put(place, values)
                if result is not None and (mode := result.modes.get(cell.id)) is not None:
                    about = {"mode": mode.value, "auto_score": values["auto_score"]}
                    self.modes.append({"notebook_id": notebook_id, "cell_id": cell_id, **about})
            if cell_id := self.cells.get((notebook.name, "TaskCell" if task else "SolutionCell", cell.id)):
                self.comments.put((notebook_id, cell_id), _comment(cell, result))

    def write(self, connection: Connection) -> None:
        """Send what is new or another one than it was to the database, inside the connection's transaction."""
        self.grades.write(connection)
        self.comments.write(connection)
        write_modes(connection, self.submission_id, self.notebook_ids, self.modes)
        write_origins(connection, self.submission_id, self.origins)


def rows_of(connection: Connection, assignment_id: str, submission_id: str, notebook_ids: Iterable[str]) -> Rows:
    """Nothing to write yet, and all that the gradebook has about the submission, with these of its notebook rows."""
    cells = connection.execute(_CELLS, {"assignment": assignment_id}).all()
    return Rows(
        cells={(notebook, kind, name): cell_id for notebook, kind, name, cell_id in cells},
        grades=_table(connection, Grade.__table__, submission_id),
        comments=_table(connection, Comment.__table__, submission_id),
        submission_id=submission_id,
        notebook_ids=tuple(notebook_ids),
    )


def _table(connection: Connection, table: FromClause, submission_id: str) -> _Table:
    found = connection.execute(about_submission(table), {"submission": submission_id}).all()
    return _Table(table, {(row.notebook_id, row.cell_id): row for row in found})


def _verdict(
    notebook: str, cell: str, result: NotebookResult | None, old: Row[Any] | None, score: float | None
) -> Verdict:
    return Verdict(
        notebook=notebook,
        cell=cell,
        is_new=old is None,
        score_before=None if old is None else old.auto_score,
        score_after=score,
        outcome=result.outcomes.get(cell) if result is not None else None,
    )


def _comment(cell: RecordCell, result: NotebookResult | None) -> dict[str, Any]:
    if result is None:
        return {}
    silent = cell.role is not Role.TASK and cell.id in result.unanswered
    return {"auto_comment": _NO_RESPONSE if silent else None}


def _grade(notebook: str, cell: RecordCell, result: NotebookResult | None, old: Row[Any] | None) -> dict[str, Any]:
    if result is None:
        return {"auto_score": 0.0, "needs_manual_grade": False}
    manual_score, auto_score = (old.manual_score, old.auto_score) if old is not None else (None, None)
    if cell.role is Role.TASK:
        # Only a person scores a task. A zero from a time when the notebook was missing goes away again.
        fresh = old is None or (auto_score is not None and manual_score is None)
        return {"auto_score": None, "needs_manual_grade": True} if fresh else {}
    score = result.scores.get(cell.id) or score_by_hand(cell, unanswered=cell.id in result.unanswered)
    if score is None:
        raise GradebookError(f"test cell {cell.id!r} of notebook {notebook!r} has no score; grade the submission again")
    _refuse_impossible(notebook, cell, score)
    waits = score.needs_manual or score.auto_score is None or manual_score is not None
    return {"auto_score": score.auto_score, "needs_manual_grade": waits}


def _refuse_impossible(notebook: str, cell: RecordCell, score: Score) -> None:
    value = score.auto_score
    if value is not None and not (math.isfinite(value) and 0 <= value <= cell.points):
        raise GradebookError(
            f"cell {cell.id!r} of notebook {notebook!r} can't have the score {value!r}: "
            f"it must be a number from 0 to {cell.points:g}"
        )
