"""Numpy arrays that both sides hold."""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, final

from gabarito.engine.codec import buffers, content, dtypes, layout, tags
from gabarito.engine.codec.containers import NO_LINKS, Links
from gabarito.engine.codec.limits import CodecError
from gabarito.engine.codec.memory import Buffer
from gabarito.engine.codec.reader import Reader
from gabarito.engine.codec.writer import ARRAY_COST, Writer

if TYPE_CHECKING:
    from gabarito.engine.codec.heap import Heap

_ARRAY = struct.Struct("<QQBBqB")
_SHAPE = struct.Struct("<QB")
_OID = struct.Struct("<Q")
_BYTE = struct.Struct("<B")
_OWNER, _FROZEN, _SHELL = 1, 2, 4


class Spot(NamedTuple):
    """Which bytes of a buffer an array looks at; strides and offset in bytes."""

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    itemsize: int
    offset: int


@final
class SharedArray:
    """A numpy array with an identity."""

    __slots__ = (
        "agreed",
        "buffer",
        "dtype",
        "frozen",
        "heap",
        "itemsize",
        "mine",
        "noted",
        "obj",
        "offset",
        "oid",
        "shape",
        "shell",
        "strides",
    )  # fmt: skip

    def __init__(self, heap: Heap, oid: int, obj: Any, buffer: Buffer, offset: int, flags: int, *, mine: bool) -> None:
        self.heap, self.oid, self.obj, self.buffer, self.offset, self.mine = heap, oid, obj, buffer, offset, mine
        self.shell = bool(flags & _SHELL)
        self.frozen = bool(flags & _FROZEN)
        self.agreed: object = None
        self.note()
        self.noted = int(obj.nbytes)
        buffer.add(oid, self)

    def note(self) -> None:
        """Keep the present form of the array."""
        self.shape, self.strides, self.dtype = self.obj.shape, self.obj.strides, self.obj.dtype
        self.itemsize: int = self.dtype.itemsize

    def raw(self) -> Any:
        """The elements as words that can be copied."""
        return self.obj.view(dtypes.word(self.dtype))

    def watched(self) -> bool:
        """Whether changes of the content are looked for here, and not in another array over the same memory."""
        if self.shell or (self.frozen and not self.mine):
            return False
        return self.buffer.cover is None or self.buffer.cover is self

    def agree(self) -> None:
        """The present content is what both sides hold."""
        self.agreed = content.agreed(self.raw(), self.heap.weights) if self.watched() else None

    def scan(self, writer: Writer) -> None:
        """Append what changed.

        Raises:
            CodecError: the array was given another type or memory.
        """
        obj = self.obj
        if obj.shape != self.shape or obj.strides != self.strides or obj.dtype is not self.dtype:
            self._reshaped(writer)
        if self.watched() and content.agreed(self.raw(), self.heap.weights) != self.agreed:
            self.send(writer)

    def send(self, writer: Writer) -> None:
        """Append the content."""
        writer.arrays += _OID.pack(self.oid)
        writer.count(1)
        kept = content.write(writer, writer.arrays, self.raw(), self.heap.weights)
        self.heap.later(lambda: setattr(self, "agreed", kept))

    def start(self, writer: Writer) -> None:
        """Append what the other side needs to know of a new array."""
        if self.watched() and self.obj.size:
            self.send(writer)
        else:
            self.agree()

    def expose(self, writer: Writer) -> None:
        """Let the other side see the content, of which it knew the form only."""
        self.show()
        self.send(writer)

    def kind(self) -> int:
        """What the bytes may be."""
        return dtypes.kind(self.dtype)

    def _reshaped(self, writer: Writer) -> None:
        obj = self.obj
        if obj.dtype != self.dtype or not obj.flags.c_contiguous or obj.nbytes != self.itemsize * _count(self.shape):
            raise CodecError(
                f"an array of shape {self.shape} and type {self.dtype} that both sides hold was resized or given "
                "another type in place, which can't be sent: make a new array"
            )
        writer.states += _SHAPE.pack(self.oid, len(obj.shape))
        writer.states += struct.pack(f"<{len(obj.shape)}q", *obj.shape)
        writer.count(2)
        self.heap.later(self.note)

    def read_state(self, reader: Reader) -> bool:
        """Read a change of the form, which comes into effect later; gives True, for that changes the array."""
        (dimensions,) = reader.unpack(_BYTE)
        shape = reader.numbers(dimensions)
        held, item = self.obj.nbytes, self.itemsize
        size = layout.check(shape, layout.dense(shape, item), item, 0, held, held)
        if size != self.obj.nbytes or not self.obj.flags.c_contiguous:
            raise CodecError(f"a message gives an array of shape {self.shape} the impossible shape {shape}")

        def commit() -> None:
            self.obj.resize(shape, refcheck=False)  # as many bytes as before, so nothing moves
            self.note()

        self.heap.later(commit)
        return True

    def load(self, source: bytes | int, reader: Reader) -> None:
        """Copy content into the memory."""
        with writable(self.obj):
            content.load(source, reader.segment, self.raw(), self.kind())

    def load_later(self, source: bytes | int, reader: Reader) -> None:
        """Copy content into the memory once the message is complete.

        Raises:
            CodecError: the array is read-only here, and the content another.
        """
        if self.buffer.mine and not self.obj.flags.writeable:
            content.compare(source, reader.segment, self.raw())
        else:
            content.check(source, reader.segment, self.raw(), self.kind())
            self.heap.later(lambda: self.load(source, reader))

    def show(self) -> None:
        """The other side sent the content of an array of its own, of which only the form was known."""
        self.shell = False
        self.buffer.remove(self.oid)
        self.buffer.add(self.oid, self)

    def size(self) -> int:
        """Bytes of the content on the wire."""
        return layout.stored(self.shape, self.strides, self.itemsize)

    def differs(self) -> bool:
        """Whether the content isn't what both sides hold."""
        return content.agreed(self.raw(), self.heap.weights) != self.agreed

    def links(self) -> Links:
        """The array itself, if the memory is kept by it."""
        own = self.buffer.keep is self.obj
        return ((self.obj,), 1 + len(self.buffer.storages), False) if own else NO_LINKS


