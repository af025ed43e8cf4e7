from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping

import pytest

from gabarito.engine.gpu import Gpu, GpuShare
from gabarito.engine.gpu import watchdog as module
from gabarito.engine.gpu.watchdog import Watch, Watchdog, over_budget, processes_on
from gabarito.errors import EngineError
from tests.engine.gpu.stub import GIB, Machine

_GPU, _OTHER = Gpu("0", "GPU-a", "A", 8 * GIB), Gpu("1", "GPU-b", "B", 8 * GIB)
_SHARE = GpuShare(_GPU, 4 * GIB)
_TREE = {10: [11, 12], 20: [21]}
"""Workers 10 and 20, with the processes below them."""


class _Machine:
    """What is used, who was ended, and what was said."""

    def __init__(self, used: Mapping[int, int | None] | None = None) -> None:
        self.used = dict(used or {})
        self.ended: list[int] = []
        self.said: list[str] = []
        self.dog = Watchdog(self.said.append, look=self.look, below=lambda pid: _TREE[pid], end=self.end)

    def look(self, gpu: Gpu) -> Mapping[int, int | None]:
        return self.used if gpu == _GPU else {}

    def end(self, pid: int) -> None:
        self.ended.append(pid)


def test_who_keeps_to_the_budget_is_left_alone() -> None:
    machine = _Machine({11: 4 * GIB, 99: 100 * GIB})
    watch = machine.dog.watch(10, _SHARE)
    machine.dog.step()
    assert machine.ended == []
    assert watch.sentence == ""


