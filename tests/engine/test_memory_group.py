"""What the kernel counts in a memory control group, of both versions, from inside and outside of a container."""

from __future__ import annotations

from pathlib import Path

import pytest

from gabarito.engine.memory_group import available_bytes, memory_kills

V1 = "9:name=systemd:/\n4:cpu,memory:/box/7\n0::/\n"
V2 = "0::/box/7\n"


@pytest.mark.parametrize(
    ("groups", "file", "text"),
    [
        (V1, "memory/box/7/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"),
        (V1, "memory/memory.oom_control", "oom_kill_disable 0\noom_kill 3\n"),
        (V2, "box/7/memory.events", "low 0\noom 5\noom_kill 3\n"),
        (V2, "memory.events", "oom_kill 3\n"),
    ],
)
def test_kills_are_counted(tmp_path: Path, groups: str, file: str, text: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    assert memory_kills(groups, tmp_path) == 3


@pytest.mark.parametrize("groups", ["", V1, V2, "3:cpu:/\n"])
def test_nothing_is_known_where_the_kernel_does_not_say(tmp_path: Path, groups: str) -> None:
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "memory.oom_control").write_text("under_oom 0\n")
    assert memory_kills(groups, tmp_path) == 0


def test_this_process_has_a_count() -> None:
    assert memory_kills() >= 0


_MACHINE = "MemTotal: 9000 kB\nMemAvailable:    8000 kB\n"
_KIB = 1 << 10


@pytest.mark.parametrize(
    ("groups", "folder", "names"),
    [
        (V1, "memory/box/7", ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")),
        (V1, "memory", ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")),
        (V2, "box/7", ("memory.max", "memory.current", "inactive_file")),
        (V2, "box", ("memory.max", "memory.current", "inactive_file")),
        (V2, "", ("memory.max", "memory.current", "inactive_file")),
    ],
)
def test_the_limit_of_every_group_above_counts(
    tmp_path: Path, groups: str, folder: str, names: tuple[str, str, str]
) -> None:
    assert available_bytes(_MACHINE, groups, tmp_path) == 8000 * _KIB
    place = tmp_path / folder
    place.mkdir(parents=True, exist_ok=True)
    limit, used, files = names
    (place / used).write_text(f"{3000 * _KIB}\n")
    (place / "memory.stat").write_text(f"anon 5\n{files} {500 * _KIB}\n")
    for most, expected in ((5000, 2500), (9_000_000, 8000), (1000, 0)):
        (place / limit).write_text(f"{most * _KIB}\n")
        assert available_bytes(_MACHINE, groups, tmp_path) == expected * _KIB
    (place / limit).write_text("max\n")
    assert available_bytes(_MACHINE, groups, tmp_path) == 8000 * _KIB


def test_this_machine_has_memory() -> None:
    assert available_bytes() > 0
