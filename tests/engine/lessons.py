"""One way to grade the notebooks of `tests/submissions`: in two processes, or in the student's own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from gabarito.engine import Worker, WorkerSpec
from gabarito.errors import EngineError
from gabarito.model import Contract, Job, JobCell, Limits, Mode, NotebookRecord, RecordCell, Report, Role
from gabarito.release.contract import learn_contract
from tests.submissions.exercises import Exercise, load_exercises, make_job

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

    def __init__(self, spec: WorkerSpec, mode: Mode = Mode.TWO_PROCESS) -> None:
        """`mode` is that of all tests, but for those whose right answer can't pass in two processes."""
        self._spec = spec
        self.mode = mode
        self._worker: Worker | None = None
        self._learned: dict[tuple[str, ...], dict[str, Contract]] = {}
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
            return worker.run(self.with_contracts(exercises, job) if self.mode is Mode.TWO_PROCESS else job)
        except EngineError:
            self.close()
            raise

    def with_contracts(self, exercises: Sequence[Exercise], job: Job) -> Job:
        """The job with the contracts that the right answers to its exercises show, learned once."""
        names = tuple(e.name for e in exercises)
        if names not in self._learned:
            self._learned[names] = self._learn(make_job(exercises, others="right", limits=LIMITS))
        contracts = self._learned[names]
        return replace(job, cells=tuple(replace(c, contract=contracts.get(c.id)) for c in job.cells))

    def _learn(self, job: Job) -> dict[str, Contract]:
        def run(jobs: Iterable[Job], **_: object) -> Iterator[tuple[Job, Report]]:
            for each in jobs:
                yield each, self._open().run(each)

        notebook = new_notebook(cells=[_cell(c) for c in job.cells])
        record = NotebookRecord(
            name="lesson",
            cells=tuple(
                RecordCell(id=c.id, role=c.role, cell_type="code", source=c.source, checksum="", hidden=c.hidden)
                for c in job.cells
            ),
        )
        return learn_contract(notebook, record, (), LIMITS, run).tests

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


def _cell(cell: JobCell) -> NotebookNode:
    """The cell as it stands in a source notebook."""
    about = {
        "grade_id": cell.id,
        "grade": cell.role is Role.TEST,
        "solution": cell.role is Role.ANSWER,
        "locked": cell.role is not Role.ANSWER,
        "schema_version": 3,
        "task": False,
    }
    return new_code_cell(cell.source, metadata={} if cell.role is Role.PLAIN else {"nbgrader": about})


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
