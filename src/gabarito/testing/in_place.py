"""Whether a function changes a tensor itself or only makes a new one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gabarito.testing._elsewhere import title


def assert_in_place(f: Callable[..., Any], target: Any, *args: Any) -> Any:
    """Assert that `f(target, *args)` changes the tensor `target` in its own memory; gives what `f` returned.

    Whether the new values are right is for the test to compare afterwards, on `target`.

    Raises:
        AssertionError: `target` holds what it held before, or was given other memory, shape or dtype.
    """
    import torch

    alias = target.detach()  # keeps the old memory alive, so that its address can't be used again
    layout, before = _layout(target), alias.clone()
    result = f(target, *args)
    if _layout(target) != layout:
        raise AssertionError(f"{title(f)} gave the caller’s tensor other memory instead of writing into it")
    if torch.equal(alias, before):
        raise AssertionError(
            f"{title(f)} left the caller’s tensor unchanged: assigning to a name makes a new tensor, "
            "an in-place operation changes the one there is"
        )
    return result


def _layout(tensor: Any) -> tuple[Any, ...]:
    storage = tensor.untyped_storage()
    return (storage.data_ptr(), tensor.storage_offset(), tuple(tensor.shape), tensor.stride(), tensor.dtype)
