"""How many workers a machine gets: one in any case, the others while there is memory."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from gabarito.engine import WorkerSpec
from gabarito.engine import seats as module
from gabarito.engine.sandbox.apptainer import ApptainerSandbox
from gabarito.engine.seats import Seats
from gabarito.errors import EngineError, NodeError
from gabarito.model import Job, Limits, Report
from tests.engine.jobs import job

_MIB = 1 << 20


class _Worker:
    """In the place of a worker: takes jobs until it is let go."""

    started = forked = 0
    root = pid = 1
    weak = ("it can't hold this",)

    def __init__(self, spec: WorkerSpec, watchdog: object, template: _Template | None = None) -> None:
        if template is not None and not template.works:
            raise EngineError("it can't be forked")
        type(self).started += 1
        type(self).forked += template is not None
        self.is_open = True

    def run(self, given: Job) -> Report:
        if given.key == "together":
            both.wait(20)
        return Report(key=given.key, cells=())

    def close(self) -> None:
        self.is_open = False

    kill = close


class _Template:
    """In the place of what workers are forked from."""

    made = 0
    works = is_open = True

    def __init__(self, spec: WorkerSpec) -> None:
        type(self).made += 1

    def close(self) -> None:
        type(self).is_open = False


both = threading.Barrier(2)


@pytest.fixture(autouse=True)
def workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Worker", _Worker)
    monkeypatch.setattr(module, "Template", _Template)
    monkeypatch.setattr(_Worker, "started", 0)
    monkeypatch.setattr(_Worker, "forked", 0)
    monkeypatch.setattr(_Template, "made", 0)
    monkeypatch.setattr(_Template, "is_open", True)


def _seats(free_mib: int, size: int = 3, own_mib: int = 800) -> Seats:
    spec = WorkerSpec(limits=Limits(memory_bytes=1000 * _MIB))
    return Seats(spec, (None,) * size, available=lambda: free_mib * _MIB, used=lambda worker: own_mib * _MIB)


def _run(seats: Seats, *keys: str) -> None:
    with ThreadPoolExecutor(len(keys)) as pool:
        for body in pool.map(seats.run, (msgspec.msgpack.encode(Job(key=key, cells=job("1").cells)) for key in keys)):
            assert msgspec.json.decode(body, type=Report).key in keys


def test_a_machine_with_memory_gets_them_at_once() -> None:
    seats = _seats(100_000)
    _run(seats, "together", "together")
    assert (_Worker.started, seats.said) == (2, set())
    seats.close()


def test_one_is_started_in_any_case_and_serves_all() -> None:
    seats = _seats(0)
    _run(seats, *"abcdef")
    assert _Worker.started == 1
    assert seats.weak == {"it can't hold this"}
    seats.close()


@pytest.mark.parametrize(("free", "is_enough"), [(1800, True), (1799, False)])
def test_a_further_one_needs_its_own_memory_and_that_of_a_submission(free: int, is_enough: bool) -> None:
    seats = _seats(free)
    _run(seats, "first")
    first = seats._take()
    assert seats._may_start() is is_enough
    told = (
        "1 of 3 workers were started, and no more: one takes 800 MiB of memory, 1799 MiB are free, and 1000 MiB of "
        "these are kept for a submission at its limit (c.Gabarito.memory_mb)"
    )
    assert seats.said == (set() if is_enough else {told})
    seats._give_back(first)
    seats.close()


def test_nothing_is_said_before_anything_is_known() -> None:
    """The first is not up yet: how much it takes can only be guessed."""
    seats = _seats(1800)
    seats._take()
    assert not seats._may_start()
    assert not seats.said


def test_what_waits_for_a_seat_is_told_when_all_stops() -> None:
    seats = _seats(0)
    seats._take()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(seats.run, msgspec.msgpack.encode(job("1")))
        seats.stop()
        with pytest.raises(EngineError, match="the run was stopped"):
            waiting.result()
    assert _Worker.started == 0


def test_a_worker_that_does_not_start_is_the_machines_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(spec: WorkerSpec, *_: object) -> None:
        raise EngineError("no worker can be started in process: no")

    seats = _seats(0)
    with monkeypatch.context() as patch:
        patch.setattr(module, "Worker", fails)
        with pytest.raises(NodeError, match="no worker can be started in process: no"):
            _run(seats, "a")
    _run(seats, "a")
    seats.close()


def test_fewer_seats_end_workers() -> None:
    seats = _seats(100_000)
    _run(seats, "together", "together")
    ended = seats._seats[1].worker
    seats.resize((None,))
    assert ended is not None
    assert not ended.is_open
    assert len(seats._seats) == 1
    seats.close()


def test_several_are_forked_from_one_template() -> None:
    seats = _seats(100_000)
    _run(seats, "together", "together")
    assert (_Worker.forked, _Template.made, _Template.is_open) == (2, 1, True)
    seats.close()
    assert not _Template.is_open


def test_a_single_one_needs_no_template() -> None:
    seats = _seats(100_000, size=1)
    _run(seats, "a")
    assert (_Worker.started, _Worker.forked, _Template.made) == (1, 0, 0)
    seats.close()


def test_a_sandbox_that_cannot_part_them_starts_each_by_itself() -> None:
    spec = WorkerSpec(sandbox=ApptainerSandbox())
    seats = Seats(spec, (None, None), available=lambda: 1 << 40, used=lambda worker: 1)
    _run(seats, "together", "together")
    assert (_Worker.started, _Worker.forked, _Template.made) == (2, 0, 0)
    seats.close()


def test_where_they_cannot_be_forked_each_starts_by_itself(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(_Template, "works", False)
    seats = _seats(100_000)
    _run(seats, "together", "together")
    assert (_Worker.started, _Worker.forked, _Template.made) == (2, 0, 1)
    assert "workers can't be forked" in caplog.text
    seats.close()
