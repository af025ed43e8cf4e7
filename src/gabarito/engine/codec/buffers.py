"""Buffers made, found and looked at, whichever library owns their memory."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, final

from gabarito.engine.codec import layout, tags
from gabarito.engine.codec.limits import CodecError
from gabarito.engine.codec.look import raw
from gabarito.engine.codec.memory import ALIGNMENT, Buffer, Form
from gabarito.engine.codec.reader import Reader
from gabarito.engine.codec.writer import ARRAY_COST, Writer

if TYPE_CHECKING:
    from gabarito.engine.codec.heap import Heap

_BUFFER = struct.Struct("<QQB")
_TRIES = 64
_BIG = 2**20


def known(heap: Heap, form: Form, place: int, spend: Callable[[int], None]) -> Buffer | None:
    """The buffer over which an array of this form with element 0 at address `place` can be announced."""
    low, high = layout.extent(form.shape, form.strides, form.itemsize)
    buffer = heap.memory.find(place + low, high - low)
    if buffer is None or buffer.mine:
        return buffer
    spot = _At(form, place - buffer.start)
    return buffer if buffer.shows(spot, spend) else None


class _At:
    __slots__ = ("itemsize", "offset", "shape", "strides")

    def __init__(self, form: Form, offset: int) -> None:
        self.shape, self.strides, self.itemsize, self.offset = form.shape, form.strides, form.itemsize, offset


def announce(heap: Heap, writer: Writer, start: int, size: int, keep: Any, alone: bool) -> Buffer:
    """Tell the other side of memory that it doesn't know; `alone`: no other array is looked for in it."""
    buffer = Buffer(heap.fresh(), size, start % ALIGNMENT, mine=True)
    heap.memory.keep(buffer)
    heap.undo(lambda: heap.memory.drop(buffer))
    buffer.keep, buffer.start = keep, start
    if not alone:
        heap.memory.place(buffer, start)
    writer.defs.append(tags.BUFFER)
    writer.defs += _BUFFER.pack(buffer.oid, size, buffer.align)
    writer.count(0, ARRAY_COST)
    return buffer


def read(heap: Heap, reader: Reader) -> Buffer:
    """Read the announcement of a buffer; its memory is made with the first array on it."""
    reader.spend(ARRAY_COST - 1)
    oid, size, align = reader.unpack(_BUFFER)
    heap.check_new(oid)
    buffer = heap.memory.admit(oid, size, align)
    heap.undo(lambda: heap.memory.drop(buffer))
    return buffer


def settle(heap: Heap, buffer: Buffer, root: Any) -> None:
    """Give a buffer the memory of a numpy array."""
    buffer.keep = root
    heap.memory.place(buffer, int(root.__array_interface__["data"][0]))


def aligned(array: Any, align: int) -> Any:
    """A zero array that owns its memory, aligned like the other side's if the allocator can be brought to it.

    Sums and products of floats can depend on alignment in the last bit.
    """
    numpy = sys.modules["numpy"]
    rejected = []
    for turn in range(_TRIES if align % 16 == 0 and array.nbytes < _BIG else 0):
        if array.__array_interface__["data"][0] % ALIGNMENT == align:
            break
        # A spacer between two tries: blocks of one size may all lie at the same distance from a boundary.
        rejected += [array, numpy.empty(16 * (turn % 4 + 1), numpy.uint8)]
        array = numpy.zeros_like(array)
    return array


def flat(heap: Heap, buffer: Buffer) -> Any:
    """All bytes of a buffer as a numpy array, which is a view of the root where numpy owns the memory.

    Raises:
        CodecError: the memory was given up, as a resize in place does.
    """
    np = sys.modules["numpy"]
    if buffer.keep is None:
        room = np.zeros(buffer.size + ALIGNMENT, np.uint8)
        skip = (buffer.align - room.__array_interface__["data"][0]) % ALIGNMENT
        settle(heap, buffer, room[skip : skip + buffer.size])
        return buffer.keep
    ground = _ground(buffer.keep, buffer.size)
    if not _lies_there(ground, buffer):
        raise CodecError("a message has an array over memory that was resized since it was sent")
    return ground


@final
class Written:
    """Memory of this side's that the other one wrote to through an array of its own: as a change of an object."""

    __slots__ = ("buffer", "obj", "oid")
    mine = True

    def __init__(self, heap: Heap, buffer: Buffer) -> None:
        self.oid, self.buffer = buffer.oid, buffer
        tensor = _as_tensor(buffer.keep)
        self.obj = tensor if tensor is not None else flat(heap, buffer)  # which forbids to resize tensors ever after


def is_there(buffer: Buffer) -> bool:
    """Whether the memory of a buffer with arrays on it is still what it was: a resize in place gives it up."""
    return _lies_there(_ground(buffer.keep, buffer.size), buffer)


def _lies_there(ground: Any, buffer: Buffer) -> bool:
    return bool(ground.__array_interface__["data"][0] == buffer.start and ground.nbytes == buffer.size)


def _as_tensor(keep: Any) -> Any:
    """The bytes of a storage of torch's; None where something else owns the memory."""
    torch = sys.modules.get("torch")
    if torch is None or type(keep) is not torch.UntypedStorage:
        return None
    return torch.empty(0, dtype=torch.uint8, device="cpu").set_(keep)


def _ground(keep: Any, size: int) -> Any:
    np = sys.modules["numpy"]
    if type(keep) is not np.ndarray:
        tensor = _as_tensor(keep)
        if tensor is not None:
            return tensor.numpy()
        keep = raw(keep)
    dense = keep.transpose(sorted(range(keep.ndim), key=lambda axis: -keep.strides[axis]))
    if dense.flags.c_contiguous:
        return dense.reshape(-1).view(np.uint8)
    ahead = keep[tuple(slice(None, None, -1) if stride < 0 else slice(None) for stride in keep.strides)]
    first = ahead[(slice(0, 1),) * keep.ndim].reshape(-1).view(np.uint8)
    return np.lib.stride_tricks.as_strided(first, (size,), (1,), writeable=keep.flags.writeable)
