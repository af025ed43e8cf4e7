"""Calls to the kernel that Python's own modules don't have."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18
CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET = 0x00020000, 0x08000000, 0x20000000, 0x40000000

# One number on every processor; the rest is in linux/mount.h and fcntl.h.
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE = 442, -100, 0x8000
_MOUNT_ATTR_RDONLY, _MOUNT_ATTR_NOSUID = 1, 2
_RENAME_EXCHANGE = 2

_libc = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int, third: int | ctypes.c_void_p = 0) -> None:
    """See prctl(2).

    Raises:
        OSError: the kernel refuses.
    """
    last = ctypes.c_ulong(third) if isinstance(third, int) else third
    if _libc.prctl(option, ctypes.c_ulong(value), last, ctypes.c_ulong(0), ctypes.c_ulong(0)) != 0:
        raise _error(f"prctl({option}, {value})")


def unshare(flags: int) -> None:
    """See unshare(2).

    Raises:
        OSError: the kernel refuses.
    """
    if _libc.unshare(flags) != 0:
        raise _error("unshare")


def mount(source: str | None, target: str, kind: str | None, flags: int, options: str = "") -> None:
    """See mount(2).

    Raises:
        OSError: the kernel refuses.
    """
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    if _libc.mount(*encoded, ctypes.c_ulong(flags), os.fsencode(options)) != 0:
        raise _error(f"mount on {target}")


def make_read_only() -> None:
    """Make everything that is mounted now read-only for this mount namespace; see mount_setattr(2).

    Raises:
        OSError: the kernel refuses, or knows only how to do it one by one and refuses that.
    """
    attributes = (ctypes.c_uint64 * 4)(_MOUNT_ATTR_RDONLY | _MOUNT_ATTR_NOSUID, 0, 0, 0)
    arguments = (_AT_FDCWD, b"/", _AT_RECURSIVE, ctypes.byref(attributes), ctypes.sizeof(attributes))
    if _libc.syscall(ctypes.c_long(_MOUNT_SETATTR), *arguments) != 0:
        if ctypes.get_errno() != errno.ENOSYS:
            raise _error("mount_setattr")
        for place in mount_points():
            mount(None, place, None, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID)


def mount_points() -> list[str]:
    """Where something is mounted in this mount namespace, in the order of mounting."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [line.split()[4].encode().decode("unicode_escape") for line in lines]


def capset(kept: int) -> None:
    """Keep these capabilities, a bit for each, and no other; see capset(2).

    Raises:
        OSError: one of them was not there.
    """
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    low, high = kept & 0xFFFFFFFF, kept >> 32
    sets = (ctypes.c_uint32 * 6)(low, low, 0, high, high, 0)
    if _libc.capset(header, sets) != 0:
        raise _error("capset")


def exchange_paths(one: Path, other: Path) -> None:
    """Let two files or folders of one file system change places, at once where it can; see renameat2(2).

    Where the file system can't (NFS, say), `other` isn't there for a moment.

    Raises:
        OSError: one of them is missing, or can't be moved.
    """
    paths = _AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other)
    if _libc.renameat2(*paths, ctypes.c_uint(_RENAME_EXCHANGE)) == 0:
        return
    if ctypes.get_errno() not in (errno.EINVAL, errno.ENOSYS):
        raise _error(f"exchange of {one} and {other}")
    aside = one.with_name(f"{one.name}.old")
    other.rename(aside)
    one.rename(other)
    aside.rename(one)


def _error(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{what}: {os.strerror(number)}")
