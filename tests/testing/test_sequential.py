"""Decisions by as many measurements as it takes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random
from statistics import median

import pytest

from gabarito.testing._sequential import MOST, decide


def noisy(mean: float, spread: float, count: int = MOST, seed: int = 1) -> Iterator[float]:
    random = Random(seed)
    return (random.gauss(mean, spread) for _ in range(count))


@pytest.mark.parametrize("side", [-1, 1])
def test_a_clear_difference_takes_five_measurements(side: int) -> None:
    measurements = noisy(1.0 * side, 0.05)
    decision = decide(measurements, 0.0)
    assert (decision.side, len(decision.measured)) == (side, 5)
    assert len([*measurements]) == MOST - 5
    assert decision.middle == median(decision.measured)


def test_the_nearer_the_bound_the_more_and_then_it_is_undecided() -> None:
    counts = [len(decide(noisy(mean, 0.3), 0.0).measured) for mean in (1.5, 0.5, 0.25)]
    assert counts == sorted(counts)
    assert 5 < counts[-1] < MOST
    assert (decide(noisy(0.0, 0.3), 0.0).side, len(decide(noisy(0.0, 0.3), 0.0).measured)) == (0, MOST)


def test_a_few_that_are_nearly_equal_are_not_believed_at_once() -> None:
    assert [decide([0.15] * count, 0.0, least_spread=0.1).side for count in (5, 8, 12)] == [0, 0, 1]
    assert decide([0.15] * 5, 0.0).side == 1


def test_a_margin_is_kept() -> None:
    assert decide([0.5] * 8, 0.0, margin=0.4).side == 1
    assert decide([0.5] * 8, 0.0, margin=0.5).side == 0
    assert decide([-0.5] * 8, 0.0, margin=0.5).side == 0


def test_nothing_measured_decides_nothing() -> None:
    decision = decide([], 0.0)
    assert decision.side == 0
    assert math.isnan(decision.middle)


def test_it_is_wrong_less_often_than_it_says() -> None:
    wrong = sum(decide(noisy(0.0, 1.0, seed=seed), 0.0).side != 0 for seed in range(2000))
    assert wrong < 2000 * 7 / 1000  # seven looks, each with its own risk


def test_it_looks_when_it_is_told_and_no_longer() -> None:
    looks = {3: 1.0, 4: 1.0}
    measurements = noisy(0.0, 1.0)
    assert decide([0.1, 0.2, 0.3, 0.4], 0.0, margin=0.15, looks=looks).measured == [0.1, 0.2, 0.3, 0.4]
    assert len(decide(measurements, 0.0, margin=9.0, looks=looks).measured) == 4
    assert len([*measurements]) == MOST - 4
