"""Whether two tensors or arrays lie in the same memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gabarito.testing._arrays import is_array, is_tensor, kind_of


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the elements of an array lie: bytes from an address, on a device."""

    device: str
    start: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    size: int

    @property
    def range(self) -> tuple[int, int]:
        """The first byte and the one behind the last; equal where there are no elements."""
        if 0 in self.shape:
            return self.start, self.start
        steps = [(n - 1) * stride for n, stride in zip(self.shape, self.strides, strict=True)]
        return self.start + sum(s for s in steps if s < 0), self.start + sum(s for s in steps if s > 0) + self.size


def assert_shares_memory(a: Any, b: Any, *, name: str = "the answer") -> None:
    """Assert that `a` is a view: that it has at least one element in the same place in memory as one of `b`.

    The comparison is exact, to the byte: `x[::2]` and `x[1::2]` share no memory, though they are views of one tensor. A
    tensor and an array can share memory, too (`torch.from_numpy`).

    Args:
        a: tensor of torch's or array of numpy's: the answer.
        b: another, on the same device.
        name: what to call `a` in the message.

    Raises:
        AssertionError: they share none, or `a` is no tensor or array.
        TypeError: `b` is no tensor or array.
    """
    if not is_array(b):
        raise TypeError(f"b is {kind_of(b)}: give the tensor or array whose memory is to be shared")
    if not is_array(a):
        raise AssertionError(f"{name} is {kind_of(a)}; a view of a tensor or an array is asked for")
    if not _overlap(_place(a), _place(b)):
        raise AssertionError(f"{name} lies in memory of its own: it is a copy, where a view is asked for")


def _place(x: Any) -> _Place:
    if is_tensor(x):
        strides = tuple(s * x.element_size() for s in x.stride())
        return _Place(str(x.device), x.data_ptr(), tuple(x.shape), strides, x.element_size())
    return _Place("cpu", x.__array_interface__["data"][0], x.shape, x.strides, x.itemsize)


def _overlap(a: _Place, b: _Place) -> bool:
    import numpy as np

    if a.device != b.device:
        return False
    (first, end), (other_first, other_end) = a.range, b.range
    if min(end, other_end) <= max(first, other_first):
        return False
    low = min(first, other_first)
    taken = np.zeros(max(end, other_end) - low, bool)  # a picture of the memory, byte by byte
    _bytes_of(a, taken, low)[...] = True
    return bool(_bytes_of(b, taken, low).any())


def _bytes_of(place: _Place, picture: Any, low: int) -> Any:
    """The bytes of an array's elements within a picture of the memory from `low`, each once."""
    from numpy.lib.stride_tricks import as_strided

    shape = [n if stride else 1 for n, stride in zip(place.shape, place.strides, strict=True)]
    return as_strided(picture[place.start - low :], (*shape, place.size), (*place.strides, 1))
