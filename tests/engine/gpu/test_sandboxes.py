"""How each sandbox lets a GPU in; podman with a GPU that CDI gives is beside this."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from gabarito.engine import Worker, WorkerSpec
from gabarito.engine.gpu import Gpu, GpuShare
from gabarito.engine.sandbox import Request, Sandbox, make_sandbox
from gabarito.engine.sandbox.bubblewrap import BubblewrapSandbox
from gabarito.engine.sandbox.container import ContainerSandbox
from gabarito.engine.start import GpuPart, Start
from tests.engine.jobs import job
from tests.engine.sandbox.programs import Says, put_program

_SHARE = GpuShare(Gpu("1", "GPU-11aa", "Test GPU", 8 << 30), 4 << 30)
_NAMES = ("podman", "docker", "bubblewrap", "apptainer", "process")


def _argv(sandbox: Sandbox, share: GpuShare | None) -> tuple[str, ...]:
    return sandbox.command(Request(gpu=share)).argv


def _follows(argv: Sequence[str], *parts: str) -> bool:
    return any(tuple(argv[i : i + len(parts)]) == parts for i in range(len(argv)))


@pytest.mark.parametrize("name", _NAMES)
def test_the_supervisor_is_told_of_its_part(name: str) -> None:
    sandbox = make_sandbox(name, "image")
    start = msgspec.json.decode(_argv(sandbox, _SHARE)[-1], type=Start)
    assert start.gpu == GpuPart("1 (Test GPU, 8192 MiB)", _SHARE.fraction, 4 << 30)
    assert msgspec.json.decode(_argv(sandbox, None)[-1], type=Start).gpu is None


@pytest.mark.parametrize("name", ["podman", "docker"])
def test_containers_get_it_by_cdi(name: str) -> None:
    argv = _argv(ContainerSandbox(name, "image"), _SHARE)
    assert _follows(argv, "--device", "nvidia.com/gpu=1")
    assert _follows(argv, "--cap-add", "SYS_PTRACE"), "without, the supervisor can't see who has opened it"
    assert not [part for part in argv if "CUDA_VISIBLE_DEVICES" in part], "it is the only one there"
    without = _argv(ContainerSandbox(name, "image"), None)
    assert "--device" not in without
    assert "SYS_PTRACE" not in without


def test_containers_with_a_gpu_run_another_image() -> None:
    assert "localhost/gabarito:cuda" in _argv(make_sandbox("podman", target="cuda"), _SHARE)
    assert "localhost/gabarito:cpu" in _argv(make_sandbox("podman"), None)
    assert "my:image" in _argv(make_sandbox("podman", "my:image", "cuda"), _SHARE)


def test_apptainer_gets_it_by_nv_and_a_variable() -> None:
    argv = _argv(make_sandbox("apptainer", "course.sif"), _SHARE)
    assert "--nv" in argv[: argv.index("course.sif")]
    assert _follows(argv, "--env", "CUDA_VISIBLE_DEVICES=GPU-11aa")
    without = _argv(make_sandbox("apptainer", "course.sif"), None)
    assert "--nv" not in without
    assert _follows(without, "--env", "CUDA_VISIBLE_DEVICES=")


@pytest.mark.parametrize("name", ["bubblewrap", "process"])
def test_on_this_machines_own_devices_a_variable_picks_it(name: str) -> None:
    sandbox = make_sandbox(name)
    assert sandbox.command(Request(gpu=_SHARE)).environment["CUDA_VISIBLE_DEVICES"] == "GPU-11aa"
    assert sandbox.command(Request()).environment["CUDA_VISIBLE_DEVICES"] == ""


def test_a_container_is_watched_below_its_own_first_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sandbox = ContainerSandbox("docker", "image")
    command = sandbox.command(Request())
    for said, root in (("4711\n", 4711), ("0\n", 5), ("", 5), ("no such container", 5)):
        put_program(monkeypatch, tmp_path, "docker", {"inspect": Says(said)})
        assert sandbox.root(command, 5) == root
    assert (tmp_path / "calls").read_text().splitlines()[-1].endswith(command.name)


@pytest.mark.parametrize("name", ["bubblewrap", "apptainer", "process"])
def test_others_are_watched_below_what_was_started(name: str) -> None:
    sandbox = make_sandbox(name, "image")
    assert sandbox.root(sandbox.command(Request()), 5) == 5


@pytest.mark.skipif(shutil.which("bwrap") is None or os.geteuid() != 0, reason="needs bubblewrap, and root")
def test_device_files_reach_student_code_below_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A harmless device file stands in for the GPU's: one that bubblewrap's own /dev doesn't have."""
    device = "/dev/kmsg"
    monkeypatch.setattr("gabarito.engine.sandbox.bubblewrap.device_files", lambda: (device,))
    look = f"import json, os\njson.dumps([os.path.exists({device!r}), os.path.isdir('/sys/devices')])"
    found = []
    for share in (_SHARE, None):
        with Worker(WorkerSpec(sandbox=BubblewrapSandbox(), gpu=share)) as worker:
            found.append(json.loads(str(worker.run(job(look)).cells[0].value).strip("'")))
    assert found == [[os.path.exists(device), True], [False, False]]
