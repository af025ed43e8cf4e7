"""Cells and metadata made valid, whatever the file held."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode

from gabarito.notebook.nodes import node

_CELL_TYPES = ("code", "markdown", "raw")
_SCALARS = frozenset({bool, int, float, type(None)})
_DEEPEST = 40  # levels of metadata; nobody's tools write so many, and a file with thousands breaks every reader


def clean_cell(cell: NotebookNode) -> NotebookNode:
    """A copy that is valid whatever the file held, without outputs."""
    metadata = clean(cell.get("metadata"))
    if not isinstance(metadata, dict):
        metadata = NotebookNode()
    if not isinstance(metadata.get("nbgrader", {}), dict):
        del metadata["nbgrader"]
    kept = {"metadata": metadata, "source": clean(cell.get("source", ""))}
    if isinstance(cell.get("id"), str):
        kept["id"] = cell["id"]
    if isinstance(cell.get("attachments"), dict):
        kept["attachments"] = clean(cell["attachments"])
    set_type(kept, cell.get("cell_type", "raw"))
    return node(kept)


def set_type(cell: dict[str, Any], cell_type: str) -> None:
    cell["cell_type"] = cell_type if cell_type in _CELL_TYPES else "raw"
    if cell_type == "code":
        cell.pop("attachments", None)
        cell.update(outputs=[], execution_count=None)
    else:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)


def clean(value: Any, depth: int = 0) -> Any:
    """A copy of a JSON value that can be written as UTF-8, without what is nested beyond reason."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        if depth == _DEEPEST:
            return None
        pairs = value.items()
        return node({_text(str(k)): v if type(v) in _SCALARS else clean(v, depth + 1) for k, v in pairs})
    if isinstance(value, list):
        return None if depth == _DEEPEST else [clean(v, depth + 1) for v in value]
    return value


def _text(value: str) -> str:
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
