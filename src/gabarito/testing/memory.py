"""How much new memory for tensors a function needs at its peak."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gabarito.testing._elsewhere import title
from gabarito.testing._watch import watch

_KIB = 1024


def assert_peak_memory(f: Callable[..., Any], *args: Any, at_most: float) -> Any:
    """Assert that the tensors `f(*args)` makes never hold more than `at_most` bytes at once; gives what `f` returned.

    Counted are the bytes of every storage that a torch operation makes while `f` runs, from then until it is freed;
    views share a storage and count once, tensors from before are free. What numpy allocates, and what torch needs
    inside one operation, is not seen. Of a student's function that runs in a process of its own, the verdict rests on
    what that process reports.

    Raises:
        AssertionError: the peak is higher; the message has it in KiB or MiB.
    """
    result, watched = watch(f, args, memory=True)
    if watched.peak > at_most:
        raise AssertionError(
            f"{title(f)} held {_size(watched.peak)} of new tensors at its peak; at most {_size(at_most)} are allowed"
        )
    return result


def _size(count: float) -> str:
    if count < _KIB:
        return f"{count:.0f} bytes"
    return f"{count / _KIB:.1f} KiB" if count < _KIB**2 else f"{count / _KIB**2:.1f} MiB"
