"""Values of a test's as they were before student code changed them in a way that the reference solution does not."""

from __future__ import annotations

import numbers
import sys
import types
from collections import deque
from collections.abc import Callable, Container, Iterable
from typing import Any, Protocol, final

from gabarito.engine.codec.tensors import has_own_memory
from gabarito.engine.remote.standins import home_of

_FEW = 16
"""So many that are in use no longer may be kept, besides as many as are in use."""
Restore = Callable[[Any], object]
"""Makes of an object again what it was; given None, of the memory that it lay in alone."""
_FIXED = (
    *(types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type, types.NoneType, str, bytes, range, slice),
    *(numbers.Number, frozenset),
)


class Shared(Protocol):
    """What a heap keeps of an object of this side's, or the like of an object that does not travel."""

    @property
    def oid(self) -> int:
        """Its number."""

    @property
    def obj(self) -> Any:
        """The object."""


@final
class Kept:
    """What student code has changed, as it was before it did so for the first time.

    Args:
        find: what is shared under a number now; None where it is shared no more.
    """

    def __init__(self, find: Callable[[int], Shared | None]) -> None:
        self._find = find
        self._before: dict[int, tuple[Restore, bool]] = {}
        self._enough = _FEW

    def keep(self, entry: Shared) -> None:
        """Remember what this is now, unless that is known already."""
        if entry.oid in self._before:
            return
        if len(self._before) >= self._enough:
            # Nobody sees again what is shared no more, unless it lies in the memory of something else.
            self._before = {n: each for n, each in self._before.items() if each[1] or self._find(n) is not None}
            self._enough = 2 * len(self._before) + _FEW
        self._before[entry.oid] = restorer(entry.obj), _is_part(entry.obj)

    def accept(self, entries: Iterable[Shared]) -> None:
        """These were to be changed: they stay as they are."""
        for entry in entries:
            self._before.pop(entry.oid, None)

    def restore(self, unseen: Callable[[], Container[int]] = frozenset) -> None:
        """Make everything again what it was.

        Args:
            unseen: gives the numbers of what only student code can see any more, which stays as it is.
        """
        left = unseen() if self._before else ()
        for number, (each, is_part) in self._before.items():
            if number in left:
                continue
            entry = self._find(number)
            if entry is not None or is_part:
                each(entry.obj if entry is not None else None)
        self._before.clear()


def can_change(value: object) -> bool:
    """Whether a value of the test's can be another one after student code had it in its hands."""
    if type(value) is tuple:
        return any(map(can_change, value))
    return home_of(value) is None and not isinstance(value, _FIXED)


def restorer(value: Any) -> Restore:
    """What makes of an object again what it is now; of an instance of a class of the test's, its attributes."""
    if _is_tensor(value):
        return _of_tensor(value)
    if _is_array(value):
        return _of_array(value)
    if isinstance(value, dict | set | list | bytearray | deque):
        return _of_container(value)
    if type(value).__module__.startswith("pandas") and type(value).__name__ in ("DataFrame", "Series"):
        table = value.copy()
        return lambda it: it._update_inplace(table)
    attributes = dict(getattr(value, "__dict__", {}))
    return lambda it: (it.__dict__.clear(), it.__dict__.update(attributes)) if attributes else None


def _of_container(value: Any) -> Restore:
    content: Any = dict(value) if isinstance(value, dict) else list(value)
    if isinstance(value, dict | set):
        return lambda it: (it.clear(), it.update(content))
    return lambda it: (it.clear(), it.extend(content))


def _of_array(array: Any) -> Restore:
    before = array.copy()
    # Only of a part: it would keep what has its memory to itself from being forgotten.
    memory: Any = array[...] if _is_part(array) else None

    def restore(it: Any) -> None:
        (it if memory is None else memory)[...] = before

    return restore


def _of_tensor(tensor: Any) -> Restore:
    # `data`, so that autograd does not see that it was changed.
    before = tensor.data.clone()
    if not _is_part(tensor):
        return _of_lone_tensor(_form(tensor), before)
    memory = tensor.data

    def restore(it: Any) -> None:
        if it is not None:
            it.data = memory  # student code may have given it another one
        memory.copy_(before)

    return restore


def _of_lone_tensor(form: tuple[object, ...], before: Any) -> Restore:
    """As with arrays, its memory is not kept, or it would never be forgotten."""

    def restore(it: Any) -> None:
        if _form(it) == form:
            it.data.copy_(before)
        else:
            it.data = before

    return restore


def _form(tensor: Any) -> tuple[object, ...]:
    return tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype


def _is_part(value: Any) -> bool:
    """Whether it lies, with all that it has, in the memory of something else, or may do so."""
    if _is_tensor(value):
        is_whole = value.untyped_storage().nbytes() == value.numel() * value.itemsize
        return bool(value._is_view() or not is_whole or not has_own_memory(value))
    return _is_array(value) and value.base is not None


def _is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _is_array(value: Any) -> bool:
    return type(value).__module__ == "numpy" and type(value).__name__ == "ndarray"
