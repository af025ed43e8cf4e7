"""The real thing, where there is a GPU: what is promised of torch, CUDA and NVML together."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gabarito.engine import Worker, WorkerSpec
from gabarito.engine.gpu import GpuShare, find_gpus
from gabarito.engine.gpu.watchdog import Watchdog, processes_on
from gabarito.model import Job, JobCell, Outcome, Role
from tests.engine.jobs import job

pytestmark = pytest.mark.gpu
_BUDGET = 2 << 30
_MUCH = "x = torch.empty(4 << 30, dtype=torch.uint8, device='cuda')"
_LIFTED = f"torch.cuda.set_per_process_memory_fraction(1.0)\n{_MUCH}\nimport signal\nsignal.pause()"


@pytest.fixture(scope="module")
def share() -> GpuShare:
    return GpuShare(find_gpus()[0], _BUDGET)


@pytest.fixture(scope="module")
def dog() -> Iterator[Watchdog]:
    dog = Watchdog(pytest.fail)
    with dog.running():
        yield dog


@pytest.fixture(scope="module")
def worker(share: GpuShare, dog: Watchdog) -> Iterator[Worker]:
    with Worker(WorkerSpec(preload=("torch",), gpu=share), dog) as started:
        yield started


def test_each_notebook_opens_the_gpu_for_itself(worker: Worker, share: GpuShare) -> None:
    for _ in range(2):
        cells = worker.run(job("import torch", "x = torch.ones(3, device='cuda:0')", "x.sum().item()")).cells
        assert [cell.message for cell in cells] == ["", "", ""]
        assert cells[2].value == "3.0"
    assert worker.pid not in processes_on(share.gpu)


def test_there_is_one_gpu_and_torch_knows_it(worker: Worker) -> None:
    cells = worker.run(job("import torch", "torch.cuda.is_available(), torch.cuda.device_count()")).cells
    assert cells[1].value == "(True, 1)"


def test_a_test_in_the_students_process_follows_work_on_the_gpu(worker: Worker) -> None:
    cells = (
        JobCell(index=0, id="answer", role=Role.ANSWER, source="import torch\nx = torch.ones(3, device='cuda')"),
        JobCell(index=1, id="test", role=Role.TEST, source="assert x.sum() == 3"),
    )
    assert [cell.outcome for cell in worker.run(Job(key="job", cells=cells)).cells] == [Outcome.PASSED] * 2


def test_torch_says_no_in_the_line_that_wants_too_much(worker: Worker) -> None:
    first, second, third = worker.run(job("import torch", _MUCH, "torch.ones(1, device='cuda').item()")).cells
    assert first.outcome is Outcome.PASSED
    assert (second.outcome, second.error) == (Outcome.MEMORY, "OutOfMemoryError")
    assert second.message.endswith("(the limit of GPU memory is 2048 MiB)")
    assert third.value == "1.0"


def test_who_lifts_torchs_limit_meets_the_watchdog(worker: Worker) -> None:
    _, second = worker.run(job("import torch", _LIFTED)).cells
    assert second.outcome is Outcome.MEMORY
    assert "of GPU memory; the limit is 2 GiB" in second.message
