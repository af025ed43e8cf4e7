"""What the kernel takes away from a worker and from each student process.

A worker that runs as root gets a view of the machine of its own: no network, no home folders, no course folder,
fresh temporary folders. Each student process then gets its own user id and limits. Whatever can't be had here
(an ordinary user may not do most of it) is returned as a plain sentence, for the caller to show.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import pwd
import random
import resource
import shutil
import signal
import socket
import stat
import struct
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from gabarito.model import Limits

TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108

_CLONE_NEWNS, _CLONE_NEWIPC, _CLONE_NEWPID, _CLONE_NEWNET = 0x00020000, 0x08000000, 0x20000000, 0x40000000
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = (
    1,
    2,
    4,
    8,
    32,
    4096,
    16384,
    1 << 18,
)
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 4, 36, 38
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_STACK = 64 << 20
_USERS = range(20_000, 60_000, 2)

_libc = ctypes.CDLL(None, use_errno=True)


def become_subreaper() -> None:
    """Make orphans below this process its own children, so that none escapes."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> None:
    """Let the kernel kill this process when its parent ends."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def hide_memory() -> None:
    """Keep other processes of the same user out of this one's memory (`ptrace`, `/proc/PID/mem`)."""
    _prctl(_PR_SET_DUMPABLE, 0)


def pick_users() -> tuple[int, int] | None:
    """User ids for the student process and the checker, or None where this process can't change its own.

    They are random ids that no account has, so that two runs on one machine don't share theirs.
    """
    if os.geteuid() != 0:
        return None
    while True:
        student = random.SystemRandom().choice(_USERS)
        if not _has_account(student) and not _has_account(student + 1):
            return student, student + 1


def private_view(hide: Sequence[str]) -> list[str]:
    """Give this process a private view of the machine; returns what it could not do, in plain sentences.

    Afterwards there is no network, other processes can't be seen, and the folders in `hide`, home folders and temporary
    folders look empty, except for the Python that is running: interpreter, packages and this package stay readable.
    Where the kernel allows it the caller goes on as process 1 of a new process namespace, whose end is the end
    of everything below it, and the process that called this only waits for it.
    """
    if os.geteuid() != 0:
        return ["student code runs with your own rights: it can use the network, and read and change your files"]
    weak = []
    if _libc.unshare(_CLONE_NEWNET) == 0:
        _loopback_up()
    else:
        weak.append(f"student code can use the network ({_last_error()})")
    _libc.unshare(_CLONE_NEWIPC)
    if _libc.unshare(_CLONE_NEWNS) != 0 or _mount(None, "/", None, _MS_REC | _MS_PRIVATE) != 0:
        weak.append(f"student code can read every file that anybody on this machine can read ({_last_error()})")
        return weak
    weak += _new_processes()
    folders = _outermost([*TEMPORARY, "/root", "/home", *hide])
    failed = _hide(folders, _python_folders())
    if failed:
        weak.append(failed)
    return weak


def _new_processes() -> list[str]:
    """Go on in a child that is process 1 of a namespace of its own; the failure, or nothing."""
    if _libc.unshare(_CLONE_NEWPID) != 0:
        return [f"student code can see the machine's other processes ({_last_error()})"]
    child = os.fork()
    if child:
        # Not by looking in /proc: the child is about to mount its own over it.
        os.closerange(0, 2)
        os.closerange(3, 1 << 16)
        _, status = os.waitpid(child, 0)
        os._exit(max(0, os.waitstatus_to_exitcode(status)))
    die_with_parent()
    if _mount("proc", "/proc", "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, "hidepid=2") != 0:
        return [f"student code can see the machine's other processes ({_last_error()})"]
    return []


def confine_student(home: str, user: int | None, limits: Limits) -> None:
    """Take from this process what student code must not have. It can't be undone.

    Args:
        home: its folder, which exists and belongs to `user`.
        user: the id it changes to, or None to keep its own.
        limits: become kernel limits where the kernel has one.
    """
    os.setsid()
    os.chdir(home)
    for name in list(os.environ):
        if name.startswith(("GABARITO_", "SUDO_", "SSH_")):
            del os.environ[name]
    os.environ.update(HOME=home, TMPDIR=home, USER="student", LOGNAME="student", PWD=home)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_STACK, _STACK)
    _limit(resource.RLIMIT_NOFILE, limits.open_files)
    _limit(resource.RLIMIT_FSIZE, limits.file_bytes)
    # Address space is a coarse second line that turns one huge allocation into a MemoryError; torch and BLAS
    # reserve much more than they use, so it is wider than the resident limit that the supervisor watches.
    _limit(resource.RLIMIT_AS, _address_space() + limits.memory_bytes + (limits.memory_bytes >> 1))
    _limit(resource.RLIMIT_CPU, int(limits.notebook_cpu_seconds * 2) + 5)
    if user is None:
        _limit(resource.RLIMIT_NPROC, _tasks_of(os.getuid()) + limits.processes)
    else:
        _limit(resource.RLIMIT_NPROC, limits.processes)
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    die_with_parent()


