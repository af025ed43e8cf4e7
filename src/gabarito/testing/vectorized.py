"""Assertion in the making."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def assert_vectorized(f: Callable[..., Any], make: Callable[[int], Any], *, sizes: tuple[int, int] = (4, 16)) -> None:
    """Assert that `f(*make(n))` has no Python loop over the n elements (or rows): neither operations nor Python steps grow.

    `make(n)` gives the arguments as a tuple, or a single argument.
    """
    raise NotImplementedError
