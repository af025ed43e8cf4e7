from __future__ import annotations

import json

import pytest

from gabarito.images.recipe import labels
from tests.cli.commands import Gabarito
from tests.images.stubs import Stub, inspected, stub

__all__ = ["stub"]

GOOD: dict[str, list[str]] = {
    name: [] for name in ("worker", "versions", "imports", "programs", "set-user-id", "writable")
}


def test_build_says_what_it_built(gabarito: Gabarito, stub: Stub) -> None:
    stub.answer("build", out="STEP 1: FROM [base]\n\n")
    ended = gabarito("image", "build", "--base", "localhost/debian:12")
    assert ended.code == 0, ended.errors
    assert ended.output.startswith("localhost/gabarito:cpu: built with podman in ")
    (arguments,) = stub.calls()
    assert "BASE=localhost/debian:12" in arguments


def test_build_gives_the_image_the_name_that_is_asked_for(gabarito: Gabarito, stub: Stub) -> None:
    stub.answer("build")
    ended = gabarito("image", "build", "--target", "cuda", "--tag", "localhost/course:1", "--engine", "podman")
    assert ended.output.startswith("localhost/course:1: built")


def test_a_failed_build_shows_what_the_engine_said(gabarito: Gabarito, stub: Stub) -> None:
    stub.answer("build", code=1, err="Error: no space left on device\n")
    ended = gabarito("image", "build", width=200)
    assert ended.code == 1
    first, second = ended.errors.splitlines()
    assert first.startswith("error: building localhost/gabarito:cpu failed: podman ended with code 1; the disk is full")
    assert second == "  Error: no space left on device"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("build", "--target", "tpu"), "no target 'tpu'; there are: cpu, cuda"),
        (("list", "--engine", "lxc"), "no engine 'lxc'; there are: podman, docker"),
    ],
)
def test_values_that_can_not_be_meant_are_refused(
    gabarito: Gabarito, stub: Stub, arguments: tuple[str, ...], said: str
) -> None:
    stub.answer("build")
    ended = gabarito("image", *arguments)
    assert ended.code == 2
    assert said in ended.errors


@pytest.mark.parametrize("command", ["build", "list", "check"])
def test_a_missing_engine_is_told(gabarito: Gabarito, stub: Stub, command: str) -> None:
    ended = gabarito("image", command)
    assert ended.code == 1
    assert ended.errors.startswith("error: neither podman nor docker is installed")
    assert "apt-get install podman" in ended.errors


def test_list_tells_images_that_are_up_to_date_from_others(gabarito: Gabarito, stub: Stub) -> None:
    stub.answer("images", out="localhost/gabarito:cpu\n")
    stub.answer("image inspect", out=inspected(labels("cpu")))
    told = gabarito("image", "list", width=120).output
    assert [word in told for word in ("localhost/gabarito:cpu", "2026-02-03 04:05", "1.8 GB", "up to date")] == [
        True
    ] * 4
    stub.answer("image inspect", out=inspected({**labels("cpu"), "gabarito.lock": "other"}))
    told = gabarito("image", "list").output
    assert "outdated" in told
    assert "Run 'gabarito image build --target cpu' to make it anew." in told


def test_list_as_json(gabarito: Gabarito, stub: Stub) -> None:
    stub.answer("images", out="localhost/gabarito:cpu\n")
    stub.answer("image inspect", out=inspected(labels("cpu")))
    (image,) = json.loads(gabarito("image", "list", "--json").output)
    assert image["reference"] == "localhost/gabarito:cpu"
    assert image["target"] == "cpu"
    assert image["current"] is True


def test_no_images_are_no_error(gabarito: Gabarito, stub: Stub) -> None:
    stub.answer("images")
    ended = gabarito("image", "list")
    assert (ended.code, ended.output) == (0, "There is no image yet; run 'gabarito image build'.\n")
    assert json.loads(gabarito("image", "list", "--json").output) == []


def test_check_shows_each_finding(gabarito: Gabarito, stub: Stub) -> None:
    stub.answer("image inspect", out=inspected(labels("cpu")))
    stub.answer("run", out=json.dumps(GOOD))
    ended = gabarito("image", "check")
    assert ended.code == 0
    title, *lines = ended.output.splitlines()
    assert title == "localhost/gabarito:cpu, 1.8 GB"
    assert len(lines) == 7
    assert all(line.startswith("ok ") for line in lines)


def test_check_ends_with_1_where_something_is_wrong(gabarito: Gabarito, stub: Stub) -> None:
    stub.answer("image inspect", out=inspected({**labels("cpu"), "gabarito.worker": "other"}))
    stub.answer("run", out=json.dumps({**GOOD, "programs": ["curl"]}))
    ended = gabarito("image", "check", "localhost/gabarito:cpu", width=140)
    assert ended.code == 1
    wrong = [line for line in ended.output.splitlines() if line.startswith("wrong")]
    assert len(wrong) == 2
    text = " ".join(ended.output.split())
    assert "built from another version" in text
    assert "run 'gabarito image build --target cpu'" in text
    assert "no package manager, no network program: curl" in text


def test_check_as_json(gabarito: Gabarito, stub: Stub) -> None:
    stub.answer("image inspect", out=inspected(labels("cpu")))
    stub.answer("run", out=json.dumps({**GOOD, "writable": ["/x"]}))
    ended = gabarito("image", "check", "--json")
    assert ended.code == 1
    told = json.loads(ended.output)
    assert told["good"] is False
    assert {f["name"]: f["problem"] for f in told["findings"] if f["problem"]} == {"writable": "/x"}


def test_the_group_has_help_of_its_own(gabarito: Gabarito) -> None:
    ended = gabarito("image", "--help")
    assert ended.code == 0
    assert all(word in ended.output for word in ("build", "list", "check"))
