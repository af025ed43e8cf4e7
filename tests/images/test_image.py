"""An image as podman builds it here: these tests are left out, with the reason, where there is no podman."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from gabarito.engine import wire
from gabarito.engine.image import PYTHON
from gabarito.images.build import build_image
from gabarito.images.check import check_image
from gabarito.images.pip_settings import read_pip_settings
from gabarito.images.program import call

QUIETLY = ("run", "--rm", "--interactive", "--network", "none", "--read-only", "--tmpfs", "/tmp")


def inside(image: str, *command: str) -> str:
    return call("podman", *QUIETLY, image, *command, doing="looking inside")


def test_an_image_that_was_just_built_is_good(podman: str, cpu_image: str) -> None:
    checked = check_image(podman, cpu_image)
    assert {f.name: f.problem for f in checked.findings if f.problem} == {}


def test_building_again_takes_all_from_the_last_time(podman: str, cpu_image: str, base_image: str) -> None:
    before = json.loads(call(podman, "image", "inspect", cpu_image, doing="looking"))[0]["RootFS"]["Layers"]
    lines: list[str] = []
    build_image("cpu", engine=podman, base=base_image, tag=cpu_image, on_line=lines.append)
    assert not [line for line in lines if "Installing" in line]
    after = json.loads(call(podman, "image", "inspect", cpu_image, doing="looking"))[0]["RootFS"]["Layers"]
    assert after == before


def test_nothing_of_this_machine_is_in_it(podman: str, cpu_image: str) -> None:
    described = call(podman, "image", "inspect", cpu_image, doing="looking")
    described += call(podman, "history", "--no-trunc", cpu_image, doing="looking")
    here = [str(Path.home()), str(Path(__file__).parents[2]), *read_pip_settings().mounts]
    assert [place for place in here if place in described] == []
    for place in read_pip_settings().mounts:
        if not place.startswith("/etc/ssl/"):  # every Debian has those
            assert inside(cpu_image, "bash", "-c", f"ls -d {place} 2>/dev/null || true") == ""
    assert inside(cpu_image, "bash", "-c", "ls -A /dev/gabarito /run/secrets /root/.cache 2>/dev/null || true") == ""


@pytest.mark.parametrize("command", ["ls /", "grep root /etc/passwd", "sed -n 1p /etc/passwd", "echo a | sort | wc -l"])
def test_cells_find_the_programs_that_they_call(podman: str, cpu_image: str, command: str) -> None:
    assert inside(cpu_image, "bash", "-c", command)


def test_a_worker_starts_in_it_and_ends_with_its_input(podman: str, cpu_image: str) -> None:
    worker = subprocess.Popen(
        [podman, *QUIETLY, cpu_image, PYTHON, "-P", "-s", "-m", "gabarito.engine.supervisor", '{"preload": ["torch"]}'],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        ready = wire.Reader(worker.stdout.fileno(), wire.FromSupervisor).read()
        worker.stdin.close()
    assert isinstance(ready, wire.Ready)
    assert ready.missing == ()
    assert worker.returncode == 0
