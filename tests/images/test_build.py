from __future__ import annotations

import resource
from pathlib import Path

import pytest

from gabarito.errors import EngineError, UsageError
from gabarito.images import build
from gabarito.images.build import build_image
from gabarito.images.pip_settings import INSIDE, PipSettings
from gabarito.images.recipe import labels
from tests.images.stubs import Stub

SETTINGS = PipSettings(f"[global]\nfind-links = {INSIDE}/0\n", {"/srv/wheels": f"{INSIDE}/0"})


def after(arguments: list[str], option: str) -> list[str]:
    """The values of an option that may be given more than once."""
    return [arguments[n + 1] for n, word in enumerate(arguments) if word == option]


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "read_pip_settings", lambda: SETTINGS)


def test_podman_is_told_what_to_build(stub: Stub) -> None:
    stub.answer("build", out="STEP 1\n")
    lines: list[str] = []
    built = build_image("cuda", base="localhost/debian:12", on_line=lines.append)
    assert (built.reference, built.engine, built.target) == ("localhost/gabarito:cuda", "podman", "cuda")
    assert built.wall_seconds > 0
    assert lines == ["STEP 1"]
    (arguments,) = stub.calls()
    assert arguments[0] == "build"
    assert after(arguments, "--target") == ["cuda"]
    assert after(arguments, "--tag") == ["localhost/gabarito:cuda"]
    assert after(arguments, "--build-arg") == ["TARGET=cuda", "BASE=localhost/debian:12"]
    assert after(arguments, "--label") == [f"{name}={value}" for name, value in labels("cuda").items()]
    assert after(arguments, "--volume") == [f"/srv/wheels:{INSIDE}/0:ro"]
    assert {"Containerfile", "cuda.lock", "gabarito/engine/supervisor.py"} <= set(stub.context())


def test_pips_settings_are_a_secret_and_gone_afterwards(stub: Stub) -> None:
    stub.answer("build")
    build_image()
    assert stub.pip_conf() == SETTINGS.text
    (arguments,) = stub.calls()
    (secret,) = after(arguments, "--secret")
    assert secret.startswith("id=pip,src=")
    assert not Path(secret.partition("src=")[2]).exists()
    assert not Path(arguments[-1]).exists()
    assert not [word for word in arguments if "find-links" in word]


def test_the_default_base_is_that_of_the_recipe(stub: Stub) -> None:
    stub.answer("build")
    build_image(tag="localhost/mine:1")
    (arguments,) = stub.calls()
    assert after(arguments, "--build-arg") == ["TARGET=cpu"]
    assert after(arguments, "--tag") == ["localhost/mine:1"]


def test_podman_may_have_as_many_files_as_we(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    stub.answer("build")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, resource.RLIM_INFINITY))
    build_image()
    assert after(stub.calls()[0], "--ulimit") == [f"nofile=1024:{1 << 20}"]


def test_docker_is_told_in_its_own_way(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "read_pip_settings", lambda: PipSettings("[global]\n", {}))
    stub.answer("build", program="docker")
    assert build_image().engine == "docker"
    (arguments,) = stub.calls()
    assert "--progress" in arguments
    assert not {"--layers", "--ulimit", "--volume"} & set(arguments)


def test_docker_can_not_read_folders_of_this_machine(stub: Stub) -> None:
    stub.answer("build", program="docker")
    with pytest.raises(EngineError, match=r"pip's settings name /srv/wheels .*--engine podman"):
        build_image()
    assert stub.calls() == []


def test_a_failure_says_what_failed_and_what_podman_said(stub: Stub) -> None:
    stub.answer("build", code=125, out="STEP 1: FROM localhost/none\n", err="Error: localhost/none: image not known\n")
    with pytest.raises(EngineError) as caught:
        build_image(base="localhost/none")
    first, *more = str(caught.value).split("\n")
    assert first.startswith(
        "building localhost/gabarito:cpu failed: podman ended with code 125; there is no such image"
    )
    assert "--base" in first
    assert "  Error: localhost/none: image not known" in more


def test_an_unknown_target_is_refused(stub: Stub) -> None:
    stub.answer("build")
    with pytest.raises(UsageError, match="no target 'tpu'"):
        build_image("tpu")