def _count(shape: Sequence[int]) -> int:
    count = 1
    for length in shape:
        count *= length
    return count


@contextmanager
def writable(array: Any) -> Iterator[None]:
    """Lets an array that is read-only on both sides be filled.

    Raises:
        CodecError: its memory can't be written.
    """
    chain = []
    at = array
    while type(at) is type(array) and not at.flags.writeable:
        chain.append(at)
        at = at.base
    try:
        for link in reversed(chain):
            link.flags.writeable = True
        yield
    except ValueError as error:
        raise CodecError(f"a message writes into memory that can't be written: {error}") from None
    finally:
        for link in chain:
            link.flags.writeable = False


def define(heap: Heap, writer: Writer, array: Any) -> SharedArray:
    """Announce an array, with its buffer and the array that it is a view of, where those are new."""
    root = _root(array)
    spot, place = _spot(array)
    buffer = buffers.known(heap, spot, place, writer.weigh)
    if buffer is None:
        buffer = buffers.announce(heap, writer, *_region(heap, spot, place, array, root))
    spot = spot._replace(offset=place - buffer.start)
    if root is not array:
        _shell(heap, writer, root, buffer)
    return _announce(heap, writer, array, buffer, spot, 0)


def _root(array: Any) -> Any:
    """The array that a view leads to in the end."""
    while True:
        base = array.base
        if type(base).__name__ == "DummyArray":  # what numpy's as_strided puts in between
            base = base.base
        if type(base) is not type(array):
            return array
        array = base


def _spot(array: Any) -> tuple[Spot, int]:
    return Spot(array.shape, array.strides, array.itemsize, 0), int(array.__array_interface__["data"][0])


def _region(heap: Heap, spot: Spot, place: int, array: Any, root: Any) -> tuple[int, int, Any, bool]:
    """Where the memory of a new buffer begins, its size, what keeps it, and whether it is nobody else's."""
    torch = sys.modules.get("torch")
    low, high = layout.extent(spot.shape, spot.strides, spot.itemsize)
    begin, end, keep = place + low, place + high, root
    if begin == end:
        return begin, 0, array, True
    if torch is not None and isinstance(root.base, torch.Tensor):
        keep = root.base.untyped_storage()
        first, last = keep.data_ptr(), keep.data_ptr() + keep.nbytes()
    else:
        whole, first = _spot(root)
        low, high = layout.extent(whole.shape, whole.strides, whole.itemsize)
        first, last = first + low, first + high
    if first <= begin and end <= last and last - first <= heap.limits.array_bytes:
        return first, last - first, keep, heap.memory.find(first, 1) is not None
    return begin, end - begin, array, True


