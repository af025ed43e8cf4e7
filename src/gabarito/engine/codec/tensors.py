"""Torch tensors that both sides hold."""

from __future__ import annotations

import functools
import math
import re
import struct
import sys
import warnings
from typing import TYPE_CHECKING, Any, final

from gabarito.engine.codec import buffers, content, layout, tags
from gabarito.engine.codec.arrays import Spot
from gabarito.engine.codec.containers import NO_LINKS, Links
from gabarito.engine.codec.limits import CodecError
from gabarito.engine.codec.look import on_host, raw, words
from gabarito.engine.codec.memory import Buffer
from gabarito.engine.codec.reader import Reader
from gabarito.engine.codec.writer import ARRAY_COST, Writer

if TYPE_CHECKING:
    from gabarito.engine.codec.heap import Heap

_TENSOR = struct.Struct("<QQBBBqQqB")
_STATE = struct.Struct("<QBQQ")
_FIELDS = struct.Struct("<BQQ")
_OID = struct.Struct("<Q")
_SMALL = 2**20
PARAMETER, GRAPH, _CONJ, _NEG = 1, 2, 4, 8
_REQUIRES, _MOVED = 1, 2
_OWN = 2
"""So many references to a storage are those of its one tensor and of Python's storage, which Python may keep."""
NAMES = (
    "float32", "float64", "float16", "bfloat16", "complex64", "complex128", "int8", "int16", "int32", "int64", "uint8",
    "bool", "uint16", "uint32", "uint64", "float8_e4m3fn", "float8_e5m2",
)  # fmt: skip
_BY_NUMBER: list[Any] = []
_NUMBERS: dict[Any, int] = {}
DEVICE = re.compile(r"(cpu|cuda|mps|xpu|meta)(:\d{1,3})?")


def learn(torch: Any) -> None:
    """Get to know the dtypes of torch, once it is loaded."""
    for number, name in enumerate(NAMES):
        dtype = getattr(torch, name, None)
        _BY_NUMBER.append(dtype)
        _NUMBERS[dtype] = number  # None, for one that this torch doesn't have yet, is no tensor's


def by_number(number: int) -> Any:
    """The dtype with this number on the wire.

    Raises:
        CodecError: there is none.
    """
    dtype = _BY_NUMBER[number] if number < len(_BY_NUMBER) else None
    if dtype is None:
        raise CodecError(f"a message has a tensor of the type number {number}, which can't be used here")
    return dtype


def number_of(dtype: Any) -> int | None:
    """The number of a dtype on the wire; None if there is none."""
    return _NUMBERS.get(dtype)


