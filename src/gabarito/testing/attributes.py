"""Shape, dtype and device of what an answer gave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gabarito.testing._arrays import is_array, is_tensor, kind_of


def assert_shape(x: Any, shape: Sequence[int | None], *, name: str = "the answer") -> None:
    """Assert that a tensor or array has this shape.

    Args:
        x: tensor of torch's, or array or scalar of numpy's.
        shape: the length of each dimension; None where any length will do. `()` is a single number's.
        name: what to call `x` in the message.

    Raises:
        AssertionError: `x` has another shape, or is no tensor or array; the message has both shapes.
        TypeError: `shape` is no sequence of whole numbers and Nones.
        ValueError: a length is negative.
    """
    wanted = _lengths(shape)
    found = tuple(_array(x, name).shape)
    if len(found) != len(wanted) or any(w is not None and f != w for f, w in zip(found, wanted, strict=True)):
        raise AssertionError(f"{name} has shape {found}; {_in_words(wanted)} is asked for")


def assert_dtype(x: Any, dtype: Any, *, name: str = "the answer") -> None:
    """Assert that a tensor or array has this dtype.

    Args:
        x: tensor of torch's, or array or scalar of numpy's.
        dtype: torch's for a tensor (`torch.float32`), anything that `numpy.dtype` takes for an array, or the dtype's
            name (`"float32"`) for both.
        name: what to call `x` in the message.

    Raises:
        AssertionError: `x` has another dtype, or is no tensor or array; the message has both dtypes.
        TypeError: `dtype` is no dtype.
    """
    wanted = _dtype_name(dtype)
    found = _dtype_name(_array(x, name).dtype)
    if found != wanted:
        raise AssertionError(f"{name} has dtype {found}; {wanted} is asked for")


def assert_device(x: Any, device: Any, *, name: str = "the answer") -> None:
    """Assert that a tensor or a module lies on this device.

    Args:
        x: a tensor; or a module of torch's, all of whose parameters and buffers are looked at; or an array of numpy's,
            which lies on the CPU.
        device: `"cpu"`, `"cuda"` (whichever), `"cuda:1"`, or a `torch.device`.
        name: what to call `x` in the message.

    Raises:
        AssertionError: `x`, or a part of it, lies elsewhere, or is none of these; the message has both devices.
        TypeError: `device` is no device.
        ValueError: torch knows no device of this name.
    """
    wanted = _device(device)
    for part, each in _parts(x, name):
        found = each.device if is_tensor(each) else _device("cpu")
        if found.type != wanted.type or (wanted.index is not None and found.index != wanted.index):
            raise AssertionError(f"{part} lies on {found}; {wanted} is asked for")


def _array(x: Any, name: str) -> Any:
    if not is_array(x):
        raise AssertionError(f"{name} is {kind_of(x)}; a tensor or an array is asked for")
    return x


def _lengths(shape: Any) -> tuple[int | None, ...]:
    if isinstance(shape, (str, bytes)) or not isinstance(shape, Sequence):
        raise TypeError(f"shape={shape!r} is no sequence: give the length of each dimension, such as (3, None)")
    for length in shape:
        if length is not None and (not isinstance(length, int) or isinstance(length, bool)):
            raise TypeError(f"shape={shape!r} holds {length!r}: give whole numbers, or None for any length")
        if length is not None and length < 0:
            raise ValueError(f"shape={shape!r} holds {length}: give None for any length")
    return tuple(shape)


def _in_words(wanted: tuple[int | None, ...]) -> str:
    inside = ", ".join("any" if length is None else str(length) for length in wanted)
    return f"({inside},)" if len(wanted) == 1 else f"({inside})"


def _dtype_name(dtype: Any) -> str:
    """`float32`, of torch's dtype or numpy's, or of such a name."""
    text = str(dtype)
    if text.startswith("torch."):
        return text.removeprefix("torch.")
    if isinstance(dtype, str) and dtype in ("bfloat16", "float8_e4m3fn", "float8_e5m2"):
        return dtype  # torch's alone
    import numpy as np

    try:
        return str(np.dtype(dtype))
    except TypeError:
        raise TypeError(f"dtype={dtype!r} is no dtype: give torch.float32, numpy.float32 or 'float32'") from None


def _device(device: Any) -> Any:
    import torch

    if not isinstance(device, (str, torch.device)):
        raise TypeError(f"device={device!r} is no device: give 'cpu', 'cuda' or a torch.device")
    try:
        return torch.device(device)
    except RuntimeError:
        raise ValueError(f"device={device!r} is none that torch knows: give 'cpu', 'cuda' or 'cuda:0'") from None


def _parts(x: Any, name: str) -> list[tuple[str, Any]]:
    """What lies on a device, and what to call it."""
    if is_array(x):
        return [(name, x)]
    import torch

    if isinstance(x, torch.nn.Module):
        return [(f"{part!r} of {name}", t) for part, t in [*x.named_parameters(), *x.named_buffers()]]
    raise AssertionError(f"{name} is {kind_of(x)}; a tensor, a module or an array is asked for")
