"""A speed test whose verdict does not depend on who else uses the machine."""

from __future__ import annotations

import gc
import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from itertools import islice
from statistics import fmean, median, stdev
from typing import Any

from gabarito.testing._elsewhere import Elsewhere, elsewhere, measuring_here, title

LOOKS = {5: 8.610, 8: 5.408, 12: 4.437, 18: 3.965, 27: 3.707, 40: 3.558, 60: 3.463}
"""After how many pairs to look, and the two-sided 99.9 % quantile of Student's t for so many."""
_PAIRS = max(LOOKS)
_LEAST_SPREAD = 0.02
"""Standard deviation of the log ratio below which a handful of pairs is not believed."""
_SLICE_SECONDS = 0.0003
"""A call shorter than this is repeated within one timing."""
_MOST = 1000
_SLICE_SECONDS_ELSEWHERE = 0.01
"""The same where one of the two runs in another process: after the wait for the other, caches are cold."""
_OVERHEADS = 2
"""A timing in another process is so many times longer than it takes to ask it, which is known to a few per cent."""
_MOST_ELSEWHERE = 100_000
_BUDGET_SECONDS = 4.0
"""CPU time after which what was measured so far must do."""
_QUICK_PAIRS = 5
_QUICK_TRIES = 8
_FAR = math.log(2.0)
"""So far from the bound, the median of a few short slices is believed, which are less exact than long ones."""
_DOUBT = math.log(1.25)
"""Where measuring ended without a clear result, so much below the bound the median shows a function to be too slow."""


def assert_faster(
    candidate: Callable[..., Any],
    *args: Any,
    than: Callable[..., Any],
    by: float,
    clock: Callable[[], float] = time.thread_time,
) -> None:
    """Assert that `candidate(*args)` is at least `by` times as fast as `than(*args)`.

    After a warm-up, both run in interleaved pairs on the CPU clock of this thread, with torch, and numpy where
    `threadpoolctl` is installed, held to one thread and the garbage collector off, so that neither a loaded machine nor
    a cold first call nor more cores change the verdict. The confidence interval (99.9 %) of the log ratio is compared
    with the bound: far from it five pairs decide, near it up to sixty are measured, and then whoever is not clearly too
    slow passes.

    Both functions are called many times with the same arguments; work that `candidate` hands to threads that it starts
    itself is not counted. A student's function that runs in a process of its own is repeated there, and timed from
    outside by that process's CPU clock, with all its threads: whatever the student's code does to clocks counts for
    nothing.

    Args:
        by: the least ratio of the CPU time of `than` to that of `candidate`.
        clock: seconds, for functions of this process; another one serves to test this function.

    Raises:
        AssertionError: `candidate` is slower; the message has the measured ratio.
        ValueError: `by` is not positive.
    """
    if not by > 0:
        raise ValueError(f"by={by!r} is no ratio of times: give a positive number")
    with undisturbed():
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
    is_here = elsewhere(than) is None and elsewhere(candidate) is None
    if not is_here:
        # Short slices show a ratio that is far from the bound, which is what nearly all are.
        short = [Run(f, args, clock, _SLICE_SECONDS) for f in (than, candidate)]
        quick = list(islice(_pairs(short, _QUICK_TRIES), _QUICK_PAIRS))
        if len(quick) == _QUICK_PAIRS and abs(median(quick) - bound) > _FAR:
            return None if median(quick) > bound else quick
    shortest = shortest_slice(here=is_here)
    runs = [Run(f, args, clock, shortest) for f in (than, candidate)]
    ratios: list[float] = []
    for ratio in _pairs(runs, _PAIRS):
        ratios.append(ratio)
        if budget_is_spent(runs):
            break
        if (pairs := len(ratios)) in LOOKS:
            half_width = LOOKS[pairs] * max(stdev(ratios), _LEAST_SPREAD) / math.sqrt(pairs)
            if fmean(ratios) - half_width > bound:
                return None
            if fmean(ratios) + half_width < bound:
                return ratios
    return ratios if ratios and median(ratios) < bound - _DOUBT else None


def _pairs(runs: Sequence[Run], tries: int) -> Iterator[float]:
    """The log ratio of each pair of runs, measured as it is asked for; those that were disturbed are left out."""
    for turn in range(tries):
        # The second of a pair finds warmer caches: take turns.
        for run in runs if turn % 2 else reversed(runs):
            run.measure()
        if not any(run.is_lost for run in runs):
            yield math.log(runs[0].seconds / runs[1].seconds)


def shortest_slice(*, here: bool) -> float:
    """CPU seconds below which a call is repeated within one timing; `here`: all that is timed is in this process."""
    return _SLICE_SECONDS if here else _SLICE_SECONDS_ELSEWHERE


def budget_is_spent(runs: Sequence[Run]) -> bool:
    """Whether what was measured so far must do."""
    return sum(run.spent for run in runs) > _BUDGET_SECONDS


class Run:
    """One function and its arguments: warmed up, and the CPU seconds of one call when last measured."""

    __slots__ = ("_args", "_timer", "_times", "is_lost", "seconds")

    def __init__(
        self, f: Callable[..., Any], args: tuple[Any, ...], clock: Callable[[], float], shortest: float
    ) -> None:
        there = elsewhere(f)
        self._timer: Elsewhere | _Here = _Here(f, clock) if there is None else there
        self._args, self._times = args, 1
        self.measure()  # cold: imports, allocations, first use of a library
        self.measure()
        most = _MOST if there is None else _MOST_ELSEWHERE
        while self._times < most and self.seconds * self._times < shortest:
            # In steps: what seemed to take no time, since the price of asking was taken off, may take much.
            wanted = max(2 * self._times, math.ceil(shortest / self.seconds))
            self._times = min(most, 10 * self._times, wanted)
            self.measure()
            shortest = max(shortest, _OVERHEADS * self._timer.overhead)

    def measure(self) -> None:
        """Take the time of one call anew."""
        seconds = self._timer.seconds(self._args, self._times)
        self.is_lost = seconds <= 0  # disturbed by more than what was measured
        self.seconds = max(seconds, 1e-9) / self._times

    @property
    def spent(self) -> float:
        """CPU seconds that measuring has taken so far."""
        return self._timer.spent


class _Here:
    """Measures a function of this process."""

    __slots__ = ("_clock", "_f", "overhead", "spent")

    def __init__(self, f: Callable[..., Any], clock: Callable[[], float]) -> None:
        self._f, self._clock = f, clock
        self.overhead = self.spent = 0.0

    def seconds(self, args: tuple[Any, ...], times: int) -> float:
        with measuring_here():
            start = self._clock()
            for _ in range(times):
                self._f(*args)
            seconds = self._clock() - start
        self.spent += seconds
        return seconds


def _in_words(ratio: float) -> str:
    return f"is {ratio:.2g} times as fast as" if ratio >= 1 else f"takes {1 / ratio:.2g} times as long as"


def repeat(f: Callable[..., Any], args: tuple[Any, ...], times: int) -> None:
    """Call a function as often, under the conditions that `assert_faster` makes."""
    with undisturbed():
        for _ in range(times):
            f(*args)


@contextmanager
def undisturbed() -> Iterator[None]:
    """A block in which torch has one thread, and no garbage is collected."""
    with _one_torch_thread(), _one_blas_thread(), _no_garbage_collection():
        yield


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
def _one_blas_thread() -> Iterator[None]:
    """Numpy's products on one thread, where `threadpoolctl` is installed; the grader's workers have no more."""
    pools = _pools() if "numpy" in sys.modules and os.environ.get("OPENBLAS_NUM_THREADS") != "1" else None
    with pools.limit(limits=1) if pools is not None else nullcontext():
        yield


@cache
def _pools() -> Any:
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController()


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