@final
class SharedTensor:
    """A tensor with an identity."""

    __slots__ = (
        "_few",
        "_words",
        "address",
        "agreed",
        "buffer",
        "dtype",
        "grad",
        "graph",
        "has_moved",
        "heap",
        "itemsize",
        "mine",
        "noted",
        "obj",
        "offset",
        "oid",
        "requires_grad",
        "shape",
        "steps",
        "strides",
    )  # fmt: skip
    shell = False
    frozen = False

    def __init__(self, heap: Heap, oid: int, obj: Any, buffer: Buffer | None, offset: int, *, mine: bool) -> None:
        self.heap, self.oid, self.obj, self.mine = heap, oid, obj, mine
        self.buffer = buffer
        self.offset = offset
        self.graph = False
        self.has_moved = False
        """It was given other memory; what it lay in before may be another's."""
        self.requires_grad = False
        self.grad: Any = None
        self.agreed: object = None
        self.note()
        self.noted = int(obj.numel()) * self.itemsize
        if buffer is not None:
            buffer.add(oid, self)

    def note(self) -> None:
        """Keep the present form of the tensor."""
        obj = self.obj
        self.address, self.dtype, self.shape, self.steps = obj.data_ptr(), obj.dtype, obj.shape, obj.stride()
        self.itemsize: int = obj.element_size()
        self.strides = tuple([step * self.itemsize for step in self.steps])
        self._words = words(obj)
        self._few = content.few(self._words) if self._words is not None else None

    def raw(self) -> Any:
        """The elements as words that can be copied."""
        return raw(self.obj) if self._is_moved() else self._seen()

    def _seen(self) -> Any:
        """The elements, of a tensor that has not moved."""
        return self._words if self._words is not None else raw(self.obj)

    def _is_moved(self) -> bool:
        """Whether it has other memory, or another form, than was noted."""
        obj = self.obj
        return bool(
            obj.data_ptr() != self.address
            or obj.shape != self.shape
            or obj.stride() != self.steps
            or obj.dtype is not self.dtype
        )

    def watched(self) -> bool:
        """Whether changes of the content are looked for here, and not in another array over the same memory."""
        return self.buffer is None or self.buffer.cover is None or self.buffer.cover is self

    def agree(self) -> None:
        """The present content is what both sides hold."""
        self.agreed = content.agreed(self.raw(), self.heap.weights) if self.watched() else None

    def scan(self, writer: Writer) -> None:
        """Append what changed."""
        obj = self.obj
        if self._is_moved():
            self._send_last(writer)
            self._move(writer)
        elif self.watched():
            few = self._few  # of most tensors, and much quicker to look at
            if (few.tobytes() if few is not None else content.agreed(self._seen(), self.heap.weights)) != self.agreed:
                self.send(writer)
        if obj.is_leaf and not self.graph and (obj.requires_grad != self.requires_grad or obj.grad is not self.grad):
            self.tell(writer)

    def send(self, writer: Writer) -> None:
        """Append the content."""
        self._append(writer, raw(self.obj))

    def _append(self, writer: Writer, elements: Any) -> None:
        writer.arrays += _OID.pack(self.oid)
        writer.count(1)
        kept = content.write(writer, writer.arrays, elements, self.heap.weights)
        self.heap.later(lambda: setattr(self, "agreed", kept))

    def _send_last(self, writer: Writer) -> None:
        """Append what changed in the memory that the tensor has left, as long as that is there: others may see it."""
        if self.buffer is None or not self.watched() or not buffers.is_there(self.buffer):
            return
        if content.agreed(self._words, self.heap.weights) != self.agreed:
            self._append(writer, self._words)

    def start(self, writer: Writer) -> None:
        """Append what the other side needs to know of a new tensor."""
        obj = self.obj
        if self.watched() and obj.numel():
            self.send(writer)
        else:
            self.agree()
        if wants_grad(obj):
            self.tell(writer)

    def tell(self, writer: Writer) -> None:
        """Append whether grad is required, and what it is."""
        self._state(writer, 0)

    def kind(self) -> int:
        """What the bytes may be."""
        return content.BOOL if NAMES[_NUMBERS[self.dtype]] == "bool" else content.PLAIN

    def _state(self, writer: Writer, moved: int) -> None:
        obj = self.obj
        requires, grad = obj.requires_grad, obj.grad if obj.is_leaf else None
        flags = (_REQUIRES if requires else 0) | (_MOVED if moved else 0)
        writer.states += _STATE.pack(self.oid, flags, 0 if grad is None else writer.sharing.refer(writer, grad), moved)
        writer.count(2)
        self.heap.later(lambda: self._is(requires, grad))

    def _is(self, requires: bool, grad: Any) -> None:
        self.requires_grad, self.grad = requires, grad

    def _move(self, writer: Writer) -> None:
        """The tensor was given other memory: send that as a tensor of its own, to be taken over."""
        alias = self.obj.data
        moved = define(self.heap, writer, alias)
        self._state(writer, moved.oid)
        self.heap.later(lambda: self.settle(moved))

    def settle(self, moved: SharedTensor) -> None:
        """Lie where `moved` lies."""
        self.has_moved = True
        if self.buffer is not None:
            self._leave(self.buffer)
        self.buffer, self.offset = moved.buffer, moved.offset
        self.note()
        if self.buffer is not None:
            self.buffer.add(self.oid, self)
        self.agree()

    def _leave(self, buffer: Buffer) -> None:
        """Look at this memory no longer; what else does is watched by itself from now on."""
        if buffer.cover is self:
            for view in buffer.views.values():
                view.agreed = None
        buffer.leave(self.oid, Spot(self.shape, self.strides, self.itemsize, self.offset))

    def read_state(self, reader: Reader) -> bool:
        """Read whether grad is required, what the grad is, and where the tensor lies; it comes into effect later.

        Gives whether it lies elsewhere: then it holds other elements.
        """
        flags, grad_oid, moved_oid = reader.unpack(_FIELDS)
        grad = self._tensor(grad_oid).obj if grad_oid else None
        moved = self._tensor(moved_oid) if flags & _MOVED else None
        if grad is self.obj or moved is self:
            raise CodecError("a message makes a tensor its own grad or memory")
        requires = bool(flags & _REQUIRES)

        def commit() -> None:
            obj = self.obj
            if moved is not None:
                obj.data = moved.obj
                self.settle(moved)
            if obj.is_leaf:
                obj.requires_grad_(requires)
                obj.grad = grad
                self._is(requires, grad)

        self.heap.later(commit)
        return moved is not None

    def _tensor(self, oid: int) -> SharedTensor:
        entry = self.heap.entry(oid)
        if not isinstance(entry, SharedTensor):
            raise CodecError("a message has something else where a tensor belongs")
        return entry

    def load(self, source: bytes | int, reader: Reader) -> None:
        """Copy content into the memory."""
        if on_host(self.obj):
            content.load(source, reader.segment, self.raw(), self.kind())
            return
        host = self.obj.detach().cpu()
        content.load(source, reader.segment, raw(host), self.kind())
        self.obj.detach().copy_(host)

    def load_later(self, source: bytes | int, reader: Reader) -> None:
        """Copy content into the memory once the message is complete.

        Raises:
            CodecError: the memory is read-only here, and the content another.
        """
        flags = getattr(self.buffer and self.buffer.keep, "flags", None)
        if self.buffer is not None and self.buffer.mine and flags is not None and not flags.writeable:
            content.compare(source, reader.segment, self.raw())
        else:
            content.check(source, reader.segment, self.raw(), self.kind())
            self.heap.later(lambda: self.load(source, reader))

    def show(self) -> None:
        """Nothing: the content of tensors is always known."""

    def size(self) -> int:
        """Bytes of the content on the wire."""
        return layout.stored(self.shape, self.strides, self.itemsize)

    def differs(self) -> bool:
        """Whether the content isn't what both sides hold."""
        return content.agreed(self.raw(), self.heap.weights) != self.agreed

    def is_alone(self) -> bool:
        """Whether no array or other tensor can lie in this memory, or in what was changed as this tensor's before."""
        buffer = self.buffer
        if buffer is None or self.has_moved:
            return False
        return len(buffer.views) == 1 and not buffer.storages and has_own_memory(self.obj)

    def links(self) -> Links:
        """The grad."""
        return NO_LINKS if self.grad is None else ((self.grad,), 1, True)


