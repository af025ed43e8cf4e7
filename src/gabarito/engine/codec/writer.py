"""Values to bytes, for one message."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Protocol

from gabarito.engine.codec import tags
from gabarito.engine.codec.limits import CodecError, CodecLimits
from gabarito.engine.codec.opaque import Opaque
from gabarito.engine.codec.segment import Outgoing

BIG_BYTES = 128 * 2**10
"""Bytes of the biggest whole number."""
ARRAY_COST = 20
"""An array takes as long to make as so many values."""
TABLE_COST = 100
"""A column, an index and a table take as long to make as so many values."""
_PACK_FROM = 4
_BYTE = struct.Struct("<BB")
_SMALL = struct.Struct("<Bb")
_LONG = struct.Struct("<Bq")
_FLOAT = struct.Struct("<Bd")
_COMPLEX = struct.Struct("<Bdd")
_OPAQUE = struct.Struct("<Bq")
_SIZE = struct.Struct("<BI")
_REF = struct.Struct("<BQ")
_SEQUENCE = struct.Struct("<IB")

SCALARS: set[type] = {type(None), bool, int, float, complex, str, bytes, type(...), type(NotImplemented), range}
"""Immutable types without elements; the libraries add theirs."""


class Sharing(Protocol):
    """What the writer asks of the heap."""

    def refer(self, writer: Writer, obj: object) -> int:
        """The identity of a shared object, which is defined in this message if it is new."""

    def export(self, obj: object) -> Opaque:
        """The description of an object that isn't plain."""

    def outgoing(self) -> Outgoing:
        """Shared memory for one message."""


class Writer:
    """The parts of one message while it is made; `out` is the part to which values go now."""

    __slots__ = ("_depth", "arrays", "contents", "copying", "counts", "defs", "limits", "logical", "nodes", "out",
                 "segment", "sharing", "states")  # fmt: skip

    def __init__(self, sharing: Sharing, limits: CodecLimits) -> None:
        self.sharing = sharing
        self.limits = limits
        self.nodes = limits.nodes
        self.logical = 2 * limits.array_bytes  # for the form and for the content of each
        self.defs = bytearray()
        self.arrays = bytearray()
        self.states = bytearray()
        self.contents = bytearray()
        self.counts = [0, 0, 0, 0]  # definitions, contents of arrays, states of tensors, contents of containers
        self.out = self.contents
        self.segment: Outgoing | None = None
        self.copying = False
        self._depth = 0

    def spend(self, count: int) -> None:
        """Count values.

        Raises:
            CodecError: the message has more than it may.
        """
        self.nodes -= count
        if self.nodes < 0:
            raise CodecError(f"a message holds more than {self.limits.nodes} values: send less at a time")

    def count(self, part: int, cost: int = 1) -> None:
        """Count a record in one of the message's parts, at the cost of so many values."""
        self.counts[part] += 1
        self.spend(cost)

    def weigh(self, size: int) -> None:
        """Count bytes of arrays.

        Raises:
            CodecError: the message holds more than it may.
        """
        self.logical -= size
        if self.logical < 0:
            raise CodecError(
                f"a message holds more than {self.limits.array_bytes} bytes of arrays: send less at a time"
            )

    def value(self, obj: object) -> None:
        """Append one value.

        Raises:
            CodecError: it is too big, too deep or can't be sent.
        """
        self._values((obj,), 1)

    def _values(self, items: Iterable[Any], count: int) -> None:
        # One loop for all: each value's own call would cost more than to write most of them.
        self.nodes -= count
        if self.nodes < 0:
            self.spend(0)
        for item in items:
            write = WRITE.get(type(item))
            if write is None:
                write_opaque(self, self.sharing.export(item))
            else:
                write(self, item)

    def sequence(self, items: Collection[Any]) -> None:
        """Append the number of items and the items; whole numbers and floats in one run where all are of one type."""
        count = len(items)
        if count >= _PACK_FROM:
            kinds = set(map(type, items))
            if len(kinds) == 1:
                kind = kinds.pop()
                code = "d" if kind is float else "q" if kind is int else ""
                packed = _packed(code, items) if code else None
                if packed is not None:
                    self.spend(count)
                    self.out += _SEQUENCE.pack(count, tags.FLOATS if kind is float else tags.INTS)
                    self.out += packed
                    return
        self.out += _SEQUENCE.pack(count, tags.MIXED)
        self._values(items, count)

    def nested(self, items: Collection[Any]) -> None:
        """Append a sequence, one level deeper.

        Raises:
            CodecError: that is too deep.
        """
        if self._depth >= self.limits.depth:
            raise CodecError(f"a value is nested deeper than {self.limits.depth} levels and can't be sent")
        self._depth += 1
        self.sequence(items)
        self._depth -= 1

    def keys(self, items: Collection[Any], append: Callable[[Collection[Any]], None]) -> None:
        """Append a sequence of keys.

        Raises:
            CodecError: there are too many.
        """
        if len(items) > self.limits.dict_keys:
            raise CodecError(f"a dict or set of {len(items)} keys can't be sent; the limit is {self.limits.dict_keys}")
        append(items)

    def text(self, value: str) -> None:
        """Append a string."""
        data = value.encode("utf-8", "surrogatepass")
        if len(data) < 256:
            self.out += _BYTE.pack(tags.STR8, len(data))
        else:
            self.room(len(data))
            self.out += _SIZE.pack(tags.STR, len(data))
        self.out += data

    def outgoing(self) -> Outgoing:
        """The shared memory of this message, made when first asked for."""
        if self.segment is None:
            self.segment = self.sharing.outgoing()
        return self.segment

    def room(self, count: int) -> None:
        """Check that `count` more bytes fit into the message.

        Raises:
            CodecError: they don't.
        """
        total = len(self.defs) + len(self.arrays) + len(self.states) + len(self.contents) + count
        if self.out is not self.contents:
            total += len(self.out)
        if total > self.limits.frame_bytes:
            raise CodecError(f"a message would be bigger than {self.limits.frame_bytes} bytes: send less at a time")


