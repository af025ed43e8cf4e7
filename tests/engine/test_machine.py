"""What is found out about a machine, on machines that are made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from gabarito.engine import machine
from gabarito.engine.machine import control_groups, look_at_machine, user_namespaces
from gabarito.errors import EngineError


@pytest.mark.parametrize(
    ("made", "is_root", "words"),
    [
        ("cgroup.controllers", False, "version 2: containers hold their limits"),
        ("memory/x", True, "version 1: containers that root starts hold their limits; rootless podman ignores them"),
        ("memory/x", False, "version 1: rootless podman ignores limits; start containers as root"),
        ("x", True, "none: containers can't hold memory and processes"),
    ],
)
def test_control_groups(tmp_path: Path, made: str, is_root: bool, words: str) -> None:
    (tmp_path / made).parent.mkdir(exist_ok=True)
    (tmp_path / made).touch()
    assert control_groups(tmp_path, is_root=is_root).startswith(words)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "none in this kernel"),
        ({"user/max_user_namespaces": "100"}, "for everybody"),
        ({"user/max_user_namespaces": "0"}, "not for ordinary users (user.max_user_namespaces = 0)"),
        (
            {"user/max_user_namespaces": "100", "kernel/apparmor_restrict_unprivileged_userns": "1"},
            "not for ordinary users (kernel.apparmor_restrict_unprivileged_userns = 1)",
        ),
    ],
)
def test_user_namespaces(tmp_path: Path, settings: dict[str, str], words: str) -> None:
    for name, value in settings.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(value + "\n")
    assert user_namespaces(tmp_path) == words


def test_programs_and_a_missing_filter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, line in (("podman", "echo podman version 5.1.2"), ("docker", "exit 3")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{line}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(machine, "system_call_filter", lambda: (b"", "system calls are not filtered (why)"))
    found = look_at_machine()
    assert found.programs == {"podman": "5.1.2", "docker": "does not answer (status 3)"}
    assert found.filter == "system calls are not filtered (why)"


def test_a_program_that_hangs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "podman").write_text("#!/bin/sh\nread -r _ < /dev/zero\n")
    (tmp_path / "podman").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(machine, "_ASK_SECONDS", 0.0)
    assert "timed out" in look_at_machine().programs["podman"]


def test_gpus_that_cannot_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise EngineError("NVML does not work")

    monkeypatch.setattr(machine, "find_gpus", broken)
    assert look_at_machine().gpus == ("NVML does not work",)
