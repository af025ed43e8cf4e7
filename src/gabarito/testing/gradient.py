"""Assertion in the making."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def assert_gradient(f: Callable[..., Any], at: Any, expected: Any = None, *, rtol: float | None = None) -> None:
    """Assert that the gradient of `f` at `at` is right.

    `at` is a tensor (or a tuple of them: `f(*at)`): torch's gradient of f is compared with `expected` (gradient or
    Jacobian, or a function that gives it at `at`), or with differences of `f` itself. Where `at` is an array or a number,
    `expected` is compared with differences of `f`.
    """
    raise NotImplementedError
