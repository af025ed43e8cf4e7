"""Messages made by hand, as a hostile student process would make them."""

import struct
from collections.abc import Sequence


def message(
    *defs: bytes,
    arrays: Sequence[bytes] = (),
    states: Sequence[bytes] = (),
    contents: Sequence[bytes] = (),
    root: bytes = b"\0",
    segment: int = 0,
    version: int = 1,
) -> bytes:
    """A whole message."""
    head = struct.pack("<BIIIIQ", version, len(defs), len(arrays), len(states), len(contents), segment)
    return b"".join((head, *defs, *arrays, *states, *contents, root))


def container(kind: int, oid: int) -> bytes:
    """The announcement of a list (1), dict (2), set (3), bytearray (4), frame (8) or series (9)."""
    return struct.pack("<BQ", kind, oid)


def buffer(oid: int, size: int, align: int = 0) -> bytes:
    """The announcement of memory."""
    return struct.pack("<BQQB", 5, oid, size, align)


def array(
    oid: int,
    memory: int,
    shape: Sequence[int],
    strides: Sequence[int],
    *,
    code: str = "<f8",
    offset: int = 0,
    flags: int = 0,
) -> bytes:
    """The announcement of a numpy array; flags: 1 owner, 2 read-only, 4 form only."""
    fields = struct.pack("<BQQBBqB", 6, oid, memory, flags, len(code), offset, len(shape))
    return fields + code.encode() + struct.pack(f"<{2 * len(shape)}q", *shape, *strides)


def tensor(
    oid: int,
    memory: int,
    shape: Sequence[int],
    steps: Sequence[int],
    *,
    dtype: int = 0,
    offset: int = 0,
    begin: int = 0,
    length: int = 0,
    flags: int = 0,
    device: str = "",
) -> bytes:
    """The announcement of a tensor; flags: 1 parameter, 2 in a graph, 4 conjugate, 8 negative."""
    fields = struct.pack("<BQQBBBqQqB", 7, oid, memory, flags, dtype, len(device), begin, length, offset, len(shape))
    return fields + device.encode() + struct.pack(f"<{2 * len(shape)}q", *shape, *steps)


def small_tensor(memory: int, oid: int, shape: Sequence[int], data: bytes, *, dtype: int = 0, flags: int = 0) -> bytes:
    """The announcement of a small tensor with its content; flags: 1 parameter, 2 in a graph."""
    fields = struct.pack("<BQQBBB", 10, memory, oid, flags, dtype, len(shape))
    return fields + struct.pack(f"<{len(shape)}q", *shape) + data


def filled(oid: int, data: bytes) -> bytes:
    """Content of an array, in the message."""
    return struct.pack("<QQQ", oid, 2**64 - 1, len(data)) + data


def elsewhere(oid: int, begin: int, size: int) -> bytes:
    """Content of an array, in shared memory."""
    return struct.pack("<QQQ", oid, begin, size)


def filled_in(data: bytes) -> int:
    """How many contents of arrays a message has."""
    count: int = struct.unpack_from("<BII", data)[2]
    return count


def content(oid: int, value: bytes) -> bytes:
    """Content of a container."""
    return struct.pack("<Q", oid) + value


def sequence(*values: bytes, count: int | None = None, mode: int = 0) -> bytes:
    """A number of values."""
    return struct.pack("<IB", len(values) if count is None else count, mode) + b"".join(values)


def ref(oid: int) -> bytes:
    """A shared object as a value."""
    return struct.pack("<BQ", 17, oid)


def text(value: str) -> bytes:
    """A string."""
    return bytes((10, len(value))) + value.encode()


def number(value: int) -> bytes:
    """A whole number."""
    return struct.pack("<Bq", 6, value)


def opaque(oid: int = 1, about: bytes = b"\x14" + sequence() + sequence()) -> bytes:
    """A description."""
    return struct.pack("<Bq", 18, oid) + text("kind") + text("name") + about + sequence(b"\0")
