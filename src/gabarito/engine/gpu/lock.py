"""A GPU's memory for the jobs of all of Gabarito's runs on this machine, and the whole GPU for a timed job."""

from __future__ import annotations

import fcntl
import os
import stat
import struct
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gabarito.engine.gpu.share import GpuShare
from gabarito.errors import EngineError

_PAUSE_SECONDS = 0.02
_MIB = 1 << 20
_ALL = 0, 0  # start and size as fcntl(2) has them: to the end, wherever that is
_FOR_ALL = ("/run/lock", "/var/lock")


class GpuLock:
    """A part of a GPU's memory that one job has for itself, or the whole; threads and processes count alike.

    Each MiB of the memory is a byte of a file, empty though that is, and a job locks as many as its share has: so runs
    with shares of different sizes never give out more than there is. Whoever asks holds the turn while it waits, and
    nobody else gets anything meanwhile: who wants the whole waits only for those that are there already. The kernel
    lets go of all this when the process that holds it ends, however it ends. The files stay behind and mean nothing;
    they are never removed, since one that is removed and made again would be two locks. No other program heeds them.
    """

    def __init__(self, share: GpuShare, folder: Path | None = None) -> None:
        """The lock of a share.

        Args:
            share: its GPU's UUID names the files.
            folder: where they lie; by default the same for everybody on this machine.
        """
        gpu = share.gpu
        if gpu.memory_bytes:
            self._all, self._part = gpu.memory_bytes // _MIB, max(1, share.budget_bytes // _MIB)
        else:
            self._all, self._part = share.slots, 1
        place = (folder or lock_folder()) / f"gabarito-{gpu.uuid}"
        self._turn, self._use = place.with_name(place.name + ".turn"), place.with_name(place.name + ".use")

    @contextmanager
    def hold(self, *, alone: bool, stopped: threading.Event | None = None) -> Iterator[bool]:
        """A block in which the lock is held; gives False, without it, where `stopped` was set before its time came.

        Args:
            alone: whether nobody else may have any of the GPU.
            stopped: ends the waiting.

        Raises:
            EngineError: the files can't be made or opened.
        """
        stopped = stopped or threading.Event()
        starts = range(0, self._all - self._part + 1, self._part)
        ranges = [_ALL] if alone else [(start, self._part) for start in starts]
        turn = _lock(self._turn, [_ALL], stopped)
        try:
            use = None if turn is None else _lock(self._use, ranges, stopped)
        finally:
            if turn is not None:
                os.close(turn)
        try:
            yield use is not None
        finally:
            if use is not None:
                os.close(use)


def lock_folder() -> Path:
    """Where everybody on this machine may put locks: the first folder that is for all, so that all find the same."""
    for name in (*_FOR_ALL, tempfile.gettempdir()):
        try:
            mode = os.stat(name).st_mode
        except OSError:
            continue
        if stat.S_ISDIR(mode) and mode & 0o1777 == 0o1777:
            return Path(name)
    return Path(tempfile.gettempdir())


def _lock(path: Path, ranges: Sequence[tuple[int, int]], stopped: threading.Event) -> int | None:
    """A descriptor that holds the first of these ranges of the file that is free, or None where `stopped` was set.

    The kernel's own waiting could not be ended by an event, so this asks again and again.
    """
    while not stopped.is_set():
        handle = _open(path)
        is_held = any(_take(handle, *each) for each in ranges)
        if is_held and _is_at(handle, path):
            return handle
        os.close(handle)
        if not is_held:
            stopped.wait(_PAUSE_SECONDS)
    return None


def _take(handle: int, start: int, size: int) -> bool:
    """Lock a range of the file until the descriptor is closed; False where somebody has some of it."""
    wanted = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, start, size, 0)
    try:
        fcntl.fcntl(handle, fcntl.F_OFD_SETLK, wanted)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _open(path: Path) -> int:
    flags = os.O_RDWR | os.O_NOFOLLOW
    try:
        try:
            # Another user's file in a folder for all can't be opened with O_CREAT (fs.protected_regular).
            return os.open(path, flags)
        except FileNotFoundError:
            handle = os.open(path, flags | os.O_CREAT)
            os.fchmod(handle, 0o666)  # for everybody, whatever this user's mask is
            return handle
    except OSError as e:
        raise EngineError(
            f"the lock {path} of a GPU can't be opened ({e.strerror}); remove the file if nobody is grading"
        ) from None


def _is_at(handle: int, path: Path) -> bool:
    """Whether the file is still the one with this name: something may have cleared up the folder."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False
