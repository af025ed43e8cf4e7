"""What the cells of a notebook are: nbgrader's metadata read as roles."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import nbformat.reader
from nbformat import NotebookNode
from nbformat.v4.rwbase import rejoin_lines, strip_transient
from nbgrader.nbgraderformat import MetadataValidator

from gabarito.errors import SubmissionError
from gabarito.model import Role
from gabarito.notebook.nodes import node


def read_notebook(text: str, name: str) -> NotebookNode:
    """The notebook in `text`, in nbformat 4 with nbgrader metadata of the newest schema.

    Args:
        text: the file's content.
        name: what to call it in an error.

    Raises:
        SubmissionError: it is no JSON, no notebook, or of a format that nbformat can't convert.
    """
    try:
        notebook = _parse(text)
        for cell in notebook.cells:
            if not isinstance(cell.get("source"), str):
                raise ValueError("a cell has no source")
            if not isinstance(cell.get("metadata"), dict):
                cell["metadata"] = NotebookNode()
    except Exception as e:
        raise SubmissionError(f"{name} is not a readable notebook ({type(e).__name__}: {_short(e)})") from None
    validator = _validator()
    newest, known = validator.schema_version, validator.schema["properties"].keys()
    for cell in notebook.cells:
        found = _nbgrader(cell)
        if found.get("schema_version") == newest and found.keys() <= known:
            continue  # what upgrading would come to after many more questions
        try:
            validator.upgrade_cell_metadata(cell)
        except Exception:
            cell.metadata.pop("nbgrader", None)
    return notebook


@cache  # it reads its schema from a file
def _validator() -> MetadataValidator:
    return MetadataValidator()


def _parse(text: str) -> NotebookNode:
    """The notebook, with an id for every cell that depends on nothing but the text: nbformat would draw random ones.

    It isn't validated, as nbformat does with what it reads: that takes a third of the time, and all that it finds is
    let pass anyway.
    """
    written = nbformat.reader.parse_json(text, object_hook=node)
    is_old = nbformat.reader.get_version(written)[0] != 4
    if is_old:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            notebook = nbformat.convert(nbformat.reader.reads(text), 4)
    else:  # as nbformat does, but that nodes aren't made of all the dictionaries a second time
        try:
            notebook = strip_transient(rejoin_lines(written))
        except AttributeError as e:
            raise ValueError(f"a part is missing or of another kind: {e}") from None
    seen: set[object] = set()
    for index, cell in enumerate(notebook.cells):
        own = cell.get("id")
        if is_old or not isinstance(own, str) or own in seen:
            cell["id"] = own = f"cell-{index + 1}"
        seen.add(own)
    return notebook


def grade_id(cell: NotebookNode) -> str | None:
    """The cell's nbgrader id, or None."""
    found = _nbgrader(cell).get("grade_id")
    return found if isinstance(found, str) and found else None


def role_of(cell: NotebookNode) -> Role:
    """What the cell is for, by nbgrader's rules."""
    meta = _nbgrader(cell)
    if meta.get("task"):
        return Role.TASK
    if meta.get("grade"):
        return Role.MANUAL if meta.get("solution") else Role.TEST
    if meta.get("solution"):
        return Role.ANSWER
    return Role.GIVEN if meta.get("locked") else Role.PLAIN


def _nbgrader(cell: NotebookNode) -> dict[str, Any]:
    meta = cell["metadata"].get("nbgrader", {})  # an attribute of a NotebookNode takes ten times as long
    return meta if isinstance(meta, dict) else {}


def _short(e: Exception) -> str:
    text = str(e).strip().split("\n", 1)[0]
    return text if len(text) <= 120 else text[:117] + "…"
