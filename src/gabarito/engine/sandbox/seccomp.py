"""The system calls that a submission can't make: a seccomp filter, compiled once by libseccomp.

Everything else is allowed: notebooks use libraries of all kinds, and a filter that knows what is dangerous breaks none
of them. What is refused gives access to other processes, to mounts and namespaces, to kernel interfaces with a long
history of faults, or to networks beside the one that was taken away.
"""

from __future__ import annotations

import errno
import os
import socket
import tempfile
from functools import cache
from types import ModuleType

_NEVER = (
    # other processes and their memory
    *("ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd", "process_madvise", "move_pages"),
    *("migrate_pages",),
    # mounts and namespaces
    *("mount", "umount", "umount2", "pivot_root", "chroot", "unshare", "setns", "fsopen", "fsconfig", "fsmount"),
    *("fspick", "move_mount", "open_tree", "mount_setattr", "open_by_handle_at", "name_to_handle_at"),
    # the machine itself
    *("reboot", "swapon", "swapoff", "acct", "quotactl", "quotactl_fd", "sethostname", "setdomainname", "syslog"),
    *("settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "stime", "vhangup", "iopl", "ioperm", "nfsservctl"),
    *("init_module", "finit_module", "delete_module", "create_module", "kexec_load", "kexec_file_load"),
    *("lookup_dcookie", "uselib", "ustat", "sysfs", "_sysctl", "fanotify_init"),
    # kernel interfaces that have been ways out of sandboxes
    *("bpf", "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key", "vmsplice"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),
)
# Of these, the kernel's answer to a program that probes is “there is no such call”, and it takes an older one.
_UNKNOWN = (
    "clone3",
    # what these make outlives its maker, for the next submission to find, and is counted nowhere
    *("shmget", "semget", "msgget", "mq_open"),
)
_NEW_NAMESPACES = 0x7E020000  # every CLONE_NEW… flag of clone(2)
_FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK)
_MOST_FAMILIES = 64
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_NO_SUCH_NAME = -1


@cache
def system_call_filter() -> tuple[bytes, str]:
    """The compiled filter for this machine's processor, and, where there is none, the reason."""
    try:
        import pyseccomp
    except (ImportError, RuntimeError, OSError) as e:
        return b"", f"system calls are not filtered ({e}; install libseccomp 2)"
    try:
        return _compile(pyseccomp), ""
    except OSError as e:
        return b"", f"system calls are not filtered ({e})"


def _compile(lib: ModuleType) -> bytes:
    rules = lib.SyscallFilter(lib.ALLOW)
    denied, unknown, no_family = (lib.ERRNO(n) for n in (errno.EPERM, errno.ENOSYS, errno.EAFNOSUPPORT))

    def refuse(action: int, name: str, *conditions: object) -> None:
        if lib.resolve_syscall(lib.Arch.NATIVE, name) != _NO_SUCH_NAME:  # an older libseccomp knows fewer
            rules.add_rule(action, name, *conditions)

    for name in _NEVER:
        refuse(denied, name)
    for name in _UNKNOWN:
        refuse(unknown, name)
    for bit in (1 << n for n in range(32)):
        if _NEW_NAMESPACES & bit:
            refuse(denied, "clone", lib.Arg(0, lib.MASKED_EQ, bit, bit))
    for family in set(range(_MOST_FAMILIES)) - set(_FAMILIES):
        refuse(no_family, "socket", lib.Arg(0, lib.EQ, family))
    refuse(no_family, "socket", lib.Arg(0, lib.GE, _MOST_FAMILIES))
    for request in (_TIOCSTI, _TIOCLINUX):
        refuse(denied, "ioctl", lib.Arg(1, lib.MASKED_EQ, 0xFFFFFFFF, request))
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)
