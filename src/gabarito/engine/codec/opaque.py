"""Objects that stay on the side that owns them, and what the codec asks of the layer that knows them."""

from typing import Any, Protocol

import msgspec


class Opaque(msgspec.Struct, frozen=True):
    """The description of an object that does not travel."""

    oid: int
    kind: str
    name: str = ""
    about: dict[str, Any] = {}
    """Plain values by name; they travel as copies, and an Opaque in them arrives as it is, not adopted."""
    content: Any = None
    """Any value; unlike those in `about` it travels like others, identity and all."""


class Bridge(Protocol):
    """What the layer above supplies; none of the methods may call the heap's encode or decode."""

    def export(self, obj: object) -> Opaque:
        """The description of an object that isn't plain; the same one for the same object."""

    def adopt(self, opaque: Opaque) -> object:
        """What stands here for a description from the other side, or our own object that comes home.

        Raises:
            CodecError: nothing is known under that number.
        """

    def graph_tensor(self, tensor: Any, oid: int) -> object:
        """What to use for a tensor that requires grad on the other side and is no leaf there.

        It must share the memory of `tensor`, so that changes in place are seen.
        """
