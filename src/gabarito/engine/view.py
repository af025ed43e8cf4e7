"""A private view of the machine, for a worker that no sandbox has given one: namespaces, and mounts over the rest.

Whatever can't be had here (an ordinary user may not do most of it) is returned as a plain sentence, for the caller to
show.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import socket
import stat
import struct
import sys
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from gabarito.engine import system
from gabarito.engine.confine import TEMPORARY, die_with_parent
from gabarito.engine.python_folders import outermost, python_folders

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_PRIVATE = ("/root", "/home", "/run")  # the last holds the sockets of services
_PLAIN = system.MS_NOSUID | system.MS_NODEV


def private_view(hide: Sequence[str], data: Collection[str], scratch_bytes: int) -> list[str]:
    """Give this process a private view of the machine; returns what it could not do, in plain sentences.

    Afterwards there is no network, other processes can't be seen, and the folders in `hide`, home folders, `/run` and
    temporary folders look empty, except for the Python that is running (interpreter, packages and this package stay
    readable) and for the folders in `data`. Nothing but the temporary folders can be written.
    Where the kernel allows it the caller goes on as process 1 of a new process namespace, whose end is the end
    of everything below it, and the process that called this only waits for it.

    Args:
        hide: folders of this machine.
        data: folders of this machine.
        scratch_bytes: how much each temporary folder can hold.
    """
    if os.geteuid() != 0:
        return ["student code runs with your own rights: it can use the network, and read and change your files"]
    weak = []
    try:
        system.unshare(system.CLONE_NEWNET)
        _loopback_up()
    except OSError as e:
        weak.append(f"student code can use the network ({e.strerror})")
    with contextlib.suppress(OSError):
        system.unshare(system.CLONE_NEWIPC)
    try:
        system.unshare(system.CLONE_NEWNS)
        system.mount(None, "/", None, system.MS_REC | system.MS_PRIVATE)
    except OSError as e:
        return [*weak, f"student code can read every file that anybody on this machine can read ({e.strerror})"]
    weak += _new_processes()
    try:
        system.make_read_only()
    except OSError as e:
        weak.append(f"student code can write, and leave for the next submission, what anybody may write ({e.strerror})")
    folders = python_folders(sys.path)
    hidden = outermost([*TEMPORARY, *_PRIVATE, *hide, *closed_folders(outermost([*folders, *data]))])
    python = [path for path in folders if any(path.startswith(folder + "/") for folder in hidden)]
    try:
        _hide(hidden, outermost([*python, *data]), scratch_bytes)
    except OSError as e:
        weak.append(f"student code can see files that it should not ({e.strerror})")
    return weak


def inner_view(scratch_bytes: int) -> None:
    """Part this process from others that were forked from the same one, whose view of the machine they all have.

    Afterwards it has a network, queues, processes and temporary folders of its own. What it was forked from has left
    in its temporary folders is there as a copy. It goes on as process 1 of a new process namespace, as after
    `private_view`. An ordinary user's processes share all this anyway: nothing is done for them.

    Args:
        scratch_bytes: how much each temporary folder can hold.

    Raises:
        OSError: the kernel refuses a part of it.
    """
    if os.geteuid() != 0:
        return
    system.unshare(system.CLONE_NEWNET | system.CLONE_NEWIPC | system.CLONE_NEWNS)
    _loopback_up()
    system.mount(None, "/", None, system.MS_REC | system.MS_PRIVATE)
    if problems := _new_processes():
        raise OSError(problems[0])
    folders = outermost(TEMPORARY)
    shown = outermost(p for p in system.mount_points() if any(p.startswith(f"{folder}/") for folder in folders))
    before = {folder: os.open(folder, os.O_PATH) for folder in folders}
    try:
        _hide(folders, shown, scratch_bytes)
        for folder, fd in before.items():
            _copy(f"/proc/self/fd/{fd}", folder, shown)
    finally:
        for fd in before.values():
            os.close(fd)


def _copy(source: str, folder: str, without: Collection[str]) -> None:
    """Put what is in `source` into `folder`, but for paths that are there already."""

    def known(at: str, names: list[str]) -> list[str]:
        return [name for name in names if f"{folder}{at.removeprefix(source)}/{name}" in without]

    shutil.copytree(source, folder, symlinks=True, ignore=known, dirs_exist_ok=True)


def closed_folders(paths: Iterable[str]) -> list[str]:
    """Folders above these that only their owner can enter: student code would not get to what lies below them."""
    parents = {str(parent) for path in paths for parent in Path(path).parents}
    return outermost(p for p in parents if p != "/" and not os.stat(p).st_mode & stat.S_IXOTH)


def hide_other_users() -> None:
    """Let nobody but root see the processes of other users in `/proc`.

    Raises:
        OSError: this process may not mount.
    """
    system.mount("proc", "/proc", "proc", _PLAIN | system.MS_NOEXEC, "hidepid=2")


def _new_processes() -> list[str]:
    """Go on in a child that is process 1 of a namespace of its own; the failure, or nothing."""
    try:
        system.unshare(system.CLONE_NEWPID)
    except OSError as e:
        return [f"student code can see the machine's other processes ({e.strerror})"]
    child = os.fork()
    if child:
        # Not by looking in /proc: the child is about to mount its own over it.
        os.closerange(0, 2)
        os.closerange(3, 1 << 16)
        _, status = os.waitpid(child, 0)
        os._exit(max(0, os.waitstatus_to_exitcode(status)))
    die_with_parent()
    try:
        hide_other_users()
    except OSError as e:
        return [f"student code can see the machine's other processes ({e.strerror})"]
    return []


def _loopback_up() -> None:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(s, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(s, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def _hide(folders: Sequence[str], keep: Sequence[str], scratch_bytes: int) -> None:
    """Mount an empty folder over each of `folders`, and put what is in `keep` back, read-only."""
    held = {path: os.open(path, os.O_PATH) for path in keep}
    try:
        for folder in folders:
            mode = stat.S_IMODE(os.stat(folder).st_mode) if folder in TEMPORARY else 0o755
            system.mount("none", folder, "tmpfs", _PLAIN, f"mode={mode:o},size={scratch_bytes}")
        for path, fd in held.items():
            _hold(path, fd)
    finally:
        for fd in held.values():
            os.close(fd)


def _hold(path: str, fd: int) -> None:
    """Show what the descriptor is open on at this path, read-only."""
    if stat.S_ISDIR(os.fstat(fd).st_mode):
        os.makedirs(path, mode=0o755, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        if not os.path.exists(path):
            Path(path).touch()
    system.mount(f"/proc/self/fd/{fd}", path, None, system.MS_BIND | system.MS_REC)
    # A part of what is bound may be mounted in a way that can't be changed: then it stays as it was.
    with contextlib.suppress(OSError):
        system.mount(None, path, None, system.MS_BIND | system.MS_REMOUNT | system.MS_RDONLY | system.MS_NOSUID)
