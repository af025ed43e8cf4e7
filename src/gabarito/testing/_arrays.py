"""Tensors of torch's and arrays of numpy's, without importing a library that nobody has used."""

from __future__ import annotations

import math
import sys
from typing import Any


def is_tensor(x: object) -> bool:
    """Whether it is a tensor of torch's."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.Tensor)


def is_numpy(x: object) -> bool:
    """Whether it is an array or a scalar of numpy's."""
    np = sys.modules.get("numpy")
    return np is not None and isinstance(x, (np.ndarray, np.generic))


def is_array(x: object) -> bool:
    """Whether it is a tensor or an array."""
    return is_tensor(x) or is_numpy(x)


def kind_of(x: object) -> str:
    """What something is, in words that do not tell its value."""
    if is_tensor(x):
        return "a tensor"
    if is_numpy(x):
        return "an array of numpy’s"
    return "None" if x is None else f"of type {type(x).__name__}"


def values(x: Any) -> Any:
    """The numbers of a tensor, an array or a number as an array of numpy's, in the CPU's memory.

    What numpy has no dtype for, such as bfloat16, comes in float64. A class derived from tensors or arrays has no say.
    """
    import numpy as np

    if not is_tensor(x):
        return np.asarray(x)
    import torch

    with torch._C.DisableTorchFunctionSubclass(), torch.no_grad():
        plain = x.detach()
        if type(plain) is not torch.Tensor:
            plain = plain.as_subclass(torch.Tensor)
        if plain.layout is not torch.strided:
            plain = plain.to_dense()
        # A copy: torch never again resizes memory that numpy has seen.
        plain = plain.clone().cpu().resolve_conj().resolve_neg()
        if plain.dtype in (torch.bfloat16, *_eight_bits(torch)):
            plain = plain.to(torch.float64)
        return plain.numpy()


def dtype_name(x: Any) -> str:
    """`float32`, of a tensor, an array or a number."""
    if is_array(x):
        return str(x.dtype).removeprefix("torch.")
    return {bool: "bool", int: "int64", float: "float64", complex: "complex128"}.get(type(x), type(x).__name__)


def copied(x: Any) -> Any:
    """A tensor or an array of its own with the same numbers, for a call that may do with it what it likes."""
    if is_tensor(x):
        return x.detach().clone().requires_grad_(x.requires_grad)
    return x.copy() if is_numpy(x) else x


def detached(x: Any) -> Any:
    """The same, of which torch keeps no history."""
    return x.detach().clone() if is_tensor(x) else copied(x)


def arguments(made: Any) -> tuple[Any, ...]:
    """Arguments of a call: a tuple as it is, anything else as the only one."""
    return made if type(made) is tuple else (made,)


def about(x: float) -> str:
    """A positive amount as a power of ten: enough to mend an answer, too little to read off what it should be."""
    if math.isinf(x):
        return "infinity"
    return f"1e{round(math.log10(x))}" if x > 0 else "0"


def position(index: Any) -> str:
    """Where in an array something is, in words; empty in a single number."""
    found = tuple(int(i) for i in index)
    return f" at {found if len(found) > 1 else found[0]}" if found else ""


def _eight_bits(torch: Any) -> tuple[Any, ...]:
    names = ("float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz")
    return tuple(getattr(torch, name) for name in names if hasattr(torch, name))