def _shell(heap: Heap, writer: Writer, root: Any, buffer: Buffer) -> None:
    """Announce the array that owns the memory by its form only, so that `base` is the same object for all its views."""
    spot, place = _spot(root)
    low, high = layout.extent(spot.shape, spot.strides, spot.itemsize)
    whole = (place + low, high - low) == (buffer.start, buffer.size)
    if buffer.mine and whole and dtypes.code(root.dtype) and heap.known(root) is None:
        _announce(heap, writer, root, buffer, spot._replace(offset=place - buffer.start), _SHELL)


def _announce(heap: Heap, writer: Writer, array: Any, buffer: Buffer, spot: Spot, flags: int) -> SharedArray:
    if array.base is None and buffer.keep is array and spot.strides in (
        layout.dense(spot.shape, spot.itemsize), layout.dense_fortran(spot.shape, spot.itemsize)
    ):  # fmt: skip
        flags |= _OWNER
    if not array.flags.writeable:
        flags |= _FROZEN
    code = dtypes.code(array.dtype).encode()
    entry = SharedArray(heap, heap.fresh(), array, buffer, spot.offset, flags, mine=True)
    writer.weigh(array.nbytes)
    writer.defs.append(tags.ARRAY)
    writer.defs += _ARRAY.pack(entry.oid, buffer.oid, flags, len(code), spot.offset, len(spot.shape))
    writer.defs += code + struct.pack(f"<{2 * len(spot.shape)}q", *spot.shape, *spot.strides)
    writer.count(0, ARRAY_COST)
    heap.enter(entry)
    if not entry.shell:
        heap.soon(entry.start)
    return entry


def read(heap: Heap, reader: Reader) -> SharedArray:
    """Read the announcement of an array and make it.

    Raises:
        CodecError: it is impossible, too big, or looks at memory that it may not see.
    """
    reader.spend(ARRAY_COST - 1)
    oid, buffer_oid, flags, size, offset, dimensions = reader.unpack(_ARRAY)
    code = reader.take(size).decode()
    numbers = reader.numbers(2 * dimensions)
    heap.check_new(oid)
    buffer = heap.memory.buffers.get(buffer_oid)
    if buffer is None:
        raise CodecError("a message has an array without memory")
    dtype = dtypes.by_code(code)
    spot = Spot(numbers[:dimensions], numbers[dimensions:], dtype.itemsize, offset)
    size = layout.check(spot.shape, spot.strides, spot.itemsize, offset, buffer.size, heap.limits.array_bytes)
    reader.weigh(size)
    if buffer.mine and ((flags & _SHELL) or not buffer.shows(spot, reader.weigh)):
        raise CodecError("a message has an array over memory that was not sent")
    array = _make(heap, buffer, spot, dtype, owner=bool(flags & _OWNER))
    entry = SharedArray(heap, oid, array, buffer, offset, flags, mine=False)
    heap.enter(entry)
    if flags & _FROZEN:
        heap.later(lambda: array.setflags(write=False))
    return entry


def _make(heap: Heap, buffer: Buffer, spot: Spot, dtype: Any, *, owner: bool) -> Any:
    np = sys.modules["numpy"]
    if not all(spot.shape):
        return np.ndarray(spot.shape, dtype)
    if owner and buffer.keep is None and spot.offset == 0:
        order = "C" if layout.dense(spot.shape, spot.itemsize) == spot.strides else "F"
        array = np.zeros(spot.shape, dtype, order)
        if array.strides == spot.strides and array.nbytes == buffer.size:
            array = buffers.aligned(array, buffer.align)
            buffers.settle(heap, buffer, array)
            return array
    ground = buffers.flat(heap, buffer)
    return np.ndarray(spot.shape, dtype, ground, spot.offset, spot.strides)