def wants_grad(tensor: Any) -> bool:
    """Whether there is more to say of a tensor than what it looks like."""
    return bool(tensor.is_leaf and (tensor.requires_grad or tensor.grad is not None))


def has_own_memory(tensor: Any) -> bool:
    """Whether a tensor owns its memory, and no array, other tensor, graph or storage that is held shows it."""
    storage, torch = tensor.untyped_storage(), sys.modules["torch"]
    count = getattr(torch._C, "_storage_Use_Count", None)
    return bool(
        count is not None
        and storage.resizable()  # or its memory is that of an array, say
        and tensor._use_count() == 1
        and count(storage._cdata) == _OWN
        and sys.getrefcount(storage) <= _most_references()
    )


@functools.cache
def _most_references() -> int:
    """How often Python refers to a tensor's storage where only a buffer keeps it; torch counts itself, or does not."""
    tensor = sys.modules["torch"].empty(1, device="cpu")
    storage = tensor.untyped_storage()
    return sys.getrefcount(storage) + 1


def alike(tensor: Any, other: Any) -> bool:
    """Whether a stand-in for a tensor has its form and memory."""
    return type(other) is type(tensor) and (
        (tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype)
        == (other.data_ptr(), other.shape, other.stride(), other.dtype)
    )


def can(tensor: Any) -> bool:
    """Whether a tensor travels: strided, of a known type, with memory that can be looked at."""
    torch = sys.modules["torch"]
    if tensor.layout is not torch.strided or tensor.dtype not in _NUMBERS or tensor.dim() > layout.MAX_DIMENSIONS:
        return False
    if not tensor.is_cpu and (tensor.is_meta or DEVICE.fullmatch(str(tensor.device)) is None):
        return False
    try:
        tensor.untyped_storage().data_ptr()
    except (RuntimeError, NotImplementedError):  # inside of vmap and other transformations
        return False
    return True


