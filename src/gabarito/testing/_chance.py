"""How likely something is, exactly or with a bound that always holds."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

_STEPS = 1_000_000
_EXACT = 1e-15


def normal_tail(z: float) -> float:
    """The probability that a standard normal number is further from 0 than this."""
    return math.erfc(abs(z) / math.sqrt(2))


def normal_quantile(probability: float) -> float:
    """How far from 0 a standard normal number gets with this probability."""
    return -NormalDist().inv_cdf(probability / 2)


def chi_square_tails(x: float, degrees: int) -> tuple[float, float]:
    """The probabilities that a chi-square number with so many degrees of freedom is at most, and at least, this large.

    By the series and the continued fraction of the incomplete gamma function: Abramowitz and Stegun, 6.5.29 and 6.5.31.
    """
    a, x = degrees / 2, x / 2
    if x <= 0:
        return 0.0, 1.0
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        below = scale * _series(a, x)
        return below, 1 - below
    above = scale * _fraction(a, x)
    return 1 - above, above


def binomial_tail(count: int, total: int, p: float) -> float:
    """A bound for the probability of a count at least as far from `total · p`, on the same side.

    Chernoff's: exp(-total · KL(count / total, p)); Hoeffding, J. Amer. Statist. Assoc. 58 (1963), theorem 1.
    """
    q = count / total
    distance = sum(a * math.log(a / b) if a else 0.0 for a, b in ((q, p), (1 - q, 1 - p)) if a == 0 or b > 0)
    impossible = (q > 0 and p == 0) or (q < 1 and p == 1)
    return 0.0 if impossible else math.exp(-total * max(0.0, distance))


def ks_tail(distance: float, total: int) -> float:
    """A bound for the probability that an empirical distribution is so far from the true one somewhere.

    Dvoretzky, Kiefer and Wolfowitz, with the constant of Massart, Ann. Probab. 18 (1990).
    """
    return min(1.0, 2 * math.exp(-2 * total * distance**2))


def mean_tail(error: float, total: int, variance: float, reach: float) -> float:
    """A bound for the probability that a mean is so wrong, of numbers with this variance, no further than `reach` off.

    Bernstein's inequality: Boucheron, Lugosi and Massart, Concentration Inequalities (2013), section 2.8.
    """
    return min(1.0, 2 * math.exp(-total * error**2 / (2 * (variance + reach * error / 3))))


def ks_distance(cdf: Any, sample: Any) -> float:
    """The largest distance between the empirical distribution function of a sample and a continuous one.

    Args:
        cdf: the distribution function at the sorted sample.
        sample: array of numpy's, sorted.
    """
    import numpy as np

    n = len(sample)
    above = np.searchsorted(sample, sample, side="right") / n
    below = np.searchsorted(sample, sample, side="left") / n
    return float(max(np.max(above - cdf), np.max(cdf - below)))


def _series(a: float, x: float) -> float:
    term = total = 1 / a
    for k in range(1, _STEPS):
        term *= x / (a + k)
        total += term
        if term < _EXACT * total:
            break
    return total


def _fraction(a: float, x: float) -> float:
    """By Lentz's method: Press et al., Numerical Recipes, section 6.2."""
    b = x + 1 - a
    c, d = 1e300, 1 / b
    found = d
    for k in range(1, _STEPS):
        step = -k * (k - a)
        b += 2
        d = 1 / (step * d + b or 1e-300)
        c = b + step / c or 1e-300
        found *= d * c
        if abs(d * c - 1) < _EXACT:
            break
    return found
