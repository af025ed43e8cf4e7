"""Edits do to a notebook what they say."""

from __future__ import annotations

import copy

import nbformat
import pytest
from nbformat import NotebookNode

from gabarito.demo.edits import apply
from gabarito.demo.plan import Edit
from gabarito.errors import CourseError
from gabarito.notebook.cells import grade_id
from tests.notebook.released import release, small_source

RELEASED, _ = release(small_source())
ORDER = [grade_id(c) for c in RELEASED.cells]


def after(edit: Edit) -> NotebookNode:
    notebook = copy.deepcopy(RELEASED)
    apply(edit, notebook.cells)
    nbformat.validate(notebook)
    return notebook


def order(notebook: NotebookNode) -> list[str | None]:
    return [grade_id(c) for c in notebook.cells]


def test_delete() -> None:
    assert order(after(Edit(do="delete", cell="total"))) == [i for i in ORDER if i != "total"]


def test_copy() -> None:
    notebook = after(Edit(do="copy", cell="total", source="x = 2\n"))
    position = ORDER.index("total")
    assert order(notebook) == [*ORDER[: position + 1], "total", *ORDER[position + 1 :]]
    assert notebook.cells[position + 1].source == "x = 2"
    assert notebook.cells[position].source == RELEASED.cells[position].source
    above = after(Edit(do="copy", cell="total", before="total"))
    assert above.cells[position].source == above.cells[position + 1].source


def test_move() -> None:
    notebook = after(Edit(do="move", cell="triple", through="triple-test", before="setup"))
    assert order(notebook)[:4] == [None, "triple", "triple-test", "setup"]
    assert sorted(map(str, order(notebook))) == sorted(map(str, ORDER))
    assert order(after(Edit(do="move", cell="setup", after="plot")))[-2:] == ["setup", None]


def test_edit_and_insert() -> None:
    notebook = after(Edit(do="edit", cell="double-test", source="assert True"))
    assert notebook.cells[ORDER.index("double-test")].source == "assert True"
    text = after(Edit(do="insert", after="setup", source="Hello", type="markdown")).cells[2]
    assert (text.cell_type, text.source) == ("markdown", "Hello")
    assert after(Edit(do="insert", before="setup")).cells[1].cell_type == "code"


def test_retype() -> None:
    assert after(Edit(do="retype", cell="total")).cells[ORDER.index("total")].cell_type == "markdown"
    assert after(Edit(do="retype", cell="why")).cells[ORDER.index("why")].cell_type == "code"


def test_strip_and_forge() -> None:
    assert order(after(Edit(do="strip"))) == [None] * len(ORDER)
    assert "total" not in order(after(Edit(do="strip", cell="total")))
    forged = after(Edit(do="forge", cell="triple-test")).cells[ORDER.index("triple-test")].metadata.nbgrader
    assert (forged.points, forged.locked) == (100, False)


@pytest.mark.parametrize(
    "edit",
    [
        Edit(do="delete", cell="absent"),
        Edit(do="delete"),
        Edit(do="insert", source="x"),
        Edit(do="move", cell="total", through="absent", before="setup"),
    ],
)
def test_cells_that_are_not_there(edit: Edit) -> None:
    with pytest.raises(CourseError, match="isn't in the notebook"):
        after(edit)
