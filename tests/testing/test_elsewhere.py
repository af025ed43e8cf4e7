"""Functions that say that they live in another process, which is played here."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from gabarito.testing import assert_faster, assert_in_place, assert_no_call, assert_peak_memory, count_operations
from gabarito.testing._elsewhere import Watched, elsewhere, is_measuring_here
from gabarito.testing._watch import paused, watch_here


class Far:
    """A function of a process that needs so many seconds for a call, and as many to be asked."""

    def __init__(self, name: str, seconds: float, overhead: float = 0.0, watched: Watched | None = None) -> None:
        self.name = name
        self.overhead = overhead
        self.spent = 0.0
        self.times: list[int] = []
        self._seconds = seconds
        self._watched = watched

    def __call__(self, *args: Any) -> None:
        raise AssertionError("it was called here")

    def _gabarito_measured(self) -> Far:
        return self

    def seconds(self, args: tuple[Any, ...], times: int) -> float:
        assert args == (1, 2)
        self.times.append(times)
        self.spent += self._seconds * times + self.overhead
        return self._seconds * times

    def watch(self, args: tuple[Any, ...], *, memory: bool, work: bool, names: tuple[str, ...]) -> tuple[Any, Watched]:
        assert self._watched is not None
        return (*args, memory), self._watched


def test_only_a_class_says_where_its_functions_live() -> None:
    def near() -> None:
        raise NotImplementedError

    near._gabarito_measured = lambda: 1  # type: ignore[attr-defined]
    far = Far("far", 1)
    assert elsewhere(near) is None
    assert elsewhere(far) is far


def test_speed_of_both_is_measured_where_they_live() -> None:
    fast, slow = Far("fast", 0.02), Far("slow", 0.2)
    assert_faster(fast, 1, 2, than=slow, by=5)
    with pytest.raises(AssertionError, match="slow takes 10 times as long as fast"):
        assert_faster(slow, 1, 2, than=fast, by=5)
    assert {*fast.times, *slow.times} == {1}


def test_one_may_be_here_and_the_other_elsewhere() -> None:
    def near(a: int, b: int) -> None:
        assert is_measuring_here()

    with pytest.raises(AssertionError, match=r"far takes .* times as long as near"):
        assert_faster(Far("far", 0.1), 1, 2, than=near, by=1)
    assert_faster(near, 1, 2, than=Far("far", 0.1), by=1)
    assert not is_measuring_here()


def test_short_calls_are_repeated_until_asking_matters_little() -> None:
    quick, dear = Far("quick", 0.0001), Far("dear", 0.0001, overhead=0.1)
    assert_faster(quick, 1, 2, than=dear, by=0.5)
    assert max(quick.times) * 0.0001 >= 0.01
    assert max(dear.times) * 0.0001 >= 0.2
    assert max(dear.times[i + 1] / dear.times[i] for i in range(5)) <= 10


def test_a_call_that_seems_to_take_no_time_is_repeated_up_to_a_limit() -> None:
    nothing = Far("nothing", -1e-12)
    assert_faster(nothing, 1, 2, than=Far("something", 0.1), by=2)
    assert max(nothing.times) == 100_000


def test_what_was_spent_elsewhere_counts_for_the_budget() -> None:
    slow, slower = Far("slow", 10.0), Far("slower", 30.0)
    with pytest.raises(AssertionError, match=r"\(CPU time, pairs of runs: 1\)"):
        assert_faster(slow, 1, 2, than=slower, by=4)
    assert slow.times == slower.times == [1, 1, 1]  # and not once more with longer slices


def test_far_from_the_bound_short_slices_decide_and_near_it_long_ones() -> None:
    fast, slow = Far("fast", 1e-4), Far("slow", 2e-3)
    assert_faster(fast, 1, 2, than=slow, by=5)
    assert max(fast.times) * 1e-4 < 0.001
    assert_faster(fast, 1, 2, than=slow, by=12)
    assert max(fast.times) * 1e-4 >= 0.01


def test_what_torch_did_elsewhere_is_believed_but_compared_here() -> None:
    far = Far("far", 1, watched=Watched(("einsum", "bmm", "view", "__add__", "numpy.dot"), 7, 5000))
    with pytest.raises(AssertionError, match="far uses einsum, bmm, which"):
        assert_no_call(far, 1, names={"bmm", "einsum_", "mm"})
    with pytest.raises(AssertionError, match=r"far uses add, numpy\.dot, which"):
        assert_no_call(far, 1, names=["__add__", "numpy.dot"])
    with pytest.raises(AssertionError, match=r"far uses einsum, which"):
        assert_no_call(far, 1, names={"torch.einsum"})
    assert assert_no_call(far, 1, names={"mm", "np.dot"}) == (1, False)
    assert count_operations(far) == 7
    with pytest.raises(AssertionError, match=r"far held 4\.9 KiB"):
        assert_peak_memory(far, at_most=4999)
    assert assert_peak_memory(far, 3, at_most=5000) == (3, True)


def test_what_is_measured_here_is_known_to_be_also_after_an_error() -> None:
    def broken() -> None:
        assert is_measuring_here()
        raise ZeroDivisionError

    for measure in (lambda: count_operations(broken), lambda: assert_faster(broken, than=broken, by=1)):
        with pytest.raises(ZeroDivisionError):
            measure()
        assert not is_measuring_here()


def test_a_change_in_place_names_the_function() -> None:
    class Idle(Far):
        def __call__(self, *args: Any) -> None:
            pass

    with pytest.raises(AssertionError, match="idle left"):
        assert_in_place(Idle("idle", 1), torch.zeros(2))


def test_a_pause_is_not_watched_and_may_be_interrupted() -> None:
    def f(x: torch.Tensor) -> None:
        x.sin()
        with paused():
            x.exp()
            with paused(yes=False):
                x.cos()
            x.exp()

    _, watched = watch_here(f, (torch.ones(256),), memory=True)
    assert (watched.names, watched.count, watched.peak) == (("sin", "cos"), 2, 1024)
    assert watch_here(f, (torch.ones(256),), memory=False)[1].peak == 0
