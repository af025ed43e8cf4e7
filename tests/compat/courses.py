"""A course of traits, written where both programs find it."""

from __future__ import annotations

from pathlib import Path

from tests.compat.traits import Course
from tests.release.factories import write_notebook


def write_source(folder: Path, course: Course) -> Path:
    """The assignment's folder, with one notebook for each trait."""
    for each in course.traits:
        write_notebook(folder / f"{each.name}.ipynb", each.make())
    for name, text in course.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder
