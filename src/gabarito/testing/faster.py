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
from statistics import median
from typing import Any

from gabarito.testing._elsewhere import Elsewhere, elsewhere, measuring_here, title
from gabarito.testing._sequential import FEW_LOOKS, LOOKS, MOST, Decision, decide

try:
    import resource
except ImportError:  # Windows
    _COUNTS_INTERRUPTIONS = False
else:
    _COUNTS_INTERRUPTIONS = hasattr(resource, "RUSAGE_THREAD")

_SLICE_SECONDS = 0.0003
"""A call shorter than this is repeated within one timing."""
_LONG_SLICE_SECONDS = 0.01
"""The same where shorter slices left the verdict open; in another process they do more often, whose caches are cold."""
_MOST = 1000
_TRIES = 4
"""A slice before or in which the thread lost its core is measured anew, so many times at most."""
_LONG_SECONDS = 0.005
"""In a slice as long as this, that doesn't matter much."""
_OVERHEADS = 2
"""A timing in another process is so many times longer than it takes to ask it, which is known to a few per cent."""
_MOST_ELSEWHERE = 100_000
_BUDGET_SECONDS = 4.0
"""CPU time after which what was measured so far must do."""
_LEAST_SPREAD = 0.1
"""Standard deviation of the log ratio below which a handful of pairs is not believed."""
_FAR = math.log(2.0)
"""So far from the bound a few short slices are believed where a function runs in another process."""
_STAGES = ((_SLICE_SECONDS, LOOKS, 0.0), (_LONG_SLICE_SECONDS, LOOKS, 0.0))
_STAGES_ELSEWHERE = ((_SLICE_SECONDS, FEW_LOOKS, _FAR), (_LONG_SLICE_SECONDS, LOOKS, 0.0))
"""How to measure until the verdict is clear: seconds of a slice, when to look, and the margin that is kept.

Short slices show a ratio that is far from the bound, which is what nearly all are.
"""
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
    a cold first call nor more cores change the verdict; a short run in which another process got the core is done
    again. The confidence interval (99.9 %) of the log ratio is compared with the bound: far from it five pairs decide,
    near it up to sixty are measured, if need be once more with longer runs, and then whoever is not clearly too slow
    passes.

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
    decision, before = Decision(0, []), list[Run]()
    for shortest, looks, margin in _STAGES if is_here else _STAGES_ELSEWHERE:
        runs = [Run(f, args, clock, shortest) for f in (than, candidate)]
        ratios = (math.log(runs[0].seconds / runs[1].seconds) for _ in rounds(runs, before=before))
        decision = decide(ratios, bound, least_spread=_LEAST_SPREAD, margin=margin, looks=looks)
        before += runs
        if decision.side != 0 or budget_is_spent(before):
            break
    is_slow = decision.side < 0 or (decision.side == 0 and decision.middle < bound - _DOUBT)
    return decision.measured if is_slow else None


def rounds(runs: Sequence[Run], *, before: Sequence[Run] = ()) -> Iterator[None]:
    """Measure all runs by turns, and stop after each round; those that were disturbed are left out.

    It ends after so many rounds, or when what was measured so far must do, these and what was run `before`.
    """
    for turn in range(MOST):
        # The second of a pair finds warmer caches: take turns.
        for run in runs if turn % 2 else reversed(runs):
            run.measure()
        if not any(run.is_lost for run in runs):
            yield
        if budget_is_spent([*runs, *before]):
            return


def shortest_slice(*, here: bool) -> float:
    """CPU seconds below which a call is repeated within one timing; `here`: all that is timed is in this process."""
    return _SLICE_SECONDS if here else _LONG_SLICE_SECONDS


def budget_is_spent(runs: Sequence[Run]) -> bool:
    """Whether what was measured so far must do."""
    return sum(run.spent for run in runs) > _BUDGET_SECONDS


class Run:
    """One function and its arguments: warmed up, and the CPU seconds of one call when last measured."""

    __slots__ = ("_args", "_most", "_shortest", "_timer", "_times", "is_lost", "seconds")

    def __init__(
        self, f: Callable[..., Any], args: tuple[Any, ...], clock: Callable[[], float], shortest: float
    ) -> None:
        there = elsewhere(f)
        self._timer: Elsewhere | _Here = _Here(f, clock) if there is None else there
        self._args, self._times, self._shortest = args, 1, shortest
        self._most = _MOST if there is None else _MOST_ELSEWHERE
        self._measure()  # cold: imports, allocations, first use of a library
        self._measure()
        while self._is_shorter_than(self._shortest):
            self._lengthen()

    def measure(self) -> None:
        """Take the time of one call anew."""
        self._measure()
        while not self.is_lost and self._is_shorter_than(self._shortest / 2):  # what said otherwise was disturbed
            self._lengthen()

    def _measure(self) -> None:
        seconds = self._timer.seconds(self._args, self._times)
        self.is_lost = seconds <= 0  # disturbed by more than what was measured
        self.seconds = max(seconds, 1e-9) / self._times

    def _is_shorter_than(self, seconds: float) -> bool:
        return self._times < self._most and self.seconds * self._times < seconds

    def _lengthen(self) -> None:
        # In steps: what seemed to take no time, since the price of asking was taken off, may take much.
        wanted = max(2 * self._times, math.ceil(self._shortest / self.seconds))
        self._times = min(self._most, 10 * self._times, wanted)
        self._measure()
        self._shortest = max(self._shortest, _OVERHEADS * self._timer.overhead)

    @property
    def spent(self) -> float:
        """CPU seconds that measuring has taken so far."""
        return self._timer.spent


class _Here:
    """Measures a function of this process."""

    __slots__ = ("_clock", "_f", "_interruptions", "overhead", "spent")

    def __init__(self, f: Callable[..., Any], clock: Callable[[], float]) -> None:
        self._f, self._clock = f, clock
        self._interruptions = _Interruptions(are_counted=clock is time.thread_time)
        self.overhead = self.spent = 0.0

    def seconds(self, args: tuple[Any, ...], times: int) -> float:
        # Who gets the core back finds the caches of others: a short slice takes several times as long then, also if the
        # core was lost before it.
        for _ in range(_TRIES):
            seconds = self._once(args, times)
            if self._interruptions.are_as_before() or seconds > _LONG_SECONDS:
                break
        return seconds

    def _once(self, args: tuple[Any, ...], times: int) -> float:
        with measuring_here():
            start = self._clock()
            for _ in range(times):
                self._f(*args)
            seconds = self._clock() - start
        self.spent += seconds
        return seconds


class _Interruptions:
    """How often this thread had to leave its core to others, where the system counts that."""

    _last = -1

    def __init__(self, *, are_counted: bool) -> None:
        self._are_counted = are_counted and _COUNTS_INTERRUPTIONS

    def are_as_before(self) -> bool:
        """Whether there were none since this was last asked, for whatever function."""
        if not self._are_counted:
            return True
        before, _Interruptions._last = _Interruptions._last, resource.getrusage(resource.RUSAGE_THREAD).ru_nivcsw
        return before == _Interruptions._last


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
