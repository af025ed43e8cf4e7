"""Make system calls that a notebook has no use for."""

import contextlib
import ctypes
import errno
import os
import platform
import signal
from collections.abc import Callable
from functools import partial
from typing import Any

_NUMBERS = {
    "x86_64": {
        "ptrace": 101,
        "unshare": 272,
        "mount": 165,
        "umount2": 166,
        "pivot_root": 155,
        "chroot": 161,
        "setns": 308,
        "bpf": 321,
        "perf_event_open": 298,
        "userfaultfd": 323,
        "keyctl": 250,
        "add_key": 248,
        "request_key": 249,
        "process_vm_readv": 310,
        "process_vm_writev": 311,
        "kcmp": 312,
        "clone": 56,
        "open_by_handle_at": 304,
        "shmget": 29,
        "semget": 64,
        "msgget": 68,
        "mq_open": 240,
        "syslog": 103,
    },
    "aarch64": {
        "ptrace": 117,
        "unshare": 97,
        "mount": 40,
        "umount2": 39,
        "pivot_root": 41,
        "chroot": 51,
        "setns": 268,
        "bpf": 280,
        "perf_event_open": 241,
        "userfaultfd": 282,
        "keyctl": 219,
        "add_key": 217,
        "request_key": 218,
        "process_vm_readv": 270,
        "process_vm_writev": 271,
        "kcmp": 272,
        "clone": 220,
        "open_by_handle_at": 265,
        "shmget": 194,
        "semget": 190,
        "msgget": 186,
        "mq_open": 180,
        "syslog": 116,
    },
}
# These have one number everywhere.
_EVERYWHERE = {
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "clone3": 435,
    "pidfd_getfd": 438,
    "process_madvise": 440,
    "mount_setattr": 442,
}
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_CHANGING = {"ptrace", "clone", "unshare"}  # a process that could make these would not be the same afterwards
_REFUSED = (errno.EPERM, errno.ENOSYS)

_libc = ctypes.CDLL(None, use_errno=True)


def look(given: dict[str, Any]) -> list[str]:
    """The calls that the kernel did not refuse."""
    own = os.getpid()
    arguments: dict[str, tuple[int, ...]] = {
        "kcmp": (own, own, 0, 0, 0),
        "process_vm_readv": (own, 0, 0, 0, 0, 0),
        "process_vm_writev": (own, 0, 0, 0, 0, 0),
        "userfaultfd": (1,),  # for user memory only, which nobody needs rights for
        "keyctl": (0, -3, 0),
        "syslog": (10,),  # the size of the kernel's log
        "clone": (_NEW_USER | signal.SIGCHLD, 0, 0, 0, 0),
        "pidfd_getfd": (-1, -1, 0),
    }
    found = []
    for name, number in {**_NUMBERS.get(platform.machine(), {}), **_EVERYWHERE}.items():
        call = partial(_libc.syscall, *map(ctypes.c_long, (number, *arguments.get(name, (0, 0, 0, 0, 0)))))
        error = _in_a_child(call) if name in _CHANGING else _error(call)
        if error not in _REFUSED:
            found.append(f"{name} is not refused ({errno.errorcode.get(error, 'it succeeds')})")
    for name, flags in (("user", _NEW_USER), ("network", _NEW_NETWORK)):
        if _in_a_child(partial(_libc.unshare, flags)) == 0:
            found.append(f"a {name} namespace can be made")
    return found


def _error(call: Callable[[], int]) -> int:
    """The error of a call; 0 where it succeeds."""
    ctypes.set_errno(0)
    return ctypes.get_errno() if call() == -1 else 0


def _in_a_child(call: Callable[[], int]) -> int:
    """The same, in a process that ends with it."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(OSError):
            os.write(write, bytes([_error(call)]))
        os._exit(0)
    os.close(write)
    said = os.read(read, 1)
    os.close(read)
    os.waitpid(pid, 0)
    return said[0] if said else errno.EPERM  # the kernel has ended it
