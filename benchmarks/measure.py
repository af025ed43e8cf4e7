"""What a command costs, and how busy the machine was with other things meanwhile."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds that something took; CPU seconds are those of the whole tree of processes."""

    wall: float
    cpu: float
    others: float = 0.0
    """CPU seconds that the machine spent on anything else meanwhile."""

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.wall + other.wall, self.cpu + other.cpu, self.others + other.others)

    def each(self, count: int) -> Cost:
        """This cost shared by so many."""
        return Cost(self.wall / count, self.cpu / count, self.others / count)


def measure(
    command: Sequence[object], *, folder: Path, environment: Mapping[str, str], statuses: Sequence[int] = (0,)
) -> Cost:
    """What a command costs when it is run in a folder; what it prints is kept only to be told if it fails.

    Args:
        command: its words, each as `str` gives it.
        statuses: exit statuses that are no failure.

    Raises:
        RuntimeError: it ended with another status; the message holds the end of what it printed.
    """
    with TemporaryDirectory() as name:
        result, said = Path(name, "result.json"), Path(name, "said")
        busy, began = busy_seconds(), time.monotonic()
        with said.open("wb") as out:
            subprocess.run(
                [
                    sys.executable,
                    "-I",
                    "-S",
                    str(Path(__file__).with_name("account.py")),
                    str(result),
                    "--",
                    *map(str, command),
                ],
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                check=True,
            )
        busy, lasted = busy_seconds() - busy, time.monotonic() - began
        found = json.loads(result.read_text())
        if found["status"] not in statuses:
            end = said.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{' '.join(map(str, command))} ended with status {found['status']}: {end}")
    others = min(max(0.0, busy - found["cpu"]), lasted * (os.cpu_count() or 1))
    return Cost(found["wall"], found["cpu"], others)


def busy_seconds() -> float:
    """CPU seconds that this machine has worked, on everything, since it was started."""
    user, nice, system, _idle, _wait, irq, soft, *_ = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    )
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")
