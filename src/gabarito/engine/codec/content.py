"""The bytes of arrays: in pieces that fit a processor's cache, told apart by what they hold.

All functions take a numpy array of plain unsigned words (or void, for strings) that looks at the memory in question.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterator
from typing import Any

from gabarito.engine.codec.limits import CodecError
from gabarito.engine.codec.reader import Reader
from gabarito.engine.codec.segment import Incoming
from gabarito.engine.codec.writer import Writer

_PIECE = 128 * 2**10
_KEPT = 128 * 2**10
"""Content up to this many bytes is kept as it is, to see changes: to copy and compare it is quicker than a
sum, and those who receive it have the copy already. Of more, sums are kept."""
_PLACE = struct.Struct("<QQ")
_INLINE = 2**64 - 1
PLAIN, BOOL, TEXT = range(3)
"""What bytes may be: anything; 0 and 1; characters."""


def collapse(raw: Any) -> Any:
    """The array with each element that lies in memory once, where strides of zero repeat it."""
    if 0 in raw.strides:
        raw = raw[tuple(slice(0, 1) if stride == 0 else slice(None) for stride in raw.strides)]
    return raw.T if raw.flags.f_contiguous else raw


def pieces(raw: Any) -> Iterator[Any]:
    """Parts of the array of at most 128 KiB, in order."""
    if raw.nbytes <= _PIECE:
        yield raw
        return
    row = raw.nbytes // len(raw)
    if row > _PIECE:
        for part in raw:
            yield from pieces(part)
        return
    step = _PIECE // row
    for begin in range(0, len(raw), step):
        yield raw[begin : begin + step]


def flat(piece: Any) -> Any:
    """The bytes of a piece in order, a copy where it has gaps."""
    np = sys.modules["numpy"]
    return np.ascontiguousarray(piece).reshape(-1).view(np.uint8)


class Weights:
    """Tells contents apart by weighted sums over words, with weights that nobody else knows.

    A change of one word always shows; a change of several stays unseen with a chance below 2**-40.
    """

    __slots__ = ("_room", "_weights")

    def __init__(self) -> None:
        self._weights: Any = None
        self._room: Any = None

    def sum(self, data: Any) -> int:
        """The sum over at most 128 KiB of bytes."""
        np = sys.modules["numpy"]
        if self._room is None:  # not before: what a parent process has, all its children know
            self._weights = np.frombuffer(os.urandom(_PIECE), np.uint64) | np.uint64(1)
            self._room = np.empty(_PIECE // 8, np.uint64)
        count = len(data) // 8
        words, room = data[: 8 * count].view(np.uint64), self._room[:count]
        np.right_shift(words, 32, out=room)
        np.bitwise_xor(room, words, out=room)
        np.multiply(room, self._weights[:count], out=room)
        return int(np.add.reduce(room)) << 64 | int.from_bytes(data[8 * count :].tobytes(), "little")


def kept(source: bytes | int) -> bool:
    """Whether content is kept as it is to see changes."""
    return isinstance(source, bytes) and len(source) <= _KEPT


def few(raw: Any) -> Any:
    """The array as it is kept whole to see changes; None where it is too large for that."""
    raw = collapse(raw)
    return raw if raw.nbytes <= _KEPT else None


def agreed(raw: Any, weights: Weights) -> object:
    """What to keep of an array's content to see a change."""
    whole = few(raw)
    return whole.tobytes() if whole is not None else [weights.sum(flat(piece)) for piece in pieces(collapse(raw))]


def write(writer: Writer, out: bytearray, raw: Any, weights: Weights | None) -> object:
    """Append the content of an array to a part of the message; gives what to keep of it.

    Raises:
        CodecError: the message would hold too many bytes of arrays.
    """
    raw = collapse(raw)
    size = raw.nbytes
    writer.weigh(size)
    if size <= writer.limits.inline_bytes and len(out) + size <= writer.limits.frame_bytes // 4:
        data = raw.tobytes()
        out += _PLACE.pack(_INLINE, size)
        out += data
        return data if size <= _KEPT or weights is None else [weights.sum(flat(piece)) for piece in pieces(raw)]
    segment = writer.outgoing()
    out += _PLACE.pack(segment.size, size)
    if size <= _KEPT:
        data = raw.tobytes()
        segment.write(data)
        return data
    sums = []
    for piece in pieces(raw):
        data = flat(piece)
        segment.write(data)
        if weights is not None:
            sums.append(weights.sum(data))
    return sums


def read(reader: Reader) -> tuple[bytes | int, int]:
    """The content of an array, or where in shared memory it begins; and its size."""
    begin, size = reader.unpack(_PLACE)
    return (reader.take(size), size) if begin == _INLINE else (begin, size)


def load(source: bytes | int, segment: Incoming, raw: Any, kind: int) -> None:
    """Copy content, inline or from a place in shared memory, into an array of the same size.

    Raises:
        CodecError: the bytes are impossible for elements of that kind.
    """
    np = sys.modules["numpy"]
    raw = collapse(raw)
    if isinstance(source, bytes):
        data = np.frombuffer(source, np.uint8)
        valid(data, kind)
        raw[...] = data.view(raw.dtype).reshape(raw.shape)
        return
    begin = source
    for piece in pieces(raw):
        direct = kind == PLAIN and piece.flags.c_contiguous
        room = flat(piece) if direct else np.empty(piece.nbytes, np.uint8)
        segment.read(begin, room)
        valid(room, kind)
        begin += piece.nbytes
        if not direct:
            piece[...] = room.view(raw.dtype).reshape(piece.shape)


def check(source: bytes | int, segment: Incoming, raw: Any, kind: int) -> None:
    """Check content for `raw` without touching it.

    Raises:
        CodecError: likewise.
    """
    if kind != PLAIN:
        np = sys.modules["numpy"]
        load(source, segment, np.empty(collapse(raw).shape, raw.dtype), kind)
    elif isinstance(source, int):
        segment.covers(source, collapse(raw).nbytes)


def differs(source: bytes | int, segment: Incoming, raw: Any) -> bool:
    """Whether content is another than what an array holds.

    Raises:
        CodecError: there is less of it than announced.
    """
    np = sys.modules["numpy"]
    raw = collapse(raw)
    copy = np.empty(raw.shape, raw.dtype)
    load(source, segment, copy, PLAIN)
    return bool(copy.tobytes() != raw.tobytes())


def compare(source: bytes | int, segment: Incoming, raw: Any) -> None:
    """Check that content is what a read-only array holds.

    Raises:
        CodecError: it is another.
    """
    if differs(source, segment, raw):
        raise CodecError("a message changes an array that is read-only here")


def valid_throughout(raw: Any, kind: int) -> None:
    """Check the elements of an array as they lie in memory.

    Raises:
        CodecError: a truth value is neither 0 nor 1, or a character doesn't exist.
    """
    for piece in pieces(collapse(raw)):
        valid(flat(piece), kind)


def valid(data: Any, kind: int) -> None:
    """Check bytes that aren't all possible.

    Raises:
        CodecError: a truth value is neither 0 nor 1, or a character doesn't exist.
    """
    np = sys.modules["numpy"]
    if kind == BOOL and data.size and data.max() > 1:
        raise CodecError("an array of truth values holds something else")
    if kind == TEXT and data.size and data.view(np.uint32).max() > sys.maxunicode:
        raise CodecError("an array of strings holds something else than characters")
