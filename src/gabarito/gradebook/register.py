"""A released assignment in the gradebook: the rows that nbgrader's SaveCells writes."""

from __future__ import annotations

import json
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    GradeCell,
    Notebook,
    SolutionCell,
    SourceCell,
    TaskCell,
)
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from gabarito.errors import GradebookError
from gabarito.gradebook.database import DEFAULT_COURSE
from gabarito.model import NotebookRecord, RecordCell, ReleaseRecord, Role

_MODELS: dict[str, Any] = {"GradeCell": GradeCell, "SolutionCell": SolutionCell, "TaskCell": TaskCell}


def register(session: Session, record: ReleaseRecord, course_id: str) -> None:
    """Bring the assignment's rows in line with what was released; add those that are missing.

    Raises:
        GradebookError: the gradebook knows a notebook or a cell that is not in the release.
    """
    assignment_id = session.scalar(select(Assignment.id).where(Assignment.name == record.assignment))
    if assignment_id is None:
        if not course_id and session.get_bind().dialect.name != "sqlite":
            course_id = DEFAULT_COURSE  # other databases refuse a course that has no row, and '' never has one
        assignment = Assignment(name=record.assignment, course_id=course_id)
        session.add(assignment)
        session.flush()
        assignment_id = assignment.id
    there = {
        name: (notebook_id, kernelspec)
        for notebook_id, name, kernelspec in session.execute(
            select(Notebook.id, Notebook.name, Notebook.kernelspec).where(Notebook.assignment_id == assignment_id)
        )
    }
    _refuse_unknown(record.assignment, "notebook", set(there) - {n.name for n in record.notebooks})
    for notebook in record.notebooks:
        kernelspec = json.dumps(notebook.kernelspec)
        if notebook.name in there:
            notebook_id, old = there[notebook.name]
            if old != kernelspec:
                session.execute(update(Notebook).where(Notebook.id == notebook_id).values(kernelspec=kernelspec))
        else:
            row = Notebook(name=notebook.name, assignment_id=assignment_id, kernelspec=kernelspec)
            session.add(row)
            session.flush()
            notebook_id = row.id
        _register_cells(session, record.assignment, notebook, notebook_id)
        _register_sources(session, notebook, notebook_id)


def kinds(cell: RecordCell) -> tuple[str, ...]:
    """nbgrader's cell tables in which this cell has a row, besides `source_cell`."""
    return {
        Role.TEST: ("GradeCell",),
        Role.MANUAL: ("GradeCell", "SolutionCell"),
        Role.ANSWER: ("SolutionCell",),
        Role.TASK: ("TaskCell",),
    }.get(cell.role, ())


def _register_cells(session: Session, assignment: str, notebook: NotebookRecord, notebook_id: str) -> None:
    there = {
        (kind, name): cell_id
        for cell_id, name, kind in session.execute(
            select(BaseCell.id, BaseCell.name, BaseCell.type).where(BaseCell.notebook_id == notebook_id)
        )
    }
    wanted = {(kind, cell.id): cell for kind in _MODELS for cell in notebook.cells if kind in kinds(cell)}
    _refuse_unknown(assignment, "cell", {name for kind, name in set(there) - set(wanted)})
    for (kind, name), cell in wanted.items():
        graded = {} if kind == "SolutionCell" else {"max_score": cell.points, "cell_type": cell.cell_type}
        model = _MODELS[kind]
        if (kind, name) not in there:
            session.add(model(name=name, notebook_id=notebook_id, **graded))
            session.flush()  # row by row: formgrader shows the cells in the order of their rows
        elif graded:
            table = model.__table__
            old = session.execute(select(table.c.max_score, table.c.cell_type).where(table.c.id == there[kind, name]))
            if tuple(old.one()) != tuple(graded.values()):
                session.execute(update(table).where(table.c.id == there[kind, name]).values(**graded))


def _register_sources(session: Session, notebook: NotebookRecord, notebook_id: str) -> None:
    columns = (SourceCell.cell_type, SourceCell.locked, SourceCell.source, SourceCell.checksum)
    there = {
        name: (cell_id, tuple(rest))
        for cell_id, name, *rest in session.execute(
            select(SourceCell.id, SourceCell.name, *columns).where(SourceCell.notebook_id == notebook_id)
        )
    }
    for cell in notebook.cells:
        values = {
            "cell_type": cell.cell_type,
            "locked": cell.locked,
            "source": cell.source,
            "checksum": cell.checksum,
        }
        if cell.id not in there:
            session.execute(insert(SourceCell).values(name=cell.id, notebook_id=notebook_id, **values))
        elif there[cell.id][1] != tuple(values.values()):
            session.execute(update(SourceCell).where(SourceCell.id == there[cell.id][0]).values(**values))


def _refuse_unknown(assignment: str, what: str, names: set[str]) -> None:
    if names:
        listed = ", ".join(repr(n) for n in sorted(names))
        raise GradebookError(
            f"the gradebook has a {what} of {assignment!r} that was not released: {listed}. "
            f"Release it again with 'gabarito release {assignment}', with the same {what}s where students have "
            f"been graded already; 'nbgrader db assignment remove {assignment}' forgets it and all its scores"
        )
