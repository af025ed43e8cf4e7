"""Assertion in the making."""

from __future__ import annotations

from typing import Any


def assert_shares_memory(a: Any, b: Any, *, name: str = "the answer") -> None:
    """Assert that tensor or array `a` is a view of memory that `b` lies in too."""
    raise NotImplementedError
