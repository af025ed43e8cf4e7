"""A busy machine, for as long as a block runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Ends by itself too, where the audit was killed.
_BURN = """
import os
parent = os.getppid()
while os.getppid() == parent:
    for _ in range(10**6):
        pass
"""


@contextmanager
def busy(processes: int | None = None) -> Iterator[int]:
    """Keep every core busy; gives the number of processes that do.

    Args:
        processes: how many; by default one for each core that this process may use.
    """
    count = len(os.sched_getaffinity(0)) if processes is None else processes
    burning: list[subprocess.Popen[bytes]] = []
    try:
        for _ in range(count):
            command = [sys.executable, "-I", "-S", "-c", _BURN]
            burning.append(
                subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
            )
        yield count
    finally:
        for process in burning:
            process.kill()
        for process in burning:
            process.wait()