def test_who_uses_more_is_ended_and_why_is_kept() -> None:
    machine = _Machine({11: 5 * GIB + GIB // 10, 99: GIB})
    watch = machine.dog.watch(10, _SHARE)
    machine.dog.step()
    assert machine.ended == [11]
    assert watch.sentence == ("the notebook was stopped because it used 5.1 GiB of GPU memory; the limit is 4 GiB")


def test_processes_of_one_worker_count_together_and_the_largest_ends_first() -> None:
    machine = _Machine({11: 2 * GIB, 12: 3 * GIB})
    watch = machine.dog.watch(10, _SHARE)
    machine.dog.step()
    assert machine.ended == [12]
    assert "5 GiB" in watch.sentence


def test_workers_count_apart() -> None:
    machine = _Machine({11: 4 * GIB, 21: 5 * GIB})
    first, second = machine.dog.watch(10, _SHARE), machine.dog.watch(20, _SHARE)
    machine.dog.step()
    assert machine.ended == [21]
    assert (first.sentence, bool(second.sentence)) == ("", True)


def test_a_worker_on_another_gpu_is_held_to_that_one() -> None:
    machine = _Machine({21: 5 * GIB})
    machine.dog.watch(20, GpuShare(_OTHER, GIB))
    machine.dog.step()
    assert machine.ended == []


def test_a_worker_that_has_ended_is_forgotten() -> None:
    machine = _Machine({11: 5 * GIB})
    machine.dog.forget(machine.dog.watch(10, _SHARE))
    machine.dog.step()
    assert machine.ended == []


def test_no_budget_is_no_limit() -> None:
    machine = _Machine({11: 5 * GIB})
    machine.dog.watch(10, GpuShare(_GPU, 0))
    machine.dog.step()
    assert machine.ended == []


def test_the_next_job_is_not_blamed_for_the_one_before() -> None:
    machine = _Machine({11: 5 * GIB})
    watch = machine.dog.watch(10, _SHARE)
    watch.begin()
    machine.dog.step()
    assert watch.sentence
    watch.begin()
    assert watch.sentence == ""


def test_a_job_that_began_while_it_was_looked_is_not_blamed() -> None:
    machine = _Machine({11: 5 * GIB})
    watch = machine.dog.watch(10, _SHARE)
    machine.dog._end = lambda pid: watch.begin()
    machine.dog.step()
    assert watch.sentence == ""


def test_a_process_that_is_gone_by_itself_was_not_ended() -> None:
    machine = _Machine({11: 3 * GIB, 12: 5 * GIB})

    def end(pid: int) -> None:
        if pid == 12:
            raise ProcessLookupError
        machine.end(pid)

    machine.dog._end = end
    watch = machine.dog.watch(10, _SHARE)
    machine.dog.step()
    assert machine.ended == []
    assert watch.sentence == ""


def test_a_process_that_may_not_be_ended_is_said() -> None:
    machine = _Machine({11: 5 * GIB})

    def end(pid: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    machine.dog._end = end
    watch = machine.dog.watch(10, _SHARE)
    machine.dog.step()
    machine.dog.step()
    assert machine.said == ["student code that uses too much GPU memory can't be ended (Operation not permitted)"]
    assert watch.sentence == ""


def test_what_nvml_does_not_tell_is_said_once() -> None:
    machine = _Machine({11: None, 12: 5 * GIB})
    machine.dog.watch(10, _SHARE)
    machine.dog.step()
    machine.dog.step()
    assert machine.ended == [12, 12]
    (said,) = machine.said
    assert "doesn't say what each process uses of GPU 0" in said


def test_an_nvml_that_fails_is_said_once_and_asked_again() -> None:
    machine = _Machine({11: 5 * GIB})
    machine.dog.watch(10, _SHARE)

    def fail(gpu: Gpu) -> Mapping[int, int | None]:
        raise EngineError("it has gone to bed")

    machine.dog._look = fail
    machine.dog.step()
    machine.dog.step()
    assert machine.said == ["GPU memory of student code can't be watched: it has gone to bed"]
    machine.dog._look = machine.look
    machine.dog.step()
    assert machine.ended == [11]


def test_amounts_that_look_the_same_are_told_finer() -> None:
    assert over_budget(4 * GIB + 30 * 2**20, 4 * GIB) == (
        "the notebook was stopped because it used 4126 MiB of GPU memory; the limit is 4096 MiB"
    )
    assert "used 600 MiB of GPU memory; the limit is 512 MiB" in over_budget(600 << 20, 512 << 20)


def test_nvml_tells_who_uses_what(machine: Machine) -> None:
    first, second = machine.gpu(0), machine.gpu(1)
    assert processes_on(first) == {}
    machine.use(first, 4711, 3 * GIB)
    machine.use(second, 4712, GIB)
    machine.use(second, 4713, None)
    assert processes_on(first) == {4711: 3 * GIB}
    assert processes_on(second) == {4712: GIB, 4713: None}


def test_an_nvml_that_is_gone_is_an_error(machine: Machine) -> None:
    gpu = machine.gpu()
    machine.refuse(9)
    with pytest.raises(EngineError, match=r"NVML, which had found GPU 0 .* is gone"):
        processes_on(gpu)
    machine.path.unlink()
    with pytest.raises(EngineError, match="is gone"):
        processes_on(gpu)


def test_an_old_driver_is_an_error(machine: Machine) -> None:
    gpu = machine.gpu()
    machine.fail("processes", 13)
    with pytest.raises(EngineError, match=r"NVML\) doesn't work"):
        processes_on(gpu)


def test_a_real_process_below_a_worker_is_killed(machine: Machine) -> None:
    gpu = machine.gpu()
    shell = [sys.executable, "-c", "import subprocess; print(subprocess.Popen(['cat']).pid, flush=True); input()"]
    with subprocess.Popen(shell, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        child = int(worker.stdout.readline())
        machine.use(gpu, child, 5 * GIB)
        machine.use(gpu, os.getpid(), 50 * GIB)
        dog = Watchdog(pytest.fail)
        watch = dog.watch(worker.pid, GpuShare(gpu, 4 * GIB))
        dog.step()
        assert "used 5 GiB" in watch.sentence
        worker.kill()


def test_the_thread_looks_until_the_block_ends(machine: Machine) -> None:
    gpu = machine.gpu()
    machine.use(gpu, 11, 5 * GIB)
    ended = threading.Event()
    dog = Watchdog(lambda sentence: None, below=lambda pid: [11], end=lambda pid: ended.set())
    dog.watch(10, GpuShare(gpu, GIB))
    with dog.running(interval=0.001):
        ended.wait()
    assert not [t for t in threading.enumerate() if t.name == "gpu-watchdog"]


@pytest.mark.parametrize("inode", [4026532000, None])
def test_it_says_where_it_can_see_no_processes(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, inode: int | None
) -> None:
    monkeypatch.setattr(module, "_FIRST_PROCESS_NAMESPACE", inode)
    said: list[str] = []
    dog = Watchdog(said.append)
    with dog.running(), dog.running():
        pass
    assert ["container" in sentence for sentence in said] == [True]


def test_it_says_where_it_can_not_begin(machine: Machine) -> None:
    machine.refuse(999)
    said: queue.Queue[str] = queue.Queue()
    with Watchdog(said.put).running():
        assert "can't be watched: NVIDIA's management library (NVML) doesn't work" in said.get()


def test_a_watch_starts_without_blame() -> None:
    assert Watch(1, _SHARE).sentence == ""
