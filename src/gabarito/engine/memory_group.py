"""What the kernel says about memory: of this machine, and of the control group that this process is in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_ROOT = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")
# By version: the limit, what is used, and what of that is files which the kernel can drop.
_NAMES = {
    2: ("memory.max", "memory.current", "inactive_file"),
    1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
}


def memory_kills(groups: str | None = None, root: Path = _ROOT) -> int:
    """How many processes of the group the kernel has ended because its memory was used up; 0 where it doesn't say.

    Args:
        groups: the text of `/proc/self/cgroup`.
        root: where control groups are mounted.
    """
    for version, folder in _folders(_OWN.read_text() if groups is None else groups, root):
        try:
            lines = (folder / ("memory.events" if version == 2 else "memory.oom_control")).read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            name, _, value = line.partition(" ")
            if name == "oom_kill":
                return int(value)
    return 0


def available_bytes(machine: str | None = None, groups: str | None = None, root: Path = _ROOT) -> int:
    """Memory that processes of this group can still get: of the machine, and of each group above, with its limit.

    Args:
        machine: the text of `/proc/meminfo`.
        groups: the text of `/proc/self/cgroup`.
        root: where control groups are mounted.
    """
    text = Path("/proc/meminfo").read_text() if machine is None else machine
    found = re.search(r"^MemAvailable:\s+(\d+) kB$", text, re.MULTILINE)
    assert found is not None
    left = int(found[1]) << 10
    for version, folder in _folders(_OWN.read_text() if groups is None else groups, root):
        for each in (folder, *folder.parents):
            if not each.is_relative_to(root):
                break
            left = min(left, _left(each, version, left))
    return left


def _left(folder: Path, version: int, otherwise: int) -> int:
    """Bytes between what a group uses and its limit; `otherwise` where it has none."""
    limit, used, files = _NAMES[version]
    try:
        most = int((folder / limit).read_text())
        now = int((folder / used).read_text())
        stat = (folder / "memory.stat").read_text()
    except (OSError, ValueError):  # "max"
        return otherwise
    found = re.search(rf"^{files} (\d+)$", stat, re.MULTILINE)
    return max(0, most - now + (int(found[1]) if found else 0))


def _folders(groups: str, root: Path) -> Iterator[tuple[int, Path]]:
    """Where its files may stand, and of which version they are.

    A container sees its own group as the root, or by the path that its host knows.
    """
    for line in groups.splitlines():
        _, controllers, path = line.split(":", 2)
        inner = PurePosixPath(path.strip("/"))
        if controllers == "":
            yield 2, root / inner
            yield 2, root
        elif "memory" in controllers.split(","):
            yield 1, root / "memory" / inner
            yield 1, root / "memory"
