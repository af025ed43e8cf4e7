"""How much new memory a function needs at its peak."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gabarito.testing._arrays import copied
from gabarito.testing._elsewhere import title
from gabarito.testing._watch import watch

_KIB = 1024


def assert_peak_memory(f: Callable[..., Any], *args: Any, at_most: float) -> Any:
    """Assert that `f(*args)` never holds more than `at_most` bytes of new memory at once; gives what `f` returned.

    Counted are the bytes of every storage that a torch operation makes while `f` runs, from then until it is freed;
    views share a storage and count once, tensors from before are free. To these come numpy's arrays and Python's
    objects, as `tracemalloc` counts them in the process, without small change: 64 KiB, and 1 KiB for each operation of
    torch's. So a temporary is seen wherever it is made, but not what torch or BLAS need inside one operation.

    Where the limit is exceeded, `f` is called once more with copies of its arguments: what a first call needs to import
    does not count. Of a student's function that runs in a process of its own, the verdict rests on what that process
    reports.

    Args:
        at_most: bytes.

    Raises:
        AssertionError: the peak is higher; the message has it in KiB or MiB.
        ValueError: `at_most` is negative or no number.
    """
    if not at_most >= 0:
        raise ValueError(f"at_most={at_most!r} is no amount of memory: give 0 or more bytes")
    copies = tuple(map(copied, args))
    result, watched = watch(f, args, memory=True)
    peak = watched.peak if watched.peak <= at_most else min(watched.peak, watch(f, copies, memory=True)[1].peak)
    if peak > at_most:
        raise AssertionError(
            f"{title(f)} held {_size(peak)} of new memory at its peak; at most {_size(at_most)} are allowed"
        )
    return result


def _size(count: float) -> str:
    if count < _KIB:
        return f"{count:.0f} bytes"
    return f"{count / _KIB:.1f} KiB" if count < _KIB**2 else f"{count / _KIB**2:.1f} MiB"
