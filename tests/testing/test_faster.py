from __future__ import annotations

import gc
import time
from collections.abc import Callable
from random import Random

import pytest
import torch

from gabarito.testing import assert_faster, faster


class Machine:
    """A clock that functions made here move forward by the seconds they claim to need."""

    def __init__(self, noise: float = 0.0, seed: int = 0) -> None:
        self.now = 0.0
        self.calls = 0
        self._noise = noise
        self._random = Random(seed)

    def clock(self) -> float:
        return self.now

    def function(self, name: str, seconds: float, first: float | None = None) -> Callable[[], None]:
        cold = first

        def work() -> None:
            nonlocal cold
            self.calls += 1
            self.now += cold if cold is not None else seconds * self._random.lognormvariate(0, self._noise)
            cold = None

        work.__name__ = name
        return work


def test_passes_what_is_fast_enough() -> None:
    machine = Machine()
    fast, slow = machine.function("fast", 0.001), machine.function("slow", 0.02)
    assert_faster(fast, than=slow, by=10, clock=machine.clock)


def test_fails_what_is_too_slow_with_the_ratio() -> None:
    machine = Machine()
    fast, slow = machine.function("fast", 0.001), machine.function("slow", 0.003)
    with pytest.raises(AssertionError, match="fast is 3 times as fast as slow; at least 10 times as fast is asked"):
        assert_faster(fast, than=slow, by=10, clock=machine.clock)


def test_says_so_when_the_candidate_is_slower_than_the_other() -> None:
    machine = Machine()
    with pytest.raises(AssertionError, match="tortoise takes 4 times as long as hare"):
        assert_faster(
            machine.function("tortoise", 0.004), than=machine.function("hare", 0.001), by=2, clock=machine.clock
        )


@pytest.mark.parametrize("seed", range(20))
def test_noise_does_not_change_a_clear_verdict(seed: int) -> None:
    machine = Machine(noise=0.4, seed=seed)
    fast, slow = machine.function("fast", 0.001), machine.function("slow", 0.02)
    assert_faster(fast, than=slow, by=5, clock=machine.clock)
    with pytest.raises(AssertionError):
        assert_faster(fast, than=slow, by=80, clock=machine.clock)


def test_few_runs_decide_far_from_the_bound() -> None:
    machine = Machine(noise=0.05)
    fast, slow = machine.function("fast", 0.001), machine.function("slow", 0.02)
    assert_faster(fast, than=slow, by=5, clock=machine.clock)
    assert machine.calls <= 2 * 7


def test_more_runs_near_the_bound_and_never_without_end() -> None:
    machine = Machine(noise=0.05)
    fast, slow = machine.function("fast", 0.001), machine.function("slow", 0.005)
    assert_faster(fast, than=slow, by=4.4, clock=machine.clock)
    assert 2 * 7 < machine.calls <= 2 * 62


def test_undecided_passes_after_sixty_pairs_of_short_runs_and_sixty_of_long_ones() -> None:
    machine = Machine()
    fast, slow = machine.function("fast", 0.001), machine.function("slow", 0.005)
    assert_faster(fast, than=slow, by=5, clock=machine.clock)
    assert machine.calls == 2 * 62 + (2 + 10 + 60 * 10) + (2 + 2 + 60 * 2)


def test_cold_first_call_does_not_count() -> None:
    machine = Machine()
    fast, slow = machine.function("fast", 0.001, first=1.0), machine.function("slow", 0.02)
    assert_faster(fast, than=slow, by=10, clock=machine.clock)


def test_slow_functions_are_decided_within_the_budget() -> None:
    machine = Machine()
    slow, slower = machine.function("slow", 10.0), machine.function("slower", 30.0)
    assert_faster(slow, than=slower, by=2, clock=machine.clock)
    with pytest.raises(AssertionError, match=r"\(CPU time, pairs of runs: 1\)"):
        assert_faster(slow, than=slower, by=4, clock=machine.clock)
    assert machine.calls == 2 * 2 * 3


def test_clock_that_stands_still_is_no_division_by_zero() -> None:
    machine = Machine()
    assert_faster(machine.function("a", 0.0), than=machine.function("b", 0.001), by=2, clock=machine.clock)


def test_arguments_reach_both() -> None:
    machine = Machine()
    seen = set()

    def record(*args: int) -> None:
        seen.add(args)
        machine.now += 0.001

    assert_faster(record, 3, 4, than=record, by=0.5, clock=machine.clock)
    assert seen == {(3, 4)}


@pytest.mark.parametrize("by", [0, -1, float("nan")])
def test_bound_must_be_positive(by: float) -> None:
    with pytest.raises(ValueError, match="give a positive number"):
        assert_faster(print, than=print, by=by)


def test_an_error_in_the_candidate_is_its_own_and_settings_come_back() -> None:
    threads = torch.get_num_threads()

    def broken() -> None:
        assert torch.get_num_threads() == 1
        assert not gc.isenabled()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        assert_faster(broken, than=lambda: None, by=2)
    assert torch.get_num_threads() == threads
    assert gc.isenabled()


def test_garbage_collection_stays_off_where_it_was_off() -> None:
    machine = Machine()
    gc.disable()
    try:
        assert_faster(machine.function("a", 0.001), than=machine.function("b", 0.01), by=2, clock=machine.clock)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_real_clock_tells_a_loop_from_a_product() -> None:
    left, right = torch.randn(128, 64), torch.randn(128, 64)

    def loop(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        return torch.stack([(row * right).sum(dim=1) for row in left])

    def product(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        return left @ right.T

    assert_faster(product, left, right, than=loop, by=2)
    with pytest.raises(AssertionError, match="loop takes"):
        assert_faster(loop, left, right, than=product, by=1)


class Usage:
    """What `resource` says of a thread, which loses its core as often as it is told to."""

    RUSAGE_THREAD = 1

    def __init__(self, *counts: int) -> None:
        self._counts = iter(counts)

    def getrusage(self, who: int) -> Usage:
        self.ru_nivcsw = next(self._counts)
        return self


def test_a_short_slice_around_which_the_core_was_lost_is_measured_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faster, "resource", Usage(7, 7, 7, 8, 8, 9, 10, 11, 12, 13), raising=False)
    monkeypatch.setattr(faster, "_COUNTS_INTERRUPTIONS", True)
    monkeypatch.setattr(faster._Interruptions, "_last", -1)
    calls: list[int] = []

    def slices(here: faster._Here) -> int:
        before = len(calls)
        here.seconds((), 10)
        return (len(calls) - before) // 10

    here, other = (faster._Here(lambda: calls.append(1), time.thread_time) for _ in range(2))
    assert slices(here) == 2  # nobody knows what was before
    assert slices(other) == 1  # nothing was
    assert slices(other) == 2  # lost once
    assert slices(here) == 4  # lost again and again: the last must do
    long = faster._Here(lambda: sum(range(1_000_000)), time.thread_time)
    assert long.seconds((), 1) == long.spent  # whoever had the core meanwhile


def test_where_nobody_counts_how_often_the_core_was_lost_each_slice_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faster, "_COUNTS_INTERRUPTIONS", False)
    assert all(faster._Interruptions(are_counted=True).are_as_before() for _ in range(3))


def test_slices_that_turn_out_too_short_are_made_longer() -> None:
    now, first = 0.0, [1.0, 1.0]

    def f() -> None:
        nonlocal now
        now += first.pop() if first else 1e-5

    run = faster.Run(f, (), lambda: now, 0.001)
    assert run.seconds == 1.0
    run.measure()
    before = now
    run.measure()
    assert now - before == pytest.approx(0.001)
