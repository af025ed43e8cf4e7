"""An assignment that nbgrader alone released: its cells as the gradebook has them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, BaseCell, GradeCell, Notebook, SourceCell, TaskCell
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from gabarito.course import Course
from gabarito.errors import SubmissionError
from gabarito.gradebook.database import open_database
from gabarito.model import NotebookRecord, RecordCell, ReleaseRecord, Role
from gabarito.notebook.cells import grade_id, read_notebook
from gabarito.notebook.markers import Delimiters, hidden_regions
from gabarito.notebook.syntax import imports_of

_ROLES = {
    frozenset(): Role.GIVEN,
    frozenset({"GradeCell"}): Role.TEST,
    frozenset({"SolutionCell"}): Role.ANSWER,
    frozenset({"GradeCell", "SolutionCell"}): Role.MANUAL,
}
"""A cell's role by nbgrader's tables in which it is."""


def adopt(course: Course, assignment: str) -> ReleaseRecord | None:
    """What nbgrader released under this name; None where the gradebook has no notebook of it.

    The gradebook keeps no order of cells. It is taken from the released notebook, else from the source.

    Raises:
        GradebookError: the gradebook can't be read.
    """
    from gabarito.release.sources import delimiters_of

    file = make_url(course.db_url)
    if file.get_backend_name() == "sqlite" and not (file.database and Path(file.database).is_file()):
        return None
    database = open_database(course.db_url, writable=False)
    try:
        notebooks = database.read(lambda session: _notebooks(session, course, assignment, delimiters_of(course)))
    finally:
        database.close()
    return ReleaseRecord(assignment=assignment, notebooks=notebooks) if notebooks else None


def released(course: Course, assignment: str) -> tuple[ReleaseRecord, bool]:
    """What was released under this name, and whether nbgrader alone did it.

    Raises:
        CourseError: nothing was released under this name, or the record is damaged.
        GradebookError: the gradebook can't be read.
    """
    if not course.record_path(assignment).exists() and (adopted := adopt(course, assignment)) is not None:
        return adopted, True
    return course.record(assignment), False


def _notebooks(session: Session, course: Course, assignment: str, delimiters: Delimiters) -> tuple[NotebookRecord, ...]:
    found = session.execute(
        select(Notebook.id, Notebook.name, Notebook.kernelspec)
        .join(Assignment, Assignment.id == Notebook.assignment_id)
        .where(Assignment.name == assignment)
        .order_by(Notebook.name)
    ).all()
    return tuple(
        _notebook(session, course, assignment, delimiters, notebook_id, name, kernelspec)
        for notebook_id, name, kernelspec in found
    )


def _notebook(
    session: Session,
    course: Course,
    assignment: str,
    delimiters: Delimiters,
    notebook_id: str,
    name: str,
    kernelspec: str | None,
) -> NotebookRecord:
    kinds: dict[str, set[str]] = {}
    for cell_id, kind in session.execute(
        select(BaseCell.name, BaseCell.type).where(BaseCell.notebook_id == notebook_id)
    ):
        kinds.setdefault(cell_id, set()).add(kind)
    points: dict[str, float] = {
        cell_id: most
        for model in (GradeCell, TaskCell)
        for cell_id, most in session.execute(
            select(model.name, model.max_score).where(model.notebook_id == notebook_id)
        )
    }
    cells = {
        source.name: _cell(source, kinds.get(source.name, set()), points.get(source.name, 0.0), delimiters)
        for source in session.scalars(select(SourceCell).where(SourceCell.notebook_id == notebook_id))
    }
    order = _order(course, assignment, name)
    ordered = [*(cells[i] for i in order if i in cells), *(cell for i, cell in cells.items() if i not in order)]
    return NotebookRecord(
        name=name,
        cells=tuple(ordered),
        kernelspec=json.loads(kernelspec) if kernelspec else {},
        imports=tuple(sorted(imports_of(ordered, _modules(course, assignment)))),
    )


def _cell(source: Any, kinds: set[str], points: float, delimiters: Delimiters) -> RecordCell:
    role = Role.TASK if "TaskCell" in kinds else _ROLES[frozenset(kinds)]
    return RecordCell(
        id=source.name,
        role=role,
        cell_type=source.cell_type,
        source=source.source or "",
        checksum=source.checksum or "",
        points=points,
        locked=role is Role.TEST or (role in (Role.GIVEN, Role.TASK) and bool(source.locked)),
        hidden=hidden_regions(source.source or "", delimiters) if role is Role.TEST else (),
    )


def _order(course: Course, assignment: str, name: str) -> list[str]:
    """Grade ids in the order of the notebook that students got."""
    for folder in (course.release, course.source):
        path = folder / assignment / f"{name}.ipynb"
        try:
            notebook = read_notebook(path.read_text(encoding="utf-8"), str(path))
        except (OSError, UnicodeDecodeError, SubmissionError):
            continue
        return list(dict.fromkeys(i for cell in notebook.cells if (i := grade_id(cell))))
    return []


def _modules(course: Course, assignment: str) -> set[str]:
    """Modules that lie beside the notebooks, which no worker can load beforehand."""

    def names() -> Iterator[str]:
        for folder in (course.source / assignment, course.release / assignment):
            for path in folder.rglob("*.py"):
                yield path.relative_to(folder).parts[0].removesuffix(".py")

    return set(names())
