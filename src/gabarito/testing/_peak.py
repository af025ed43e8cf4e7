"""How many bytes are newly allocated at once while a function runs."""

from __future__ import annotations

import tracemalloc
import weakref
from types import TracebackType
from typing import Any, Self

_SMALL = 64 << 10
"""Bytes of Python’s own that nobody is told of: names, lists, exceptions."""
_SMALL_EACH = 1 << 10
"""The same for each of torch’s operations: wrappers, and what is noted here."""


class Peak:
    """A block, and the most bytes that were allocated in it at once, less what was there before.

    Two allocators are asked: torch's, by the storages that its operations make, and that of the process for Python's
    objects and numpy's arrays, by `tracemalloc`. Of the second, small change is left out.
    """

    def __init__(self) -> None:
        self.most = 0
        self._storages = _Storages()
        self._operations = 0
        self._before = self._at_pause = 0
        self._is_mine = False

    def __enter__(self) -> Self:
        self._is_mine = not tracemalloc.is_tracing()
        if self._is_mine:
            tracemalloc.start()
        tracemalloc.reset_peak()
        self._before = tracemalloc.get_traced_memory()[0]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.look()
        if self._is_mine:
            tracemalloc.stop()

    def after(self, name: str, inputs: Any, result: Any) -> None:
        """Take in one operation of torch's that just ran."""
        self.look()
        self._storages.after(name, inputs, result)
        self._operations += 1
        self.look()

    def look(self) -> None:
        """Take in what was allocated since the last look."""
        small = _SMALL + _SMALL_EACH * self._operations
        traced = max(0, tracemalloc.get_traced_memory()[1] - self._before - small)
        self.most = max(self.most, self._storages.held + traced)
        tracemalloc.reset_peak()

    def pause(self) -> None:
        """Leave out what is allocated from now on."""
        self.look()
        self._at_pause = tracemalloc.get_traced_memory()[0]

    def resume(self) -> None:
        """Go on."""
        self._before += tracemalloc.get_traced_memory()[0] - self._at_pause
        tracemalloc.reset_peak()


class _Storages:
    """Storages seen so far, and the bytes that the new ones among them hold."""

    __slots__ = ("_seen", "_sizes")

    def __init__(self) -> None:
        self._seen: dict[int, Any] = {}
        self._sizes: dict[int, int] = {}

    @property
    def held(self) -> int:
        return sum(self._sizes.values())

    def after(self, name: str, inputs: Any, result: Any) -> None:
        # `lift_fresh` wraps the data of torch.tensor(…): the only operation whose input is new.
        for storage in _storages_of(inputs) if name != "lift_fresh" else ():
            self._see(storage, new=False)
        for storage in _storages_of(result):
            self._see(storage, new=True)

    def _see(self, storage: Any, *, new: bool) -> None:
        key = storage._cdata  # address of the C++ storage: unique until it is freed, which forgets it
        if key not in self._seen:
            self._seen[key] = weakref.ref(storage, lambda _: self._forget(key))
            if new:
                self._sizes[key] = 0
        if key in self._sizes:
            self._sizes[key] = storage.nbytes()  # may have grown

    def _forget(self, key: int) -> None:
        del self._seen[key]
        self._sizes.pop(key, None)


def _storages_of(tree: Any) -> list[Any]:
    import torch
    from torch.utils._pytree import tree_leaves

    return [leaf.untyped_storage() for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor)]
