"""How numpy looks at the memory of a tensor."""

from __future__ import annotations

import sys
from typing import Any

from gabarito.engine.codec import dtypes

_WORDS = {size: word if len(word) > 2 else f"|{word}" for size, word in dtypes.WORDS.items()}


class _Look:
    """An array's worth of memory; `tensor.numpy()` would forbid to resize the tensor ever after."""

    __slots__ = ("__array_interface__", "_tensor")

    def __init__(self, tensor: Any, *, hold: bool) -> None:
        size = tensor.element_size()
        self._tensor = tensor if hold else None
        self.__array_interface__ = {
            "version": 3,
            "data": (tensor.data_ptr(), False),
            "shape": tuple(tensor.shape),
            "strides": tuple([step * size for step in tensor.stride()]),
            "typestr": _WORDS[size],
        }


def on_host(tensor: Any) -> bool:
    """Whether the memory of a tensor can be looked at from here."""
    return bool(tensor.is_cpu)


def raw(tensor: Any) -> Any:
    """The elements of a tensor as words that can be copied; of one on another device, a copy."""
    return _words(tensor if on_host(tensor) else tensor.detach().cpu(), hold=True)


def words(tensor: Any) -> Any:
    """The elements of a tensor as words, good as long as somebody holds it and it stays in place; else None."""
    return _words(tensor, hold=False) if on_host(tensor) else None


def _words(tensor: Any, *, hold: bool) -> Any:
    np = sys.modules["numpy"]
    if not tensor.numel():
        return np.empty(tuple(tensor.shape), _WORDS[tensor.element_size()])
    return np.asarray(_Look(tensor, hold=hold))
