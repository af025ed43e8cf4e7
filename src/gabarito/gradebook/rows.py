"""The rows of one submission in all tables, collected first so that each table takes a few statements.

A class is graded many times, and most of what is recorded is as it was: what is the same is not written again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from nbgrader.api import BaseCell, Comment, Grade, Notebook, SubmittedNotebook
from sqlalchemy import Connection, FromClause, Row, bindparam, insert, select, update

from gabarito.errors import GradebookError
from gabarito.gradebook.modes import write_modes
from gabarito.gradebook.origins import write_origins
from gabarito.gradebook.result import NotebookResult
from gabarito.grading.score import Score, score_by_hand
from gabarito.model import NotebookRecord, Origin, Outcome, RecordCell, Role

_NO_RESPONSE = "No response."
_NOTEBOOK, _CELL, _SUBMITTED = Notebook.__table__, BaseCell.__table__, SubmittedNotebook.__table__
_GRADE, _COMMENT = Grade.__table__, Comment.__table__
# In one statement, along nbgrader's indexes: none of them leads from a submission to its grades without the cells.
_CELLS = (
    select(
        _NOTEBOOK.c.name.label("notebook"),
        _CELL.c.type.label("kind"),
        _CELL.c.name.label("cell"),
        _CELL.c.id.label("cell_id"),
        _GRADE.c.id.label("grade_id"),
        _GRADE.c.auto_score,
        _GRADE.c.manual_score,
        _GRADE.c.needs_manual_grade,
        _COMMENT.c.id.label("comment_id"),
        _COMMENT.c.auto_comment,
    )
    .select_from(_NOTEBOOK)
    .join(_CELL, _CELL.c.notebook_id == _NOTEBOOK.c.id)
    .outerjoin(
        _SUBMITTED,
        (_SUBMITTED.c.notebook_id == _NOTEBOOK.c.id) & (_SUBMITTED.c.assignment_id == bindparam("submission")),
    )
    .outerjoin(_GRADE, (_GRADE.c.cell_id == _CELL.c.id) & (_GRADE.c.notebook_id == _SUBMITTED.c.id))
    .outerjoin(_COMMENT, (_COMMENT.c.cell_id == _CELL.c.id) & (_COMMENT.c.notebook_id == _SUBMITTED.c.id))
    .where(_NOTEBOOK.c.assignment_id == bindparam("assignment"))
)


class Verdict(msgspec.Struct, frozen=True):
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
    """Rows of one table to add and to change."""

    table: FromClause
    key: str
    """What `_CELLS` calls the id of a row."""
    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)

    def put(self, notebook_id: str, there: Row[Any], values: dict[str, Any]) -> None:
        """Take what is to be in the row about a cell, of which `there` says what is recorded.

        Args:
            values: by the names of columns, as `_CELLS` has them too; those of a new row must be the same for all.
        """
        row = getattr(there, self.key)
        if row is None:
            self.new.append({"notebook_id": notebook_id, "cell_id": there.cell_id, **values})
        elif any(getattr(there, name) != value for name, value in values.items()):
            self.changed.append({"row": row, **values})

    def write(self, connection: Connection) -> None:
        if self.new:
            connection.execute(insert(self.table), self.new)
        if self.changed:
            connection.execute(update(self.table).where(self.table.c.id == bindparam("row")), self.changed)


@dataclass(frozen=True, slots=True)
class Rows:
    """Collects what `add` is given; `write` sends it."""

    cells: Mapping[tuple[str, str, str], Row[Any]]
    """What is recorded, by notebook, nbgrader's kind of cell, and grade id."""
    notebook_ids: Mapping[str, str]
    grades: _Table = field(default_factory=lambda: _Table(_GRADE, "grade_id"))
    comments: _Table = field(default_factory=lambda: _Table(_COMMENT, "comment_id"))
    modes: list[dict[str, Any]] = field(default_factory=list)
    origins: dict[str, Origin | None] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)

    def add(self, notebook: NotebookRecord, result: NotebookResult | None) -> None:
        """Take the results of one notebook, or None where it was not handed in.

        Raises:
            GradebookError: a code test has no score, or a score isn't a number from 0 to the cell's points.
        """
        notebook_id = self.notebook_ids[notebook.name]
        self.origins[notebook_id] = result.origin if result is not None else None
        for cell in notebook.cells:
            task = cell.role is Role.TASK
            there = self.cells.get((notebook.name, "TaskCell" if task else "GradeCell", cell.id))
            if there is not None:
                old = there if there.grade_id is not None else None
                values = _grade(notebook.name, cell, result, old)
                if cell.role is Role.TEST and cell.cell_type == "code":
                    self.verdicts.append(_verdict(notebook.name, cell.id, result, old, values["auto_score"]))
                self.grades.put(notebook_id, there, values)
                if result is not None and (mode := result.modes.get(cell.id)) is not None:
                    about = {"mode": mode.value, "auto_score": values["auto_score"]}
                    self.modes.append({"notebook_id": notebook_id, "cell_id": there.cell_id, **about})
            there = self.cells.get((notebook.name, "TaskCell" if task else "SolutionCell", cell.id))
            if there is not None:
                self.comments.put(notebook_id, there, _comment(cell, result, there))

    def write(self, connection: Connection) -> None:
        """Send what is new or another one than it was to the database, inside the connection's transaction."""
        self.grades.write(connection)
        self.comments.write(connection)
        write_modes(connection, self.notebook_ids.values(), self.modes)
        write_origins(connection, self.origins)


def rows_of(connection: Connection, assignment_id: str, submission_id: str, notebook_ids: Mapping[str, str]) -> Rows:
    """Nothing to write yet, and all that the gradebook has about the submission.

    Args:
        notebook_ids: of rows in `submitted_notebook`, by name: of the notebooks that are to be written.
    """
    found = connection.execute(_CELLS, {"assignment": assignment_id, "submission": submission_id}).all()
    return Rows(cells={(each.notebook, each.kind, each.cell): each for each in found}, notebook_ids=notebook_ids)


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


def _comment(cell: RecordCell, result: NotebookResult | None, there: Row[Any]) -> dict[str, Any]:
    if result is None:
        return {"auto_comment": there.auto_comment}
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
