"""Arithmetic on shapes and strides, in Python integers: a library's own check of bounds can overflow."""

import math
from collections.abc import Sequence

from gabarito.engine.codec.limits import CodecError

MAX_DIMENSIONS = 64
_FAR = 2**48


def extent(shape: Sequence[int], strides: Sequence[int], itemsize: int) -> tuple[int, int]:
    """First byte and first byte behind all elements, relative to element 0; (0, 0) if there are none."""
    low, high = 0, itemsize
    for length, stride in zip(shape, strides, strict=True):
        if length == 0:
            return 0, 0
        reach = (length - 1) * stride
        if reach < 0:
            low += reach
        else:
            high += reach
    return low, high


def check(shape: Sequence[int], strides: Sequence[int], itemsize: int, offset: int, size: int, limit: int) -> int:
    """The logical bytes of an array whose elements all lie inside a buffer of `size` bytes.

    Strides and offset are in bytes.

    Raises:
        CodecError: too many dimensions, a negative length, more than `limit` logical bytes, or an element that lies
            outside the buffer.
    """
    if len(shape) > MAX_DIMENSIONS:
        raise CodecError(f"an array has {len(shape)} dimensions; at most {MAX_DIMENSIONS} can be sent")
    logical = bound = high = itemsize
    low = 0
    for length, stride in zip(shape, strides, strict=True):
        if length < 0 or not -_FAR < stride < _FAR:
            raise CodecError(f"an array has the impossible shape {tuple(shape)} or strides {tuple(strides)}")
        logical *= length
        if length:
            bound *= length
            reach = (length - 1) * stride
            if reach < 0:
                low += reach
            else:
                high += reach
    if bound > limit:
        raise CodecError(f"an array of shape {tuple(shape)} would hold more than {limit} bytes")
    if not logical:
        low = high = 0
    if offset + low < 0 or offset + high > size:
        raise CodecError(
            f"an array of shape {tuple(shape)} and strides {tuple(strides)} at byte {offset} "
            f"reaches outside its buffer of {size} bytes"
        )
    return logical


def stored(shape: Sequence[int], strides: Sequence[int], itemsize: int) -> int:
    """Bytes of the elements of an array, each counted once where a stride of zero repeats it."""
    for length, stride in zip(shape, strides, strict=True):
        itemsize *= min(length, 1) if stride == 0 else length
    return itemsize


def dense(shape: Sequence[int], itemsize: int) -> tuple[int, ...]:
    """The strides of an array in C order without gaps, in bytes."""
    strides, step = [], itemsize
    for length in reversed(shape):
        strides.append(step)
        step *= max(length, 1)
    return tuple(reversed(strides))


def dense_fortran(shape: Sequence[int], itemsize: int) -> tuple[int, ...]:
    """The strides of an array in Fortran order without gaps, in bytes."""
    return tuple(reversed(dense(tuple(reversed(shape)), itemsize)))


def fills(shape: Sequence[int], strides: Sequence[int], itemsize: int, size: int) -> bool:
    """Whether the elements lie without gap or overlap over exactly `size` bytes, in any order of axes."""
    if math.prod(shape) * itemsize != size:
        return False
    step = itemsize
    for length, stride in zip(reversed(shape), reversed(strides), strict=True):
        if stride != step:
            break
        step *= length
    else:
        return True  # in C order, as most are
    step = itemsize
    for stride, length in sorted((stride, length) for length, stride in zip(shape, strides, strict=True) if length > 1):
        if stride != step:
            return False
        step *= length
    return True
