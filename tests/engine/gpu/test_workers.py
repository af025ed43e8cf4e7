"""Workers with a part of a GPU: what student code finds there, and what becomes of one that uses too much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from gabarito.engine import Worker, WorkerSpec, run_jobs
from gabarito.engine.gpu import Gpu, GpuShare
from gabarito.engine.gpu.lock import GpuLock
from gabarito.engine.gpu.watchdog import Watchdog
from gabarito.engine.processes import descendants
from gabarito.errors import EngineError
from gabarito.model import CellReport, Job, Limits, Outcome, Report
from tests.engine.gpu.stub import GIB, Machine
from tests.engine.jobs import job

_GPU = Gpu("0", "GPU-00aa-0000", "Test GPU", 8 * GIB)
_SHARE = GpuShare(_GPU, 4 * GIB)
_VISIBLE = "import os\nos.environ['CUDA_VISIBLE_DEVICES']"
_HOG = "import ctypes, signal\nctypes.CDLL(None).prctl(15, b'hog')  # its name\nsignal.pause()"
_FULL = "raise RuntimeError('CUDA out of memory. Tried to allocate 20.00 GiB')"
_WRITES_MUCH = "x = bytearray(1 << 40)"
_RESERVES_MUCH = "import mmap\nx = mmap.mmap(-1, 1 << 38, flags=mmap.MAP_PRIVATE | 0x4000, prot=mmap.PROT_READ)"
_TOO_MUCH = "the notebook was stopped because it used 5 GiB of GPU memory; the limit is 4 GiB"


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker(WorkerSpec(gpu=_SHARE)) as started:
        yield started


@pytest.fixture(scope="module")
def plain() -> Iterator[Worker]:
    with Worker(WorkerSpec()) as started:
        yield started


def _only(report: Report) -> CellReport:
    (cell,) = report.cells
    return cell


def test_student_code_sees_the_workers_gpu(worker: Worker) -> None:
    assert _only(worker.run(job(_VISIBLE))).value == "'GPU-00aa-0000'"


def test_student_code_sees_none_in_a_worker_without_one(plain: Worker) -> None:
    assert _only(plain.run(job(_VISIBLE))).value == "''"


def test_address_space_can_be_reserved_where_there_is_a_gpu(worker: Worker, plain: Worker) -> None:
    assert _only(worker.run(job(_RESERVES_MUCH))).outcome is Outcome.PASSED
    assert _only(plain.run(job(_RESERVES_MUCH))).outcome is not Outcome.PASSED


def test_one_huge_allocation_is_refused_with_and_without_a_gpu(worker: Worker, plain: Worker) -> None:
    for each in (worker, plain):
        cell = _only(each.run(job(_WRITES_MUCH, limits=Limits(memory_bytes=GIB))))
        assert (cell.outcome, cell.message) == (Outcome.MEMORY, "MemoryError (the memory limit is 1024 MiB)")


def test_a_gpu_that_is_full_is_the_outcome_memory_with_the_limit_of_its_memory(worker: Worker, plain: Worker) -> None:
    said = "RuntimeError: CUDA out of memory. Tried to allocate 20.00 GiB"
    cell = _only(worker.run(job(_FULL)))
    assert (cell.outcome, cell.message) == (Outcome.MEMORY, f"{said} (the limit of GPU memory is 4096 MiB)")
    cell = _only(plain.run(job(_FULL)))
    assert (cell.outcome, cell.message) == (Outcome.MEMORY, said)


class _Hogs:
    """In the place of NVML: says that each process named `hog` below a worker uses 5 GiB."""

    def __init__(self) -> None:
        self.root = 0

    def __call__(self, gpu: Gpu) -> Mapping[int, int | None]:
        return {pid: 5 * GIB for pid in descendants(self.root) if _name(pid) == "hog"} if self.root else {}


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def test_a_cell_that_uses_too_much_ends_the_notebook_and_says_so() -> None:
    hogs = _Hogs()
    dog = Watchdog(pytest.fail, look=hogs)
    with dog.running(interval=0.01), Worker(WorkerSpec(gpu=_SHARE), dog) as worker:
        hogs.root = worker.pid
        first, second, third = worker.run(job("1", _HOG, "2")).cells
        assert first.outcome is Outcome.PASSED
        assert (second.outcome, second.message) == (Outcome.MEMORY, _TOO_MUCH)
        assert [output["evalue"] for output in second.outputs] == [_TOO_MUCH]
        assert third.outcome is Outcome.NOT_RUN
        assert third.message.endswith(_TOO_MUCH)
        assert worker.is_open
        assert _only(worker.run(job("import os\nos._exit(3)"))).outcome is Outcome.CRASHED, "not blamed on the GPU"


def test_a_process_that_may_not_be_ended_ends_with_its_worker() -> None:
    def refuse(pid: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    hogs = _Hogs()
    dog = Watchdog(pytest.fail, look=hogs, end=refuse)
    with dog.running(interval=0.01), Worker(WorkerSpec(gpu=_SHARE), dog) as worker:
        hogs.root = worker.pid
        first, second, third = worker.run(job("1", _HOG, "2")).cells
        assert first.outcome is Outcome.PASSED
        assert (second.outcome, second.message) == (Outcome.MEMORY, _TOO_MUCH)
        assert third.outcome is Outcome.NOT_RUN
        assert not worker.is_open


def test_a_checker_that_is_ended_is_our_failure_with_the_reason() -> None:
    hogs = _Hogs()
    dog = Watchdog(pytest.fail, look=hogs)
    with Worker(WorkerSpec(gpu=_SHARE), dog) as worker:
        assert worker._watch is not None
        worker._watch.blame(1, _TOO_MUCH)
        worker.kill()
        with pytest.raises(EngineError, match=_TOO_MUCH):
            worker.run(job("1"))


def test_a_gpu_that_does_not_work_is_no_students_fault() -> None:
    """There is no driver here, or no GPU of this UUID: torch says so where nobody's points rest on it."""
    with pytest.raises(EngineError, match=r"GPU 0 \(Test GPU, 8192 MiB\) can't be used in a worker: .*--gpus none"):
        Worker(WorkerSpec(preload=("torch",), gpu=_SHARE))


