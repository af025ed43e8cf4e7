"""Bytes to values, for one message; every count is checked against what is left before anything is made."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from gabarito.engine.codec import tags
from gabarito.engine.codec.limits import CodecError, CodecLimits
from gabarito.engine.codec.opaque import Opaque
from gabarito.engine.codec.segment import Incoming
from gabarito.engine.codec.writer import BIG_BYTES, SCALARS, plain_keys

_SMALL = struct.Struct("<b")
_LONG = struct.Struct("<q")
_FLOAT = struct.Struct("<d")
_COMPLEX = struct.Struct("<dd")
_SIZE = struct.Struct("<I")
_REF = struct.Struct("<Q")
_SEQUENCE = struct.Struct("<IB")


class Resolving(Protocol):
    """What the reader asks of the heap."""

    def resolve(self, oid: int) -> object:
        """The shared object with this identity."""

    def adopt(self, opaque: Opaque) -> object:
        """What stands here for a description."""


class Reader:
    """A message and the place up to which it is read."""

    __slots__ = ("_depth", "_work", "copying", "data", "limits", "logical", "nodes", "pos", "resolving",
                 "segment")  # fmt: skip

    def __init__(self, data: bytes, segment: Incoming, resolving: Resolving, limits: CodecLimits) -> None:
        self.data = data
        self.segment = segment
        self.logical = 2 * limits.array_bytes  # for the form and for the content of each
        self.pos = 0
        self.resolving = resolving
        self.limits = limits
        self.nodes = limits.nodes
        self.copying = False
        self._depth = 0
        self._work = limits.dict_keys**2

    def unpack(self, form: struct.Struct) -> tuple[Any, ...]:
        """The next fixed-size fields.

        Raises:
            struct.error: the message ends before.
        """
        fields = form.unpack_from(self.data, self.pos)
        self.pos += form.size
        return fields

    def numbers(self, count: int) -> tuple[int, ...]:
        """The next `count` whole numbers of 8 bytes.

        Raises:
            struct.error: the message ends before.
        """
        numbers = struct.unpack_from(f"<{count}q", self.data, self.pos)
        self.pos += 8 * count
        return numbers

    def take(self, count: int) -> bytes:
        """The next `count` bytes.

        Raises:
            CodecError: the message ends before.
        """
        end = self.pos + count
        if end > len(self.data):
            raise CodecError(f"the message ends before {count} bytes that it announces")
        piece = self.data[self.pos : end]
        self.pos = end
        return piece

    def spend(self, count: int) -> None:
        """Count values.

        Raises:
            CodecError: the message has more than it may.
        """
        self.nodes -= count
        if self.nodes < 0:
            raise CodecError(f"a message holds more than {self.limits.nodes} values")

    def weigh(self, size: int) -> None:
        """Count bytes of arrays.

        Raises:
            CodecError: the message holds more than it may.
        """
        self.logical -= size
        if self.logical < 0:
            raise CodecError(f"a message holds more than {self.limits.array_bytes} bytes of arrays")

    def value(self) -> Any:
        """The next value.

        Raises:
            CodecError: it is malformed or over a limit.
            struct.error, IndexError, UnicodeDecodeError: likewise; the heap turns them into a CodecError.
        """
        return self._values(1)[0]

    def _values(self, count: int) -> list[Any]:
        # One loop for all: each value's own call would cost more than to read most of them.
        self.nodes -= count
        if self.nodes < 0:
            self.spend(0)
        data, read = self.data, READ
        items = []
        for _ in range(count):
            tag = data[self.pos]
            self.pos += 1
            items.append(read[tag](self))
        return items

    def sequence(self) -> list[Any]:
        """The next sequence of values."""
        count, mode = self.unpack(_SEQUENCE)
        if mode == tags.MIXED:
            return self._values(count)
        if mode > tags.FLOATS:
            raise CodecError(f"a sequence is packed in the unknown way {mode}")
        self.spend(count)
        items = array("d" if mode == tags.FLOATS else "q")
        items.frombytes(self.take(8 * count))
        return items.tolist()

    def nested(self) -> list[Any]:
        """The next sequence, one level deeper.

        Raises:
            CodecError: that is too deep.
        """
        if self._depth >= self.limits.depth:
            raise CodecError(f"a message is nested deeper than {self.limits.depth} levels")
        self._depth += 1
        items = self.sequence()
        self._depth -= 1
        return items

    def keys(self, read: Callable[[], list[Any]]) -> list[Any]:
        """The next sequence of values, whose work as keys is paid for.

        Raises:
            CodecError: one can't be a key, or they are so many that colliding ones would take too long.
        """
        begin = self.pos
        keys = read()
        count = len(keys)
        if count > self.limits.dict_keys:
            raise CodecError(f"a dict or set has {count} keys; the limit is {self.limits.dict_keys}")
        if not plain_keys(keys):
            raise CodecError("a message has a key that isn't a plain immutable value")
        effort = sum(map(_effort, keys)) if not SCALARS.issuperset(map(type, keys)) else count
        self._work -= count * max(effort, (self.pos - begin) // 64)
        if self._work < 0:
            raise CodecError("a message has too many keys in dicts and sets")
        return keys

    def text(self) -> str:
        """The next value, which must be a string."""
        value = self.value()
        if type(value) is not str:
            raise CodecError("a message has a value that is no string where one belongs")
        return value


def _effort(key: object) -> int:
    """How long comparing a key with an equal one can take, in comparisons of scalars."""
    if isinstance(key, tuple):
        return 1 + sum(map(_effort, key))
    if isinstance(key, frozenset):
        return 1 + len(key) * sum(map(_effort, key))
    return 1


def unique(items: list[Any]) -> dict[Any, None]:
    """The items as keys of a new dict.

    Raises:
        CodecError: two are equal.
    """
    made = dict.fromkeys(items)
    if len(made) != len(items):
        raise CodecError("a message has the same key twice")
    return made


def _unknown(reader: Reader) -> Any:
    raise CodecError(f"a message has the unknown tag {reader.data[reader.pos - 1]}")


def _constant(value: object) -> Callable[[Reader], Any]:
    return lambda reader: value


def _int8(reader: Reader) -> int:
    return reader.unpack(_SMALL)[0]


def _int64(reader: Reader) -> int:
    return reader.unpack(_LONG)[0]


def _big(reader: Reader) -> int:
    (size,) = reader.unpack(_SIZE)
    if size > BIG_BYTES:
        raise CodecError(f"a message has a whole number of {size} bytes; the limit is {BIG_BYTES}")
    return int.from_bytes(reader.take(size), "little", signed=True)


def _float(reader: Reader) -> float:
    return reader.unpack(_FLOAT)[0]


def _complex(reader: Reader) -> complex:
    return complex(*reader.unpack(_COMPLEX))


def _str8(reader: Reader) -> str:
    size = reader.data[reader.pos]
    reader.pos += 1
    return reader.take(size).decode("utf-8", "surrogatepass")


def _str(reader: Reader) -> str:
    return reader.take(reader.unpack(_SIZE)[0]).decode("utf-8", "surrogatepass")


def _bytes(reader: Reader) -> bytes:
    return reader.take(reader.unpack(_SIZE)[0])


def _tuple(reader: Reader) -> tuple[Any, ...]:
    return tuple(reader.nested())


def _frozenset(reader: Reader) -> frozenset[Any]:
    return frozenset(unique(reader.keys(reader.nested)))


def _slice(reader: Reader) -> slice:
    parts = reader.nested()
    if len(parts) != 3:
        raise CodecError(f"a message has a slice of {len(parts)} parts instead of 3")
    return slice(*parts)


def _range(reader: Reader) -> range:
    parts = [reader.value() for _ in range(3)]
    if any(type(part) is not int for part in parts) or not parts[2]:
        raise CodecError("a message has an impossible range")
    return range(*parts)


def _ref(reader: Reader) -> object:
    if reader.copying:
        raise CodecError("a message has a shared object where only copies belong")
    return reader.resolving.resolve(reader.unpack(_REF)[0])


def read_opaque(reader: Reader) -> object:
    """A description, or what stands here for it where descriptions aren't wanted."""
    oid, kind, name = _named(reader)
    about = copy(reader)
    if type(about) is not dict or not all(type(key) is str for key in about):
        raise CodecError("a message describes an object without names")
    content = reader.nested()
    if len(content) != 1:
        raise CodecError("a message describes an object with more than one content")
    return _adopted(reader, Opaque(oid, kind, name, about, content[0]))


