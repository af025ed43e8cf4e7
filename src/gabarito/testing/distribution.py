"""Whether random answers follow the distribution that they should, with a stated rate of false alarms."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gabarito.testing._arrays import is_array, kind_of, values
from gabarito.testing._chance import binomial_tail, chi_square_tails, ks_distance, ks_tail, mean_tail, normal_tail

Kind = Literal["normal", "uniform", "exponential", "bernoulli", "integers", "categorical"]
Chances = dict[str, float]
"""By what was looked at: a bound for the probability of a sample that is at least as far off."""
_LEAST = 1e-300


@dataclass(frozen=True, slots=True)
class _Parameters:
    mean: float
    std: float
    low: float
    high: float
    rate: float
    p: float
    probabilities: tuple[float, ...]


def assert_distribution(
    sample: Any,
    kind: Kind | Callable[[Any], Any],
    *,
    mean: float = 0.0,
    std: float = 1.0,
    low: float = 0.0,
    high: float = 1.0,
    rate: float = 1.0,
    p: float = 0.5,
    probabilities: Sequence[float] | None = None,
    false_failures: float = 1e-6,
    name: str = "the sample",
) -> None:
    """Assert that independent draws follow a distribution.

    A right sample fails with a probability of at most `false_failures`, whatever its size: every test that is made is
    exact or has a bound that always holds, and the rate is divided among them (Bonferroni). So a test cell that draws
    anew each time fails no right answer in practice. What a wrong sample must be like to be noticed depends on its
    size: with 10 000 numbers a mean that is off by 0.06 standard deviations is, and a distribution function that is off
    by 0.03.

    | kind | parameters | what is tested |
    |---|---|---|
    | `"normal"` | `mean`, `std` | mean (normal), deviation (chi-square), shape (Kolmogorov–Smirnov) |
    | `"uniform"` | `low`, `high` | range, mean and deviation (Bernstein), shape |
    | `"exponential"` | `rate` | range, mean (chi-square), shape |
    | `"bernoulli"` | `p` | values, frequency of 1 (Chernoff) |
    | `"integers"` | `low`, ..., `high` - 1, all alike | values, frequency of each |
    | `"categorical"` | `probabilities` of 0, 1, ... | values, frequency of each |
    | a function | continuous distribution function | shape |

    Kolmogorov–Smirnov's distance is held against the bound of Dvoretzky, Kiefer, Wolfowitz and Massart. That the draws
    are independent is not tested. The message says what is off, and how clearly, but no parameter.

    Args:
        sample: tensor, array or list of numbers, of any shape; truth values count as 0 and 1.
        kind: name of the distribution, or its distribution function: called with the sorted sample as an array of
            numpy's in float64, it gives probabilities of that shape.
        mean: of the normal distribution.
        std: its standard deviation.
        low: least number.
        high: largest number of the uniform distribution; the number behind the largest of `"integers"`.
        rate: one over the mean of the exponential distribution.
        p: probability of 1.
        probabilities: one for each category; their sum is 1.
        false_failures: probability with which a right sample may fail.
        name: what to call the sample in the message.

    Raises:
        AssertionError: the sample doesn't follow the distribution, is empty or holds something that is no finite
            number.
        TypeError: `sample` or `kind` is of another type.
        ValueError: a parameter is not possible, or the kind is not known.
    """
    if not 0 < false_failures < 1:
        raise ValueError(f"false_failures={false_failures!r} is no probability: give 1e-6 or another between 0 and 1")
    told = _Parameters(mean, std, low, high, rate, p, tuple(probabilities or ()))
    if isinstance(kind, str) and kind not in _CHANCES:
        raise ValueError(f"kind={kind!r} is not known: give one of {', '.join(_CHANCES)}, or a distribution function")
    if not isinstance(kind, str) and not callable(kind):
        raise TypeError(
            f"kind is of type {type(kind).__name__}: give a distribution’s name, or a distribution function"
        )
    numbers = _numbers(sample, name)
    found = _CHANCES[kind](numbers, told) if isinstance(kind, str) else _continuous(numbers, kind)
    least = min(found, key=lambda what: found[what])
    if found[least] * len(found) < false_failures:
        raise AssertionError(
            f"{name} does not follow the distribution that is asked for: its {least} "
            f"{_how(found[least], false_failures)}"
        )


def _numbers(sample: Any, name: str) -> Any:
    import numpy as np

    if not is_array(sample) and not isinstance(sample, (list, tuple)):
        raise TypeError(f"sample is {kind_of(sample)}: give a tensor, an array or a list of numbers")
    array = values(sample)
    if array.dtype.kind not in "biuf" or not array.size:
        raise AssertionError(f"{name} is empty or holds other things than numbers")
    found = array.astype("float64").ravel()
    if not np.isfinite(found).all():
        raise AssertionError(
            f"{name} holds {int((~np.isfinite(found)).sum())} of {found.size} numbers that aren’t finite"
        )
    return found


def _check(name: str, value: Any, *, is_right: bool, wanted: str) -> None:
    if not is_right:
        raise ValueError(f"{name}={value!r} makes no distribution: give {wanted}")


def _normal(x: Any, told: _Parameters) -> Chances:
    import numpy as np

    _check("std", told.std, is_right=0 < told.std < math.inf, wanted="a positive number")
    z = (x - told.mean) / told.std
    squares = float(np.sum(z * z))
    return {
        "mean": normal_tail(float(np.mean(z)) * math.sqrt(z.size)),
        "standard deviation": min(1.0, 2 * min(chi_square_tails(squares, z.size))),
        **_continuous(z, lambda s: np.array([math.erfc(-each / math.sqrt(2)) / 2 for each in s])),
    }


def _uniform(x: Any, told: _Parameters) -> Chances:
    import numpy as np

    _check("high", told.high, is_right=told.low < told.high < math.inf, wanted=f"more than low={told.low!r}")
    u = (x - told.low) / (told.high - told.low)
    # Of uniform numbers: variance 1/12, at most 1/2 from their mean. Of squares from the middle: 1/180, 1/6.
    return {
        "range": float(u.min() >= 0 and u.max() <= 1),
        "mean": mean_tail(abs(float(np.mean(u)) - 1 / 2), u.size, 1 / 12, 1 / 2),
        "standard deviation": mean_tail(abs(float(np.mean((u - 1 / 2) ** 2)) - 1 / 12), u.size, 1 / 180, 1 / 6),
        **_continuous(u, lambda s: np.clip(s, 0, 1)),
    }


def _exponential(x: Any, told: _Parameters) -> Chances:
    import numpy as np

    _check("rate", told.rate, is_right=0 < told.rate < math.inf, wanted="a positive number")
    t = told.rate * x
    return {
        "range": float(t.min() >= 0),
        "mean": min(1.0, 2 * min(chi_square_tails(2 * float(np.sum(t)), 2 * t.size))),
        **_continuous(t, lambda s: -np.expm1(-np.maximum(s, 0))),
    }


def _bernoulli(x: Any, told: _Parameters) -> Chances:
    _check("p", told.p, is_right=0 <= told.p <= 1, wanted="a probability")
    return _frequencies(x, [1 - told.p, told.p])


def _integers(x: Any, told: _Parameters) -> Chances:
    is_right = all(map(float.is_integer, (float(told.low), float(told.high)))) and told.low < told.high
    _check("high", told.high, is_right=is_right, wanted=f"whole numbers, more than low={told.low!r}")
    count = int(told.high - told.low)
    return _frequencies(x - told.low, [1 / count] * count)


def _categorical(x: Any, told: _Parameters) -> Chances:
    each = [float(p) for p in told.probabilities]
    is_right = bool(each) and min(each) >= 0 and math.isclose(sum(each), 1, rel_tol=1e-6)
    _check("probabilities", told.probabilities, is_right=is_right, wanted="one for each category, 1 in all")
    return _frequencies(x, [p / sum(each) for p in each])


def _frequencies(x: Any, probabilities: Sequence[float]) -> Chances:
    import numpy as np

    k = len(probabilities)
    if not ((x >= 0) & (x < k) & (x == np.floor(x))).all():
        return {"range of values": 0.0}
    counts = np.bincount(x.astype(int), minlength=k)
    # Twice, for a count can be off on both sides.
    return {
        f"frequency of category {i}": min(1.0, 2 * binomial_tail(int(count), x.size, p))
        for i, (count, p) in enumerate(zip(counts, probabilities, strict=True))
    }


def _continuous(x: Any, cdf: Callable[[Any], Any]) -> Chances:
    import numpy as np

    ordered = np.sort(x)
    found = values(cdf(ordered)).astype("float64")
    if found.shape != ordered.shape or not ((found >= -1e-9) & (found <= 1 + 1e-9)).all():
        raise ValueError("kind gives no probabilities of the sample’s shape: give a distribution function")
    return {"shape": ks_tail(ks_distance(found, ordered), ordered.size)}


def _how(chance: float, allowed: float) -> str:
    """How clearly something is off, without saying by how much."""
    return "is off, by far" if math.log(max(chance, _LEAST)) < 10 * math.log(allowed) else "is off, more than by chance"


_CHANCES: Mapping[str, Callable[[Any, _Parameters], Chances]] = {
    "normal": _normal,
    "uniform": _uniform,
    "exponential": _exponential,
    "bernoulli": _bernoulli,
    "integers": _integers,
    "categorical": _categorical,
}
