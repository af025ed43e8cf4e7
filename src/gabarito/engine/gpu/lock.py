"""One GPU for many jobs at a time, or for one timed job alone, among all of Gabarito's runs on this machine."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gabarito.engine.gpu.devices import Gpu
from gabarito.errors import EngineError

_PAUSE_SECONDS = 0.02
_FOR_ALL = ("/run/lock", "/var/lock")


class GpuLock:
    """A lock that jobs share, and that a timed job has for itself; threads and processes count alike.

    Who wants it alone waits only for those that have it, never for those that come later: whoever asks holds the turn
    while it waits, and nobody else gets the lock meanwhile. The kernel lets go of it when the process that holds it
    ends, however it ends; the empty files that stay behind mean nothing, and are never removed, since one that is
    removed and made again would be two locks. It holds back this package only, no other program on the GPU.
    """

    def __init__(self, gpu: Gpu, folder: Path | None = None) -> None:
        """The lock of a GPU.

        Args:
            gpu: whose UUID names the lock.
            folder: where its files lie; by default the same for everybody on this machine.
        """
        place = (folder or lock_folder()) / f"gabarito-{gpu.uuid}"
        self._turn, self._use = place.with_name(place.name + ".turn"), place.with_name(place.name + ".use")

    @contextmanager
    def hold(self, *, alone: bool, stopped: threading.Event | None = None) -> Iterator[bool]:
        """A block in which the lock is held; gives False, without it, where `stopped` was set before its time came.

        Args:
            alone: whether nobody else may have it.
            stopped: ends the waiting.

        Raises:
            EngineError: the files can't be made or opened.
        """
        stopped = stopped or threading.Event()
        turn = _lock(self._turn, fcntl.LOCK_EX, stopped)
        try:
            use = None if turn is None else _lock(self._use, fcntl.LOCK_EX if alone else fcntl.LOCK_SH, stopped)
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


def _lock(path: Path, how: int, stopped: threading.Event) -> int | None:
    """A descriptor that holds the lock, or None where `stopped` was set.

    The kernel's own waiting could not be ended by an event, so this asks again and again.
    """
    while not stopped.is_set():
        handle = _open(path)
        try:
            fcntl.flock(handle, how | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            stopped.wait(_PAUSE_SECONDS)
            continue
        if _is_at(handle, path):
            return handle
        os.close(handle)
    return None


def _open(path: Path) -> int:
    flags = os.O_RDONLY | os.O_NOFOLLOW
    try:
        try:
            # Another user's file in a folder for all can't be opened with O_CREAT (fs.protected_regular).
            return os.open(path, flags)
        except FileNotFoundError:
            return os.open(path, flags | os.O_CREAT, 0o644)
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
