"""Run a command and say what it cost: `python account.py RESULT -- COMMAND …`.

It is a program of its own so that the usage of its children is that of the command and of nothing else. It is also the
subreaper of all that the command starts: what outlives its parent is waited for here, and its CPU time counts.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
import time
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_PATIENCE_SECONDS = 20.0
"""How long leftovers of the command may go on before they are ended."""


def account(command: list[str]) -> dict[str, float]:
    """Exit status, wall seconds of the command, and CPU seconds of its whole tree of processes.

    Raises:
        OSError: the command can't be started, or this system has no subreapers, so that orphans would not be counted.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(1), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")
    signal.signal(signal.SIGALRM, _end_leftovers)
    status, wall = 0, 0.0
    began = time.monotonic()
    main = os.posix_spawnp(command[0], command, os.environ)
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, ended = os.wait()
            if pid == main:
                status, wall = os.waitstatus_to_exitcode(ended), time.monotonic() - began
                signal.setitimer(signal.ITIMER_REAL, _PATIENCE_SECONDS, 0.2)
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"status": status, "wall": wall, "cpu": used.ru_utime + used.ru_stime}


def _end_leftovers(signum: int, frame: object) -> None:
    """Kill our children; theirs become ours, and their turn comes at the next alarm."""
    for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        os.kill(int(pid), signal.SIGKILL)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(account(sys.argv[3:])))
