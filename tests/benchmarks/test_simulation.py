"""Simulated machines keep time as real ones would."""

from __future__ import annotations

import dataclasses

import pytest

from benchmarks.simulation import Plan, bound, heavy_tailed, simulate


def test_one_worker_takes_the_sum_and_two_the_half() -> None:
    one = simulate(Plan(seconds=[2.0] * 10, workers=1, start=5.0))
    two = simulate(Plan(seconds=[2.0] * 10, workers=2, start=5.0))
    assert (one.seconds, two.seconds) == (25.0, 15.0)
    assert [one.busy, two.busy] == pytest.approx([20 / 25, 20 / 30])
    assert (one.most, two.most) == (2, 4)


def test_the_coordinator_works_meanwhile_and_bounds_what_many_can_do() -> None:
    hidden = simulate(Plan(seconds=[2.0] * 50, workers=1, prepare=0.5, record=0.5))
    assert 101 <= hidden.seconds < 108, "only while the first are prepared does the worker wait"
    plan = Plan(seconds=[2.0] * 50, workers=100, prepare=0.5, record=0.5)
    assert simulate(plan).seconds >= bound(plan)["coordinator"] == 50.0
    assert simulate(plan).seconds < 53


def test_broken_runs_are_tried_again_and_cost_their_time() -> None:
    plan = Plan(seconds=[1.0] * 1000, workers=10, failures=0.1)
    outcome = simulate(plan)
    assert outcome.seconds * 10 * outcome.busy > 1080
    assert 0 < outcome.ungraded < 30
    assert simulate(dataclasses.replace(plan, failures=1.0)).ungraded == 1000
    assert simulate(dataclasses.replace(plan, failures=0.0)).ungraded == 0


def test_known_times_save_the_wait_for_the_last() -> None:
    seconds = [*([1.0] * 90), 60.0]
    plan = Plan(seconds=seconds, workers=10)
    known = dataclasses.replace(plan, guess=lambda seconds: seconds)
    assert simulate(plan).seconds > 65
    assert simulate(known).seconds < 63


def test_few_are_on_their_way_however_many_there_are() -> None:
    seconds = heavy_tailed(5000, 0.2)
    assert max(seconds) > 50 * sorted(seconds)[2500]
    plan = Plan(seconds=seconds, workers=50, failures=0.01)
    outcome = simulate(plan)
    assert outcome.most <= 100 + 5
    assert outcome.seconds < 1.3 * max(bound(plan).values())
