"""A notebook's code cells as the engine takes them."""

from __future__ import annotations

from collections.abc import Callable

from nbformat import NotebookNode

from gabarito.model import HiddenRegion, JobCell, Role
from gabarito.notebook.cells import grade_id, role_of
from gabarito.notebook.markers import hidden_regions


def _marked(cell: NotebookNode) -> tuple[HiddenRegion, ...]:
    return hidden_regions(cell.source)


def job_cells(
    notebook: NotebookNode, hidden_of: Callable[[NotebookNode], tuple[HiddenRegion, ...]] = _marked
) -> tuple[JobCell, ...]:
    """The code cells to run, in order, each under its grade id, or its notebook id where it has none.

    Args:
        hidden_of: gives the hidden tests of a test cell; by default those between nbgrader's own markers.
    """
    return tuple(
        JobCell(
            index=index,
            id=grade_id(cell) or cell.get("id") or f"cell-{index + 1}",
            role=role,
            source=cell.source,
            hidden=hidden_of(cell) if role is Role.TEST else (),
        )
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code"
        for role in (role_of(cell),)
    )
