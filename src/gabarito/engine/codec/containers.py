"""Lists, dicts, sets and bytearrays that both sides hold: what was last agreed on, and how a change is applied.

What was agreed on is kept as references to the elements, and compared by identity: no code of an element runs, and
an element that is replaced by an equal one counts as a change.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from operator import is_
from typing import Any, final

from gabarito.engine.codec import tags
from gabarito.engine.codec.limits import CodecError
from gabarito.engine.codec.reader import Reader, pair, unique
from gabarito.engine.codec.writer import SCALARS, Writer, plain_keys

_OID = struct.Struct("<Q")
_DEFINE = struct.Struct("<BQ")

Commit = Callable[[], None]
"""Puts into effect what was read."""


Links = tuple[Sequence[Any], int, bool]
"""Other objects that a shared object holds, how many references the heap and the object hold to each occurrence, and
whether the object itself still leads to them."""
NO_LINKS: Links = ((), 0, False)


def _links(agreed: Sequence[Any], shared: SharedList | SharedDict) -> Links:
    if SCALARS.issuperset(map(type, agreed)):
        return NO_LINKS
    return (agreed, 1, False) if shared.changed() else (agreed, 2, True)


def define(writer: Writer, tag: int, oid: int) -> None:
    """Announce a shared object without further properties."""
    writer.defs += _DEFINE.pack(tag, oid)
    writer.count(0)


def begin(writer: Writer, oid: int) -> None:
    """Announce the content of a shared object."""
    writer.contents += _OID.pack(oid)
    writer.count(3)


@final
class SharedList:
    """A list with an identity."""

    __slots__ = ("agreed", "mine", "obj", "oid")
    tag = tags.SHARED_LIST

    def __init__(self, oid: int, obj: list[Any], *, mine: bool) -> None:
        self.oid, self.obj, self.mine = oid, obj, mine
        self.agreed: tuple[Any, ...] = ()

    def changed(self) -> bool:
        """Whether the list isn't what was agreed on."""
        return len(self.obj) != len(self.agreed) or not all(map(is_, self.obj, self.agreed))

    def scan(self, writer: Writer) -> Commit | None:
        """Append the content if it changed."""
        return self.write(writer) if self.changed() else None

    def write(self, writer: Writer) -> Commit:
        """Append the content; the result makes it what is agreed on."""
        items = tuple(self.obj)
        begin(writer, self.oid)
        writer.sequence(items)
        return lambda: setattr(self, "agreed", items)

    def read(self, reader: Reader) -> Commit:
        """Read the content; the result puts it in place."""
        items = tuple(reader.sequence())

        def commit() -> None:
            self.obj[:] = items
            self.agreed = items

        return commit

    def links(self) -> Links:
        """What was agreed on, as far as it could be shared itself."""
        return _links(self.agreed, self)


@final
class SharedDict:
    """A dict with an identity; its order counts."""

    __slots__ = ("agreed", "mine", "obj", "oid")
    tag = tags.SHARED_DICT

    def __init__(self, oid: int, obj: dict[Any, Any], *, mine: bool) -> None:
        self.oid, self.obj, self.mine = oid, obj, mine
        self.agreed: tuple[tuple[Any, ...], tuple[Any, ...]] = ((), ())

    def changed(self) -> bool:
        """Whether the dict isn't what was agreed on."""
        keys, values = self.agreed
        return len(self.obj) != len(keys) or not (
            all(map(is_, self.obj, keys)) and all(map(is_, self.obj.values(), values))
        )

    def scan(self, writer: Writer) -> Commit | None:
        """Append the content if it changed."""
        return self.write(writer) if self.changed() else None

    def write(self, writer: Writer) -> Commit:
        """Append the content; the result makes it what is agreed on.

        Raises:
            CodecError: it got a key that can't be sent.
        """
        agreed = tuple(self.obj), tuple(self.obj.values())
        _still_plain(agreed[0])
        begin(writer, self.oid)
        writer.keys(agreed[0], writer.sequence)
        writer.sequence(agreed[1])
        return lambda: setattr(self, "agreed", agreed)

    def read(self, reader: Reader) -> Commit:
        """Read the content; the result puts it in place."""
        keys = reader.keys(reader.sequence)
        made = pair(keys, reader.sequence())

        def commit() -> None:
            if [*map(_exact, self.obj)] != [*map(_exact, keys)]:  # the same keys stay: someone may iterate over them
                self.obj.clear()
            self.obj.update(made)
            self.agreed = tuple(self.obj), tuple(self.obj.values())

        return commit

    def links(self) -> Links:
        """What was agreed on, as far as it could be shared itself."""
        return _links(self.agreed[1], self)


