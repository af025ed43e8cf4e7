"""Many machines that don't exist: an executor whose clock is a number, for the scheduler that really grades."""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any

import msgspec

from gabarito.engine.schedule import Crew, Finished, Rank, scheduled
from gabarito.errors import EngineError
from gabarito.model import Job, Report

_NO_REPORT = msgspec.json.encode(Report(key="", cells=()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be simulated; all times are seconds.

    Attributes:
        seconds: what each notebook takes on a worker.
        workers: how many there are.
        start: when a worker is ready, counted from the first job.
        prepare: what the machine that coordinates does before a submission is run.
        record: what it does after that.
        failures: the share of runs that break, and cost their whole time.
        guess: what is known of a notebook's time beforehand; by default nothing.
        seed: for the failures.
    """

    seconds: Sequence[float]
    workers: int
    start: float = 0.0
    prepare: float = 0.0
    record: float = 0.0
    failures: float = 0.0
    guess: Callable[[float], float] = field(default=lambda seconds: 1.0)
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it.

    Attributes:
        seconds: from the first job to the last record.
        busy: the share of the workers' time in which they ran something.
        ungraded: submissions that broke twice.
        most: jobs on their way at the same time, at most.
    """

    seconds: float
    busy: float
    ungraded: int
    most: int


def simulate(plan: Plan) -> Outcome:
    """Let the scheduler of `gabarito grade` work on simulated machines."""
    machines = _Machines(plan)

    def jobs() -> Iterator[Job]:
        for number in range(len(plan.seconds)):
            machines.work(plan.prepare)
            yield Job(key=str(number), cells=())

    def rank(job: Job) -> Rank:
        return Rank(plan.guess(plan.seconds[int(job.key)]))

    ungraded = 0
    for _, report in scheduled(jobs(), machines.crew, rank, wait=machines.wait):
        machines.work(plan.record)
        ungraded += bool(report.notes)
    return Outcome(
        seconds=machines.now,
        busy=machines.worked / (plan.workers * machines.now),
        ungraded=ungraded,
        most=machines.most,
    )


class _Machines(Executor):
    """First come, first served; jobs go on while the machine that coordinates is at work itself."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._random = random.Random(plan.seed)
        self._idle = [plan.start] * plan.workers
        self._running: list[tuple[float, int, Future[bytes], bool]] = []
        self._waiting: deque[tuple[Future[bytes], float]] = deque()
        self._count = 0
        self.now = 0.0
        self.worked = 0.0
        self.most = 0
        self.crew = Crew(self, _nothing, lambda: plan.workers)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        (body,) = args
        seconds = self._plan.seconds[int(msgspec.msgpack.decode(body)["key"])]
        self._happen(self.now)
        if self._idle:
            self._begin(future, seconds, max(self.now, heapq.heappop(self._idle)))
        else:
            self._waiting.append((future, seconds))
        self.most = max(self.most, len(self._running) + len(self._waiting))
        return future

    def work(self, seconds: float) -> None:
        """The machine that coordinates is at work for so long."""
        self.now += seconds
        self._happen(self.now)

    def wait(self, finished: Finished) -> Future[bytes]:
        """The next that ended; the clock moves on to that where there is none yet."""
        self._happen(self.now)
        while finished.empty():
            self.now = max(self.now, self._running[0][0])
            self._happen(self.now)
        return finished.get()

    def _begin(self, future: Future[bytes], seconds: float, at: float) -> None:
        self._count += 1
        self.worked += seconds
        breaks = self._random.random() < self._plan.failures
        heapq.heappush(self._running, (at + seconds, self._count, future, breaks))

    def _happen(self, until: float) -> None:
        """Everything that ends by then; what waited begins at that very moment."""
        while self._running and self._running[0][0] <= until:
            ended, _, future, breaks = heapq.heappop(self._running)
            if self._waiting:
                self._begin(*self._waiting.popleft(), ended)
            else:
                heapq.heappush(self._idle, ended)
            if breaks:
                future.set_exception(EngineError("the worker ended"))
            else:
                future.set_result(_NO_REPORT)


def heavy_tailed(count: int, median: float, seed: int = 0, longest: float = 300.0) -> list[float]:
    """Seconds of a class in which a few take hundreds of times as long as most (log-normal, σ = 1.5, cut off)."""
    rng = random.Random(seed)
    return [min(longest, median * rng.lognormvariate(0.0, 1.5)) for _ in range(count)]


def bound(plan: Plan) -> Mapping[str, float]:
    """What no order of jobs can beat, by the reason for it."""
    each = plan.prepare + plan.record
    return {
        "workers": plan.start + sum(plan.seconds) / plan.workers,
        "longest": plan.start + max(plan.seconds),
        "coordinator": each * len(plan.seconds),
    }


def _nothing(body: bytes) -> bytes:
    raise NotImplementedError("simulated machines run nothing")