def confine_checker(home: str, user: int | None, memory_bytes: int) -> None:
    """Put the checker out of the student's reach: a folder of its own, another user id, unreadable memory.

    It may not use more memory than the student's process: what that one sends can grow in a test.
    """
    os.setsid()
    os.chdir(home)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_AS, _address_space() + memory_bytes + (memory_bytes >> 1))
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    hide_memory()
    die_with_parent()


def close_descriptors(keep: Iterable[int]) -> None:
    """Close every descriptor except those in `keep`."""
    kept = set(keep)
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in kept:
            with contextlib.suppress(OSError):
                os.close(int(name))


def remove_files_of(user: int) -> None:
    """Remove what a user left behind in the temporary folders."""
    for folder in TEMPORARY:
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    if entry.stat(follow_symlinks=False).st_uid != user:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        shutil.rmtree(entry.path, ignore_errors=True)
                    else:
                        os.unlink(entry.path)


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}, {value})")


def _limit(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _tasks_of(user: int) -> int:
    """Threads that a user has: what RLIMIT_NPROC counts."""
    total = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                if os.stat(f"/proc/{name}").st_uid == user:
                    total += len(os.listdir(f"/proc/{name}/task"))
    return total


def _has_account(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def _last_error() -> str:
    return os.strerror(ctypes.get_errno())


def _mount(source: str | None, target: str, kind: str | None, flags: int, options: str = "") -> int:
    encode = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    result: int = _libc.mount(*encode, ctypes.c_ulong(flags), os.fsencode(options))
    return result


def _loopback_up() -> None:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(s, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(s, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def _python_folders() -> list[str]:
    """Folders that a running Python may still import from."""
    package = Path(__file__).resolve().parents[1]
    named = [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix, str(package)]
    return _outermost([p for n in [*named, *sys.path] if n for p in (n, os.path.realpath(n)) if os.path.exists(p)])


def _outermost(folders: Iterable[str]) -> list[str]:
    """The folders that exist and lie in none of the others, shortest first."""
    kept: list[str] = []
    for folder in sorted({os.path.abspath(f) for f in folders if os.path.exists(f)}, key=len):
        if not any(folder == k or folder.startswith(k.rstrip("/") + "/") for k in kept):
            kept.append(folder)
    return kept


def _hide(folders: Sequence[str], keep: Sequence[str]) -> str:
    """Mount an empty folder over each of `folders`, with what is in `keep` put back; the failure, or empty."""
    held: dict[str, int] = {}
    for path in keep:
        if any(path.startswith(f + "/") for f in folders):
            held[path] = os.open(path, os.O_PATH)
    try:
        for folder in folders:
            mode = stat.S_IMODE(os.stat(folder).st_mode) if folder in TEMPORARY else 0o755
            if _mount("none", folder, "tmpfs", _MS_NOSUID | _MS_NODEV, f"mode={mode:o},size=50%") != 0:
                return f"student code can read {folder} as far as its file permissions allow ({_last_error()})"
        for path, fd in held.items():
            if stat.S_ISDIR(os.fstat(fd).st_mode):
                os.makedirs(path, mode=0o755, exist_ok=True)
            else:
                os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
                Path(path).touch()
            if _mount(f"/proc/self/fd/{fd}", path, None, _MS_BIND | _MS_REC) != 0:
                return f"the Python packages in {path} could not be kept readable for student code ({_last_error()})"
            _mount(None, path, None, _MS_BIND | _MS_REMOUNT | _MS_RDONLY | _MS_NOSUID)
    finally:
        for fd in held.values():
            os.close(fd)
    return ""
