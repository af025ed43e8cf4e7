"""Two heaps that talk to each other in one process, and ways to look at what they hold."""

import os
import struct
from typing import Any

from gabarito.engine.codec import CodecLimits, Heap, Opaque


class Ghost:
    """What a test bridge puts in the place of an object of the other side."""

    def __init__(self, opaque: Opaque) -> None:
        self.opaque = opaque


class Ghosts:
    """A bridge that numbers objects and makes ghosts of those of the other side."""

    def __init__(self, side: int) -> None:
        self.side = side
        self.own: dict[int, object] = {}
        self.ghosts: dict[int, Ghost] = {}
        self.graph: list[tuple[Any, int]] = []

    def export(self, obj: object) -> Opaque:
        if isinstance(obj, Ghost):
            return obj.opaque
        oid = next((oid for oid, known in self.own.items() if known is obj), None)
        if oid is None:
            oid = 2 * len(self.own) + self.side
            self.own[oid] = obj
        return Opaque(oid, type(obj).__name__, repr(obj)[:20], {"bases": ["object"], "size": {"a": (1, 2)}})

    def adopt(self, opaque: Opaque) -> object:
        if opaque.oid % 2 == self.side:
            return self.own[opaque.oid]
        return self.ghosts.setdefault(opaque.oid, Ghost(opaque))

    def graph_tensor(self, tensor: Any, oid: int) -> object:
        self.graph.append((tensor, oid))
        return tensor.requires_grad_()


class Pair:
    """The checker's and the student's heap."""

    def __init__(self, limits: CodecLimits | None = None, *, map_limits: CodecLimits | None = None) -> None:
        self.bridges = Ghosts(0), Ghosts(1)
        self.heaps = Heap(0, self.bridges[0], limits), Heap(1, self.bridges[1], map_limits or limits)
        self.last = b""

    def send(self, value: object, side: int = 0, *, collect: bool = False) -> Any:
        """What arrives on the other side."""
        source, target = self.heaps[side], self.heaps[1 - side]
        self.last, fds = source.encode(value)
        gone = source.collect() if collect else []
        try:
            arrived = target.decode(self.last, fds)
        finally:
            for fd in fds:
                os.close(fd)
        target.release(gone)
        return arrived

    def back(self, value: object = None) -> Any:
        """What arrives at the checker."""
        return self.send(value, 1)


def canonical(value: object) -> object:
    """The form of a value: types, bits, order, and which objects are the same."""
    return _canonical(value, {})


def _canonical(value: Any, seen: dict[int, int]) -> object:
    kind = type(value)
    if kind in (list, dict, set, bytearray):
        if id(value) in seen:
            return "again", seen[id(value)]
        seen[id(value)] = len(seen)
    if kind in (list, tuple, frozenset, set, dict):
        parts = [_canonical(item, seen) for item in value]
        if kind in (set, frozenset):
            parts.sort(key=repr)
        if kind is dict:
            parts += [_canonical(item, seen) for item in value.values()]
        return kind.__name__, parts
    if kind is float:
        return "float", struct.pack("<d", value)
    if kind is complex:
        return "complex", struct.pack("<dd", value.real, value.imag)
    return kind.__name__, repr(value)
