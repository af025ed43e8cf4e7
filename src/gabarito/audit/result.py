"""What an audit found out, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gabarito.audit.mutants import Mutant
from gabarito.audit.statistics import Rate
from gabarito.model import Mode

_NONE = Rate(0, 0)


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"  # a test noticed
    SURVIVED = "survived"  # it got full marks
    EQUIVALENT = "equivalent"  # it got full marks, and its author says that it deserves them


@dataclass(frozen=True, slots=True, kw_only=True)
class TestedMutant:
    """A mutant, and the tests that noticed it."""

    __test__ = False

    notebook: str
    mutant: Mutant
    fate: Fate
    by: tuple[str, ...] = ()
    """Grade ids of the tests that it failed."""
    is_marked: bool = False
    """Whether its cell says that it is equivalent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestedAnswer:
    """A known answer, with the points that it gets and those that it should."""

    __test__ = False

    notebook: str
    exercise: str
    name: str
    right: bool
    why: str
    wrong_scores: tuple[tuple[str, float, float | None], ...] = ()
    """Grade id, expected and found points, of each test that gave others; None: left to a person."""
    by: tuple[str, ...] = ()
    """Grade ids of the tests that took points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedTest:
    """One test of an assignment."""

    notebook: str
    id: str
    points: float
    mode: Mode
    calm: Rate = _NONE
    """Failures of the solution in runs of the whole notebook."""
    loaded: Rate = _NONE
    """The same while every core was busy."""
    drawn: Rate = _NONE
    """Failures of the solution with other random numbers, where answer or test draws some."""
    cpu_seconds: float = 0.0
    """Of one run."""
    mutants: int = 0
    """How many mutants it noticed."""
    answers: int = 0
    """How many known answers it took points from."""

    @property
    def rate(self) -> Rate:
        """All failures in all runs."""
        return self.calm + self.loaded + self.drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One weakness of the tests."""

    kind: str
    """A short name, for scripts."""
    is_failure: bool
    """Whether the audit fails for it (exit code 1); else it is only told."""
    points: float
    """What is at stake: the points of the tests that are concerned."""
    notebook: str
    cell: str
    """Grade id of the cell to look at; empty, as `notebook` is, where it is about all of them."""
    message: str
    advice: str
    """A test to write, or what else to do."""
    line: int | None = None
    """Of the cell, counted from 1."""
    order: int = 0
    """Position of the cell in its notebook."""

    @property
    def place(self) -> str:
        """Where it is."""
        return f"{self.cell}, line {self.line}" if self.line is not None else self.cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Everything about one assignment; `faults` come with most points at stake first."""

    assignment: str
    seed: int
    tests: tuple[AuditedTest, ...]
    mutants: tuple[TestedMutant, ...]
    answers: tuple[TestedAnswer, ...]
    faults: tuple[Fault, ...]
    min_score: float
    """The least share of mutants that tests must notice."""
    submission_cpu_seconds: float
    """Median of the CPU time that one whole submission takes, and below on the clock."""
    submission_wall_seconds: float
    wall_seconds: float
    """What the audit itself took."""

    def count(self, fate: Fate) -> int:
        """How many mutants met this fate."""
        return sum(m.fate is fate for m in self.mutants)

    @property
    def score(self) -> float | None:
        """The share of mutants that a test noticed, without those that are equivalent; None where there are none."""
        counted = len(self.mutants) - self.count(Fate.EQUIVALENT)
        return self.count(Fate.KILLED) / counted if counted else None

    @property
    def is_good(self) -> bool:
        """Whether nothing was found that an audit fails for."""
        return not any(fault.is_failure for fault in self.faults)
