"""Podman and docker: the command line, and each way in which an engine can be broken."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from gabarito.engine import run_jobs
from gabarito.engine.image import PYTHON, WORKER_LABEL, worker_digest
from gabarito.engine.sandbox import Request
from gabarito.engine.sandbox.container import ContainerSandbox
from gabarito.errors import EngineError
from gabarito.model import Limits
from tests.engine.jobs import job
from tests.engine.sandbox.programs import Says, put_program

ENGINES = ("podman", "docker")
_INFO = {"Id": "sha256:0123abcd", "Config": {"Labels": {WORKER_LABEL: worker_digest()}}}
FINE = {"version": Says("4.3"), "image": Says(json.dumps([_INFO])), "run": Says()}


def _image(labels: dict[str, str] | None) -> Says:
    return Says(json.dumps([{"Id": "sha256:0123abcd", "Labels": labels}]))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (None, "is not installed; install it (Debian, Ubuntu: apt-get install"),
        (
            {"version": Says(stderr="Cannot connect to the Docker daemon at unix:///x. Is it running?", status=1)},
            "start docker's daemon",
        ),
        (
            {"version": Says(stderr="dial unix /var/run/docker.sock: permission denied", status=1)},
            "it lacks a right: try as root",
        ),
        ({"version": Says(status=3)}, "does not answer: it said nothing"),
        ({"image": Says(stderr="no such image", status=125)}, "gabarito image build"),
        ({"image": Says("not JSON")}, "there is no image localhost/gabarito:cpu"),
        ({"image": Says("[]")}, "there is no image localhost/gabarito:cpu"),
        ({"image": _image({WORKER_LABEL: "old"})}, "was built from another version of gabarito"),
        ({"image": _image(None)}, "was built from another version of gabarito"),
        ({"run": Says(stderr="writing blob: no space left on device", status=125)}, "the disk is full"),
        ({"run": Says(stderr="fork/exec: cannot allocate memory", status=126)}, "the machine is out of memory"),
        ({"run": Says(stderr="\nodd\nfault\n", status=125)}, "starts no container: fault"),
        ({}, ""),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, engine: str, changed: dict[str, Says] | None, words: str
) -> None:
    put_program(monkeypatch, tmp_path, engine, None if changed is None else FINE | changed)
    problem = ContainerSandbox(engine).problem()
    assert words in problem
    assert bool(problem) == bool(words)


def test_an_image_of_somebody_elses_needs_no_label(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put_program(monkeypatch, tmp_path, "podman", FINE | {"image": _image(None)})
    sandbox = ContainerSandbox("podman", "registry.example/course:2")
    assert sandbox.problem() == ""
    assert sandbox.image == "0123abcd"


def test_an_engine_that_hangs_is_a_problem_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put_program(monkeypatch, tmp_path, "podman", FINE)
    monkeypatch.setattr("gabarito.engine.sandbox.container._ASK_SECONDS", 0.0)
    assert "timed out" in ContainerSandbox("podman").problem()


@pytest.mark.parametrize("engine", ENGINES)
def test_the_command_line_takes_everything_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, engine: str) -> None:
    monkeypatch.setenv("GABARITO_MARKER", "of the host")
    sandbox = ContainerSandbox(engine, "some:image")
    limits = Limits(memory_bytes=1 << 30, scratch_bytes=1 << 20, processes=10)
    command = sandbox.command(
        Request(preload=("torch",), limits=limits, data={"d": "/srv/d"}, environment={"A": "b c"}, filter=b"x")
    )
    argv = list(command.argv)
    before, after = argv[: argv.index("some:image")], argv[argv.index("some:image") + 1 :]
    assert before[:2] == [engine, "run"]
    options = " ".join(before)
    for part in (
        "--rm --interactive",
        f"--name {command.name}",
        "--pull never",
        "--network none",
        "--read-only ",
        "--user 0:0",
        "--cap-drop all",
        "--security-opt no-new-privileges",
        "--cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add KILL --cap-add SETGID --cap-add SETUID",
        f"--memory {(2 << 30) + (2 << 30) + (1 << 20)}",
        f"--memory-swap {(2 << 30) + (2 << 30) + (1 << 20)}",
        "--pids-limit 74",
        "--shm-size 1048576",
        "--tmpfs /tmp:rw,nosuid,nodev,mode=1777,size=1048576",
        "--mount type=bind,source=/srv/d,target=/data/d,readonly",
        "--env A=b c",
    ):
        assert part in options
    assert ("--read-only-tmpfs=false" in options) == (engine == "podman")
    assert ("proc-opts=hidepid=2" in options) == (engine == "podman")
    assert "MARKER" not in options
    assert options.count("--cap-add") == 5
    assert after[:5] == [PYTHON, "-P", "-s", "-m", "gabarito.engine.supervisor"]
    assert json.loads(after[5])["data"] == {"d": "/data/d"}


def test_two_workers_have_two_names() -> None:
    sandbox = ContainerSandbox("podman")
    assert sandbox.command(Request()).name != sandbox.command(Request()).name


def test_stopping_kills_the_container_by_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log = put_program(monkeypatch, tmp_path, "podman", FINE)
    sandbox = ContainerSandbox("podman")
    command = sandbox.command(Request())
    sandbox.stop(command)
    assert log.read_text().split() == ["kill", command.name]


@pytest.mark.parametrize(("user", "version", "weak"), [(0, "v1", False), (1000, "v1", True), (1000, "v2", False)])
def test_rootless_podman_has_no_limits_with_old_control_groups(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, user: int, version: str, weak: bool
) -> None:
    put_program(monkeypatch, tmp_path, "podman", FINE | {"info": Says(version + "\n")})
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert any("rootless" in sentence for sentence in ContainerSandbox("podman").lacks.values()) == weak


def test_a_container_that_does_not_start_is_our_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put_program(monkeypatch, tmp_path, "podman", {"run": Says(stderr="Error: no space left on device", status=125)})
    with pytest.raises(EngineError, match=r"it said: Error: no space left on device; the disk is full"):
        list(run_jobs([job("1")], sandbox=ContainerSandbox("podman")))


def test_an_engine_that_has_gone_is_our_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put_program(monkeypatch, tmp_path, "podman")
    with pytest.raises(EngineError, match="no worker can be started in podman"):
        list(run_jobs([job("1")], sandbox=ContainerSandbox("podman")))
