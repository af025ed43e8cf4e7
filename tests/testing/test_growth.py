"""Assertions on what grows with the size of an input: `assert_scaling` and `assert_vectorized`."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from gabarito.testing import assert_peak_memory, assert_scaling, assert_vectorized
from gabarito.testing._watch import watch_here
from tests.testing.test_faster import Machine

TABLE = torch.ones(10_000)


def square(n: int) -> torch.Tensor:
    return torch.ones(n, n)


@pytest.mark.parametrize(
    ("f", "exponent", "make"),
    [
        (lambda a: a @ a, 3, square),
        (lambda a: a + a, 2, square),
        (lambda a: a.T, 0, square),
        (lambda a, b: (a * b).sum(), 1, lambda n: (torch.ones(n), torch.ones(n))),
        (lambda a: torch.stack([row * 2 for row in a]), 1, torch.ones),
        (lambda a: TABLE[a.long()], 1, torch.ones),
        (lambda a: torch.nn.functional.conv1d(a[None, None], torch.ones(1, 1, 3)), 1, torch.ones),
    ],
)
def test_growth_is_counted(f: Any, exponent: float, make: Any) -> None:
    assert_scaling(f, (16, 32, 64), exponent, make=make)
    if exponent:
        with pytest.raises(AssertionError, match=r"^the work of <lambda> grows like n\^.* from n = 16 to 64 \(by op.*"):
            assert_scaling(f, (16, 32, 64), exponent - 0.8, make=make)


def by_seconds(machine: Machine, power: float) -> Callable[[int], None]:
    def work(n: int) -> None:
        machine.function("work", 1e-5 * n**power)()

    return work


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_growth_is_timed_where_nothing_can_be_counted(noise: float) -> None:
    machine = Machine(noise=noise)
    f = by_seconds(machine, 2)
    assert_scaling(f, (10, 20, 40), 2, clock=machine.clock)
    assert_scaling(f, (10, 20, 40), 2, by="time", clock=machine.clock)
    with pytest.raises(
        AssertionError, match=r"like n\^2\.\d\d from n = 10 to 40 \(by CPU time\)|n\^1\.9\d .*; at most n\^1 is"
    ):
        assert_scaling(f, (10, 20, 40), 1, clock=machine.clock)
    with pytest.raises(AssertionError, match="does nothing that can be counted"):
        assert_scaling(f, (10, 20), 2, by="operations", clock=machine.clock)


def test_slow_functions_and_still_clocks_are_decided_too() -> None:
    machine = Machine()
    with pytest.raises(AssertionError, match=r"grows like n\^2\.00"):
        assert_scaling(by_seconds(machine, 2), (1000, 2000), 1, clock=machine.clock)
    assert_scaling(lambda n: None, (1, 2), 0, clock=machine.clock)


def test_an_answer_that_leaves_torch_is_timed() -> None:
    machine = Machine()

    def f(x: torch.Tensor) -> None:
        machine.now += 1e-5 * float(x.numpy().size)

    with pytest.raises(AssertionError, match="by CPU time"):
        assert_scaling(f, (64, 128), 0.2, make=torch.ones, clock=machine.clock)


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"sizes": (1.5, 3)}, TypeError, "sizes="),
        ({"sizes": (True, 3)}, TypeError, "sizes="),
        ({"sizes": (4,)}, ValueError, "show no growth"),
        ({"sizes": (4, 3)}, ValueError, "show no growth"),
        ({"sizes": (0, 3)}, ValueError, "show no growth"),
        ({"sizes": (3, 4)}, ValueError, "show no growth"),
        ({"exponent": -1}, ValueError, "exponent=-1"),
        ({"tolerance": float("nan")}, ValueError, "tolerance=nan"),
        ({"by": "luck"}, ValueError, "by='luck'"),
    ],
)
def test_bad_arguments_of_scaling_are_named(options: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        assert_scaling(**({"f": abs, "sizes": (1, 2), "exponent": 1} | options))


def entries(n: int) -> np.ndarray[Any, Any]:
    return np.ones(n)


@pytest.mark.parametrize(
    ("f", "make"),
    [
        (lambda a: a.exp().sum(1), square),
        (lambda a: np.exp(a) + 1, entries),
        (lambda a, b: torch.einsum("ij,jk->ik", a, b), lambda n: (torch.ones(n, 3), torch.ones(3, n))),
        (lambda a: sum(a * k for k in range(3)), entries),
        (np.ndarray.tolist, entries),
    ],
)
def test_vectorized_answers_pass(f: Any, make: Any) -> None:
    assert_vectorized(f, make)


@pytest.mark.parametrize(
    ("f", "make", "says"),
    [
        (lambda a: torch.stack([row.exp() for row in a]), square, "operations of torch’s for 4 elements or rows, and "),
        (lambda a: torch.stack(list(map(torch.exp, a))), torch.ones, "operations of torch’s"),
        (lambda a: np.array([x * 2 for x in a]), entries, "steps in Python for 4"),
        (lambda a: sum(x * x for x in a), entries, "steps in Python"),
        (np.vectorize(lambda x: x * 2), entries, "steps in Python"),
        (lambda a: np.apply_along_axis(np.sum, 0, np.ones((1, len(a)))), entries, "steps in Python"),
    ],
)
def test_loops_fail_wherever_they_are(f: Any, make: Any, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        assert_vectorized(f, make)


@pytest.mark.parametrize("sizes", [(4,), (4, 4), (0, 3), (8, 4)])
def test_sizes_must_grow(sizes: Any) -> None:
    with pytest.raises(ValueError, match="show no growth"):
        assert_vectorized(len, entries, sizes=sizes)


def test_a_trace_function_comes_back_and_counts_nothing() -> None:
    def trace(frame: Any, event: str, arg: Any) -> None:
        assert event == "call"

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        watched = watch_here(lambda: [0 for _ in range(9)], (), work=True)[1]
        assert sys.gettrace() is trace
    finally:
        sys.settrace(before)
    assert watched.steps >= 9
    assert watch_here(len, ([],), work=True)[1].steps == 0


def test_memory_of_numpy_and_python_is_seen() -> None:
    def temporary(a: np.ndarray[Any, Any]) -> float:
        return float((np.exp(a) + np.sin(a)).sum())

    with pytest.raises(AssertionError, match=r"temporary held 1\.[4-6] MiB of new memory"):
        assert_peak_memory(temporary, np.ones(100_000), at_most=1 << 20)
    assert_peak_memory(temporary, np.ones(100_000), at_most=2 << 20)
    with pytest.raises(AssertionError, match="of new memory"):
        assert_peak_memory(lambda a: a.add_(torch.tensor(a.tolist())), torch.ones(100_000), at_most=800_000)
    with pytest.raises(ValueError, match="at_most=-1"):
        assert_peak_memory(len, [], at_most=-1)


def test_what_a_first_call_keeps_counts_for_nothing() -> None:
    kept: list[bytearray] = []

    def f() -> int:
        if not kept:
            kept.append(bytearray(1 << 20))
        return len(kept)

    assert assert_peak_memory(f, at_most=0) == 1


class _Mourned:
    """Collected only in a round through itself, and with steps of its own then."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        for _ in range(20):
            pass


@pytest.mark.parametrize("collects", [True, False])
def test_the_end_of_garbage_is_no_step(collects: bool) -> None:
    def f() -> list[list[int]]:
        gc.set_threshold(2, 1, 1)
        return [[] for _ in range(100)]

    before, was_enabled = gc.get_threshold(), gc.isenabled()
    try:
        gc.set_threshold(100_000)
        for _ in range(50):
            _Mourned()
        (gc.enable if collects else gc.disable)()
        watched = watch_here(f, (), work=True)[1]
        assert gc.isenabled() == collects
    finally:
        gc.set_threshold(*before)
        (gc.enable if was_enabled else gc.disable)()
    assert watched.steps < 210
