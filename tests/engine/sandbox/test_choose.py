"""Which sandbox is taken, and why not another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from gabarito.engine.sandbox import STRONGEST_FIRST, choose_sandbox, make_sandbox
from gabarito.errors import EngineError, UsageError
from tests.engine.sandbox.programs import put_program
from tests.engine.sandbox.test_container import FINE


def test_auto_takes_the_strongest_that_works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put_program(monkeypatch, tmp_path, "docker", FINE)
    choice = choose_sandbox("auto")
    assert choice.sandbox.name == "docker"
    assert [name for name, _ in choice.passed_over] == ["podman"]
    assert "not installed" in choice.passed_over[0][1]


def test_auto_ends_with_a_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put_program(monkeypatch, tmp_path, "none")
    choice = choose_sandbox("auto")
    assert choice.sandbox.name == "process"
    assert [name for name, _ in choice.passed_over] == list(STRONGEST_FIRST[:-1])
    assert all("install" in reason for _, reason in choice.passed_over)


def test_a_named_one_is_taken_or_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put_program(monkeypatch, tmp_path, "podman", FINE)
    assert choose_sandbox("podman").sandbox.name == "podman"
    with pytest.raises(EngineError, match="the sandbox 'docker' can't be used: docker is not installed"):
        choose_sandbox("docker")


def test_an_unknown_one_is_refused() -> None:
    with pytest.raises(UsageError, match="no sandbox 'jail'; take one of auto, podman"):
        choose_sandbox("jail")
    with pytest.raises(UsageError, match="'auto'"):
        make_sandbox("auto")


@pytest.mark.parametrize("name", STRONGEST_FIRST)
def test_each_has_its_name(name: str) -> None:
    assert make_sandbox(name).name == name
