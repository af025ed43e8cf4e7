"""What the kernel takes away from each student process and each checker: user id, limits, system calls, descriptors."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import random
import resource
import shutil
import signal
from collections.abc import Iterable
from pathlib import Path

from gabarito.engine import system
from gabarito.model import Limits

TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP = 1, 4, 22
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 36, 38
_SECCOMP_MODE_FILTER = 2
_SECCOMP_RULE_BYTES = 8
_FIRST_TO_DIE, _SECOND_TO_DIE = 1000, 500
_STACK = 64 << 20
_STACK_OF_KERNELS = 8 << 20  # each of their threads takes as much
_PLACES_IN_STATM = 0, 5  # address space; private memory that can be written to
_USERS = range(20_000, 60_000, 2)


def become_subreaper() -> None:
    """Make orphans below this process its own children, so that none escapes."""
    system.prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> None:
    """Let the kernel kill this process when its parent ends."""
    system.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def hide_memory() -> None:
    """Keep other processes of the same user out of this one's memory (`ptrace`, `/proc/PID/mem`)."""
    system.prctl(_PR_SET_DUMPABLE, 0)


def pick_users(last: tuple[int, int] | None = None) -> tuple[int, int] | None:
    """User ids for the student process and the checker, or None where this process can't change its own.

    They are random ids that no account has, so that two runs on one machine don't share theirs, and not the last ones.
    """
    if os.geteuid() != 0:
        return None
    while True:
        student = random.SystemRandom().choice(_USERS)
        pair = (student, student + 1)
        if pair != last and not _has_account(student) and not _has_account(student + 1):
            return pair


def confine_student(
    home: str, user: int | None, limits: Limits, rules: bytes, *, has_gpu: bool = False, has_kernel: bool = False
) -> None:
    """Take from this process what student code must not have. It can't be undone.

    Args:
        home: its folder, which exists and belongs to `user`.
        user: the id it changes to, or None to keep its own.
        limits: become kernel limits where the kernel has one.
        rules: a compiled seccomp filter, or empty.
        has_gpu: whether it may open one.
        has_kernel: whether it only has a kernel run cells. Kernels are programs of all kinds, and many reserve much
            more address space than they use: their memory is watched, and not limited here.
    """
    _die_early(_FIRST_TO_DIE)
    os.setsid()
    os.chdir(home)
    for name in list(os.environ):
        if name.startswith(("GABARITO_", "SUDO_", "SSH_")):
            del os.environ[name]
    os.environ.update(environment(home))
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_STACK, _STACK_OF_KERNELS if has_kernel else _STACK)
    _limit(resource.RLIMIT_NOFILE, limits.open_files)
    _limit(resource.RLIMIT_FSIZE, limits.file_bytes)
    if not has_kernel:
        _limit_memory(limits.memory_bytes, has_gpu=has_gpu)
    _limit(resource.RLIMIT_CPU, int(limits.notebook_cpu_seconds * 2) + 5)
    if user is None:
        _limit(resource.RLIMIT_NPROC, _tasks_of(os.getuid()) + limits.processes)
    else:
        _limit(resource.RLIMIT_NPROC, limits.processes)
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    system.prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _filter_system_calls(rules)
    die_with_parent()


def confine_checker(home: str, user: int | None, memory_bytes: int, rules: bytes, *, has_gpu: bool = False) -> None:
    """Put the checker out of the student's reach: a folder of its own, another user id, unreadable memory.

    It may not use more memory than the student's process: what that one sends can grow in a test.
    """
    _die_early(_SECOND_TO_DIE)
    os.setsid()
    os.chdir(home)
    _limit(resource.RLIMIT_CORE, 0)
    _limit_memory(memory_bytes, has_gpu=has_gpu)
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    system.prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _filter_system_calls(rules)
    hide_memory()
    die_with_parent()


def environment(home: str) -> dict[str, str]:
    """Variables that tell student code who and where it is."""
    return {"HOME": home, "TMPDIR": home, "USER": "student", "LOGNAME": "student", "PWD": home}


def redirect(raw: int, keep: int) -> None:
    """Read nothing, write to pipe `raw`, and keep one more descriptor of all that are open."""
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(raw, 1)
    os.dup2(raw, 2)
    close_descriptors({0, 1, 2, keep})


def close_descriptors(keep: Iterable[int]) -> None:
    """Close every descriptor except those in `keep`."""
    kept = set(keep)
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in kept:
            with contextlib.suppress(OSError):
                os.close(int(name))


def remove_files_of(user: int) -> None:
    """Remove what a user left behind in the temporary folders, and queues that are files."""
    for folder in (*TEMPORARY, "/dev/mqueue"):
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    if entry.stat(follow_symlinks=False).st_uid == user:
                        _remove(entry)


def temporary_files() -> frozenset[str]:
    """Every path in the temporary folders."""
    return frozenset(
        os.path.join(folder, name)
        for top in TEMPORARY
        for folder, folders, files in os.walk(top)
        for name in (*folders, *files)
    )


def remove_files_but(kept: frozenset[str], folders: Iterable[str] = TEMPORARY) -> None:
    """Remove everything from the temporary folders, which must be nobody else's, but what is in `kept`."""
    for folder in folders:
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if entry.path not in kept:
                    _remove(entry)
                elif entry.is_dir(follow_symlinks=False):
                    remove_files_but(kept, [entry.path])


def remove_folder(path: str) -> None:
    """Remove a folder with all that is in it, also where its owner, who may be this process, has locked it."""
    shutil.rmtree(path, ignore_errors=True)
    if os.path.isdir(path):
        with contextlib.suppress(OSError):
            os.chmod(path, 0o700)
        for folder, folders, _ in os.walk(path):
            for name in folders:
                inner = os.path.join(folder, name)
                if not os.path.islink(inner):
                    with contextlib.suppress(OSError):
                        os.chmod(inner, 0o700)
        shutil.rmtree(path, ignore_errors=True)


def _remove(entry: os.DirEntry[str]) -> None:
    with contextlib.suppress(OSError):
        if entry.is_dir(follow_symlinks=False):
            remove_folder(entry.path)
        else:
            os.unlink(entry.path)


def _die_early(score: int) -> None:
    """Let the kernel end this process before the supervisor, where a control group's memory is used up."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(score))


class _Program(ctypes.Structure):
    """A seccomp filter as prctl(2) takes it."""

    _fields_ = (("length", ctypes.c_ushort), ("rules", ctypes.c_char_p))


def _filter_system_calls(rules: bytes) -> None:
    if rules:
        program = _Program(len(rules) // _SECCOMP_RULE_BYTES, rules)
        system.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.cast(ctypes.byref(program), ctypes.c_void_p))


def _limit(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))


def _limit_memory(size: int, *, has_gpu: bool) -> None:
    """Turn one huge allocation into a MemoryError; a coarse second line behind the limit that the supervisor watches.

    It is wider than that one, since torch and BLAS reserve much more than they use. CUDA reserves more address space
    than any machine has memory: where there is a GPU, only what can be written to is counted.
    """
    total, data = _PLACES_IN_STATM
    which, place = (resource.RLIMIT_DATA, data) if has_gpu else (resource.RLIMIT_AS, total)
    pages = int(Path("/proc/self/statm").read_text().split()[place])
    _limit(which, pages * os.sysconf("SC_PAGE_SIZE") + size + (size >> 1))


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
