"""How much new memory for tensors a function needs at its peak."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from gabarito.testing._watch import title, watching

_KIB = 1024


def assert_peak_memory(f: Callable[..., Any], *args: Any, at_most: float) -> Any:
    """Assert that the tensors `f(*args)` makes never hold more than `at_most` bytes at once; gives what `f` returned.

    Counted are the bytes of every storage that a torch operation makes while `f` runs, from then until it is freed;
    views share a storage and count once, tensors from before are free. What numpy allocates, and what torch needs
    inside one operation, is not seen.

    Raises:
        AssertionError: the peak is higher; the message has it in KiB or MiB.
    """
    peak = _Storages()
    with watching(peak.after):
        result = f(*args)
    if peak.most > at_most:
        raise AssertionError(
            f"{title(f)} held {_size(peak.most)} of new tensors at its peak; at most {_size(at_most)} are allowed"
        )
    return result


class _Storages:
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


def _size(count: float) -> str:
    if count < _KIB:
        return f"{count:.0f} bytes"
    return f"{count / _KIB:.1f} KiB" if count < _KIB**2 else f"{count / _KIB**2:.1f} MiB"
