"""Small tensors with memory of their own, which most are: one record has what else is said in three.

They are tensors like others from then on; see `tensors`, which announces all that do not fit here.
"""

from __future__ import annotations

import struct
import sys
from typing import TYPE_CHECKING, Any

from gabarito.engine.codec import layout, tags
from gabarito.engine.codec.limits import CodecError
from gabarito.engine.codec.memory import ALIGNMENT, Buffer
from gabarito.engine.codec.reader import Reader
from gabarito.engine.codec.tensors import (
    GRAPH,
    PARAMETER,
    SharedTensor,
    by_number,
    dressed,
    flags_of,
    number_of,
    wants_grad,
)
from gabarito.engine.codec.writer import ARRAY_COST, Writer

if TYPE_CHECKING:
    from gabarito.engine.codec.heap import Heap

_RECORD = struct.Struct("<QQBBB")
_MOST = 4096
"""Bytes; of more, the content outweighs what is said about it."""
_COST = 2 * ARRAY_COST
"""As much as memory and a tensor cost."""


def fits(heap: Heap, tensor: Any) -> bool:
    """Whether a tensor has all of its memory to itself as far as the other side knows, and little of it."""
    if not tensor.is_cpu or tensor.is_conj() or tensor.is_neg():
        return False
    storage = tensor.untyped_storage()
    size, place = storage.nbytes(), storage.data_ptr()
    return (
        0 < size <= _MOST
        and size == tensor.numel() * tensor.element_size()
        and place % ALIGNMENT == 0
        and tensor.stride() == layout.dense(tensor.shape, 1)
        and heap.memory.find(place, 1) is None
    )


def define(heap: Heap, writer: Writer, tensor: Any) -> SharedTensor:
    """Announce a tensor that fits, with its memory and content."""
    storage = tensor.untyped_storage()
    buffer = Buffer(heap.fresh(), storage.nbytes(), 0, mine=True)
    heap.memory.keep(buffer)
    heap.undo(lambda: heap.memory.drop(buffer))
    buffer.keep = storage
    heap.memory.place(buffer, storage.data_ptr())
    entry = SharedTensor(heap, heap.fresh(), tensor, buffer, 0, mine=True)
    flags = flags_of(tensor)
    entry.graph = bool(flags & GRAPH)
    entry.agreed = data = entry.raw().tobytes()
    shape = tuple(tensor.shape)
    writer.weigh(2 * len(data))
    writer.count(0, 1 + _COST)
    writer.defs.append(tags.SMALL_TENSOR)
    writer.defs += _RECORD.pack(buffer.oid, entry.oid, flags, number_of(tensor.dtype), len(shape))
    writer.defs += struct.pack(f"<{len(shape)}q", *shape)
    writer.defs += data
    heap.enter(entry)
    if wants_grad(tensor):
        heap.soon(entry.tell)
    return entry


def read(heap: Heap, reader: Reader) -> SharedTensor:
    """Read the announcement of a tensor and make it; its place in a graph is the bridge's affair.

    Raises:
        CodecError: it is impossible, too big, or has memory that is another's.
    """
    reader.spend(_COST)
    memory, oid, flags, number, dimensions = reader.unpack(_RECORD)
    shape = reader.numbers(dimensions)
    dtype = by_number(number)
    size = layout.check(shape, layout.dense(shape, dtype.itemsize), dtype.itemsize, 0, _MOST, _MOST)
    if not size or flags & ~(PARAMETER | GRAPH):
        raise CodecError(f"a message has a small tensor of the impossible shape {shape} or kind {flags}")
    reader.weigh(2 * size)
    heap.check_new(memory)
    buffer = heap.memory.admit(memory, size, 0)
    heap.undo(lambda: heap.memory.drop(buffer))
    heap.check_new(oid)
    tensor = sys.modules["torch"].empty(shape, dtype=dtype, device="cpu")
    data = reader.take(size)
    buffer.keep = tensor.untyped_storage()
    heap.memory.place(buffer, tensor.data_ptr())
    entry = SharedTensor(heap, oid, dressed(tensor, flags), buffer, 0, mine=False)
    entry.load(data, reader)
    entry.graph = bool(flags & GRAPH)
    entry.agreed = data
    heap.enter(entry)
    if entry.graph:
        heap.graphs.append(entry)
    return entry
