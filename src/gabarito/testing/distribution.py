"""Assertion in the making."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal


def assert_distribution(
    sample: Any,
    kind: Literal["normal", "uniform", "exponential", "bernoulli", "integers", "categorical"] | Callable[[Any], Any],
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
    """Assert that independent draws follow a distribution; a right sample fails once in 1 / false_failures times.

    `kind` may be a cumulative distribution function. `integers` are uniform on low, ..., high - 1.
    """
    raise NotImplementedError
