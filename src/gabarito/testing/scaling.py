"""Assertion in the making."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal


def assert_scaling(
    f: Callable[..., Any],
    sizes: Sequence[int],
    exponent: float,
    *,
    make: Callable[[int], Any] | None = None,
    by: Literal["operations", "time"] | None = None,
    tolerance: float = 0.25,
) -> None:
    """Assert that the work of `f(*make(n))`, or `f(n)`, grows at most like `n ** exponent` over these sizes.

    `make(n)` gives the arguments as a tuple, or a single argument. `by` None counts operations where torch does the work.
    """
    raise NotImplementedError
