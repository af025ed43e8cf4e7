"""How the work of a function grows with the size of what it is given."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import fmean
from typing import Any, Literal

from gabarito.testing._arrays import arguments
from gabarito.testing._elsewhere import elsewhere, title
from gabarito.testing._sequential import decide
from gabarito.testing._watch import watch
from gabarito.testing.faster import Run, rounds, shortest_slice, undisturbed

_LEAST_SPREAD = 0.05
"""Standard deviation of the exponent below which a handful of rounds is not believed."""
_DOUBT = 0.1
"""Where measuring ended without a clear result, so much above the bound the median shows growth that is too fast."""
_OUTSIDE = frozenset({"numpy", "array", "tolist"})
"""Ways out of torch, behind which it counts nothing."""


def assert_scaling(
    f: Callable[..., Any],
    sizes: Sequence[int],
    exponent: float,
    *,
    make: Callable[[int], Any] | None = None,
    by: Literal["operations", "time"] | None = None,
    tolerance: float = 0.25,
    clock: Callable[[], float] = time.thread_time,
) -> None:
    """Assert that the work of `f` grows at most like `n ** exponent` over inputs of these sizes n.

    A straight line is fitted to the logarithm of the work over that of n; its slope is compared with the exponent.

    Work is counted where torch does it: additions and multiplications of products, convolutions and attention as
    `torch.utils.flop_counter` counts them, elements of all other operations, and Python's steps. This is exact, and has
    nothing to do with the machine. Where torch does nothing, or the answer leaves it for numpy, CPU time is taken
    instead, as by `assert_faster`: rounds over all sizes, under a 99.9 % confidence interval of the slope, as many as
    it takes up to sixty; who is not clearly too slow passes.

    Operations and steps of a student's function that runs in a process of its own are those that this process reports;
    CPU time is read from outside.

    Args:
        f: called with what `make` gives for each size.
        sizes: two or more, growing; the largest at least twice the smallest. The larger, the less does work count that
            is the same for all sizes.
        exponent: 2 where twice the size may take four times the work.
        make: gives, for a size, the arguments as a tuple, or the only argument. By default `f` gets the size itself.
        by: `"operations"` or `"time"` to say how work is taken; by default as above.
        tolerance: how much larger the fitted slope may be: a factor log n makes about 0.2 of it.
        clock: seconds, for functions of this process; another one serves to test this function.

    Raises:
        AssertionError: the work grows faster; the message has the fitted exponent.
        TypeError: a size is no whole number.
        ValueError: sizes are too few, not growing or too near to each other, `exponent` or `tolerance` is negative or
            no number, or `by` is none of the two.
    """
    _check(sizes, exponent, tolerance, by)
    inputs = make if make is not None else _itself
    counts = _operations(f, sizes, inputs) if by != "time" else None
    if by == "operations" and counts is None:
        raise AssertionError(f"{title(f)} does nothing that can be counted")
    bound = exponent + tolerance
    if counts is not None:
        slope: float | None = _slope(sizes, [math.log(count) for count in counts])
    else:
        with undisturbed():
            slope = _too_steep(f, sizes, inputs, bound, clock)
    if slope is not None and slope > bound:
        how = "by CPU time" if counts is None else "by operations"
        raise AssertionError(
            f"the work of {title(f)} grows like n^{slope:.2f} from n = {sizes[0]} to {sizes[-1]} ({how}); "
            f"at most n^{exponent:g} is asked"
        )


def _check(sizes: Any, exponent: float, tolerance: float, by: Any) -> None:
    for size in sizes:
        if not isinstance(size, int) or isinstance(size, bool):
            raise TypeError(f"sizes={sizes!r} holds {size!r}: give whole numbers")
    growing = all(a < b for a, b in pairwise(sizes))
    if len(sizes) < 2 or not growing or sizes[0] < 1 or sizes[-1] < 2 * sizes[0]:
        raise ValueError(f"sizes={sizes!r} show no growth: give two or more, growing, such as (64, 128, 256)")
    for name, value in (("exponent", exponent), ("tolerance", tolerance)):
        if not value >= 0:
            raise ValueError(f"{name}={value!r} is no exponent: give 0 or a positive number")
    if by not in (None, "operations", "time"):
        raise ValueError(f"by={by!r} is no way to take work: give 'operations', 'time' or None")


def _itself(n: int) -> int:
    return n


def _operations(f: Callable[..., Any], sizes: Sequence[int], make: Callable[[int], Any]) -> list[int] | None:
    """The work for each size, or None where torch sees none or not all of it."""
    watch(f, arguments(make(sizes[0])), work=True)  # what a first call imports and caches is not counted
    counts = []
    for size in sizes:
        _, watched = watch(f, arguments(make(size)), work=True)
        if not watched.work or not _OUTSIDE.isdisjoint(watched.names):
            return None
        counts.append(watched.work + watched.steps)
    return counts


def _too_steep(
    f: Callable[..., Any],
    sizes: Sequence[int],
    make: Callable[[int], Any],
    bound: float,
    clock: Callable[[], float],
) -> float | None:
    """The measured slope where it is clearly above the bound, else None."""
    shortest = shortest_slice(here=elsewhere(f) is None)
    runs = [Run(f, arguments(make(size)), clock, shortest) for size in sizes]
    slopes = (_slope(sizes, [math.log(run.seconds) for run in runs]) for _ in rounds(runs))
    decision = decide(slopes, bound, least_spread=_LEAST_SPREAD)
    is_steep = decision.side > 0 or (decision.side == 0 and decision.middle > bound + _DOUBT)
    return decision.middle if is_steep else None


def _slope(sizes: Sequence[int], logs: Sequence[float]) -> float:
    """Of the straight line through these logarithms over those of the sizes, by least squares."""
    x = [math.log(size) for size in sizes]
    middle, height = fmean(x), fmean(logs)
    over = sum((a - middle) * (b - height) for a, b in zip(x, logs, strict=True))
    return over / sum((a - middle) ** 2 for a in x)
