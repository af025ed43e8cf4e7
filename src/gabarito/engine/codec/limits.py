"""What a message may hold, and the one error for everything that it may not."""

from dataclasses import dataclass

from gabarito.errors import EngineError


class CodecError(EngineError):
    """A message is malformed or over a limit, or a value can't be sent; the sentence says which."""


@dataclass(frozen=True)
class CodecLimits:
    """Upper bounds, each checked before memory is allocated for what it bounds."""

    depth: int = 60
    """Levels of tuples and other values inside one another (lists and dicts are flat on the wire and don't count)."""
    nodes: int = 500_000
    """Values in one message, the elements of lists included, the elements of arrays not."""
    frame_bytes: int = 64 * 2**20
    """Bytes of one message, the shared memory beside it not included."""
    array_bytes: int = 2**30
    """Logical bytes (elements × size, even where a stride is zero) of the arrays of one message; also the memory
    that the other side may make this side hold at one time."""
    dict_keys: int = 20_000
    """Keys of one dict or set; its square bounds the work that colliding keys can cause in one message."""
    inline_bytes: int = 256 * 2**10
    """Array content above this travels in shared memory."""
