"""A speed test whose verdict does not depend on who else uses the machine."""

from __future__ import annotations

import gc
import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import fmean, median, stdev
from typing import Any

from gabarito.testing._watch import title

_LOOKS = {5: 8.610, 8: 5.408, 12: 4.437, 18: 3.965, 27: 3.707, 40: 3.558, 60: 3.463}
"""After how many pairs to look, and the two-sided 99.9 % quantile of Student's t for so many."""
_PAIRS = max(_LOOKS)
_LEAST_SPREAD = 0.02
"""Standard deviation of the log ratio below which a handful of pairs is not believed."""
_SLICE_SECONDS = 0.0003
"""A call shorter than this is repeated within one timing."""
_BUDGET_SECONDS = 4.0
"""CPU time after which what was measured so far must do."""


def assert_faster(
    candidate: Callable[..., Any],
    *args: Any,
    than: Callable[..., Any],
    by: float,
    clock: Callable[[], float] = time.thread_time,
) -> None:
    """Assert that `candidate(*args)` is at least `by` times as fast as `than(*args)`.

    After a warm-up, both run in interleaved pairs on the CPU clock of this thread, with torch held to one thread and
    the garbage collector off, so that neither a loaded machine nor a cold first call nor more cores change the verdict.
    The confidence interval (99.9 %) of the log ratio is compared with the bound: far from it five pairs decide, near it
    up to sixty are measured, and whoever is still not shown to be too slow passes.

    Both functions are called many times with the same arguments; work that `candidate` hands to threads that it starts
    itself is not counted.

    Args:
        by: the least ratio of the CPU time of `than` to that of `candidate`.
        clock: seconds; another one serves to test this function.

    Raises:
        AssertionError: `candidate` is slower; the message has the measured ratio.
        ValueError: `by` is not positive.
    """
    if not by > 0:
        raise ValueError(f"by={by!r} is no ratio of times: give a positive number")
    with _one_torch_thread(), _no_garbage_collection():
        ratios = _log_ratios(candidate, than, args, math.log(by), clock)
    if ratios is not None:
        ratio = math.exp(median(ratios))
        raise AssertionError(
            f"{title(candidate)} {_in_words(ratio)} {title(than)}; at least {by:.3g} times as fast is asked "
            f"(CPU time, pairs of runs: {len(ratios)})"
        )


def _log_ratios(
    candidate: Callable[..., Any],
    than: Callable[..., Any],
    args: tuple[Any, ...],
    bound: float,
    clock: Callable[[], float],
) -> list[float] | None:
    """The measured log ratios where they show `candidate` to be too slow, else None."""
    begin = clock()
    runs = [_Run(than, args, clock), _Run(candidate, args, clock)]
    ratios: list[float] = []
    for pair in range(1, _PAIRS + 1):
        # The second of a pair finds warmer caches: take turns.
        first, second = runs if pair % 2 else reversed(runs)
        first.measure()
        second.measure()
        ratios.append(math.log(runs[0].seconds / runs[1].seconds))
        if clock() - begin > _BUDGET_SECONDS:
            return ratios if median(ratios) < bound else None
        if pair in _LOOKS:
            half_width = _LOOKS[pair] * max(stdev(ratios), _LEAST_SPREAD) / math.sqrt(pair)
            if fmean(ratios) - half_width > bound:
                return None
            if fmean(ratios) + half_width < bound:
                return ratios
    return None


class _Run:
    """One of the two functions: warmed up, and the CPU seconds of one call when last measured."""

    __slots__ = ("_args", "_clock", "_f", "_times", "seconds")

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], clock: Callable[[], float]) -> None:
        self._f, self._args, self._clock, self._times = f, args, clock, 1
        f(*args)  # cold: imports, allocations, first use of a library
        self.measure()
        self._times = min(1000, max(1, math.ceil(_SLICE_SECONDS / self.seconds)))

    def measure(self) -> None:
        start = self._clock()
        for _ in range(self._times):
            self._f(*self._args)
        self.seconds = max(self._clock() - start, 1e-9) / self._times


def _in_words(ratio: float) -> str:
    return f"is {ratio:.2g} times as fast as" if ratio >= 1 else f"takes {1 / ratio:.2g} times as long as"


@contextmanager
def _one_torch_thread() -> Iterator[None]:
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
