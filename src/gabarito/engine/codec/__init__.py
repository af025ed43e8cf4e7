"""Values between two processes that don't trust each other: bytes that can become nothing but plain data."""

from gabarito.engine.codec.heap import Heap
from gabarito.engine.codec.limits import CodecError, CodecLimits
from gabarito.engine.codec.opaque import Bridge, Opaque

__all__ = ["Bridge", "CodecError", "CodecLimits", "Heap", "Opaque"]
