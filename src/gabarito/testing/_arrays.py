"""Tensors of torch's and arrays of numpy's, without importing a library that nobody has used."""

from __future__ import annotations

import sys


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
