"""The machine's lock for tests that look at a clock."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from gabarito.engine import Worker, WorkerSpec
from gabarito.engine import file_lock as locks
from gabarito.engine.timing import TimingLock
from gabarito.errors import EngineError
from gabarito.model import Job, JobCell, Limits, Outcome, Report, Role
from tests.engine.waits import Waits


def _job() -> Job:
    cells = (
        JobCell(index=0, id="a", role=Role.PLAIN, source="1"),
        JobCell(index=1, id="t", role=Role.TEST, source="1", timed=True),
    )
    # A cell may wait for its turn for longer than it may run.
    return Job(key="k", cells=cells, limits=Limits(idle_seconds=0.2, cell_wall_seconds=0.2))


def test_a_worker_waits_with_such_a_test_and_its_notebook_pays_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, reports = TimingLock(lambda: tmp_path), list[Report]()
    with Worker(WorkerSpec()) as worker:
        worker._timing, worker._killed = TimingLock(lambda: tmp_path), Waits()
        other.take(threading.Event())
        running = threading.Thread(target=lambda: reports.append(worker.run(_job())))
        running.start()
        assert worker._killed.begun.wait(60)
        looks = iter(range(40))  # of a fiftieth of a second each: longer than the cell's limits
        while next(looks, None) is not None:
            worker._killed.begun.clear()
            assert worker._killed.begun.wait(60)
        assert not reports
        other.release()
        running.join(60)
        assert [cell.outcome for cell in reports[0].cells] == [Outcome.PASSED] * 2
        other.take(threading.Event())  # it was let go of
        other.release()


def test_a_worker_that_is_killed_waits_no_longer(tmp_path: Path) -> None:
    other, errors = TimingLock(lambda: tmp_path), list[EngineError]()
    other.take(threading.Event())
    with Worker(WorkerSpec()) as worker:
        worker._timing, worker._killed = TimingLock(lambda: tmp_path), Waits()

        def run() -> None:
            try:
                worker.run(_job())
            except EngineError as e:
                errors.append(e)

        running = threading.Thread(target=run)
        running.start()
        assert worker._killed.begun.wait(60)
        worker.kill()
        running.join(60)
        assert len(errors) == 1
    other.release()


def test_a_lock_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"the lock .*gabarito-timing can't be opened"):
        TimingLock(lambda: tmp_path / "absent").take(threading.Event())


def test_who_holds_it_has_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "_FOR_ALL", (str(tmp_path),))
    tmp_path.chmod(0o1777)
    lock = TimingLock()
    lock.release()
    lock.take(threading.Event())
    lock.take(threading.Event())
    assert (tmp_path / "gabarito-timing").exists()
    lock.release()
