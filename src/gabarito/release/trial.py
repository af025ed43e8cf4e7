"""The assignment tried out before anybody gets it: with its own solution, and with no answer at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypedDict

from nbformat import NotebookNode

from gabarito.engine.gpu import GpuShare
from gabarito.engine.sandbox import Sandbox
from gabarito.errors import EngineError
from gabarito.grading.gpus import has_timed_tests
from gabarito.grading.score import Score, possible_end, score_cell
from gabarito.model import CellReport, HiddenRegion, Job, JobFile, Limits, NotebookRecord, Outcome, Report, Role
from gabarito.notebook.job import job_cells
from gabarito.notebook.language import kernel_of
from gabarito.notebook.lint import Finding, Severity
from gabarito.notebook.otter import with_client
from gabarito.release.convert import ConvertedNotebook

_ROUNDING = 1e-9


class Runner(Protocol):
    """What runs jobs: the engine's `run_jobs`, or a stand-in."""

    def __call__(
        self,
        jobs: Iterable[Job],
        *,
        workers: int = 1,
        preload: Sequence[str] = (),
        data: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        sandbox: Sandbox | None = None,
        gpus: Sequence[GpuShare] = (),
    ) -> Iterator[tuple[Job, Report]]:
        """Reports of all jobs, in any order."""


class _Place(TypedDict):
    cell: str
    notebook: str


@dataclass(frozen=True, slots=True)
class TriedCell:
    """A test cell's points with the instructor's solution, and without any; None where a person has to decide."""

    notebook: str
    id: str
    points: float
    solved: float | None
    unsolved: float | None


def try_out(
    assignment: str,
    notebooks: Sequence[tuple[ConvertedNotebook, NotebookRecord]],
    files: tuple[JobFile, ...],
    limits: Limits,
    run: Runner,
    preload: Sequence[str] = (),
) -> tuple[tuple[TriedCell, ...], list[Finding]]:
    """What each test cell gives to the solution and to the released notebook as it is, and what is wrong with that.

    Findings carry the notebook's file name and the cell's id; a solution that misses points is a refusal.

    Raises:
        EngineError: our machinery failed, so nothing is known about the assignment.
    """
    jobs = [job for pair in notebooks for job in _jobs(assignment, *pair, files, limits)]
    reports = {job.key: report for job, report in run(jobs, workers=1, preload=preload)}
    tried: list[TriedCell] = []
    findings: list[Finding] = []
    for converted, record in notebooks:
        solved, unsolved = (_report(reports, _key(assignment, converted.name, way)) for way in ("solved", "unsolved"))
        findings += _broken(converted, solved)
        for index, cell_id in _tests(converted.solved):
            cell = record.cell(cell_id)
            if cell is None:
                raise EngineError(f"the test cell {cell_id!r} of {converted.name}.ipynb is missing in its own record")
            with_solution, without = (_cell(report, index, cell_id) for report in (solved, unsolved))
            score, empty = score_cell(with_solution, cell.points), score_cell(without, cell.points)
            tried.append(TriedCell(converted.name, cell_id, cell.points, score.auto_score, empty.auto_score))
            findings += _judged(converted, record, with_solution, score, empty)
    return tuple(tried), findings


def _key(assignment: str, notebook: str, way: str) -> str:
    return f"{assignment}/{notebook}/{way}"


def _jobs(
    assignment: str,
    converted: ConvertedNotebook,
    record: NotebookRecord,
    files: tuple[JobFile, ...],
    limits: Limits,
) -> Iterator[Job]:
    def hidden_of(cell: NotebookNode) -> tuple[HiddenRegion, ...]:
        known = record.cell(cell.metadata.nbgrader.grade_id)
        return known.hidden if known is not None else ()

    for way, notebook in (("solved", converted.solved), ("unsolved", converted.unsolved)):
        cells = job_cells(notebook, hidden_of)
        yield Job(
            key=_key(assignment, converted.name, way),
            cells=cells,
            files=with_client(cells, files),
            limits=limits,
            exclusive=has_timed_tests(record),
            kernel=kernel_of(record.kernelspec),
        )


def _report(reports: dict[str, Report], key: str) -> Report:
    if key not in reports:
        raise EngineError(f"the engine gave no report for {key}; run the release again")
    return reports[key]


def _tests(notebook: NotebookNode) -> Iterator[tuple[int, str]]:
    return ((cell.index, cell.id) for cell in job_cells(notebook) if cell.role is Role.TEST)


def _cell(report: Report, index: int, cell_id: str) -> CellReport:
    found = report.cell(index)
    if found is None or found.outcome is Outcome.UNGRADED:
        reason = (found.message if found is not None else "") or next(iter(report.notes), "no reason was given")
        raise EngineError(
            f"the test cell {cell_id!r} could not be run ({reason}); nothing was released, run the release again"
        )
    return found


def _judged(
    converted: ConvertedNotebook, record: NotebookRecord, report: CellReport, score: Score, empty: Score
) -> Iterator[Finding]:
    cell = record.cell(report.id)
    points = cell.points if cell is not None else 0.0
    place = _Place(cell=report.id, notebook=f"{converted.name}.ipynb")
    if score.problem:
        yield Finding(
            severity=Severity.REFUSE,
            rule="score",
            message=f"with your own solution the test ends with a score of {score.fault}",
            advice=possible_end(points),
            **place,
        )
    elif report.outcome is not Outcome.PASSED or (score.auto_score or 0.0) < points - _ROUNDING:
        region = cell.hidden[report.in_hidden] if cell is not None and report.in_hidden is not None else None
        where = f" in “{region.title}”" if region is not None else ""
        yield Finding(
            severity=Severity.REFUSE,
            rule="solution",
            message=f"your own solution gets {score.auto_score or 0:g} of {_points(points)}{where}{_reason(report)}",
            advice="correct the solution or the test",
            line=region.first if region is not None else None,
            **place,
        )
    if points and (empty.auto_score or 0.0) > 0:
        yield Finding(
            severity=Severity.WARN,
            rule="unsolved-points",
            message=f"the notebook without any answer gets {empty.auto_score:g} of {_points(points)}",
            advice="let the test fail where nothing was answered",
            **place,
        )


def _reason(report: CellReport) -> str:
    text = report.message or ("" if report.outcome is Outcome.PASSED else str(report.outcome))
    return f": {text.strip().rstrip('.')}" if text.strip() else ""


def _points(points: float) -> str:
    return f"{points:g} point" + ("" if points == 1 else "s")


def _broken(converted: ConvertedNotebook, report: Report) -> Iterator[Finding]:
    """Cells other than tests that fail with the solution in."""
    for cell in job_cells(converted.solved):
        node = converted.solved.cells[cell.index]
        ended = report.cell(cell.index)
        if cell.role is Role.TEST or ended is None or ended.outcome in (Outcome.PASSED, Outcome.UNGRADED):
            continue
        if "raises-exception" in node.metadata.get("tags", []):
            continue
        labelled = cell.role is not Role.PLAIN
        yield Finding(
            severity=Severity.WARN,
            rule="cell-fails",
            message=f"the cell fails in your own notebook{_reason(ended)}",
            advice="correct it, or give the cell the tag “raises-exception” if that is meant",
            cell=cell.id if labelled else "",
            index=None if labelled else cell.index,
            notebook=f"{converted.name}.ipynb",
        )
