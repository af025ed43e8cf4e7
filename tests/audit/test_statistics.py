from __future__ import annotations

import pytest

from gabarito.audit.statistics import Rate, percent


@pytest.mark.parametrize(
    ("failures", "runs", "low", "high"),
    [  # scipy.stats.binomtest(failures, runs).proportion_ci()
        (0, 30, 0.0, 0.115703),
        (1, 150, 0.000169, 0.036582),
        (7, 1000, 0.002818, 0.014370),
        (15, 30, 0.312970, 0.687030),
        (30, 30, 0.884297, 1.0),
    ],
)
def test_the_interval_is_that_of_clopper_and_pearson(failures: int, runs: int, low: float, high: float) -> None:
    assert Rate(failures, runs).interval() == pytest.approx((low, high), abs=2e-5)


def test_more_confidence_is_a_wider_interval() -> None:
    low, high = Rate(3, 100).interval(0.95)
    lower, higher = Rate(3, 100).interval(0.99)
    assert lower < low < Rate(3, 100).estimate < high < higher


def test_nothing_is_known_without_a_run() -> None:
    assert Rate(0, 0).interval() == (0.0, 1.0)
    assert Rate(0, 0).estimate == 0


def test_runs_add_up() -> None:
    assert Rate(1, 10) + Rate(2, 20) == Rate(3, 30)
    assert str(Rate(0, 100)) == "0 of 100 (95 % interval 0 % to 3.6 %)"


@pytest.mark.parametrize(("share", "told"), [(0, "0 %"), (0.0067, "0.67 %"), (0.5, "50 %"), (1, "100 %")])
def test_a_small_share_is_not_nothing(share: float, told: str) -> None:
    assert percent(share) == told
