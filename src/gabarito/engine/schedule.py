"""The order in which jobs run, wherever they run: longest first among those that are ready, few of them in memory."""

from __future__ import annotations

import heapq
import logging
import math
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from queue import SimpleQueue

import msgspec

from gabarito.engine.worker import ungraded
from gabarito.errors import EngineError, NodeError
from gabarito.model import Job, Report

_AHEAD = 64
_AHEAD_BYTES = 256 << 20
_TRIES = 2

_log = logging.getLogger(__name__)

Finished = SimpleQueue[Future[bytes]]


@dataclass(frozen=True, slots=True)
class Crew:
    """Where jobs run: an executor, and the function that it is to call with a job's bytes.

    Attributes:
        executor: calls `run` somewhere, and gives what it returns.
        run: takes a job as MessagePack and gives its report as JSON. It may be called again with the same job. It
            raises EngineError where something of ours broke, and NodeError where no job can run.
        slots: how many jobs run at the same time, as far as is known now.
    """

    executor: Executor
    run: Callable[[bytes], bytes]
    slots: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Rank:
    """What decides when a job's turn comes.

    Attributes:
        seconds: how long it will run, as far as anybody can tell.
        turn: how many jobs of the same submission come before it.
    """

    seconds: float
    turn: int = 0

    @property
    def key(self) -> tuple[int, int]:
        """The least comes first. Times within a factor of two count alike: then everybody's first job goes first."""
        return -math.frexp(self.seconds)[1], self.turn


@dataclass(order=True, slots=True)
class _Waiting:
    key: tuple[int, int]
    number: int
    job: Job = field(compare=False)
    size: int = field(compare=False)
    tries: int = field(default=0, compare=False)


def scheduled(
    jobs: Iterable[Job | None],
    crew: Crew,
    rank: Callable[[Job], Rank] | None = None,
    *,
    trim: Callable[[Job], Job] = lambda job: job,
    ahead: int = _AHEAD,
    ahead_bytes: int = _AHEAD_BYTES,
    wait: Callable[[Finished], Future[bytes]] = SimpleQueue.get,
) -> Iterator[tuple[Job, Report]]:
    """Reports of all jobs, each as soon as it is there.

    A job that something of ours broke is tried once more; after that its report says `ungraded`.

    Args:
        jobs: taken one by one, no more than are needed. None says that no other should be taken before one has ended.
        crew: where they run.
        rank: how long a job will take, asked when it is taken; by default that follows from its size.
        trim: what of a job is run, asked when its turn comes, of one that broke once more.
        ahead: how many jobs are held ready; among them the longest goes first.
        ahead_bytes: how large they may be together; one is held in any case. As much again may be on its way beyond
            the jobs that run.
        wait: gives the next job that ended; a simulation moves its clock here.

    Raises:
        NodeError: jobs can't run where they should.
    """
    rank = rank or (lambda job: Rank(float(size_of(job))))
    return _Schedule(iter(jobs), crew, rank, trim, ahead, ahead_bytes, wait).run()


def size_of(job: Job) -> int:
    """Bytes that a job takes, about."""
    return sum(len(cell.source) for cell in job.cells) + sum(len(file.content) for file in job.files)


class _Schedule:
    def __init__(
        self,
        jobs: Iterator[Job | None],
        crew: Crew,
        rank: Callable[[Job], Rank],
        trim: Callable[[Job], Job],
        ahead: int,
        ahead_bytes: int,
        wait: Callable[[Finished], Future[bytes]],
    ) -> None:
        self._jobs = jobs
        self._crew = crew
        self._rank = rank
        self._trim = trim
        self._ahead, self._ahead_bytes = ahead, ahead_bytes
        self._wait = wait
        self._window: list[_Waiting] = []
        self._window_bytes = 0
        self._running: dict[Future[bytes], _Waiting] = {}
        self._running_bytes = 0
        self._finished: Finished = SimpleQueue()
        self._taken = 0
        self._has_more = True
        self._is_held = False

    def run(self) -> Iterator[tuple[Job, Report]]:
        try:
            while True:
                while self._may_submit():
                    self._submit(self._pop())
                if self._wants_more and self._finished.empty():  # while others run
                    self._take()
                elif self._running:
                    yield from self._settle(self._wait(self._finished))
                    self._is_held = False
                elif self._is_held:
                    self._is_held = False
                elif not self._has_more:
                    return
        finally:
            for future in self._running:
                future.cancel()

    @property
    def _wants_more(self) -> bool:
        is_full = len(self._window) >= self._ahead or self._window_bytes >= self._ahead_bytes
        return self._has_more and not is_full and not self._is_held

    def _may_submit(self) -> bool:
        """Nobody waits for work; and once it is known which job is the longest, the next ones wait where they run."""
        if not self._window:
            return False
        slots = max(1, self._crew.slots())  # none while a cluster's machines come back
        if len(self._running) < slots:
            return True
        return not self._wants_more and len(self._running) < 2 * slots and self._running_bytes < self._ahead_bytes

    def _take(self) -> None:
        try:
            job = next(self._jobs)
        except StopIteration:
            self._has_more = False
            return
        if job is None:
            self._is_held = True
            return
        self._taken += 1
        waiting = _Waiting(self._rank(job).key, self._taken, job, size_of(job))
        heapq.heappush(self._window, waiting)
        self._window_bytes += waiting.size

    def _pop(self) -> _Waiting:
        waiting = heapq.heappop(self._window)
        self._window_bytes -= waiting.size
        return waiting

    def _submit(self, waiting: _Waiting) -> None:
        waiting.tries += 1
        future = self._crew.executor.submit(self._crew.run, msgspec.msgpack.encode(self._trim(waiting.job)))
        self._running[future] = waiting
        self._running_bytes += waiting.size
        future.add_done_callback(self._finished.put)

    def _settle(self, future: Future[bytes]) -> Iterator[tuple[Job, Report]]:
        waiting = self._running.pop(future)
        self._running_bytes -= waiting.size
        try:
            report = msgspec.json.decode(future.result(), type=Report)
        except NodeError:
            raise
        except EngineError as e:
            again = waiting.tries < _TRIES
            _log.warning("a job broke", extra={"told": {"job": waiting.job.key, "why": str(e), "again": again}})
            if again:
                self._submit(waiting)
                return
            report = ungraded(waiting.job, str(e))
        yield waiting.job, report
