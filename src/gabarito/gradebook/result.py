"""What is recorded about one submission: points of its cells, and in which mode the tests ran that gave them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gabarito.grading.score import Score
from gabarito.model import Basis, Mode, Origin, Outcome


@dataclass(frozen=True, slots=True)
class NotebookResult:
    """Scores of one notebook's cells by grade id, and the answers that were left as released."""

    scores: Mapping[str, Score]
    """Every graded code test; answers that a person grades may be left out."""
    unanswered: frozenset[str] = frozenset()
    """Grade ids of answer cells that are unchanged: the gradebook then comments “No response.”"""
    modes: Mapping[str, Mode] = field(default_factory=dict)
    """Where each code test ran, by grade id; one that did not run may be left out."""
    origin: Origin = field(default_factory=Origin)
    """What ran it."""
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    """How each code test ended, by grade id."""
    basis: Basis | None = None
    """What the verdicts depend on; None where nobody knows."""
    is_forced: bool = False
    """Whether it was graded again although nothing had changed."""


@dataclass(frozen=True, slots=True)
class SubmissionResult:
    """One graded submission. A notebook of the assignment that is not in `notebooks` was not handed in: zero."""

    student: str
    assignment: str
    timestamp: datetime | None
    """When it was handed in, in UTC without a time zone, as nbgrader keeps it; None where nobody knows."""
    notebooks: Mapping[str, NotebookResult] = field(default_factory=dict)
    untouched: frozenset[str] = frozenset()
    """Notebooks that were left out of this run: what is recorded about them stays."""
