"""One way to grade the notebooks of `tests/submissions`: the mode of the tests is decided here and nowhere else."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gabarito.engine import Worker, WorkerSpec
from gabarito.errors import EngineError
from gabarito.model import Job, Limits, Report
from tests.submissions.exercises import Exercise, load_exercises

TWO_PROCESSES: Final = False
"""Whether the jobs carry the contracts of their exercises; without one, a test runs in the student's own process."""

LIMITS = Limits(
    cell_cpu_seconds=1.0,
    notebook_cpu_seconds=8.0,
    idle_seconds=0.8,
    memory_bytes=300 << 20,
    output_bytes=256 << 10,
    kept_output_bytes=16 << 10,
    file_bytes=8 << 20,
    open_files=128,
    processes=32,
)


class Bench:
    """A warm worker, and a fresh one in its place when it breaks."""

    def __init__(self, spec: WorkerSpec) -> None:
        self._spec = spec
        self._worker: Worker | None = None
        self.started = 0

    def grade(self, exercises: Sequence[Exercise], job: Job) -> Report:
        """The report of one submission.

        Args:
            exercises: those that `job` was made of; their right answers say what the tests may ask for.

        Raises:
            EngineError: the worker broke.
        """
        worker = self._open()
        try:
            return worker.run(job)
        except EngineError:
            self.close()
            raise

    @property
    def weak(self) -> tuple[str, ...]:
        """What the worker can't hold on this machine."""
        return self._open().weak

    def _open(self) -> Worker:
        if self._worker is None:
            self._worker = Worker(self._spec)
            self.started += 1
        return self._worker

    def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            self._worker.close()
        self._worker = None


def write_course(folder: Path) -> None:
    """Fill a course folder with what nobody may read or change from inside a submission."""
    sources = "\n\n".join(c.source for e in load_exercises("lesson") for c in e.cells)
    for name, text in {
        "grader_tests/lesson/record.json": sources,
        "source/lesson/lesson.ipynb": sources,
        "submitted/ana/lesson/lesson.ipynb": "the work of somebody else",
        "autograded/ana/lesson/lesson.ipynb": "the work of somebody else",
        "nbgrader_config.py": "c = get_config()",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with sqlite3.connect(folder / "gradebook.db") as database:
        database.execute("create table grade (student text, auto_score real)")
        database.execute("insert into grade values ('ana', 3)")
    database.close()
