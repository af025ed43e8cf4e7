"""What bulk grading says about one submission, and about a whole run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from gabarito.grading.spent import Spent
from gabarito.model import Mode, Outcome


class Status(StrEnum):
    """What became of one submission in this run."""

    GRADED = "graded"
    KNOWN = "known"  # nothing changed since it was graded
    UNREADABLE = "unreadable"  # its files can't be read: nothing is recorded
    UNGRADED = "ungraded"  # our own machinery failed: nothing is recorded


class TestCell(msgspec.Struct, frozen=True, kw_only=True):
    """One test cell of one submission."""

    __test__ = False  # no test of pytest's

    notebook: str
    id: str
    outcome: Outcome
    points: float | None
    max_points: float
    message: str = ""
    mode: Mode | None = None
    """Where it ran; None where it didn't."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """One submission's way through a run."""

    student: str
    status: Status
    cells: tuple[TestCell, ...] = ()
    message: str = ""
    """Why it is unreadable or ungraded."""
    notes: tuple[str, ...] = ()
    """What was put back or moved in its notebooks."""
    problems: tuple[str, ...] = ()
    """Instructors' errors that came to light."""
    stopped: tuple[Outcome, ...] = ()
    """Outcomes of cells other than tests that hit a limit or ended the notebook."""
    needs_manual: bool = False
    reused: int = 0
    """How many of its notebooks were not run: their reports were known."""
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    spent: Spent = field(default_factory=Spent)

    def by_outcome(self) -> Counter[Outcome]:
        """How many test cells ended in each way."""
        return Counter(cell.outcome for cell in self.cells)

    @property
    def is_recorded(self) -> bool:
        """Whether the gradebook has its scores."""
        return self.status in (Status.GRADED, Status.KNOWN)

    @property
    def points(self) -> float:
        """Points of the test cells."""
        return sum(cell.points or 0.0 for cell in self.cells)

    @property
    def max_points(self) -> float:
        """What the test cells are worth."""
        return sum(cell.max_points for cell in self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRun:
    """A whole run of bulk grading."""

    assignment: str
    submissions: tuple[Graded, ...]
    weak: tuple[str, ...] = ()
    """What the workers could not hold on this machine, in plain sentences."""
    said: tuple[str, ...] = ()
    """What else a person should know about how it ran, in plain sentences."""
    sandbox: str = "process"
    image: str = ""
    """Digest of the image that the workers ran, or empty."""
    lacks: Mapping[str, str] = field(default_factory=dict)
    """What such a sandbox can't hold: by the id of a promise, why."""
    passed_over: tuple[tuple[str, str], ...] = ()
    """Stronger sandboxes that were not taken, with the reason."""
    wall_seconds: float = 0.0
    workers: int = field(default=1)
    cluster: str = ""
    """Where it ran, as `--cluster` says; empty for this machine."""
    nodes: int = 0
    """How many Dask workers of the cluster were used."""
    gpus: tuple[str, ...] = ()
    """The GPUs that it ran on, with their names and memory."""
    adopted: bool = False
    """The assignment was released by nbgrader alone: its cells come from the gradebook."""
    lacks_gpu: bool = False
    """The assignment's own cells mention a GPU, and it ran without one."""
    shortened: int = 0
    """How many notebooks kept the verdicts of tests that a change did not concern."""
    shared: int = 0
    """How many of these were not run: what a change concerned was run for another one, in which it is the same."""
    spared: int = 0
    """How many tests were not run: another notebook with the same answers had passed them."""
    store_problems: tuple[str, ...] = ()
    """What of the store could not be read or written, in plain sentences; nothing was lost by it."""

    @property
    def reused(self) -> int:
        """How many reports were known, of the same content graded before or for somebody else."""
        return sum(s.reused for s in self.submissions)

    def by_status(self) -> Counter[Status]:
        """How many submissions ended in each way."""
        return Counter(s.status for s in self.submissions)

    def by_outcome(self) -> Counter[Outcome]:
        """How many test cells ended in each way."""
        return sum((s.by_outcome() for s in self.submissions), Counter())

    def spent(self) -> Spent:
        """Where the time of all submissions went."""
        return sum((s.spent for s in self.submissions), Spent())

    def by_mode(self) -> Counter[Mode]:
        """How many test cells ran in each mode."""
        return Counter(cell.mode for s in self.submissions for cell in s.cells if cell.mode is not None)

    def shared_tests(self) -> list[str]:
        """Grade ids of the tests that ran in shared mode, for anybody."""
        return unique(cell.id for s in self.submissions for cell in s.cells if cell.mode is Mode.SHARED)

    def by_stopped(self) -> Counter[Outcome]:
        """How many other cells hit a limit or ended the notebook, by outcome."""
        return Counter(outcome for s in self.submissions for outcome in s.stopped)

    def stopped_students(self, outcome: Outcome) -> list[str]:
        """Ids of the students whose other cells ended so."""
        return [s.student for s in self.submissions if outcome in s.stopped]

    @property
    def is_complete(self) -> bool:
        """Whether each submission is recorded."""
        return all(s.is_recorded for s in self.submissions)

    def problems(self) -> list[str]:
        """Instructors' errors, each once."""
        return unique(p for s in self.submissions for p in s.problems)


def unique(texts: Iterable[str]) -> list[str]:
    """The texts in order, each once."""
    return list(dict.fromkeys(texts))
