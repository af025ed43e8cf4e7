"""The memory under arrays: which bytes are one buffer on both sides, and which of them the other side may see.

Arrays that look at the same memory must do so on the other side too, whatever library they belong to. So a buffer is
recognised by its addresses, which stay taken as long as the buffer is kept here. Only elements of arrays that were
sent travel; the rest of a buffer is zero on the other side, and no array that the other side makes may reach it.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Callable
from typing import Any, Protocol

from gabarito.engine.codec import layout
from gabarito.engine.codec.limits import CodecError

ALIGNMENT = 64
_NESTED = 8
_LEFT = 64
_VIEWS = 4
"""Arrays over the same memory: so many times the limit of memory may their bytes be in all."""


class Form(Protocol):
    """Which bytes of a buffer an array looks at; strides and offset are in bytes."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def strides(self) -> tuple[int, ...]: ...
    @property
    def itemsize(self) -> int: ...
    @property
    def offset(self) -> int: ...


class View(Form, Protocol):
    """An array on a buffer."""

    shell: bool
    """Known to the other side by its form only: it is what other arrays are views of."""
    frozen: bool
    """The other side may not write through it."""
    mine: bool
    """This side's, not made by the other one."""
    agreed: object
    """What both sides hold, in short; None if that isn't known."""

    def agree(self) -> None:
        """The present content is what both sides hold."""

    def raw(self) -> Any:
        """The elements as words that can be copied."""

    def kind(self) -> int:
        """What the bytes may be."""


class Buffer:
    """Memory with an identity."""

    __slots__ = ("align", "cover", "keep", "left", "mine", "oid", "size", "start", "storages", "views")

    def __init__(self, oid: int, size: int, align: int, *, mine: bool) -> None:
        self.oid, self.size, self.align, self.mine = oid, size, align, mine
        self.start = 0
        self.keep: Any = None
        """The root array or storage that owns the memory; None until the first array is made on it."""
        self.storages: dict[tuple[int, int], Any] = {}
        """Storages of tensors over a part of the memory, by begin and size."""
        self.views: dict[int, View] = {}
        self.left: list[Form] = []
        """Of views that lie elsewhere now: the other side may still look at what they looked at."""
        self.cover: View | None = None
        """A view that both sides may write and that holds every byte, if there is one: its content stands for all."""

    def add(self, oid: int, view: View) -> None:
        """Count a view in."""
        self.views[oid] = view
        if self.cover is None and self._covers(view):
            self.cover = view

    def remove(self, oid: int) -> None:
        """Count a view out."""
        view = self.views.pop(oid)
        if view is self.cover:
            self.cover = next(filter(self._covers, self.views.values()), None)

    def leave(self, oid: int, form: Form) -> None:
        """Count a view out that lies elsewhere from now on."""
        self.remove(oid)
        if len(self.left) < _LEFT:
            self.left.append(form)

    def _covers(self, view: View) -> bool:
        return not (view.shell or view.frozen) and layout.fills(view.shape, view.strides, view.itemsize, self.size)

    def shows(self, form: Form, spend: Callable[[int], None]) -> bool:
        """Whether the other side may see all these bytes: each belongs to an element of an array that was sent.

        `spend` is told how much work that is, in bytes looked at.
        """
        low, high = layout.extent(form.shape, form.strides, form.itemsize)
        if low == high or self.cover is not None:
            return True
        shown: list[Form] = [*self.left, *(view for view in self.views.values() if not view.shell)]
        spend(1024 * (len(self.left) + len(self.views)))
        spans = []
        for view in shown:
            first, last = layout.extent(view.shape, view.strides, view.itemsize)
            spans.append((view.offset + first, view.offset + last))
            if layout.fills(view.shape, view.strides, view.itemsize, last - first) and (
                spans[-1][0] <= form.offset + low and form.offset + high <= spans[-1][1]
            ):
                return True
        begin, end = min((span[0] for span in spans), default=0), max((span[1] for span in spans), default=0)
        if form.offset + low < begin or form.offset + high > end:
            return False
        spend(end - begin)
        mask = sys.modules["numpy"].zeros(end - begin, bool)
        for view in shown:
            marks = _marks(mask, view, begin)
            spend(marks.size)
            marks[...] = True
        marks = _marks(mask, form, begin)
        spend(marks.size)
        return bool(marks.all())


def _marks(mask: Any, form: Form, begin: int) -> Any:
    lengths = [
        min(length, 1) if stride == 0 else length for length, stride in zip(form.shape, form.strides, strict=True)
    ]
    ndarray = sys.modules["numpy"].ndarray
    return ndarray((*lengths, form.itemsize), bool, mask, form.offset - begin, (*form.strides, 1))


class Memory:
    """All buffers of one side."""

    __slots__ = ("_begins", "_found", "buffers", "foreign", "held", "limit", "viewed")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.buffers: dict[int, Buffer] = {}
        self.held = 0
        """Bytes of all buffers."""
        self.foreign = 0
        """Bytes that the other side makes us hold."""
        self.viewed = 0
        """Logical bytes of the arrays that the other side makes us hold."""
        self._begins: list[int] = []
        self._found: list[Buffer] = []

    def admit(self, oid: int, size: int, align: int) -> Buffer:
        """A buffer that the other side announces.

        Raises:
            CodecError: that would be too much memory.
        """
        if align >= ALIGNMENT or self.foreign + size > self.limit:
            raise CodecError(f"a message asks for {size} more bytes of arrays; {self.limit} can be held at one time")
        buffer = Buffer(oid, size, align, mine=False)
        self.foreign += size
        self.keep(buffer)
        return buffer

    def keep(self, buffer: Buffer) -> None:
        """Know a buffer until it is dropped."""
        self.buffers[buffer.oid] = buffer
        self.held += buffer.size

    def view(self, size: int) -> None:
        """Count an array of the other side in, or out if `size` is negative.

        Raises:
            CodecError: they are too many.
        """
        if self.viewed + size > _VIEWS * self.limit:
            raise CodecError(f"a message asks for {size} more bytes of views of arrays than can be held")
        self.viewed += size

    def place(self, buffer: Buffer, start: int) -> None:
        """Note where a buffer lies."""
        buffer.start = start
        if buffer.size:
            at = bisect_right(self._begins, start)
            self._begins.insert(at, start)
            self._found.insert(at, buffer)

    def find(self, start: int, size: int) -> Buffer | None:
        """The buffer that holds all these addresses."""
        last = bisect_right(self._begins, start) - 1 if size else -1
        for at in range(last, max(last - _NESTED, -1), -1):
            buffer = self._found[at]
            if start + size <= buffer.start + buffer.size:
                return buffer
        return None

    def drop(self, buffer: Buffer) -> None:
        """Forget a buffer, if it is known."""
        if self.buffers.pop(buffer.oid, None) is None:
            return
        self.held -= buffer.size
        if not buffer.mine:
            self.foreign -= buffer.size
        if buffer in self._found:
            at = self._found.index(buffer)
            del self._begins[at], self._found[at]
