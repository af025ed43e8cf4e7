"""An assignment on its way to students: converted and ready to be run, before anything of it is published."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gabarito.course import Course
from gabarito.grading.gpus import gpu_shares
from gabarito.model import AssignmentContract, JobFile, Limits, NotebookRecord, ReleaseRecord
from gabarito.notebook.language import kernel_of
from gabarito.notebook.markers import Delimiters
from gabarito.release.contract import learn_contract
from gabarito.release.convert import Converted, ConvertedNotebook, convert
from gabarito.release.otter_marks import add_visible_tests, mark_tests
from gabarito.release.record import make_record
from gabarito.release.sources import delimiters_of
from gabarito.release.trial import Runner


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What would be released, and what it takes to run it as it will be graded."""

    assignment: str
    converted: Converted
    record: ReleaseRecord
    files: tuple[JobFile, ...]
    """The data files beside the notebooks."""
    limits: Limits
    preload: tuple[str, ...]
    delimiters: Delimiters
    run: Runner
    contract: AssignmentContract | None = None
    """What each test may ask of student code; None until it is learned, and where `c.Gabarito.two_process` is off."""

    def notebooks(self) -> list[tuple[ConvertedNotebook, NotebookRecord]]:
        """Each notebook with its record, sorted by name."""
        return list(zip(self.converted.notebooks, self.record.notebooks, strict=True))

    def python_notebooks(self) -> list[tuple[ConvertedNotebook, NotebookRecord]]:
        """Those whose code an audit can read and change."""
        return [(made, record) for made, record in self.notebooks() if not kernel_of(record.kernelspec)]


def make_draft(course: Course, assignment: str, scratch: Path, sandbox: str, run: Runner) -> Draft:
    """The assignment converted under `scratch`, and nothing written elsewhere.

    Args:
        sandbox: what the notebooks run in, instead of what the course says.
        run: what runs the notebooks.

    Raises:
        CourseError: a data folder of the course is missing.
        SourceError: nbgrader refused a notebook, or one of otter's test files is in the way of another file.
        EngineError: the sandbox can't be used.
        UsageError: there is no sandbox of this name.
    """
    delimiters = delimiters_of(course)
    converted = convert(course, assignment, scratch)
    files = _data_files(converted.folder)
    record = make_record(assignment, converted.notebooks, delimiters, _modules(files))
    mark_tests(converted.folder, record)
    if course.options.otter_tests:
        add_visible_tests(converted.folder, record)
    return Draft(
        assignment=assignment,
        converted=converted,
        record=record,
        files=files,
        limits=course.limits,
        preload=tuple(sorted({*course.options.preload, *(name for n in record.notebooks for name in n.imports)})),
        delimiters=delimiters,
        run=_runner(course, record, sandbox, run),
    )


def learn_contracts(draft: Draft) -> AssignmentContract:
    """The contracts of all its tests, learned by running the solution.

    Raises:
        EngineError: no worker can be started.
    """
    learned = [
        learn_contract(made.solved, known, draft.files, draft.limits, draft.run, draft.preload, made.unsolved)
        for made, known in draft.notebooks()
    ]
    return AssignmentContract(assignment=draft.assignment, notebooks=tuple(learned))


def _runner(course: Course, record: ReleaseRecord, sandbox: str, run: Runner) -> Runner:
    """What runs this assignment's notebooks as they will be graded."""
    gpus = gpu_shares(course, record)[:1]
    choice = course.sandbox(sandbox, uses_gpu=bool(gpus))
    run = partial(run, sandbox=choice.sandbox, data=course.data(), limits=course.limits)
    return partial(run, gpus=gpus) if gpus else run


def _data_files(folder: Path) -> tuple[JobFile, ...]:
    paths = (p for p in sorted(folder.rglob("*")) if p.is_file() and p.suffix != ".ipynb")
    return tuple(JobFile(path.relative_to(folder).as_posix(), path.read_bytes(), given=True) for path in paths)


def _modules(data: tuple[JobFile, ...]) -> set[str]:
    return {file.path.split("/")[0].removesuffix(".py") for file in data if file.path.endswith(".py")}
