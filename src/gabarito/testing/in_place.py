"""Whether a function changes a tensor itself or only makes a new one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gabarito.testing._arrays import is_numpy, is_tensor, kind_of
from gabarito.testing._elsewhere import title
from gabarito.testing.unchanged import look_at_array


def assert_in_place(f: Callable[..., Any], target: Any, *args: Any) -> Any:
    """Assert that `f(target, *args)` changes the tensor or array `target` in its own memory; gives what `f` returned.

    Whether the new values are right is for the test to compare afterwards, on `target`.

    Raises:
        AssertionError: `target` holds what it held before, or was given other memory, shape or dtype.
        TypeError: `target` is no tensor or array.
    """
    if not is_tensor(target) and not is_numpy(target):
        raise TypeError(f"target is {kind_of(target)}: give a tensor or an array, which can be changed in place")
    # An alias keeps the old memory alive, so that its address can't be used again.
    alias = target.detach() if is_tensor(target) else target.view()
    layout, before = _layout(target), _bits(alias)
    result = f(target, *args)
    if _layout(target) != layout:
        raise AssertionError(f"{title(f)} gave the caller’s tensor other memory instead of writing into it")
    if _bits(alias) == before:
        raise AssertionError(
            f"{title(f)} left the caller’s tensor unchanged: assigning to a name makes a new tensor, "
            "an in-place operation changes the one there is"
        )
    return result


def _bits(array: Any) -> Any:
    found: dict[str, Any] = {}
    look_at_array(array, "", found)
    return found


def _layout(x: Any) -> tuple[Any, ...]:
    if is_tensor(x):
        storage = x.untyped_storage()
        return (storage.data_ptr(), x.storage_offset(), tuple(x.shape), x.stride(), x.dtype)
    return (x.__array_interface__["data"][0], 0, x.shape, x.strides, x.dtype)