def flags_of(tensor: Any) -> int:
    """What `dressed` makes of memory to get this tensor, and whether it is of a graph."""
    return (
        (PARAMETER if type(tensor) is sys.modules["torch"].nn.Parameter else 0)
        | (GRAPH if tensor.requires_grad and not tensor.is_leaf else 0)
        | (_CONJ if tensor.is_conj() else 0)
        | (_NEG if tensor.is_neg() else 0)
    )


def define(heap: Heap, writer: Writer, tensor: Any) -> SharedTensor:
    """Announce a tensor, with its buffer where that is new."""
    itemsize = tensor.element_size()
    shape, steps = tuple(tensor.shape), tensor.stride()
    buffer, begin, length, place, device = None, 0, 0, 0, ""
    if on_host(tensor):
        spot = Spot(shape, tuple([step * itemsize for step in steps]), itemsize, 0)
        buffer, first, length = _ground(heap, writer, tensor, spot)
        begin, place = first - buffer.start, tensor.data_ptr() - buffer.start if length else 0
    else:
        device = str(tensor.device)
    flags = flags_of(tensor)
    entry = SharedTensor(heap, heap.fresh(), tensor, buffer, place, mine=True)
    entry.graph = bool(flags & GRAPH)
    writer.weigh(tensor.numel() * itemsize)
    writer.defs.append(tags.TENSOR)
    writer.defs += _TENSOR.pack(
        entry.oid, buffer.oid if buffer else 0, flags, _NUMBERS[tensor.dtype], len(device),
        begin, length, (place - begin) // itemsize, len(shape),
    )  # fmt: skip
    writer.defs += device.encode() + struct.pack(f"<{2 * len(shape)}q", *shape, *steps)
    writer.count(0, ARRAY_COST)
    heap.enter(entry)
    heap.soon(entry.start)
    return entry


def _ground(heap: Heap, writer: Writer, tensor: Any, spot: Spot) -> tuple[Buffer, int, int]:
    """The buffer of a tensor, and where its storage begins, as far as the other side gets one, and its size."""
    storage = tensor.untyped_storage()
    first, size, place = storage.data_ptr(), storage.nbytes(), tensor.data_ptr()
    low, high = layout.extent(spot.shape, spot.strides, spot.itemsize)
    if low == high:
        return buffers.announce(heap, writer, 0, 0, storage, alone=True), 0, 0
    buffer = buffers.known(heap, spot, place, writer.weigh)
    if buffer is not None:
        inside = buffer.start <= first and first + size <= buffer.start + buffer.size
        return (buffer, first, size) if inside else (buffer, place + low, high - low)
    if size <= heap.limits.array_bytes and heap.memory.find(first, 1) is None:
        return buffers.announce(heap, writer, first, size, storage, alone=False), first, size
    return buffers.announce(heap, writer, place + low, high - low, tensor, alone=True), place + low, high - low


