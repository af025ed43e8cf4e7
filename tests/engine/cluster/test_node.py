"""What runs in a Dask process, in this one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from gabarito.engine.cluster import node
from gabarito.engine.cluster.setup import Gpus, Setup, Tried
from gabarito.engine.data import data_digest
from gabarito.errors import EngineError
from gabarito.model import CellReport, Job, Outcome, Report
from tests.engine.cluster.test_nodes import setup_of
from tests.engine.gpu.conftest import library, machine
from tests.engine.gpu.stub import GIB, Machine
from tests.engine.jobs import job

__all__ = ["library", "machine"]


@pytest.fixture
def plain() -> Iterator[bytes]:
    """A setup whose workers end with the test."""
    setup = msgspec.json.encode(setup_of(preload=("json",)))
    yield setup
    node.end_workers(setup)


def _value(setup: bytes, source: str) -> str | None:
    answer = node.run_job(setup, msgspec.msgpack.encode(Job(key="k", cells=job(source).cells)))
    return msgspec.json.decode(answer, type=Report).cells[0].value


def test_a_worker_is_kept_from_job_to_job_and_ends_with_the_run(plain: bytes) -> None:
    assert msgspec.json.decode(node.try_node(plain), type=Tried).problem == ""
    place = node._places[plain]
    (seat,) = [seat for seat in place.seats._seats if seat.worker is not None]
    worker = seat.worker
    assert _value(plain, "40 + 2") == "42"
    assert seat.worker is worker
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(_value, plain, "while True: pass")
        while not seat.is_taken:
            pass
        node.end_workers(plain)
        with pytest.raises(EngineError):
            running.result()
    assert worker is not None
    assert not worker.is_open
    assert plain not in node._places


def test_workers_of_a_run_that_never_ended_end_after_a_while(plain: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _value(plain, "1") == "1"
    node._end_idle_once()
    assert plain in node._places
    monkeypatch.setattr(node, "_IDLE_SECONDS", -1.0)
    node._places[plain].running = 1
    node._end_idle_once()
    assert plain in node._places, "it has a job"
    node._places[plain].running = 0
    node._end_idle_once()
    assert plain not in node._places


def test_a_first_notebook_that_goes_wrong_is_noticed(plain: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = CellReport(index=0, id="try", outcome=Outcome.MEMORY, message="no memory")
    answer = msgspec.json.encode(Report(key="try", cells=(cell,)))
    monkeypatch.setattr(node, "run_job", lambda setup, body: answer)
    tried = msgspec.json.decode(node.try_node(plain), type=Tried)
    assert tried.problem == "a first notebook, 6 * 7, ended there as memory: no memory"


def test_gpus_are_those_of_the_node(machine: Machine) -> None:
    gpus = [machine.gpu(0), machine.gpu(1, memory=24 * GIB)]
    shares = node._shares(Gpus(2, 0))
    assert [share.gpu for share in shares] == gpus * 2
    assert shares[1].budget_bytes == 12 * GIB


def test_a_worker_gets_the_nodes_gpu(machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gabarito.engine.gpu.lock.lock_folder", lambda: tmp_path)
    gpu = machine.gpu()
    setup = msgspec.json.encode(setup_of(gpus=Gpus(1, GIB)))
    assert _value(setup, "import os; os.environ['CUDA_VISIBLE_DEVICES']") == f"'{gpu.uuid}'"
    node.end_workers(setup)


def test_the_digest_of_a_folder_is_of_names_and_sizes(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "b").mkdir(parents=True)
    (folder / "b" / "x").write_text("1")
    (folder / "a").write_text("22")
    first = data_digest(folder)
    (folder / "a").write_text("33")
    assert data_digest(folder) == first
    (folder / "a").write_text("4")
    assert data_digest(folder) != first
    (folder / "a").write_text("55")
    (folder / "b" / "x").rename(folder / "x")
    assert data_digest(folder) != first


def test_a_setup_travels_as_it_is() -> None:
    setup = setup_of(gpus=Gpus(2, 5))
    assert msgspec.json.decode(msgspec.json.encode(setup), type=Setup) == setup
