"""Changes to what a call was given, as if the function had made them: a test that fails then needs it unchanged."""

from __future__ import annotations

import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from typing import Any

from gabarito.engine.remote.standins import home_of

Undo = Callable[[], object]
_DEPTH = 4
_STEPS = 13
_CONTAINERS = (list, dict, set, bytearray, Counter, OrderedDict, defaultdict, deque)


def spoil(value: Any, depth: int = 0) -> Iterator[Undo]:
    """Change every array, tensor and container in a value in place; gives what undoes it, in order."""
    kind = type(value)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        yield from _tensor(value.detach())
    elif kind.__module__ == "numpy" and kind.__name__ == "ndarray":
        yield from _array(value)
    elif kind in _CONTAINERS and depth < _DEPTH:
        before = value.copy()
        for part in value.values() if issubclass(kind, dict) else value:
            yield from spoil(part, depth + 1)
        yield from _container(value, before)
    elif kind is tuple and depth < _DEPTH:
        for part in value:
            yield from spoil(part, depth + 1)
    elif kind.__module__.startswith("pandas") and kind.__name__ in ("DataFrame", "Series"):
        yield from _table(value)
    elif kind.__module__ == "__main__" and home_of(value) is None and depth < _DEPTH:
        for part in list(getattr(value, "__dict__", {}).values()):
            yield from spoil(part, depth + 1)


def _tensor(tensor: Any) -> Iterator[Undo]:
    if tensor.numel() and not tensor.is_complex():
        before = tensor.clone()
        torch = sys.modules["torch"]
        # Each element by another amount: many a result is the same where all grow alike.
        steps = (torch.arange(before.numel(), device=before.device) % _STEPS + 1).reshape(before.shape)
        # `data`, so that autograd does not see that it was changed
        tensor.data.copy_(~before if before.dtype == torch.bool else before + steps)
        yield lambda: tensor.data.copy_(before)


def _array(array: Any) -> Iterator[Undo]:
    np = sys.modules["numpy"]
    if array.size and array.flags.writeable:
        before = array.copy()
        if array.dtype.kind in "iuf":
            steps = (np.arange(array.size) % _STEPS + 1).reshape(array.shape)
            array[...] = before + steps.astype(array.dtype)
        else:
            array[...] = ~before if array.dtype.kind == "b" else np.zeros((), array.dtype)

        def undo() -> None:
            array[...] = before

        yield undo


def _table(table: Any) -> Iterator[Undo]:
    before = table.copy()
    table._update_inplace(before.iloc[:0])
    yield lambda: table._update_inplace(before)


def _container(value: Any, before: Any) -> Iterator[Undo]:
    if type(value) is list:
        value[:1] = [None]
    elif type(value) is bytearray:
        value[:1] = b"?"
    else:
        value.clear()

    def undo() -> None:
        value.clear()
        value.extend(before) if isinstance(value, list | bytearray | deque) else value.update(before)

    yield undo