def read(heap: Heap, reader: Reader) -> SharedTensor:
    """Read the announcement of a tensor and make it; its place in a graph is the bridge's affair.

    Raises:
        CodecError: it is impossible, too big, or looks at memory that it may not see.
    """
    reader.spend(ARRAY_COST - 1)
    oid, buffer_oid, flags, number, size, begin, length, offset, dimensions = reader.unpack(_TENSOR)
    device = reader.take(size).decode()
    numbers = reader.numbers(2 * dimensions)
    heap.check_new(oid)
    dtype = by_number(number)
    shape, steps = numbers[:dimensions], numbers[dimensions:]
    if min(steps, default=0) < 0:
        raise CodecError("a message has a tensor with a negative stride")
    size = dtype.itemsize
    strides = tuple(step * size for step in steps)
    if device:
        tensor, buffer, place = _elsewhere(heap, shape, strides, dtype, device), None, 0
    else:
        buffer = heap.memory.buffers.get(buffer_oid)
        if buffer is None or length > buffer.size or not 0 <= begin <= buffer.size - length:
            raise CodecError("a message has a tensor outside of all memory")
        place = begin + offset * size
        layout.check(shape, strides, size, offset * size, length, heap.limits.array_bytes)
        if buffer.mine and not buffer.shows(Spot(shape, strides, size, place), reader.weigh):
            raise CodecError("a message has a tensor over memory that was not sent")
        storage = _storage(heap, buffer, begin, length)
        tensor = sys.modules["torch"].empty(0, dtype=dtype, device="cpu").set_(storage, offset, shape, steps)
    reader.weigh(size * math.prod(shape))
    entry = SharedTensor(heap, oid, dressed(tensor, flags), buffer, place, mine=False)
    entry.graph = bool(flags & GRAPH)
    heap.enter(entry)
    if entry.graph:
        heap.graphs.append(entry)
    return entry


def dressed(tensor: Any, flags: int) -> Any:
    """The tensor with what its flags say of it."""
    torch = sys.modules["torch"]
    if flags & _CONJ:
        tensor = tensor.conj()
    if flags & _NEG:
        tensor = torch._neg_view(tensor)
    return torch.nn.Parameter(tensor, requires_grad=False) if flags & PARAMETER else tensor


def _storage(heap: Heap, buffer: Buffer, begin: int, length: int) -> Any:
    """The storage over a part of a buffer; tensors that name the same part get the same one."""
    torch = sys.modules["torch"]
    keep, whole = buffer.keep, (begin, length) == (0, buffer.size)
    if whole and type(keep) is torch.UntypedStorage and (keep.data_ptr(), keep.nbytes()) == (buffer.start, length):
        return keep
    storage = buffer.storages.get((begin, length))
    if storage is not None:
        return storage
    if keep is None and buffer.align == 0 and whole and length <= _SMALL:
        # Unlike memory of numpy, it can be resized.
        buffer.keep = torch.zeros(length, dtype=torch.uint8, device="cpu").untyped_storage()
        heap.memory.place(buffer, buffer.keep.data_ptr())
        return buffer.keep
    ground = buffers.flat(heap, buffer)[begin : begin + length]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of memory that can't be written; it was so on the other side
        storage = torch.from_numpy(ground).untyped_storage()
    buffer.storages[begin, length] = storage
    return storage


def _elsewhere(heap: Heap, shape: tuple[int, ...], strides: tuple[int, ...], dtype: Any, device: str) -> Any:
    """A tensor for another device, or on this one if that can't be had here."""
    torch = sys.modules["torch"]
    limit = heap.limits.array_bytes
    layout.check(shape, strides, dtype.itemsize, 0, limit, limit)
    if DEVICE.fullmatch(device) is None:
        raise CodecError(f"a message has a tensor on the device {device[:20]!r}, which can't be used here")
    cuda = torch.cuda
    usable = device.startswith("cuda") and (heap.devices or cuda.is_initialized()) and cuda.is_available()
    steps = [stride // dtype.itemsize for stride in strides]
    return torch.empty_strided(shape, steps, dtype=dtype, device=device if usable else "cpu").zero_()