@final
class SharedSet:
    """A set with an identity."""

    __slots__ = ("agreed", "mine", "obj", "oid")
    tag = tags.SHARED_SET

    def __init__(self, oid: int, obj: set[Any], *, mine: bool) -> None:
        self.oid, self.obj, self.mine = oid, obj, mine
        self.agreed: tuple[Any, ...] = ()

    def changed(self) -> bool:
        """Whether the set isn't what was agreed on."""
        return len(self.obj) != len(self.agreed) or not all(map(is_, self.obj, self.agreed))

    def scan(self, writer: Writer) -> Commit | None:
        """Append the content if it changed."""
        return self.write(writer) if self.changed() else None

    def write(self, writer: Writer) -> Commit:
        """Append the content; the result makes it what is agreed on.

        Raises:
            CodecError: it got an element that can't be sent.
        """
        items = tuple(self.obj)
        _still_plain(items)
        begin(writer, self.oid)
        writer.keys(items, writer.sequence)
        return lambda: setattr(self, "agreed", items)

    def read(self, reader: Reader) -> Commit:
        """Read the content; the result puts it in place."""
        items = unique(reader.keys(reader.sequence))

        def commit() -> None:
            self.obj.clear()
            self.obj.update(items)
            self.agreed = tuple(self.obj)

        return commit

    def links(self) -> Links:
        """Nothing: elements of a set can't be shared."""
        return NO_LINKS


@final
class SharedBytes:
    """A bytearray with an identity."""

    __slots__ = ("agreed", "mine", "obj", "oid")
    tag = tags.SHARED_BYTES

    def __init__(self, oid: int, obj: bytearray, *, mine: bool) -> None:
        self.oid, self.obj, self.mine = oid, obj, mine
        self.agreed = b""

    def changed(self) -> bool:
        """Whether the bytearray isn't what was agreed on."""
        return self.obj != self.agreed

    def scan(self, writer: Writer) -> Commit | None:
        """Append the content if it changed."""
        return self.write(writer) if self.changed() else None

    def write(self, writer: Writer) -> Commit:
        """Append the content; the result makes it what is agreed on."""
        data = bytes(self.obj)
        begin(writer, self.oid)
        writer.value(data)
        return lambda: setattr(self, "agreed", data)

    def read(self, reader: Reader) -> Commit:
        """Read the content; the result puts it in place."""
        data = reader.value()
        if type(data) is not bytes:
            raise CodecError("a message gives a bytearray something else than bytes")

        def commit() -> None:
            if len(data) == len(self.obj):  # no new memory: someone may look into it
                memoryview(self.obj)[:] = data
            else:
                self.obj[:] = data
            self.agreed = data

        return commit

    def links(self) -> Links:
        """Nothing."""
        return NO_LINKS


def _exact(key: object) -> tuple[type, object]:
    return type(key), repr(key) if isinstance(key, float) else key  # 0.0 and -0.0 are equal and not the same


def _still_plain(keys: tuple[Any, ...]) -> None:
    if not plain_keys(keys):
        raise CodecError(
            "a dict or set that both sides hold got a key that can't be sent: only numbers, strings and other plain "
            "immutable values can be keys there"
        )