def _packed(code: str, items: Collection[Any]) -> bytes | None:
    try:
        return array(code, items).tobytes()
    except OverflowError:
        return None


def plain_keys(keys: Collection[object]) -> bool:
    """Whether all are immutable plain values, whose hash and comparison run nobody's code."""
    kinds = set(map(type, keys)) - SCALARS
    return not kinds or (
        kinds <= {tuple, frozenset} and all(plain_keys(key) for key in keys if isinstance(key, tuple | frozenset))
    )


def write_opaque(writer: Writer, opaque: Opaque) -> None:
    """Append a description; what it says `about` the object travels as copies."""
    is_bare = not opaque.about and opaque.content is None
    writer.out += _OPAQUE.pack(tags.NAMED if is_bare else tags.OPAQUE, opaque.oid)
    writer.text(opaque.kind)
    writer.text(opaque.name)
    if is_bare:
        return
    copy(writer, opaque.about)
    writer.nested((opaque.content,))


def copy(writer: Writer, value: object) -> None:
    """Append a value whose lists and dicts are copied, without identity."""
    before, writer.copying = writer.copying, True
    writer.value(value)
    writer.copying = before


def reference(writer: Writer, obj: object) -> None:
    """Append the identity of a shared object."""
    writer.out += _REF.pack(tags.REF, writer.sharing.refer(writer, obj))


def _constant(tag: int) -> Callable[[Writer, Any], None]:
    data = bytes([tag])

    def write(writer: Writer, _: object) -> None:
        writer.out += data

    return write


def _bool(writer: Writer, value: bool) -> None:
    writer.out.append(tags.TRUE if value else tags.FALSE)


def _int(writer: Writer, value: int) -> None:
    if -128 <= value < 128:
        writer.out += _SMALL.pack(tags.INT8, value)
    elif -(2**63) <= value < 2**63:
        writer.out += _LONG.pack(tags.INT64, value)
    else:
        size = value.bit_length() // 8 + 1
        if size > BIG_BYTES:
            raise CodecError(f"a whole number of {size} bytes can't be sent; the limit is {BIG_BYTES}")
        writer.room(size)
        writer.out += _SIZE.pack(tags.BIG, size)
        writer.out += value.to_bytes(size, "little", signed=True)


def _float(writer: Writer, value: float) -> None:
    writer.out += _FLOAT.pack(tags.FLOAT, value)


def _complex(writer: Writer, value: complex) -> None:
    writer.out += _COMPLEX.pack(tags.COMPLEX, value.real, value.imag)


def _bytes(writer: Writer, value: bytes) -> None:
    writer.room(len(value))
    writer.out += _SIZE.pack(tags.BYTES, len(value))
    writer.out += value


def _tuple(writer: Writer, value: Sequence[object]) -> None:
    writer.out.append(tags.TUPLE)
    writer.nested(value)


def _frozenset(writer: Writer, value: frozenset[object]) -> None:
    if not plain_keys(value):
        write_opaque(writer, writer.sharing.export(value))
        return
    writer.out.append(tags.FROZENSET)
    writer.keys(value, writer.nested)


def _slice(writer: Writer, value: slice) -> None:
    writer.out.append(tags.SLICE)
    writer.nested((value.start, value.stop, value.step))


def _range(writer: Writer, value: range) -> None:
    writer.out.append(tags.RANGE)
    for part in (value.start, value.stop, value.step):
        writer.value(part)


def _list(writer: Writer, value: list[object]) -> None:
    if writer.copying:
        writer.out.append(tags.LIST)
        writer.nested(value)
    else:
        reference(writer, value)


def _dict(writer: Writer, value: dict[object, object]) -> None:
    if writer.copying:
        if not plain_keys(value):
            raise CodecError("a description holds a dict with keys that can't be sent")
        writer.out.append(tags.DICT)
        writer.keys(value.keys(), writer.nested)
        writer.nested(value.values())
    else:
        shared(writer, value)


def shared(writer: Writer, value: Collection[object]) -> None:
    """Append the identity of a dict or set; one with keys that aren't plain is opaque as a whole."""
    if writer.copying or not plain_keys(value):
        write_opaque(writer, writer.sharing.export(value))
    else:
        reference(writer, value)


def _bytearray(writer: Writer, value: bytearray) -> None:
    reference(writer, value)


WRITE: dict[type, Callable[[Writer, Any], None]] = {
    type(None): _constant(tags.NONE),
    type(...): _constant(tags.ELLIPSIS),
    type(NotImplemented): _constant(tags.NOT_IMPLEMENTED),
    bool: _bool,
    int: _int,
    float: _float,
    complex: _complex,
    str: Writer.text,
    bytes: _bytes,
    tuple: _tuple,
    frozenset: _frozenset,
    slice: _slice,
    range: _range,
    list: _list,
    dict: _dict,
    set: shared,
    bytearray: _bytearray,
    Opaque: write_opaque,
}
"""Who writes what, by exact type."""
