"""Assertion in the making."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def assert_stable(
    f: Callable[..., Any],
    at: Any,
    reference: Callable[..., Any],
    *,
    digits: int | None = None,
    rtol: float | None = None,
) -> None:
    """Assert that `f(at)` neither overflows nor loses digits, compared with `reference(at)` in higher precision.

    `reference` is given `at` in float64; with `digits`, an array of numpy's of mpmath numbers with so many digits.
    """
    raise NotImplementedError
