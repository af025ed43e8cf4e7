"""A decision between the two sides of a bound that takes no more measurements than it needs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean, median, stdev
from typing import Literal

LOOKS = {5: 8.610, 8: 5.408, 12: 4.437, 18: 3.965, 27: 3.707, 40: 3.558, 60: 3.463}
"""After how many measurements to look, and the two-sided 99.9 % quantile of Student's t for so many."""
FEW_LOOKS = {5: 2.776, 8: 2.365}
"""The 95 % quantile: for a glance that must keep a margin of several times what chance does to the measurements."""
MOST = max(LOOKS)


@dataclass(frozen=True, slots=True)
class Decision:
    """On which side of the bound the measured thing is: -1 below, 1 above, 0 where it could not be told."""

    side: Literal[-1, 0, 1]
    measured: list[float]

    @property
    def middle(self) -> float:
        """The median of what was measured; not a number where nothing was."""
        return median(self.measured) if self.measured else math.nan


def decide(
    measurements: Iterable[float],
    bound: float,
    *,
    least_spread: float = 0.0,
    margin: float = 0.0,
    looks: Mapping[int, float] = LOOKS,
) -> Decision:
    """Take measurements until it is clear on which side of the bound their mean is, or until there are no more.

    It is clear when a confidence interval of the mean, of 99.9 % unless said otherwise, lies on one side, by Student's
    t; looked at a few times only, since each look has its own risk.

    Args:
        measurements: of one thing, each made as it is asked for; logarithms of a ratio, or an exponent.
        bound: in the same unit.
        least_spread: a standard deviation below which they are not believed: what disturbs may disturb a few alike.
        margin: how wrong all measurements may be together; so much further must the interval be from the bound.
        looks: after how many measurements to look, and the quantile for so many; no more are taken than for the last.
    """
    measured: list[float] = []
    for measurement in measurements:
        measured.append(measurement)
        if (count := len(measured)) in looks:
            half_width = looks[count] * max(stdev(measured), least_spread) / math.sqrt(count)
            distance = fmean(measured) - bound
            if abs(distance) > half_width + margin:
                return Decision(1 if distance > 0 else -1, measured)
            if count == max(looks):
                break
    return Decision(0, measured)
