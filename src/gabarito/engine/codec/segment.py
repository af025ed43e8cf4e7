"""Shared memory for big arrays: sealed by its writer, copied out with reads, never mapped from the other side.

A mapping of memory that someone else may shrink can kill the process that reads it, and memory that someone else
may write can change between check and use. So the reader asks for all three seals first, and reads into its own. Only
the student process reads what isn't sealed: the checker writes to the same memory again and again.
"""

import fcntl
import os
from collections.abc import Sequence
from typing import Any

from gabarito.engine.codec.limits import CodecError

_MOST_KEPT = 128 << 20
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


class Outgoing:
    """Collects the content of big arrays, one after the other, in one memory file."""

    __slots__ = ("fd", "size")

    def __init__(self) -> None:
        self.fd = os.memfd_create("gabarito", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        self.size = 0

    def write(self, block: Any) -> None:
        """Append a contiguous block of bytes."""
        view = memoryview(block)
        while view:
            done = os.pwrite(self.fd, view, self.size)
            self.size += done
            view = view[done:]

    def seal(self) -> int:
        """The file descriptor, of which nobody can change size or content any more."""
        fcntl.fcntl(self.fd, fcntl.F_ADD_SEALS, _SEALS | fcntl.F_SEAL_SEAL)
        return self.fd

    def give_up(self) -> None:
        """Let go of what was collected."""
        os.close(self.fd)


class Reused:
    """Hands out the same memory for one message after the other: to get new memory takes longer than to fill it.

    The other side has read a message before the next one is made, since the two speak by turns.
    """

    __slots__ = ("_fd",)

    def __init__(self) -> None:
        self._fd = -1

    def __del__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def outgoing(self) -> Outgoing:
        """Memory for a message, which the other side may write to, but neither shrink nor seal."""
        if self._fd >= 0 and os.fstat(self._fd).st_size > _MOST_KEPT:
            self._forget()
        if self._fd < 0:
            self._fd = Outgoing().fd
            fcntl.fcntl(self._fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL)
        return _Unsealed(os.dup(self._fd))


class _Unsealed(Outgoing):
    __slots__ = ()

    def __init__(self, fd: int) -> None:
        self.fd, self.size = fd, 0

    def seal(self) -> int:
        return self.fd


class Incoming:
    """A memory file from the other side; unless that is believed, checked to be sealed and of the size announced."""

    __slots__ = ("_fd", "size")

    def __init__(self, fds: Sequence[int], size: int, *, is_believed: bool = False) -> None:
        if len(fds) != (1 if size else 0):
            raise CodecError(f"the message announces {size} bytes of shared memory and brings {len(fds)} descriptors")
        self.size = size
        self._fd = fds[0] if size else -1
        if not size or is_believed:
            return
        try:
            seals = fcntl.fcntl(self._fd, fcntl.F_GET_SEALS)
            real = os.fstat(self._fd).st_size
        except OSError as error:
            raise CodecError(f"the shared memory of a message can't be used: {error.strerror}") from None
        if seals & _SEALS != _SEALS:
            raise CodecError("the shared memory of a message is not sealed")
        if real != size:
            raise CodecError(f"the shared memory of a message holds {real} bytes instead of {size}")

    def covers(self, begin: int, count: int) -> None:
        """Check that there are so many bytes at a position.

        Raises:
            CodecError: the memory ends before.
        """
        if begin + count > self.size:
            raise CodecError(f"the shared memory of {self.size} bytes ends before an array that it should hold")

    def read(self, begin: int, target: Any) -> None:
        """Fill a contiguous writable block of bytes from position `begin`.

        Raises:
            CodecError: the memory ends before.
        """
        view = memoryview(target)
        self.covers(begin, len(view))
        while view:
            done = os.preadv(self._fd, [view], begin)
            if not done:
                raise CodecError("the shared memory of a message ended early")
            begin += done
            view = view[done:]
