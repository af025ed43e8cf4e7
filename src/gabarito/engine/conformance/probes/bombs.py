"""Do harm that outlives the cell, as far as it is let; everything here is bounded, for sandboxes that let it."""

import contextlib
import os
import subprocess
import sys
import time
from typing import Any

_MIB = 1 << 20
_LONG = 600
_FOLDERS = (".", "/tmp", "/var/tmp", "/dev/shm")  # noqa: S108


def look(given: dict[str, Any]) -> list[str]:
    """Nothing: what matters is what comes after."""
    with contextlib.suppress(OSError), open("/proc/self/comm", "w") as file:
        file.write(given["token"][:15])  # so that the host knows the processes of this one, too
    match given["what"]:
        case "forks":
            _forks(8)
        case "memory":
            for _ in range(4):
                _in_a_child(lambda: _hold(64))
            time.sleep(_LONG)
        case "disk":
            _fill_everything(given["token"])
        case "files in memory":
            for _ in range(3):
                _in_a_child(lambda: _hold_files(80))
            _hold_files(80)
        case "zombies":
            _zombies(12)
        case _:
            _daemon(given["token"])
    return []


def _forks(generations: int) -> None:
    """Double the processes in each generation; all but the first stay."""
    first = os.getpid()
    for _ in range(generations):
        with contextlib.suppress(OSError):
            os.fork()
    if os.getpid() != first:
        time.sleep(_LONG)
        os._exit(0)


def _in_a_child(what: Any) -> None:
    with contextlib.suppress(OSError):
        if os.fork() == 0:
            held = what()
            time.sleep(_LONG)
            os._exit(len(held) and 0)


def _hold(mebibytes: int) -> list[bytes]:
    return [b"x" * _MIB for _ in range(mebibytes)]


def _hold_files(mebibytes: int) -> list[int]:
    held: list[int] = []
    block = b"x" * _MIB
    with contextlib.suppress(OSError):
        for n in range(mebibytes):
            if n % 8 == 0:
                held.append(os.memfd_create("x"))
            os.write(held[-1], block)
    return held


def _fill_everything(token: str) -> None:
    block = b"x" * _MIB
    for folder in _FOLDERS:
        with contextlib.suppress(OSError):
            for n in range(64):
                with open(f"{folder}/large-{token}-{n}", "wb", buffering=0) as file:
                    file.write(block)
        with contextlib.suppress(OSError):
            os.makedirs(f"{folder}/small-{token}/" + "deep/" * 50)
            for n in range(500):
                open(f"{folder}/small-{token}/{n}", "w").close()


def _zombies(count: int) -> None:
    """Children that end and are never collected, and grandchildren that nobody waits for."""
    with contextlib.suppress(OSError):
        for _ in range(count):
            if os.fork() == 0:
                with contextlib.suppress(OSError):
                    os.fork()
                os._exit(0)


def _daemon(token: str) -> None:
    """Processes of their own sessions that no signal but one ends, and whose parents end at once."""
    source = (
        "import os, signal, sys, time\n"
        "for n in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}: signal.signal(n, signal.SIG_IGN)\n"
        "os.setsid() if os.fork() == 0 else os._exit(0)\n"
        "os.closerange(0, 64)\n"
        "while True: time.sleep(1)"
    )
    for _ in range(3):
        subprocess.run([sys.executable, "-c", source, token], check=False)
