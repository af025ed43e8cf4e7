"""The order of jobs, how many are in memory, and what becomes of those that break."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from concurrent.futures.process import ProcessPoolExecutor
from typing import Any

import msgspec
import pytest

from gabarito.engine.schedule import Crew, Finished, Rank, scheduled, size_of
from gabarito.errors import EngineError, NodeError
from gabarito.model import Job, JobCell, JobFile, Outcome, Report, Role


def _job(key: str, size: int = 1) -> Job:
    return Job(key=key, cells=(JobCell(index=0, id="a", role=Role.PLAIN, source="#" * size),))


def answer(body: bytes) -> bytes:
    """A report with no cell, in any process."""
    assert type(body) is bytes
    return msgspec.json.encode(Report(key=msgspec.msgpack.decode(body, type=Job).key, cells=()))


class _Hand(Executor):
    """Runs a job when it is waited for, first come first served."""

    def __init__(self, slots: int = 1, run: Callable[[bytes], bytes] = answer) -> None:
        self.given: list[tuple[Future[Any], Callable[..., Any], bytes]] = []
        self.order: list[str] = []
        self.most = 0
        self.crew = Crew(self, run, lambda: slots)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        (body,) = args
        future: Future[Any] = Future()
        self.given.append((future, fn, body))
        self.order.append(msgspec.msgpack.decode(body, type=Job).key)
        self.most = max(self.most, len(self.given))
        return future

    def wait(self, finished: Finished) -> Future[bytes]:
        if finished.empty():
            future, run, body = self.given.pop(0)
            try:
                future.set_result(run(body))
            except Exception as e:
                future.set_exception(e)
        return finished.get()


def _keys(hand: _Hand, jobs: Any, **settings: Any) -> list[str]:
    return [job.key for job, _ in scheduled(jobs, hand.crew, wait=hand.wait, **settings)]


def test_the_longest_goes_first_but_nobody_waits_for_it() -> None:
    hand = _Hand()
    jobs = [_job(key, 10**size) for key, size in [("a", 1), ("b", 2), ("c", 4), ("d", 3)]]
    assert _keys(hand, jobs) == ["a", "c", "d", "b"]


def test_what_was_measured_counts_more_than_the_size() -> None:
    seconds = {"a": 1.0, "b": 1.0, "c": 60.0, "d": 9.0}
    assert _keys(_Hand(), [_job(k, 9) for k in "abcd"], rank=lambda j: Rank(seconds[j.key])) == ["a", "c", "d", "b"]


def test_students_take_turns_where_times_are_alike() -> None:
    keys = ["ana 0", "ana 1", "ana 2", "bo 0", "bo 1", "cy 0"]
    ranks = {key: Rank(1.1 + n / 10, int(key[-1])) for n, key in enumerate(keys)}
    assert _keys(_Hand(), map(_job, keys), rank=lambda j: ranks[j.key]) == [
        *("ana 0", "bo 0", "cy 0", "ana 1", "bo 1", "ana 2")
    ]


def test_few_are_in_memory() -> None:
    ended: list[str] = []
    most = 0

    def jobs() -> Iterator[Job]:
        nonlocal most
        for n in range(100):
            most = max(most, n + 1 - len(ended))
            yield _job(str(n))

    hand = _Hand(slots=3)
    for job, _ in scheduled(jobs(), hand.crew, ahead=8, wait=hand.wait):
        ended.append(job.key)
    assert len(ended) == 100
    assert hand.most == 6, "one waits behind each that runs"
    assert most <= 6 + 8 + 1


def test_large_jobs_are_held_one_at_a_time() -> None:
    taken = 0

    def jobs() -> Iterator[Job]:
        nonlocal taken
        for n in range(6):
            taken += 1
            yield Job(key=str(n), cells=(), files=(JobFile("data", b"#" * 100),))

    hand = _Hand()
    results = scheduled(jobs(), hand.crew, ahead_bytes=100, wait=hand.wait)
    next(results)
    assert taken <= 3
    assert len(list(results)) == 5
    assert hand.most <= 2
    assert size_of(Job(key="", cells=_job("", 5).cells, files=(JobFile("x", b"123"),))) == 8


def test_a_job_that_broke_is_tried_once_more() -> None:
    tries: list[bytes] = []

    def breaks(body: bytes) -> bytes:
        tries.append(body)
        if b"bad" in body or len(tries) == 1:
            raise EngineError("the worker ended")
        return answer(body)

    hand = _Hand(run=breaks)
    reports = {r.key: r for _, r in scheduled([_job("unlucky"), _job("bad"), _job("good")], hand.crew, wait=hand.wait)}
    assert sorted(hand.order) == ["bad", "bad", "good", "unlucky", "unlucky"]
    assert reports["unlucky"].cells == reports["good"].cells == ()
    assert reports["bad"].cells[0].outcome is Outcome.UNGRADED
    assert reports["bad"].cells[0].message == "not graded: the worker ended"


@pytest.mark.parametrize("error", [NodeError("no worker can be started"), ValueError("a fault")])
def test_what_concerns_every_job_ends_the_run(error: Exception) -> None:
    def breaks(body: bytes) -> bytes:
        raise error

    hand = _Hand(run=breaks)
    with pytest.raises(type(error), match=str(error)):
        _keys(hand, [_job("a"), _job("b"), _job("c")])
    assert hand.order == ["a", "b"]
    assert hand.given[0][0].cancelled()


def test_a_job_is_trimmed_when_its_turn_comes() -> None:
    ran: list[int] = []
    left = [5, 4, 3]

    def run(body: bytes) -> bytes:
        ran.append(len(msgspec.msgpack.decode(body, type=Job).cells))
        return answer(body)

    def trim(job: Job) -> Job:
        return msgspec.structs.replace(job, cells=job.cells * left.pop(0))

    hand = _Hand(run=run)
    whole = [_job(str(n)) for n in range(3)]
    found = [job for job, _ in scheduled(whole, hand.crew, wait=hand.wait, trim=trim)]
    assert found == whole, "they are told as they were given"
    assert ran == [5, 4, 3]


def test_any_executor_will_do() -> None:
    """Bytes and a function of a module: nothing else has to travel."""
    with ProcessPoolExecutor(2) as executor:
        crew = Crew(executor, answer, lambda: 2)
        assert {r.key for _, r in scheduled([_job(str(n)) for n in range(9)], crew)} == set("012345678")


def test_a_source_that_holds_back() -> None:
    hand = _Hand(slots=2)
    seen: list[str] = []

    def source() -> Iterator[Job | None]:
        yield _job("a")
        yield None
        seen.append(f"{len(hand.given)} run")
        yield _job("b")
        yield None
        yield None
        yield _job("c")
        seen.append(f"{len(hand.given)} run")

    assert _keys(hand, source()) == ["a", "b", "c"]
    assert seen == ["0 run", "1 run"], "it is asked again when one has ended, and where nothing runs"
    assert _keys(_Hand(), iter([None, _job("d")])) == ["d"]
