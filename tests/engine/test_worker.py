"""The worker as the coordinator sees it, when things go wrong on our side."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from gabarito.engine import Worker, WorkerSpec, kept_workers, run_jobs
from gabarito.engine.processes import descendants
from gabarito.engine.sandbox import ProcessSandbox
from gabarito.engine.worker import _unfinished
from gabarito.errors import EngineError
from gabarito.model import Contract, Job, JobCell, Mode, Outcome, Role
from tests.engine.jobs import TIGHT, job


def test_packages_that_cannot_be_imported_are_named() -> None:
    with Worker(WorkerSpec(preload=("json", "no_such_package"))) as worker:
        assert len(worker.missing) == 1
        assert worker.missing[0].startswith("no_such_package (ModuleNotFoundError")
        assert worker.run(job("1")).cells[0].outcome is Outcome.PASSED


def test_a_closed_worker_leaves_no_process() -> None:
    worker = Worker(WorkerSpec())
    pids = descendants(worker.pid)
    worker.close()
    assert not any(Path(f"/proc/{pid}").exists() for pid in [worker.pid, *pids])


def test_a_killed_worker_takes_its_processes_along() -> None:
    worker = Worker(WorkerSpec())
    seen: list[int] = []
    timer = threading.Thread(target=lambda: _kill_when_busy(worker, seen))
    timer.start()
    with pytest.raises(EngineError, match="ended"):
        worker.run(job("import os\nif os.fork() == 0: os.setsid()\nwhile True: pass"))
    timer.join()
    assert len(seen) >= 3
    for pid in seen:
        _wait_until_gone(pid)


def test_the_job_of_a_broken_worker_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[Worker] = []
    real = Worker.run

    def breaks_once(self: Worker, given: Job) -> object:
        tries.append(self)
        if len(tries) == 1:
            self.kill()
        return real(self, given)

    monkeypatch.setattr(Worker, "run", breaks_once)
    ((_, report),) = list(run_jobs([job("1 + 1")]))
    assert report.cells[0].outcome is Outcome.PASSED
    assert len(set(tries)) == 2


def test_a_job_that_breaks_every_worker_is_ungraded_and_not_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Worker.run

    def always_breaks(self: Worker, given: Job) -> object:
        if given.key == "bad":
            self.kill()
        return real(self, given)

    monkeypatch.setattr(Worker, "run", always_breaks)
    good = job("1 + 1")
    bad = Job(key="bad", cells=good.cells)
    reports = {given.key: report for given, report in run_jobs([good, bad, Job(key="last", cells=good.cells)])}
    assert reports["bad"].cells[0].outcome is Outcome.UNGRADED
    assert "worker ended" in reports["bad"].cells[0].message
    assert reports["job"].cells[0].outcome is reports["last"].cells[0].outcome is Outcome.PASSED


def test_several_workers_share_the_jobs() -> None:
    jobs = [Job(key=str(n), cells=job(f"{n} * 2").cells) for n in range(9)]
    values = {given.key: report.cells[0].value for given, report in run_jobs(jobs, workers=3)}
    assert values == {str(n): str(2 * n) for n in range(9)}


def test_kept_workers_serve_call_after_call_and_end_with_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Worker] = []
    real = Worker.__init__

    def told(self: Worker, *args: object) -> None:
        started.append(self)
        real(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Worker, "__init__", told)
    sandbox = ProcessSandbox()
    with kept_workers() as run:
        for number in range(3):
            ((_, report),) = list(run([job(f"{number} + 1")], sandbox=sandbox))
            assert report.cells[0].value == str(number + 1)
        assert len(started) == 1
        started[0].kill()  # while it waits: the next call's job is tried again in another one
        ((_, report),) = list(run([job("5")], sandbox=sandbox))
        assert report.cells[0].value == "5"
        list(run([job("6")], sandbox=sandbox, preload=("json",)))
        assert len(started) == 3
        results = run([job("1"), job("while True: pass")], sandbox=sandbox)
        next(results)
        results.close()
    for worker in started:
        assert not worker.is_open
        _wait_until_gone(worker.pid)


def test_no_jobs_start_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Worker, "__init__", lambda *_: pytest.fail("a worker was started"))
    assert list(run_jobs([], workers=2)) == []


def test_a_caller_that_stops_asking_leaves_no_worker() -> None:
    before = set(descendants(os.getpid()))
    results = run_jobs([job("1"), job("while True: pass"), job("while True: pass")], workers=2)
    next(results)
    results.close()
    for pid in set(descendants(os.getpid())) - before:
        _wait_until_gone(pid)


def test_an_error_in_the_jobs_reaches_the_caller() -> None:
    def jobs() -> object:
        yield job("1")
        raise ValueError("cannot make this job")

    with pytest.raises(ValueError, match="cannot make this job"):
        list(run_jobs(jobs()))  # type: ignore[arg-type]


def _computes(test: str) -> Job:
    contract = Contract(mode=Mode.TWO_PROCESS)
    cells = (
        JobCell(index=0, id="before", role=Role.PLAIN, source="x = 1"),
        JobCell(index=1, id="test", role=Role.TEST, source=test, contract=contract),
        JobCell(index=2, id="after", role=Role.PLAIN, source="x"),
    )
    return Job(key="job", cells=cells, limits=TIGHT)


@pytest.mark.parametrize("test", ["while True: pass", "sum(range(10**15))"], ids=["heard", "not heard"])
def test_a_test_that_computes_without_end_is_stopped(worker: Worker, test: str) -> None:
    """In Python it hears the signal; deep in a library it doesn't, and its process has to be killed."""
    report = worker.run(_computes(test))
    before, stopped, after = report.cells
    assert [before.outcome, stopped.outcome, after.outcome] == [Outcome.PASSED, Outcome.TIMEOUT, Outcome.NOT_RUN]
    assert stopped.mode is Mode.TWO_PROCESS
    assert "the test was stopped after 0.6 s of CPU time, which is the limit" in stopped.message
    assert stopped.message in after.message
    assert worker.run(job("1 + 1")).cells[0].value == "2"


