"""What the kernel counts in a memory control group, of both versions, from inside and outside of a container."""

from __future__ import annotations

from pathlib import Path

import pytest

from gabarito.engine.memory_group import memory_kills

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
