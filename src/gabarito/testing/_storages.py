"""How many bytes the storages hold that torch makes while it is watched."""

from __future__ import annotations

import weakref
from typing import Any


class Storages:
    """Storages seen so far, and the most bytes that the new ones among them held at once."""

    __slots__ = ("_seen", "_sizes", "most")

    def __init__(self) -> None:
        self._seen: dict[int, Any] = {}
        self._sizes: dict[int, int] = {}
        self.most = 0

    def after(self, name: str, inputs: Any, result: Any) -> None:
        """Take in one operation that just ran."""
        # `lift_fresh` wraps the data of torch.tensor(…): the only operation whose input is new.
        for storage in _storages_of(inputs) if name != "lift_fresh" else ():
            self._see(storage, new=False)
        for storage in _storages_of(result):
            self._see(storage, new=True)
        self.most = max(self.most, sum(self._sizes.values()))

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