def test_cells_without_a_verdict_are_told_of_only_if_the_checker_was_stopped() -> None:
    given = _computes("1")
    assert list(_unfinished(given, 1, "")) == []
    stopped, left = _unfinished(given, 1, "too long")
    assert (stopped.outcome, stopped.message, stopped.mode) == (Outcome.TIMEOUT, "too long", Mode.TWO_PROCESS)
    assert (left.outcome, left.mode) == (Outcome.NOT_RUN, None)
    assert "too long" in left.message
    first = next(_unfinished(given, 0, "too long"))
    assert (first.index, first.outcome, first.mode) == (0, Outcome.TIMEOUT, None)
    assert list(_unfinished(given, 3, "too long")) == []


def _kill_when_busy(worker: Worker, seen: list[int]) -> None:
    while len(seen) < 3:
        seen[:] = descendants(worker.pid)
    os.kill(worker.pid, signal.SIGKILL)


def _close_when_busy(worker: Worker, seen: list[int]) -> None:
    while len(seen) < 3:
        seen[:] = descendants(worker.pid)
    assert worker._process.stdin is not None
    worker._process.stdin.close()


def _wait_until_gone(pid: int) -> None:
    """The kernel kills asynchronously: look until it has, or fail after a number of looks that can't be enough."""
    for _ in range(2_000_000):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state in "ZX":
            return
    os.kill(pid, signal.SIGKILL)
    pytest.fail(f"process {pid} is still there")


def test_a_worker_whose_coordinator_has_gone_ends_with_its_job() -> None:
    """The pipe of jobs closes: a container sees nothing else of a coordinator that was killed."""
    worker = Worker(WorkerSpec())
    seen: list[int] = []
    timer = threading.Thread(target=lambda: _close_when_busy(worker, seen))
    timer.start()
    with pytest.raises(EngineError, match="the coordinator has gone"):
        worker.run(job("while True: pass"))
    timer.join()
    for pid in seen:
        _wait_until_gone(pid)
