"""One notebook of an assignment, put together in all the ways that an audit runs it in."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property

from msgspec.structs import replace

from gabarito.audit.chains import Chains
from gabarito.errors import EngineError
from gabarito.grading.score import score_cell
from gabarito.model import CellReport, Contract, Job, JobCell, Limits, Mode, NotebookRecord, Outcome, Report, Role
from gabarito.notebook.cells import grade_id
from gabarito.notebook.job import job_cells
from gabarito.notebook.needs import is_timed
from gabarito.notebook.otter import with_client
from gabarito.release.convert import ConvertedNotebook
from gabarito.release.draft import Draft

_ROUNDING = 1e-9
_OURS = -1  # the index of cells that the notebook doesn't have
_TESTS_SEED = 0x9E3779B9  # added to a run's seed: tests must not draw the numbers that students draw
_SHARED = Contract(mode=Mode.SHARED)
_SEED = """import random, sys
random.seed({seed})
if "numpy" in sys.modules: sys.modules["numpy"].random.seed({seed} % 2**32)
if "torch" in sys.modules: sys.modules["torch"].manual_seed({seed})"""
_THREADS = """import sys
if "torch" in sys.modules: sys.modules["torch"].set_num_threads({count})"""


class Bench:
    """Makes jobs of one notebook, and reads their reports.

    What the tests draw themselves is seeded here, as the students' numbers are, so that an audit can be repeated.
    """

    def __init__(self, draft: Draft, made: ConvertedNotebook, record: NotebookRecord) -> None:
        self.draft, self.made, self.record = draft, made, record
        self.name = record.name
        self.chains = Chains(made.solved)
        self._contracts = draft.contract.tests(record) if draft.contract is not None else {}
        self._regions = {cell.id: cell.hidden for cell in record.cells}
        self.cells = {cell.index: cell for cell in self._cells(solved=True)}
        self._is_timed = is_timed(c.source for c in self.cells.values() if c.role in (Role.GIVEN, Role.TEST))

    def _cells(self, *, solved: bool) -> Iterator[JobCell]:
        notebook = self.made.solved if solved else self.made.unsolved
        for cell in job_cells(notebook, lambda c: self._regions.get(grade_id(c) or "", ())):
            is_test = cell.role is Role.TEST
            yield replace(cell, contract=self._contracts.get(cell.id, _SHARED)) if is_test else cell

    @cached_property
    def points(self) -> dict[str, float]:
        """Points of each test, by grade id."""
        return {c.id: c.points for c in self.record.cells if c.role is Role.TEST and c.cell_type == "code"}

    def contract(self, test: str) -> Contract:
        """What a test may ask of student code."""
        return self._contracts.get(test, _SHARED)

    def index(self, cell_id: str) -> int | None:
        """The position of the cell with this grade id."""
        return next((i for i, cell in self.cells.items() if cell.id == cell_id), None)

    def with_source(self, index: int, source: str) -> Chains:
        """How cells hang on each other where one has another source."""
        notebook = copy.copy(self.made.solved)
        changed = copy.copy(notebook.cells[index])
        changed["source"] = source
        notebook["cells"] = [*notebook.cells[:index], changed, *notebook.cells[index + 1 :]]
        return Chains(notebook)

    def job(
        self,
        key: str,
        *,
        seed: int,
        only: Collection[int] | None = None,
        sources: Mapping[int, str] | None = None,
        threads: int = 0,
        solved: bool = True,
        limits: Limits | None = None,
    ) -> Job:
        """The notebook to run.

        Args:
            key: unique in one audit, without the notebook's name.
            only: the positions of the cells to run; all where it is None.
            sources: other code for cells, by position.
            threads: how many threads torch may use in student code; 0 leaves it as it is.
            solved: whether it has the instructor's solution in it.
        """
        cells = self.cells.values() if solved else self._cells(solved=False)
        chosen = [c for c in cells if only is None or c.index in only]
        changed = [replace(c, source=(sources or {}).get(c.index, c.source)) for c in chosen]
        return self.job_of(key, changed, seed=seed, threads=threads, limits=limits)

    def job_of(
        self, key: str, cells: Iterable[JobCell], *, seed: int, threads: int = 0, limits: Limits | None = None
    ) -> Job:
        """These cells to run, in this order."""
        cells = tuple(_seeded(cells, seed, threads))
        return Job(
            key=f"{self.name}/{key}",
            cells=cells,
            files=with_client(cells, self.draft.files),
            limits=limits or self.draft.limits,
            seed=seed,
            exclusive=self._is_timed,
        )

    def failed(self, report: Report) -> dict[str, CellReport]:
        """The tests that didn't give all their points, by grade id.

        Raises:
            EngineError: our own machinery failed.
        """
        return {
            cell.id: cell
            for cell in checked(report).cells
            if cell.index != _OURS and cell.id in self.points and self.has_failed(cell)
        }

    def has_failed(self, report: CellReport) -> bool:
        """Whether the test didn't give all its points."""
        if report.outcome is not Outcome.PASSED:
            return True
        score = self.score(report)
        return score is None or score < self.points[report.id] - _ROUNDING

    def score(self, report: CellReport) -> float | None:
        """The points that a test gave; None where a person has to decide."""
        return score_cell(report, self.points[report.id]).auto_score


def _seeded(cells: Iterable[JobCell], seed: int, threads: int) -> Iterator[JobCell]:
    if threads:
        yield JobCell(index=_OURS, id="", role=Role.GIVEN, source=_THREADS.format(count=threads))
    first = True
    for number, cell in enumerate(cells):  # each test has numbers of its own, also where one is run again
        source = _SEED.format(seed=seed + _TESTS_SEED + number)
        if cell.role is Role.TEST and cell.contract is not None:
            if cell.contract.mode is Mode.SHARED:
                yield JobCell(index=_OURS, id="", role=Role.TEST, source=source, contract=_SHARED)
            elif first:
                first = False
                contract = Contract(mode=Mode.TWO_PROCESS)
                yield JobCell(index=_OURS, id="", role=Role.TEST, source=source, contract=contract)
        yield cell


def checked(report: Report) -> Report:
    """The report, where the engine did its part.

    Raises:
        EngineError: it didn't, so nothing is known.
    """
    for cell in report.cells:
        if cell.outcome is Outcome.UNGRADED:
            raise EngineError(f"the audit of {report.key} could not be run ({cell.message}); run it again")
    return report


def run_all(
    draft: Draft, jobs: Iterable[Job], workers: int, on_done: Callable[[], None] = lambda: None
) -> dict[str, Report]:
    """The reports of all jobs, by key.

    Raises:
        EngineError: not even one worker can be started, or our machinery failed in another way.
    """
    found: dict[str, Report] = {}
    for job, report in draft.run(jobs, workers=workers, preload=draft.preload):
        found[job.key] = checked(report)
        on_done()
    return found