def _read_named(reader: Reader) -> object:
    return _adopted(reader, Opaque(*_named(reader)))


def _named(reader: Reader) -> tuple[int, str, str]:
    (oid,) = reader.unpack(_LONG)
    return oid, reader.text(), reader.text()


def _adopted(reader: Reader, opaque: Opaque) -> object:
    return opaque if reader.copying else reader.resolving.adopt(opaque)


def copy(reader: Reader) -> Any:
    """The next value, with lists and dicts that have no identity."""
    before, reader.copying = reader.copying, True
    value = reader.value()
    reader.copying = before
    return value


def _list(reader: Reader) -> list[Any]:
    _only_copies(reader)
    return reader.nested()


def _dict(reader: Reader) -> dict[Any, Any]:
    _only_copies(reader)
    keys = reader.keys(reader.nested)
    return pair(keys, reader.nested())


def pair(keys: list[Any], values: Sequence[Any]) -> dict[Any, Any]:
    """A dict of keys and values.

    Raises:
        CodecError: a key comes twice, or there is not one value for each.
    """
    if len(keys) != len(values):
        raise CodecError(f"a dict has {len(keys)} keys and {len(values)} values")
    made = unique(keys)
    made.update(zip(keys, values, strict=True))
    return made


def _only_copies(reader: Reader) -> None:
    if not reader.copying:
        raise CodecError("a message has a list or dict without identity")


READ: list[Callable[[Reader], Any]] = [_unknown] * 256
"""Who reads what, by tag; the libraries add theirs."""
READ[: tags.DICT + 1] = [
    _constant(None), _constant(True), _constant(False), _constant(...), _constant(NotImplemented),
    _int8, _int64, _big, _float, _complex, _str8, _str, _bytes, _tuple, _frozenset, _slice, _range,
    _ref, read_opaque, _list, _dict,
]  # fmt: skip
READ[tags.NAMED] = _read_named
