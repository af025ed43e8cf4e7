"""How often something fails, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

_HALVINGS = 60  # of an interval of length 1: down to what a float can tell


@dataclass(frozen=True, slots=True)
class Rate:
    """So many failures in so many runs."""

    failures: int
    runs: int

    @property
    def estimate(self) -> float:
        """The share of runs that failed; 0 where nothing was run."""
        return self.failures / self.runs if self.runs else 0.0

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """The exact interval of Clopper and Pearson (1934) for the probability of a failure.

        Args:
            confidence: the probability that such an interval holds the true one, at least.
        """
        tail = (1 - confidence) / 2
        if not self.runs:
            return 0.0, 1.0
        low = 0.0 if not self.failures else _solve(lambda p: 1 - _at_most(self.failures - 1, self.runs, p) < tail)
        high = 1.0 if self.failures == self.runs else _solve(lambda p: _at_most(self.failures, self.runs, p) > tail)
        return low, high

    def __add__(self, other: Rate) -> Rate:
        return Rate(self.failures + other.failures, self.runs + other.runs)

    def __str__(self) -> str:
        low, high = self.interval()
        return f"{self.failures} of {self.runs} (95 % interval {percent(low)} to {percent(high)})"


def percent(share: float) -> str:
    """A share as a percentage with as many digits as it takes to tell it from nothing."""
    return f"{100 * share:.2g} %" if 0 < share < 0.1 else f"{100 * share:.0f} %"


def _at_most(successes: int, trials: int, probability: float) -> float:
    """The probability of no more than so many successes: binomial, summed in logarithms so that nothing underflows."""
    if probability <= 0:
        return 1.0
    if probability >= 1:
        return float(successes >= trials)
    yes, no = math.log(probability), math.log1p(-probability)
    logs = [
        math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1) + k * yes + (trials - k) * no
        for k in range(successes + 1)
    ]
    return min(1.0, math.fsum(map(math.exp, logs)))


def _solve(below: Callable[[float], bool]) -> float:
    """The end of the part of [0, 1], from 0 on, where `below` is true."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return (low + high) / 2