# Many jobs


@pytest.fixture
def locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the locks."""
    monkeypatch.setattr("gabarito.engine.gpu.lock.lock_folder", lambda: tmp_path)
    return tmp_path


def _keyed(key: str, source: str, *, exclusive: bool = False) -> Job:
    return Job(key=key, cells=job(source).cells, exclusive=exclusive)


def test_each_worker_has_its_own_part_and_no_more_run_than_there_are(machine: Machine, locks: Path) -> None:
    gpus = machine.gpu(0), machine.gpu(1)
    shares = [GpuShare(gpu, GIB) for gpu in gpus]
    weak: set[str] = set()
    reports = [r for _, r in run_jobs([job(_VISIBLE) for _ in range(4)], workers=8, gpus=shares, weak=weak)]
    assert {_only(report).value for report in reports} <= {f"'{gpu.uuid}'" for gpu in gpus}
    assert len(reports) == 4
    assert sorted(path.suffix for path in locks.iterdir())[:1] == [".turn"]


def test_a_timed_job_has_its_gpu_alone(machine: Machine, locks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    share = GpuShare(machine.gpu(), GIB)
    asked: list[bool] = []
    hold = GpuLock.hold

    def recorded(self: GpuLock, *, alone: bool, stopped: object) -> object:
        asked.append(alone)
        return hold(self, alone=alone, stopped=stopped)  # type: ignore[arg-type]

    monkeypatch.setattr(GpuLock, "hold", recorded)
    jobs = [_keyed("quick", "1"), _keyed("timed", "2", exclusive=True)]
    assert len(list(run_jobs(jobs, gpus=[share]))) == 2
    assert asked == [False, True]


def test_the_locks_are_free_after_a_run_that_was_given_up(machine: Machine, locks: Path) -> None:
    share = GpuShare(machine.gpu(), GIB)
    results = run_jobs([_keyed("timed", "1", exclusive=True), job("while True: pass")], gpus=[share])
    next(results)
    results.close()
    with GpuLock(share, locks).hold(alone=True) as held:
        assert held


def test_what_can_not_be_watched_is_told(machine: Machine, locks: Path) -> None:
    share = GpuShare(machine.gpu(), GIB)
    machine.fail("uuid", 999)
    weak: set[str] = set()
    results = run_jobs([job("import signal\nsignal.pause()", limits=Limits(idle_seconds=0.5))], gpus=[share], weak=weak)
    assert len(list(results)) == 1
    assert [sentence for sentence in weak if sentence.startswith("GPU memory of student code can't be watched: ")]
