"""What a worker that runs this machine's Python gets of this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gabarito.engine import Worker, WorkerSpec
from gabarito.engine.sandbox.host import own_environment
from gabarito.model import Job, JobCell, Role


def test_folders_to_import_from_are_the_same_ones_where_a_worker_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([".", "", "lib", "/opt/packages"]))
    expected = os.pathsep.join([str(tmp_path), f"{tmp_path}/lib", "/opt/packages"])
    assert own_environment({})["PYTHONPATH"] == expected


def test_a_worker_starts_where_python_imports_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", ".")
    with Worker(WorkerSpec(preload=("doctest",))) as worker:
        assert worker.missing == ()


def test_threads_are_told_to_sleep_while_they_wait() -> None:
    source = "import os\nassert os.environ['OMP_WAIT_POLICY'] == 'PASSIVE'"
    cell = JobCell(index=0, id="a", role=Role.PLAIN, source=source)
    with Worker(WorkerSpec()) as worker:
        assert [c.message for c in worker.run(Job(key="a", cells=(cell,))).cells] == [""]
