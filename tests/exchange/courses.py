"""A course with released assignments, without running a release."""

from __future__ import annotations

from pathlib import Path

import msgspec
import nbformat
from nbformat import NotebookNode

from gabarito.course import Course, load_course
from gabarito.model import NotebookRecord, ReleaseRecord


def make_course(root: Path, config: str = "", **assignments: tuple[NotebookRecord, ...]) -> Course:
    """A course folder whose release records are these."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "nbgrader_config.py").write_text(f"c = get_config()\n{config}\n")
    course = load_course(root)
    for name, notebooks in assignments.items():
        path = course.record_path(name)
        path.parent.mkdir(parents=True)
        path.write_bytes(msgspec.json.encode(ReleaseRecord(assignment=name, notebooks=notebooks)))
    return course


def save(notebook: NotebookNode, path: Path) -> Path:
    """The path, with the notebook written to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path
