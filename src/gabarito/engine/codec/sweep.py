"""Which shared objects nobody but the heap refers to any more.

Lists, dicts and bytearrays can't be watched by weak references, so references are counted: those that aren't the
heap's own or another shared object's keep an object, and all that can be reached from it. Cycles that run through
tuples are kept.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any


class _Probe:
    __slots__ = ("obj",)

    def __init__(self) -> None:
        self.obj: list[None] = []


def _references(entry: Any) -> int:
    return sys.getrefcount(entry.obj)


def _by_graphs(entry: Any) -> int:
    """How often torch's own code refers to a tensor, as graphs do that it is a leaf of."""
    count = getattr(entry.obj, "_use_count", None)
    return count() - 1 if count is not None and entry.obj.requires_grad else 0


_OWN = _references(_Probe())
"""The count that stands for no reference but the entry's."""


def dead(entries: Mapping[int, Any], by_id: Mapping[int, Any]) -> list[int]:
    """The identities of objects that only the heap refers to."""
    inner: Counter[int] = Counter()
    ways: dict[int, list[Any]] = {}
    children: Sequence[Any] = ()
    for entry in entries.values():
        children, weight, leads = entry.links()
        known = [child for child in map(by_id.get, map(id, children)) if child is not None]
        for child in known:
            inner[child.oid] += weight
        if leads:
            ways[entry.oid] = known
    del children  # or it would count as a reference
    todo = [e for e in entries.values() if _references(e) - _OWN > inner[e.oid] or _by_graphs(e)]
    alive = {entry.oid for entry in todo}
    while todo:
        for child in ways.get(todo.pop().oid, ()):
            if child.oid not in alive:
                alive.add(child.oid)
                todo.append(child)
    return [oid for oid in entries if oid not in alive]
