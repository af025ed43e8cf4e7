"""What the kernel says about the memory control group that this process is in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")


def memory_kills(groups: str | None = None, root: Path = _ROOT) -> int:
    """How many processes of the group the kernel has ended because its memory was used up; 0 where it doesn't say.

    Args:
        groups: the text of `/proc/self/cgroup`.
        root: where control groups are mounted.
    """
    for path in _files(Path("/proc/self/cgroup").read_text() if groups is None else groups, root):
        try:
            lines = path.read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            name, _, value = line.partition(" ")
            if name == "oom_kill":
                return int(value)
    return 0


def _files(groups: str, root: Path) -> Iterator[Path]:
    """Where the count may stand: a container sees its own group as the root, or by the path that its host knows."""
    for line in groups.splitlines():
        _, controllers, path = line.split(":", 2)
        inner = path.strip("/")
        if controllers == "":
            yield root / inner / "memory.events"
            yield root / "memory.events"
        elif "memory" in controllers.split(","):
            yield root / "memory" / inner / "memory.oom_control"
            yield root / "memory" / "memory.oom_control"
