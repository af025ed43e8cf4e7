"""What students do to notebooks, done to one."""

from __future__ import annotations

import copy

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from gabarito.demo.plan import Edit
from gabarito.errors import CourseError
from gabarito.notebook.cells import grade_id


def apply(edit: Edit, cells: list[NotebookNode]) -> None:
    """Do it, to the list and the cells in it.

    Raises:
        CourseError: there is no cell with a grade id that the edit names, or it names none where it needs one.
    """
    match edit.do:
        case "delete":
            del cells[_find(edit.cell, cells, edit)]
        case "copy":
            pasted = copy.deepcopy(cells[_find(edit.cell, cells, edit)])
            pasted["id"] = f"pasted-{len(cells)}"
            _set(pasted, edit)
            cells.insert(_target(edit, cells, default=edit.cell), pasted)
        case "move":
            start = _find(edit.cell, cells, edit)
            end = _find(edit.through or edit.cell, cells, edit) + 1
            block = cells[start:end]
            del cells[start:end]
            where = _target(edit, cells)
            cells[where:where] = block
        case "edit":
            _set(cells[_find(edit.cell, cells, edit)], edit)
        case "insert":
            make = new_code_cell if edit.type == "code" else new_markdown_cell
            cells.insert(_target(edit, cells), make(edit.source or "", id=f"own-{len(cells)}"))
        case "retype":
            _retype(cells[_find(edit.cell, cells, edit)])
        case "strip":
            for cell in [cells[_find(edit.cell, cells, edit)]] if edit.cell else cells:
                cell.metadata.pop("nbgrader", None)
        case _:  # forge
            cells[_find(edit.cell, cells, edit)].metadata.nbgrader.update(points=100, locked=False)


def _find(cell_id: str, cells: list[NotebookNode], edit: Edit) -> int:
    for i, cell in enumerate(cells):
        if cell_id and grade_id(cell) == cell_id:
            return i
    raise CourseError(f"the edit {edit.do!r} needs the cell {cell_id!r}, which isn't in the notebook")


def _target(edit: Edit, cells: list[NotebookNode], default: str = "") -> int:
    if edit.before:
        return _find(edit.before, cells, edit)
    return _find(edit.after or default, cells, edit) + 1


def _set(cell: NotebookNode, edit: Edit) -> None:
    if edit.source is not None:
        cell.source = edit.source.removesuffix("\n")


def _retype(cell: NotebookNode) -> None:
    if cell.cell_type == "code":
        cell.cell_type = "markdown"
        del cell["outputs"], cell["execution_count"]
    else:
        cell.cell_type = "code"
        cell.update(outputs=[], execution_count=None)
