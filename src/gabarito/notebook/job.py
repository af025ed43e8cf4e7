"""A notebook's code cells as the engine takes them."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace
from nbformat import NotebookNode

from gabarito.model import HiddenRegion, JobCell, Role
from gabarito.notebook.cells import grade_id, role_of
from gabarito.notebook.markers import hidden_regions
from gabarito.notebook.needs import timed


def _marked(cell: NotebookNode) -> tuple[HiddenRegion, ...]:
    return hidden_regions(cell.source)


def job_cells(
    notebook: NotebookNode, hidden_of: Callable[[NotebookNode], tuple[HiddenRegion, ...]] = _marked
) -> tuple[JobCell, ...]:
    """The code cells to run, in order, each under its grade id, or its notebook id where it has none.

    Args:
        hidden_of: gives the hidden tests of a test cell; by default those between nbgrader's own markers.
    """
    cells = tuple(
        JobCell(
            index=index,
            id=grade_id(cell) or cell.get("id") or f"cell-{index + 1}",
            role=role,
            source=cell["source"],
            hidden=hidden_of(cell) if role is Role.TEST else (),
        )
        for index, cell in enumerate(notebook.cells)
        if cell["cell_type"] == "code"
        for role in (role_of(cell),)
    )
    own = [cell for cell in cells if cell.role in (Role.GIVEN, Role.TEST)]
    found = zip(own, timed(tuple(cell.source for cell in own)), strict=True)
    clocked = {cell.index for cell, is_timed in found if is_timed and cell.role is Role.TEST}
    return tuple(replace(cell, timed=True) if cell.index in clocked else cell for cell in cells)
