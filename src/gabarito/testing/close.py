"""Assertion in the making."""

from __future__ import annotations

from typing import Any


def assert_close(
    actual: Any,
    expected: Any,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_dtype: bool = True,
    name: str = "the answer",
) -> None:
    raise NotImplementedError
