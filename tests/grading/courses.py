"""A course with a small assignment that was released without an engine, and what its students hand in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import nbformat
from nbformat import NotebookNode

from gabarito.course import Course, load_course
from gabarito.gradebook.table import read_table
from gabarito.model import Job, ReleaseRecord, Report
from tests.notebook.released import ANSWERS, release, small_source, solve
from tests.release.factories import run_here

TIME = "2026-01-10 10:00:00.000000 UTC"
LIMITS = """
c.Gabarito.cell_cpu_seconds = 1.0
c.Gabarito.notebook_cpu_seconds = 3.0
c.Gabarito.idle_seconds = 1.0
c.Gabarito.memory_mb = 300
"""


def write_course(root: Path, config: str = "", **sources: NotebookNode) -> Course:
    """A course in which the assignment `small` was released, with these notebooks; by default `small_source()`."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "nbgrader_config.py").write_text(f"c = get_config()\n{LIMITS}\n{config}\n")
    course = load_course(root)
    publish(course, **sources)
    return course


def publish(course: Course, **sources: NotebookNode) -> None:
    """Release `small` again."""
    made = {name: release(source, name) for name, source in (sources or {"small": small_source()}).items()}
    record = ReleaseRecord(assignment="small", notebooks=tuple(record for _, record in made.values()))
    path = course.record_path("small")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(record))
    for name, (notebook, _) in made.items():
        given = course.release / "small" / f"{name}.ipynb"
        given.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, given)


def released(course: Course, name: str = "small") -> NotebookNode:
    """A notebook as students get it."""
    return nbformat.read(course.release / "small" / f"{name}.ipynb", as_version=4)


def solved(course: Course, name: str = "small", **answers: str) -> NotebookNode:
    """A notebook with right answers, or with these."""
    return solve(released(course, name), {**ANSWERS, **answers})


def hand_in(course: Course, student: str, *, time: str | None = TIME, **notebooks: NotebookNode | bytes | None) -> Path:
    """The folder of a hand-in with these notebooks; None takes one away again."""
    folder = course.submitted / student / "small"
    folder.mkdir(parents=True, exist_ok=True)
    for name, notebook in notebooks.items():
        path = folder / f"{name}.ipynb"
        if notebook is None:
            path.unlink()
        elif isinstance(notebook, bytes):
            path.write_bytes(notebook)
        else:
            nbformat.write(notebook, path)
    if time is not None:
        (folder / "timestamp.txt").write_text(time)
    return folder


def scores(course: Course, student: str) -> dict[str, float | None]:
    """The automatic scores that the gradebook has, by grade id."""
    found = read_table(course, "small").submission(student)
    assert found is not None
    return {cell: score.auto_score for (_, cell), score in found.scores.items()}


def run_jobs_here(jobs: Iterable[Job | None], **settings: Any) -> Iterator[tuple[Job, Report]]:
    """In the place of the engine: runs well-behaved notebooks in this process, one after another."""
    return run_here(jobs)
