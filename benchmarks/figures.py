"""From measured costs to ratios, and from ratios to a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.measure import Cost


@dataclass(frozen=True, slots=True)
class Spread:
    """A number that was measured several times."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        """For a table: the median with three digits, and the range where there is one."""
        if self.low == self.high:
            return _short(self.median)
        return f"{_short(self.median)} ({_short(self.low)}–{_short(self.high)})"


def spread(values: Sequence[float]) -> Spread:
    """Median and range of what was measured.

    Raises:
        ValueError: nothing was.
    """
    if not values:
        raise ValueError("there is nothing to take the median of")
    return Spread(median(values), min(values), max(values))


def slope(small: Cost, few: int, large: Cost, many: int) -> Cost:
    """What a further submission costs, from the costs of few and of many: the start is the same in both.

    Raises:
        ValueError: `many` aren't more than `few`.
    """
    if many <= few:
        raise ValueError(f"a slope needs two sizes: {few} and {many} given")
    return Cost(
        wall=(large.wall - small.wall) / (many - few),
        cpu=(large.cpu - small.cpu) / (many - few),
        others=(large.others - small.others) / (many - few),
    )


def ratios(over: Sequence[float], under: Sequence[float]) -> Spread:
    """Median and range of the ratios of each round.

    Raises:
        ValueError: there are no rounds, or more of one than of the other.
    """
    return spread([a / b for a, b in zip(over, under, strict=True)])


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; all columns but the first to the right.

    Raises:
        ValueError: a row is longer or shorter than the head.
    """
    for row in rows:
        if len(row) != len(head):
            raise ValueError(f"a row of {len(row)} cells under a head of {len(head)}: {row}")
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))


def _short(value: float) -> str:
    """Three digits, and never in powers of ten."""
    if value == 0:
        return "0"
    digits = max(0, 2 - len(f"{abs(value):.0f}") + (abs(value) < 1) + 1) if abs(value) < 100 else 0
    return f"{value:.{min(3, digits)}f}"
