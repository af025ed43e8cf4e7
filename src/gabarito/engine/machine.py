"""What this machine offers to sandboxes: kernel features, programs, memory and disk."""

from __future__ import annotations

import ctypes
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

import gabarito
from gabarito.engine.gpu import find_gpus
from gabarito.engine.sandbox.seccomp import system_call_filter
from gabarito.errors import EngineError

_PROGRAMS = ("podman", "docker", "bwrap", "apptainer")
_ASK_SECONDS = 20.0
_MIB = 1 << 20
_CGROUPS = Path("/sys/fs/cgroup")
_SETTINGS = Path("/proc/sys")
_FORBIDS_NAMESPACES = {
    "user/max_user_namespaces": "0",
    "kernel/unprivileged_userns_clone": "0",
    "kernel/apparmor_restrict_unprivileged_userns": "1",
}


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Facts about this machine, as plain data."""

    gabarito: str
    python: str
    """Version, and the path of the interpreter."""
    system: str
    """Kernel and processor."""
    user: int
    """The user id of this process."""
    programs: Mapping[str, str]
    """Programs of sandboxes that are installed, with their versions."""
    filter: str
    """libseccomp's version, or why system calls can't be filtered."""
    user_namespaces: str
    """Whether ordinary users can make them."""
    control_groups: str
    """Their version, and what that means for limits."""
    gpus: tuple[str, ...] = ()
    """Those that submissions could use, or why there is no telling."""
    memory_free_mib: int
    memory_mib: int
    disk_free_mib: int
    """Where temporary files go."""
    processors: int
    """How many this process may use."""


def look_at_machine() -> Machine:
    """This machine as it is now; it asks each program for its version."""
    total, free = _memory(Path("/proc/meminfo").read_text())
    return Machine(
        gabarito=gabarito.__version__,
        python=f"{platform.python_version()} ({sys.executable})",
        system=f"{platform.system()} {platform.release()} on {platform.machine()}",
        user=os.geteuid(),
        programs={name: version for name in _PROGRAMS if (version := _version(name))},
        filter=_filter(),
        user_namespaces=user_namespaces(),
        control_groups=control_groups(),
        gpus=_gpus(),
        memory_free_mib=free,
        memory_mib=total,
        disk_free_mib=shutil.disk_usage("/tmp").free // _MIB,  # noqa: S108
        processors=len(os.sched_getaffinity(0)),
    )


def control_groups(root: Path = _CGROUPS, *, is_root: bool | None = None) -> str:
    """Which version of control groups there is, and what that means for limits.

    Args:
        root: where they are mounted.
        is_root: whether containers would be root's; by default whether this process is.
    """
    is_root = os.geteuid() == 0 if is_root is None else is_root
    if (root / "cgroup.controllers").exists():
        return "version 2: containers hold their limits"
    if not (root / "memory").is_dir():
        return "none: containers can't hold memory and processes"
    if is_root:
        return "version 1: containers that root starts hold their limits; rootless podman ignores them"
    return "version 1: rootless podman ignores limits; start containers as root, or boot with version 2"


def user_namespaces(settings: Path = _SETTINGS) -> str:
    """Whether ordinary users can make user namespaces, which bubblewrap, apptainer and rootless podman need.

    Args:
        settings: the folder with the kernel's settings.
    """
    for name, value in _FORBIDS_NAMESPACES.items():
        path = settings / name
        if path.exists() and path.read_text().strip() == value:
            return f"not for ordinary users ({name.replace('/', '.')} = {value})"
    return "for everybody" if (settings / "user/max_user_namespaces").exists() else "none in this kernel"


class _LibraryVersion(ctypes.Structure):
    """What seccomp_version(3) points to."""

    _fields_ = (("major", ctypes.c_uint), ("minor", ctypes.c_uint), ("micro", ctypes.c_uint))


def _filter() -> str:
    rules, problem = system_call_filter()
    if not rules:
        return problem
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_version.restype = ctypes.POINTER(_LibraryVersion)
    version = library.seccomp_version().contents
    return f"libseccomp {version.major}.{version.minor}.{version.micro}"


def _version(program: str) -> str:
    if shutil.which(program) is None:
        return ""
    try:
        asked = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=_ASK_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as e:
        return f"does not answer ({e})"
    found = re.search(r"\d[\w.+~-]*", asked.stdout)
    return found[0] if found else f"does not answer (status {asked.returncode})"


def _memory(text: str) -> tuple[int, int]:
    """Total and available MiB."""
    found = {line.split(":")[0]: int(line.split()[1]) >> 10 for line in text.splitlines() if ":" in line}
    return found["MemTotal"], found["MemAvailable"]


def _gpus() -> tuple[str, ...]:
    """Those that submissions could use, or why they can't be asked."""
    try:
        return tuple(map(str, find_gpus()))
    except EngineError as e:
        return (str(e),)
