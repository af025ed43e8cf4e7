"""Slopes, ratios and tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figures import Spread, markdown, ratios, slope, spread
from benchmarks.measure import Cost

_SECONDS = st.floats(0.001, 1000.0)
_COUNTS = st.integers(1, 500)


@given(start=_SECONDS, each=_SECONDS, few=_COUNTS, more=_COUNTS)
def test_the_slope_is_without_the_start(start: float, each: float, few: int, more: int) -> None:
    small = Cost(wall=start + few * each, cpu=2 * start + few * each / 2)
    large = Cost(wall=start + (few + more) * each, cpu=2 * start + (few + more) * each / 2)
    found = slope(small, few, large, few + more)
    assert found.wall == pytest.approx(each, rel=1e-6, abs=1e-9 * start)
    assert found.cpu == pytest.approx(each / 2, rel=1e-6, abs=1e-9 * start)


@pytest.mark.parametrize("many", [3, 2])
def test_a_slope_needs_two_sizes(many: int) -> None:
    with pytest.raises(ValueError, match=f"two sizes: 3 and {many}"):
        slope(Cost(1, 1), 3, Cost(2, 2), many)


def test_ratios_are_those_of_each_round() -> None:
    assert ratios([2.0, 9.0, 8.0], [1.0, 3.0, 2.0]) == Spread(median=3.0, low=2.0, high=4.0)


def test_each_round_needs_both_numbers() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratios([1.0, 2.0], [1.0])


def test_nothing_measured_has_no_median() -> None:
    with pytest.raises(ValueError, match="nothing"):
        spread([])


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([1.336], "1.34"),
        ([0.0], "0"),
        ([0.2154], "0.215"),
        ([43.21], "43.2"),
        ([182.6], "183"),
        ([1.0, 1.5, 12.0], "1.50 (1.00–12.0)"),
    ],
)
def test_a_spread_is_told_with_three_digits(values: list[float], told: str) -> None:
    assert str(spread(values)) == told


def test_costs_add_up_and_are_shared() -> None:
    assert (Cost(1.0, 2.0, 3.0) + Cost(2.0, 4.0, 6.0)).each(3) == Cost(1.0, 2.0, 3.0)


def test_a_table_has_a_head_a_rule_and_rows() -> None:
    assert markdown(["who", "s"], [["floor", "1"]]) == "| who | s |\n| --- | ---: |\n| floor | 1 |"


def test_a_row_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="row of 1 cells"):
        markdown(["who", "s"], [["floor"]])
