"""nbformat's nodes, made without going through nbformat for each: a class has very many of them."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode


def node(content: dict[str, Any]) -> NotebookNode:
    """What `NotebookNode(content)` is."""
    made: NotebookNode = NotebookNode.__new__(NotebookNode)
    dict.update(made, content)
    return made
