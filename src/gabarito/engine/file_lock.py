"""Locks between all of Gabarito's runs on this machine: ranges of small files in a folder that is for all."""

from __future__ import annotations

import fcntl
import os
import stat
import struct
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from gabarito.errors import EngineError

WHOLE = 0, 0
"""Start and size of a range as fcntl(2) has them: to the end, wherever that is."""
_PAUSE_SECONDS = 0.02
_FOR_ALL = ("/run/lock", "/var/lock")


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


def lock_file(path: Path, ranges: Sequence[tuple[int, int]], stopped: threading.Event) -> int | None:
    """A descriptor that holds the first of these ranges of the file that is free, or None where `stopped` was set.

    The kernel's own waiting could not be ended by an event, so this asks again and again. The kernel lets go of the
    lock when the descriptor is closed or the process that holds it ends, however it ends. The file stays behind and
    means nothing; it is never removed, since one that is removed and made again would be two locks.

    Args:
        path: it is made where there is none, for everybody on this machine.
        ranges: start and size, as fcntl(2) has them.
        stopped: ends the waiting.

    Raises:
        EngineError: the file can't be made or opened.
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
            f"the lock {path} can't be opened ({e.strerror}); remove the file if nobody is grading"
        ) from None


def _is_at(handle: int, path: Path) -> bool:
    """Whether the file is still the one with this name: something may have cleared up the folder."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False
