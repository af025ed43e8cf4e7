from __future__ import annotations

import pytest

from gabarito.errors import EngineError, UsageError
from gabarito.images.program import call, failure, follow, pick_program
from tests.images.stubs import Stub


def test_the_first_program_that_is_installed_is_taken(stub: Stub) -> None:
    stub.answer("version", program="docker")
    assert pick_program() == "docker"
    stub.answer("version", program="podman")
    assert pick_program() == "podman"
    assert pick_program("docker") == "docker"


@pytest.mark.parametrize(
    ("name", "words"), [(None, "neither podman nor docker is installed"), ("podman", "podman is not installed")]
)
def test_a_missing_program_is_told(stub: Stub, name: str | None, words: str) -> None:
    with pytest.raises(EngineError) as caught:
        pick_program(name)
    assert str(caught.value).startswith(words)
    assert str(stub.folder) in str(caught.value)
    assert "apt-get install podman" in str(caught.value)


def test_an_unknown_program_is_refused() -> None:
    with pytest.raises(UsageError, match="no engine 'lxc'; there are: podman, docker"):
        pick_program("lxc")


def test_what_it_prints_is_given_and_what_it_reads(stub: Stub) -> None:
    stub.answer("images", out="one\ntwo\n", err="a warning\n")
    assert call("podman", "images", doing="listing images", stdin="x") == "one\ntwo\n"


def test_a_program_that_may_not_be_started_is_told(stub: Stub) -> None:
    stub.answer("images")
    (stub.folder / "podman").chmod(0o644)
    for start in (
        lambda: call("podman", "images", doing="listing images"),
        lambda: follow("podman", ["images"], doing="listing images", on_line=print),
    ):
        with pytest.raises(EngineError, match=r"listing images failed: podman can't be started \(Permission denied\)"):
            start()


def test_a_program_that_vanished_is_told(stub: Stub) -> None:
    with pytest.raises(EngineError, match="listing images failed: podman is not installed"):
        call("podman", "images", doing="listing images")


def test_lines_are_handed_over_as_they_come(stub: Stub) -> None:
    stub.answer("build", out="STEP 1\nSTEP 2\n")
    lines: list[str] = []
    follow("podman", ["build"], doing="building x", on_line=lines.append, environment={"A": "b"})
    assert lines == ["STEP 1", "STEP 2"]


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("write /var/tmp/x: no space left on device", "the disk is full"),
        ("Error: open /var/lib/containers: permission denied", "it lacks a right: try as root"),
        ("Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", "start docker's daemon"),
        ("cannot find UID/GID for user x: no subuid ranges found", "usermod --add-subuids"),
        ("runc: error setting rlimits: setrlimit: operation not permitted", "CONTAINERS_CONF"),
        ("pinging container registry registry.example.org: dial tcp: no such host", "the base image can't be fetched"),
        ("reading manifest 3.99 in docker.io/library/python: manifest unknown", "there is no such image"),
        ("runc: error setting rlimit type 7: operation not permitted", "CONTAINERS_CONF"),
        (
            "initializing source docker://localhost/x:1: pinging container registry localhost: Get",
            "there is no such image",
        ),
        ("ERROR: No matching distribution found for torch==2.13.0+cpu", "a package of the lock can't be found"),
        ("ImportError: libstdc++.so.6: cannot open shared object file", "the base image lacks a library"),
        ("NewConnectionError: Failed to establish a new connection", "the packages can't be fetched"),
        ("something else", "what it said last stands below"),
    ],
)
def test_a_failure_tells_what_to_do(said: str, advice: str) -> None:
    first, *more = failure("podman", "building localhost/x", 125, ["STEP 1", "", said]).split("\n")
    assert first.startswith("building localhost/x failed: podman ended with code 125; ")
    assert advice in first
    assert more == ["  STEP 1", f"  {said}"]


def test_of_a_long_story_the_end_is_told() -> None:
    lines = failure("podman", "building x", 1, [f"line {n}" for n in range(100)]).split("\n")
    assert len(lines) < 20
    assert lines[-1] == "  line 99"
