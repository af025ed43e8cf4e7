"""What the kernel says about the processes below this one: CPU time, memory, state; and how to end them."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

GPU_DEVICES = ("/dev/nvidia", "/dev/kfd")
GPU_CONTROLS = ("/dev/nvidiactl", "/dev/kfd")
_TICK = os.sysconf("SC_CLK_TCK")
_RESIDENT = re.compile(r"^Rss(?:Anon|Shmem):\s+(\d+) kB$", re.MULTILINE)
_OWN = re.compile(r"^Private_(?:Dirty|Hugetlb):\s+(\d+) kB$", re.MULTILINE)
_ROUNDS = 2000
_PAUSE = 0.002


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds (with those of ended children, and its own), resident bytes, and whether it can run.

    The bytes are those of memory that no file on a disk stands for: a fork begins with as many as its parent has.
    """

    cpu_seconds: float
    own_cpu_seconds: float
    resident_bytes: int
    awake: bool


def usage(pid: int) -> Usage | None:
    """What this process uses, or None where it is gone."""
    try:
        text, status = _read(f"/proc/{pid}/stat"), _read(f"/proc/{pid}/status")
    except (FileNotFoundError, ProcessLookupError):
        return None
    resident = sum(int(kib) for kib in _RESIDENT.findall(status)) << 10
    fields = text[text.rindex(")") + 2 :].split()
    own, ended = (int(fields[11]) + int(fields[12])) / _TICK, (int(fields[13]) + int(fields[14])) / _TICK
    return Usage(own + ended, own, resident, fields[0] in "RD")


def own_bytes(pid: int) -> int:
    """Memory that no other process has in common with this one and no file stands for; 0 where it is gone.

    Of another user's process it is what that one has in all.
    """
    try:
        text = _read(f"/proc/{pid}/smaps_rollup")
    except PermissionError:
        used = usage(pid)
        return used.resident_bytes if used is not None else 0
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(kib) for kib in _OWN.findall(text)) << 10


def cpu_clock(pid: int) -> int:
    """The clock of a process's CPU time, for `time.clock_gettime`: the kernel's number, as clock_getcpuclockid(3)."""
    return ~pid << 3 | 2


def cpu_seconds(pid: int) -> float:
    """CPU time of this process, its ended children left out; 0 where it is gone."""
    try:
        return time.clock_gettime(cpu_clock(pid))
    except OSError:
        return 0.0


def descendants(pid: int, without: frozenset[int] = frozenset()) -> list[int]:
    """All processes below `pid`, those in `without` and what is below them left out."""
    found: list[int] = []
    pending = [pid]
    while pending:
        for child in _children(pending.pop()):
            if child not in without:
                found.append(child)
                pending.append(child)
    return found


def kill_all(pid: int, reap: Callable[[], None], spare: frozenset[int] = frozenset()) -> bool:
    """Kill everything below `pid`, which is this process; False where something stays alive.

    Orphans come to this process (it must be a subreaper), so that a process which forks while it is killed
    is found in the next round.

    Args:
        pid: this process.
        reap: collects the children that have ended.
        spare: processes that are left alone, with what is below them.
    """
    for turn in range(_ROUNDS):
        reap()
        alive = descendants(pid, spare)
        if not alive:
            return True
        for each in alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(each, signal.SIGKILL)
        if turn:
            time.sleep(_PAUSE)
    return False


def is_lone(pid: int) -> bool:
    """Whether the process has one thread and no children."""
    return threads(pid) == 1 and not descendants(pid)


def holds_gpu(pid: int) -> bool:
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{pid}/fd/{name}").startswith(GPU_DEVICES):
                    return True
    return False


def threads(pid: int) -> int:
    """How many threads the process has."""
    return len(os.listdir(f"/proc/{pid}/task"))


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                found += map(int, _read(f"/proc/{pid}/task/{task}/children").split())
    return found


def _read(path: str) -> str:
    """The content of a file of the kernel's, in half the time that `Path.read_text` takes."""
    with io.FileIO(path) as file:
        return file.readall().decode()
