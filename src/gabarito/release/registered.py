"""The assignment in the gradebook: its old cells out, where nobody has been graded on them, and the new ones in."""

from __future__ import annotations

from nbgrader.api import Assignment, BaseCell, Notebook, SourceCell, SubmittedAssignment
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gabarito.errors import GradebookError
from gabarito.gradebook.register import kinds, register
from gabarito.model import NotebookRecord, ReleaseRecord


def register_release(session: Session, record: ReleaseRecord, course_id: str) -> int:
    """Write the assignment's rows as nbgrader does; the number of submissions that are there already.

    Raises:
        GradebookError: there are submissions, and notebooks or cells were added or removed since.
    """
    assignment = session.scalar(select(Assignment).where(Assignment.name == record.assignment))
    submissions = 0
    if assignment is not None:
        submissions = (
            session.scalar(
                select(func.count())
                .select_from(SubmittedAssignment)
                .where(SubmittedAssignment.assignment_id == assignment.id)
            )
            or 0
        )
        if submissions:
            _refuse_changes(session, assignment, record, submissions)
        else:
            _forget_removed(session, assignment, record)
    register(session, record, course_id)
    return int(submissions)


def _notebooks(session: Session, assignment: Assignment) -> dict[str, Notebook]:
    rows = session.scalars(select(Notebook).where(Notebook.assignment_id == assignment.id))
    return {row.name: row for row in rows}


def _wanted(notebook: NotebookRecord | None) -> set[tuple[str, str]]:
    cells = notebook.cells if notebook is not None else ()
    return {(kind, cell.id) for cell in cells for kind in (*kinds(cell), "SourceCell")}


def _there(session: Session, notebook: Notebook) -> dict[tuple[str, str], BaseCell | SourceCell]:
    cells = session.scalars(select(BaseCell).where(BaseCell.notebook_id == notebook.id))
    sources = session.scalars(select(SourceCell).where(SourceCell.notebook_id == notebook.id))
    found: dict[tuple[str, str], BaseCell | SourceCell] = {(cell.type, cell.name): cell for cell in cells}
    return found | {("SourceCell", source.name): source for source in sources}


def _refuse_changes(session: Session, assignment: Assignment, record: ReleaseRecord, submissions: int) -> None:
    there = _notebooks(session, assignment)
    added: set[str] = {n.name for n in record.notebooks} - set(there)
    removed: set[str] = set(there) - {n.name for n in record.notebooks}
    for name, row in there.items():
        old, new = set(_there(session, row)), _wanted(record.notebook(name))
        added |= {cell_id for _, cell_id in new - old}
        removed |= {cell_id for _, cell_id in old - new}
    changes = [
        f"{what}: {', '.join(repr(n) for n in sorted(names))}"
        for what, names in (
            ("added", added - removed),
            ("removed", removed - added),
            ("now of another kind", added & removed),
        )
        if names
    ]
    if changes:
        many = "1 submission" if submissions == 1 else f"{submissions} submissions"
        raise GradebookError(
            f"the gradebook holds {many} of {record.assignment!r}, and its cells have changed since "
            f"({'; '.join(changes)}). Sources and points may change, cells may not: put them back as they were, or "
            f"forget the assignment and all its scores with 'nbgrader db assignment remove {record.assignment}'"
        )


def _forget_removed(session: Session, assignment: Assignment, record: ReleaseRecord) -> None:
    for name, row in _notebooks(session, assignment).items():
        notebook = record.notebook(name)
        wanted = _wanted(notebook)
        for key, cell in _there(session, row).items():
            if key not in wanted:
                session.delete(cell)
        session.flush()
        if notebook is None:
            session.delete(row)
    session.flush()
