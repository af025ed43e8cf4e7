"""Values between two processes that don't trust each other: bytes that can become nothing but plain data.

Each process has a `Heap`. `encode` makes a message of a value, `decode` the value of a message; the layer above
carries messages and file descriptors, one at a time, each answered before the next goes the same way.

What is promised
----------------
* **A closed set of exact types**: None, truth values, whole numbers (to 128 KiB), floats and complex numbers to the
  bit, str with lone surrogates, bytes, bytearray, list, tuple, dict, set, frozenset, slice, range, Ellipsis,
  NotImplemented; numpy arrays, scalars and dtypes of numbers, truth values, times and fixed-size strings; torch
  tensors and parameters (strided), sizes, dtypes, devices; pandas frames, series and indexes of such columns.
  Libraries count only where the process has loaded them itself. Everything else, subclasses too, is described by the
  bridge and stays where it is; so do dicts and sets with keys that aren't immutable plain values, as a whole.
* **Identity**: a list, dict, set, bytearray, array, tensor, frame or series is one object on both sides from the
  first message that reaches it until `collect` or `release`. Each message brings what its sender changed in any of
  them since the last, and the receiver's own object changes in place; what a name is bound to is never seen. Changes
  are found by comparing elements by identity and arrays by bytes. Tuples and other immutable values are copied.
* **Memory**: arrays that look at the same memory do so on the other side, whatever library they belong to, with the
  same strides, the same alignment modulo 64 and, for numpy, the same owner as `base`. Elements of arrays that were
  sent travel, the bytes between them are zero there, and no array that the other side names may reach a byte that was
  not sent. Read-only arrays of numpy are so on both sides, and no message changes one that is this side's.
* **Whatever arrives**: a value or a CodecError. Numbers of values, bytes, keys and their collisions, depth, and the
  work of checks are bounded before memory or time is spent; shapes and strides are checked in Python integers; shared
  memory must be sealed against shrinking, growing and writing, and is read, not mapped; no class, function or module
  is ever looked up by a name. A refused message changes nothing, unless its last step failed: to write into what is
  known.

What is not
-----------
Ties of autograd between a tensor and its views, in-place steps on leaves that make them no leaves, hooks; the type of
an array changed in place; memory around a tensor made by `from_numpy` of a slice, if the tensor comes first; freq of
time indexes and attrs of frames; cycles through tuples are never collected. A tensor of another device travels by
copy, without its aliases; a receiver without that device gets it on the host.

A message
---------
Little-endian. Head `<BIIIIQ`: version 1, number of definitions, of contents of arrays, of states, of contents of
containers, bytes of shared memory. Then those four parts, and the value:

* definition: kind (1 list, 2 dict, 3 set, 4 bytearray, 8 frame, 9 series) and identity u64; or 5 memory: identity,
  size u64, address modulo 64 u8; or 6 array: identity, memory, flags u8 (1 owner of the memory, 2 read-only, 4 form
  only), length of dtype u8, offset i64, dimensions u8, dtype, shape and strides i64 in bytes; or 7 tensor: identity,
  memory (0 on another device), flags (1 parameter, 2 in a graph, 4 conjugate, 8 negative), dtype u8, length of device
  u8, begin i64 and size u64 of its storage within the memory, offset i64 in elements, dimensions u8, device, shape
  and strides i64 in elements.
* content of an array: identity, place u64 in the shared memory or 2**64-1, size u64, and the bytes if they are not
  there: the elements in C order (Fortran order for arrays that are so), those that strides of zero repeat once.
* state: of a tensor: identity, flags u8 (1 requires grad, 2 has other memory), grad, tensor that has the memory now;
  of an array: identity, dimensions u8, new shape.
* content of a container: identity and a sequence (two for a dict: keys, values), bytes, or the parts of a table.
* value: tag u8 (see tags.py) and what belongs to it; a shared object is tag 17 and its identity.
* sequence: count u32, way u8 (0 values, 1 i64 each, 2 f64 each), elements.

Identities are even if side 0 gave them, odd if side 1 did.
"""

from gabarito.engine.codec.heap import Heap
from gabarito.engine.codec.limits import CodecError, CodecLimits
from gabarito.engine.codec.opaque import Bridge, Opaque

__all__ = ["Bridge", "CodecError", "CodecLimits", "Heap", "Opaque"]
