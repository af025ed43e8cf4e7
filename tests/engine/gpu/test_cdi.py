"""A worker in podman gets its GPU by CDI; what stands in for the GPU are two harmless device files and a variable."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import gabarito
from gabarito.engine import Worker, WorkerSpec
from gabarito.engine.gpu import Gpu, GpuShare
from gabarito.engine.gpu.watchdog import Watchdog
from gabarito.engine.processes import descendants
from gabarito.engine.sandbox.container import ContainerSandbox
from gabarito.engine.sandbox.protocol import Request
from gabarito.errors import EngineError
from gabarito.model import Outcome
from tests.engine.jobs import job

_FOLDERS = (Path("/etc/cdi"), Path("/var/run/cdi"))
_SPECIFICATION = {
    "cdiVersion": "0.5.0",
    "kind": "nvidia.com/gpu",
    "containerEdits": {
        "env": ["GIVEN_TO_ALL=yes"],
        "deviceNodes": [{"path": "/dev/nvidiactl", "hostPath": "/dev/zero", "type": "c", "major": 1, "minor": 5}],
    },
    "devices": [
        {
            "name": str(number),
            "containerEdits": {
                "env": [f"GIVEN={number}"],
                "deviceNodes": [
                    {"path": f"/dev/nvidia{number}", "hostPath": "/dev/null", "type": "c", "major": 1, "minor": 3}
                ],
            },
        }
        for number in range(2)
    ],
}
_LOOK = """
import os
given = {k: v for k, v in os.environ.items() if k.startswith("GIVEN")}
f"{given} {sorted(n for n in os.listdir('/dev') if n.startswith('nvidia'))} {open('/dev/nvidia1', 'rb').read(1)}"
"""
_HOG = "import ctypes, signal\nctypes.CDLL(None).prctl(15, b'hog')\nsignal.pause()"


def _share(number: int) -> GpuShare:
    return GpuShare(Gpu(str(number), f"GPU-{number}", "Test GPU", 8 << 30), 4 << 30)


class _HostContainers(ContainerSandbox):
    """Containers over this machine's own programs, in the place of an image: everything else is as it always is."""

    def __init__(self, skeleton: Path) -> None:
        super().__init__("podman", "none")
        self._skeleton = skeleton

    def _run(self, request: Request, name: str, argv: Sequence[str]) -> list[str]:
        shown = {"/usr", sys.prefix, sys.base_prefix, str(Path(gabarito.__file__).parents[1])}
        mounts = [part for folder in sorted(shown) for part in ("--volume", f"{os.path.realpath(folder)}:{folder}:ro")]
        path = ("--env", f"PYTHONPATH={Path(gabarito.__file__).parents[1]}")
        rootfs = ("--rootfs", f"{self._skeleton}:O")
        return ["podman", "run", *self._options(request, name), *mounts, *path, *rootfs, sys.executable, *argv[1:]]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ContainerSandbox]:
    if shutil.which("podman") is None or os.geteuid() != 0:
        pytest.skip("needs podman, and root to say which devices there are")
    if any("nvidia.com" in file.read_text() for folder in _FOLDERS if folder.is_dir() for file in folder.iterdir()):
        pytest.skip("this machine has a specification for real GPUs")
    skeleton = tmp_path_factory.mktemp("root")
    skeleton.chmod(0o755)  # student code is somebody else
    for name in ("usr", "etc", "proc", "sys", "dev", "tmp", "run", "var/tmp", "root"):
        (skeleton / name).mkdir(parents=True)
    for name in ("bin", "lib", "lib64", "sbin"):
        (skeleton / name).symlink_to(f"usr/{name}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONTAINERS_CONF", str(Path(__file__).parents[2] / "containers.conf"))
        made = _HostContainers(skeleton)
        tried = subprocess.run(
            made._run(Request(), "gabarito-cdi-try", ("", "-c", "None")), capture_output=True, check=False
        )
        if tried.returncode != 0:
            pytest.skip(f"podman starts no container here: {tried.stderr.decode()[-300:]}")
        _FOLDERS[1].mkdir(parents=True, exist_ok=True)
        specification = _FOLDERS[1] / f"gabarito-test-{os.getpid()}.json"
        specification.write_text(json.dumps(_SPECIFICATION))
        try:
            yield made
        finally:
            specification.unlink()


def test_a_worker_gets_the_gpu_of_its_share_and_no_other(sandbox: ContainerSandbox) -> None:
    with Worker(WorkerSpec(sandbox=sandbox, gpu=_share(1))) as worker:
        (cell,) = worker.run(job(_LOOK)).cells
    assert (cell.message, cell.value) == (
        "",
        "\"{'GIVEN_TO_ALL': 'yes', 'GIVEN': '1'} ['nvidia1', 'nvidiactl'] b''\"",
    )


def test_a_worker_without_a_share_gets_none(sandbox: ContainerSandbox) -> None:
    with Worker(WorkerSpec(sandbox=sandbox)) as worker:
        (cell,) = worker.run(job(_LOOK.replace("open('/dev/nvidia1', 'rb').read(1)", "''"))).cells
    assert cell.value == "'{} [] '"


def test_a_gpu_without_a_specification_is_an_error_that_says_what_to_do(sandbox: ContainerSandbox) -> None:
    with pytest.raises(EngineError, match=r"nvidia.com/gpu=7.*nvidia-ctk cdi generate"):
        Worker(WorkerSpec(sandbox=sandbox, gpu=_share(7)))


def test_the_watchdog_finds_the_processes_of_a_container(sandbox: ContainerSandbox) -> None:
    roots: list[int] = []

    def hogs(gpu: Gpu) -> dict[int, int | None]:
        below = [pid for root in roots for pid in descendants(root)]
        return {pid: 5 << 30 for pid in below if _name_of(pid) == "hog"}

    dog = Watchdog(pytest.fail, look=hogs)
    with dog.running(interval=0.01), Worker(WorkerSpec(sandbox=sandbox, gpu=_share(0)), dog) as worker:
        assert worker._watch is not None
        assert worker._watch.root != worker.pid
        roots.append(worker._watch.root)
        (cell,) = worker.run(job(_HOG)).cells
    assert cell.outcome is Outcome.MEMORY
    assert "used 5 GiB of GPU memory; the limit is 4 GiB" in cell.message


def _name_of(pid: int) -> str:
    """What the process calls itself; empty where it has ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""
