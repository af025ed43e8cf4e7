from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats

from gabarito.testing import assert_distribution
from gabarito.testing._chance import binomial_tail, chi_square_tails, ks_tail, mean_tail, normal_tail

RNG = np.random.default_rng(8128)
N = 5000
RIGHT: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "normal": (lambda n: RNG.normal(2, 3, n), "normal", {"mean": 2, "std": 3}),
    "uniform": (lambda n: RNG.uniform(-1, 4, n), "uniform", {"low": -1, "high": 4}),
    "exponential": (lambda n: RNG.exponential(1 / 3, n), "exponential", {"rate": 3}),
    "bernoulli": (lambda n: RNG.random(n) < 0.3, "bernoulli", {"p": 0.3}),
    "integers": (lambda n: RNG.integers(2, 8, n), "integers", {"low": 2, "high": 8}),
    "categorical": (lambda n: RNG.choice(3, n, p=[0.5, 0.5, 0]), "categorical", {"probabilities": [0.5, 0.5, 0]}),
    "any": (lambda n: RNG.gumbel(size=n), stats.gumbel_r.cdf, {}),
}


@pytest.mark.parametrize("case", RIGHT)
@pytest.mark.parametrize("size", [1, 7, N])
def test_right_samples_pass(case: str, size: int) -> None:
    draw, kind, told = RIGHT[case]
    assert_distribution(draw(size), kind, **told)


@pytest.mark.parametrize("case", RIGHT)
def test_false_failures_are_as_rare_as_stated(case: str) -> None:
    draw, kind, told = RIGHT[case]
    failed = 0
    for _ in range(300):
        try:
            assert_distribution(draw(60), kind, **told, false_failures=0.05)
        except AssertionError:
            failed += 1
    assert failed <= 38  # of 300 at a rate of 0.05: more once in 10^6 times


@pytest.mark.parametrize(
    ("sample", "kind", "told", "says"),
    [
        (RNG.normal(0.15, 1, N), "normal", {}, "its mean is off, more than by chance"),
        (RNG.normal(5, 1, N), "normal", {}, "its mean is off, by far"),
        (RNG.normal(0, 1.1, N), "normal", {}, "its standard deviation is off"),
        (np.zeros(N), "normal", {}, "off, by far"),
        (RNG.uniform(-math.sqrt(3), math.sqrt(3), N), "normal", {}, "its shape is off"),
        (RNG.uniform(0, 1.01, N), "uniform", {}, "its range is off"),
        (RNG.beta(3, 3, N), "uniform", {}, "its standard deviation is off"),
        (RNG.beta(1.3, 1, N), "uniform", {}, "is off"),
        (-RNG.exponential(1, N), "exponential", {}, "its range is off"),
        (RNG.exponential(1.2, N), "exponential", {}, "its mean is off"),
        (RNG.random(N) < 0.4, "bernoulli", {}, "its frequency of category 0 is off"),
        (np.full(9, 2), "bernoulli", {}, "its range of values is off"),
        (RNG.integers(0, 4, N), "integers", {"low": 0, "high": 5}, "its frequency of category 4 is off"),
        (RNG.choice(3, N), "categorical", {"probabilities": [0.5, 0.5, 0]}, "its frequency of category 2 is off"),
        (np.array([0.5]), "categorical", {"probabilities": [0.5, 0.5]}, "its range of values is off"),
        (RNG.normal(size=N), stats.gumbel_r.cdf, {}, "its shape is off"),
        (torch.tensor([1.0, math.nan]), "normal", {}, "holds 1 of 2 numbers that aren’t finite"),
        ([], "normal", {}, "is empty or holds other things than numbers"),
        (["a"], "normal", {}, "is empty or holds other things than numbers"),
    ],
)
def test_wrong_samples_fail_with_what_is_off(sample: Any, kind: Any, told: Any, says: str) -> None:
    with pytest.raises(AssertionError) as caught:
        assert_distribution(sample, kind, **told)
    assert says in str(caught.value)
    assert str(caught.value).startswith("the sample")


@pytest.mark.parametrize(
    ("kind", "told", "error", "says"),
    [
        ("norm", {}, ValueError, "kind='norm' is not known: give one of normal, uniform"),
        (3, {}, TypeError, "kind is of type int"),
        ("normal", {"std": 0}, ValueError, "std=0"),
        ("uniform", {"low": 2}, ValueError, "high=1.0"),
        ("exponential", {"rate": -1}, ValueError, "rate=-1"),
        ("bernoulli", {"p": 2}, ValueError, "p=2"),
        ("integers", {"high": 1.5}, ValueError, "high=1.5"),
        ("categorical", {}, ValueError, "probabilities="),
        ("categorical", {"probabilities": [0.5, 0.6]}, ValueError, "probabilities="),
        ("normal", {"false_failures": 0}, ValueError, "false_failures=0"),
        (lambda x: x + 2, {}, ValueError, "kind gives no probabilities"),
    ],
)
def test_bad_arguments_are_named(kind: Any, told: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        assert_distribution([0.5], kind, **told)


def test_a_sample_must_be_one() -> None:
    with pytest.raises(TypeError, match="sample is of type str"):
        assert_distribution("abc", "normal")


@pytest.mark.parametrize("degrees", [1, 2, 5, 50, 1000, 100_000])
@pytest.mark.parametrize("ratio", [0.3, 0.9, 1.0, 1.1, 2.0])
def test_chi_square_tails_are_exact(degrees: int, ratio: float) -> None:
    found = chi_square_tails(ratio * degrees, degrees)
    exact = stats.chi2.cdf(ratio * degrees, degrees), stats.chi2.sf(ratio * degrees, degrees)
    assert found == pytest.approx(exact, rel=1e-6, abs=1e-12)
    assert chi_square_tails(0, degrees) == (0, 1)


@pytest.mark.parametrize(
    ("count", "total", "p"), [(3, 10, 0.5), (0, 10, 0.2), (10, 10, 0.9), (700, 1000, 0.6), (0, 5, 0)]
)
def test_the_binomial_bound_is_one(count: int, total: int, p: float) -> None:
    exact = stats.binom.cdf(count, total, p) if count <= total * p else stats.binom.sf(count - 1, total, p)
    assert binomial_tail(count, total, p) >= exact * (1 - 1e-12)
    assert binomial_tail(1, 5, 0) == binomial_tail(4, 5, 1) == 0


def test_other_bounds() -> None:
    assert normal_tail(-1.96) == pytest.approx(0.05, abs=1e-4)
    assert ks_tail(0, 10) == mean_tail(0, 10, 1, 1) == 1
    assert ks_tail(0.5, 30) >= stats.kstwo.sf(0.5, 30)
