"""A student's notebook run with the tests that it shows, by the engine that grades it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import msgspec
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum

from gabarito.course import Course, find_course
from gabarito.engine import run_jobs
from gabarito.errors import CourseError, SubmissionError
from gabarito.exchange.readable import read_file, read_submitted
from gabarito.grading.score import score_cell
from gabarito.model import CellReport, Job, JobCell, JobFile, Limits, Outcome, Report, Role
from gabarito.notebook.cells import grade_id, role_of
from gabarito.notebook.job import job_cells
from gabarito.notebook.language import kernel_of
from gabarito.notebook.otter import with_client
from gabarito.notebook.syntax import imports_of

_MOST_FILES = 1000
_LARGEST_FILES = 256 * 2**20
_NOT_OURS = ("__pycache__", "node_modules", "site-packages")


class CheckedTest(msgspec.Struct, frozen=True, kw_only=True):
    """One test cell of the notebook."""

    id: str
    outcome: Outcome
    points: float | None
    """None where a person has to decide."""
    max_points: float
    message: str = ""


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """A cell that is no test, and that did not run to its end."""

    cell: str
    outcome: Outcome
    message: str


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What the visible tests say of a notebook."""

    notebook: str
    saved: datetime
    """When the file was last written, UTC: what was changed since is not in it."""
    tests: tuple[CheckedTest, ...]
    troubles: tuple[Trouble, ...]
    noticed: tuple[str, ...]
    """What is odd about the notebook, one sentence each."""
    manual: int
    """How many answers a person will read."""

    @property
    def passes(self) -> bool:
        """Whether every test passes, with all its points."""
        return all(t.outcome is Outcome.PASSED and t.points in (None, t.max_points) for t in self.tests)


class Runner(Protocol):
    """What runs jobs: the engine's `run_jobs`, or a stand-in."""

    def __call__(
        self,
        jobs: Iterable[Job],
        *,
        preload: Sequence[str] = (),
        data: Mapping[str, str] | None = None,
        limits: Limits | None = None,
    ) -> Iterator[tuple[Job, Report]]:
        """Reports of all jobs."""


def check(notebook: Path, run: Runner = run_jobs) -> Checked:
    """Run a notebook, as it is saved, and say which of its tests pass. Nothing is written.

    It runs as it is: cells that are missing or changed are not put back, for what they were isn't known here. Files and
    folders beside it are there while it runs, as a copy. In a course folder the limits and data are the course's.

    Raises:
        SubmissionError: the file can't be read, is no notebook or has no tests; or too much lies beside it.
        EngineError: our own machinery failed.
    """
    read = read_submitted(read_file(notebook), notebook)
    cells = job_cells(read)
    if not any(cell.role is Role.TEST for cell in cells):
        raise SubmissionError(f"{notebook.name} has no tests that can be run; take the notebook that you were given")
    course = _course(notebook)
    limits, data = (course.limits, course.data()) if course is not None else (Limits(), {})
    files = tuple(_beside(notebook.resolve().parent, data))
    local = {Path(file.path).parts[0].removesuffix(".py") for file in files}
    kernel = kernel_of(read.metadata.get("kernelspec", {}))
    job = Job(key=notebook.name, cells=cells, files=with_client(cells, files), limits=limits, kernel=kernel)
    preload = () if kernel else ("gabarito", *sorted(imports_of(read.cells, {*local, "gabarito"})))
    ((_, report),) = run([job], preload=preload, data=data, limits=limits)
    points = {cell.id: float(node.metadata.nbgrader.get("points") or 0) for cell, node in _tests(cells, read)}
    return Checked(
        notebook=notebook.name,
        saved=datetime.fromtimestamp(notebook.stat().st_mtime, UTC),
        tests=tuple(_test(_report(report, cell), points[cell.id]) for cell, _ in _tests(cells, read)),
        troubles=tuple(_troubles(cells, report)),
        noticed=tuple(_changed(read)),
        manual=sum(role_of(cell) in (Role.MANUAL, Role.TASK) for cell in read.cells),
    )


def _course(notebook: Path) -> Course | None:
    try:
        return find_course(notebook.resolve().parent)
    except CourseError:
        return None


def _tests(cells: Sequence[JobCell], notebook: NotebookNode) -> Iterator[tuple[JobCell, NotebookNode]]:
    return ((cell, notebook.cells[cell.index]) for cell in cells if cell.role is Role.TEST)


def _report(report: Report, cell: JobCell) -> CellReport:
    found = report.cell(cell.index)
    assert found is not None  # the engine reports every cell of a job
    return found


def _test(report: CellReport, points: float) -> CheckedTest:
    score = score_cell(report, points)
    return CheckedTest(
        id=report.id,
        outcome=report.outcome,
        points=score.auto_score,
        max_points=points,
        message=report.message or score.problem,
    )


def _troubles(cells: Sequence[JobCell], report: Report) -> Iterator[Trouble]:
    for cell in cells:
        ended = _report(report, cell)
        if cell.role is not Role.TEST and ended.outcome not in (Outcome.PASSED, Outcome.NOT_RUN):
            name = cell.id if cell.role is not Role.PLAIN else f"cell {cell.index + 1}, counted from the top"
            yield Trouble(cell=name, outcome=ended.outcome, message=ended.message)


def _changed(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        known = cell.metadata.get("nbgrader", {}).get("checksum")
        if role_of(cell) in (Role.TEST, Role.GIVEN) and known and compute_checksum(cell) != known:
            yield f"Cell {grade_id(cell)!r} is not as you were given it; it is put back when your notebook is graded."


def _beside(folder: Path, data: Mapping[str, str]) -> Iterator[JobFile]:
    """Files beside the notebook, but for hidden ones, links, other notebooks and installed packages.

    Raises:
        SubmissionError: they are too many or too large, as they are in a home folder.
    """
    count = size = 0
    for where, folders, names in os.walk(folder):
        inside = Path(where)
        folders[:] = sorted(
            n for n in folders if n[0] != "." and n not in (*_NOT_OURS, *data) and not _is_environment(inside / n)
        )
        for name in sorted(names):
            path = inside / name
            if name[0] == "." or name.endswith(".ipynb") or path.is_symlink() or not path.is_file():
                continue
            count, size = count + 1, size + path.stat().st_size
            if count > _MOST_FILES or size > _LARGEST_FILES:
                raise SubmissionError(
                    f"in {folder} lie more than {_MOST_FILES} files or {_LARGEST_FILES >> 20} MiB beside the notebook; "
                    "move it, and what it needs, to a folder of its own"
                )
            try:
                yield JobFile(path.relative_to(folder).as_posix(), path.read_bytes())
            except OSError as e:
                raise SubmissionError(f"{path} can't be read ({e.strerror}); check its permissions") from None


def _is_environment(folder: Path) -> bool:
    return (folder / "pyvenv.cfg").exists()
