"""The workers of one process: taken for a job, kept for the next, and no more than the machine can hold."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace

import msgspec

from gabarito.engine.gpu import GpuShare
from gabarito.engine.gpu.lock import GpuLock
from gabarito.engine.gpu.watchdog import Watchdog
from gabarito.engine.memory_group import available_bytes
from gabarito.engine.processes import descendants, own_bytes
from gabarito.engine.sandbox import Request
from gabarito.engine.template import Template
from gabarito.engine.worker import Worker, WorkerSpec
from gabarito.errors import EngineError, NodeError
from gabarito.model import Job

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Seat:
    """A place for one worker, with the part of a GPU that it gets."""

    gpu: GpuShare | None
    lock: GpuLock | None
    worker: Worker | None = None
    is_taken: bool = False


class Seats:
    """Workers for jobs that come in several threads.

    Beyond the first, a worker is started only while the machine has the memory: for the worker, and for one submission
    at its limit.

    Attributes:
        spec: what they are.
        weak: what they can't hold on this machine, in plain sentences.
        said: what else a person should know, in plain sentences.
    """

    def __init__(
        self,
        spec: WorkerSpec,
        parts: Sequence[GpuShare | None] = (None,),
        *,
        available: Callable[[], int] = available_bytes,
        used: Callable[[Worker], int] | None = None,
    ) -> None:
        """Seats without workers: those are started by the jobs that find none.

        Args:
            spec: what the workers are.
            parts: the part of a GPU that each has, if any; there are as many seats.
            available: bytes of memory that processes of this machine can still get.
            used: bytes that a worker takes while it has no job.

        Raises:
            EngineError: the lock of a GPU can't be opened.
        """
        self.spec = spec
        self.weak: set[str] = set()
        self.said: set[str] = set()
        self._available = available
        self._used = used or _worker_bytes
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._stack = ExitStack()
        self._watchdog = Watchdog(self._say_weak) if any(parts) else None
        self._seats: list[_Seat] = []
        self.resize(parts)
        self._own_bytes = 0
        self._starting = 0
        self._template: Template | None = None
        self._forks = spec.sandbox.forks_workers and not any(parts)
        self._preparing = threading.Lock()
        # A worker ends with the thread that started it, so those that serve a job can't start any.
        self._starters = ThreadPoolExecutor(len(parts))
        if self._watchdog is not None:
            self._stack.enter_context(self._watchdog.running())

    def resize(self, parts: Sequence[GpuShare | None]) -> None:
        """Have a seat for each of these; only while no job runs. Workers without a seat end."""
        with self._changed:
            for seat in self._seats[len(parts) :]:
                self._end(seat)
            kept = self._seats[: len(parts)]
            new = parts[len(kept) :]
            self._seats = [*kept, *(_Seat(gpu, GpuLock(gpu) if gpu is not None else None) for gpu in new)]

    def run(self, body: bytes) -> bytes:
        """The report of a job as JSON; the job comes as MessagePack.

        Raises:
            EngineError: its worker broke; the next job gets another one.
            NodeError: no worker can be started.
        """
        job = msgspec.msgpack.decode(body, type=Job)
        seat = self._take()
        try:
            held = seat.lock.hold(alone=job.exclusive, stopped=self._stopped) if seat.lock else nullcontext(True)
            with held:
                worker = seat.worker or self._start(seat)
                self._refuse_if_stopped()
                return msgspec.json.encode(worker.run(job))
        finally:
            self._give_back(seat)

    @property
    def workers(self) -> list[Worker]:
        """Those that run now."""
        with self._changed:
            return [seat.worker for seat in self._seats if seat.worker is not None]

    def stop(self) -> None:
        """End all workers at once: jobs that run raise EngineError, and so do those that come."""
        self._stopped.set()
        with self._changed:
            for seat in self._seats:
                if seat.worker is not None:
                    seat.worker.kill()
            self._changed.notify_all()

    @property
    def is_stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    def close(self) -> None:
        """End all workers; one that has a job ends behind it, which `stop` brings about."""
        self._stopped.set()
        with self._changed:
            for seat in self._seats:
                if not seat.is_taken:
                    self._end(seat)
        self._stack.close()
        if self._template is not None:
            self._template.close()
        self._starters.shutdown()

    def _take(self) -> _Seat:
        """A seat with a worker that waits, else one for which a worker may be started."""
        with self._changed:
            while True:
                self._refuse_if_stopped()
                free = [seat for seat in self._seats if not seat.is_taken]
                seat = next((seat for seat in free if seat.worker is not None), None)
                if seat is None and free and self._may_start():
                    seat = free[0]
                    self._starting += 1
                if seat is not None:
                    seat.is_taken = True
                    return seat
                self._changed.wait()

    def _may_start(self) -> bool:
        there = sum(seat.is_taken or seat.worker is not None for seat in self._seats)
        if not there:
            return True
        own = self._own_bytes or Request().own_bytes
        free = self._available() - self._starting * own
        reserve = self.spec.limits.memory_bytes
        if free >= own + reserve:
            return True
        if self._own_bytes and not self.said:
            self.said.add(
                f"{there} of {len(self._seats)} workers were started, and no more: one takes {own >> 20} MiB of "
                f"memory, {max(0, free) >> 20} MiB are free, and {reserve >> 20} MiB of these are kept for a "
                "submission at its limit (c.Gabarito.memory_mb)"
            )
        return False

    def _start(self, seat: _Seat) -> Worker:
        spec = replace(self.spec, gpu=seat.gpu)
        try:
            worker = self._starters.submit(self._make, spec).result()
        except EngineError as e:
            raise NodeError(str(e)) from e
        _log.info("a worker started", extra={"told": {"sandbox": spec.sandbox.name, "pid": worker.pid}})
        own = self._own_bytes or (self._used(worker) if len(self._seats) > 1 else 0)
        with self._changed:
            seat.worker = worker
            self._own_bytes = own
            self._starting -= 1
            self.weak.update(worker.weak)
            self._changed.notify_all()
        return worker

    def _make(self, spec: WorkerSpec) -> Worker:
        """A worker: one of several is forked from what they have in common, where that can be.

        Raises:
            EngineError: it can't be started either way.
        """
        if len(self._seats) > 1:
            with self._preparing:
                if self._forks and self._template is None:
                    self._template = Template(self.spec)
        if self._forks and self._template is not None:
            try:
                return Worker(spec, self._watchdog, self._template)
            except EngineError as e:
                self._forks = False
                _log.warning("workers can't be forked", extra={"told": {"why": str(e)}})
        return Worker(spec, self._watchdog)

    def _give_back(self, seat: _Seat) -> None:
        with self._changed:
            if seat.worker is None:  # it didn't start
                self._starting -= 1
            elif self.is_stopped or not seat.worker.is_open:
                self._end(seat)
            seat.is_taken = False
            self._changed.notify_all()

    def _end(self, seat: _Seat) -> None:
        if seat.worker is not None:
            seat.worker.close()
            seat.worker = None

    def _refuse_if_stopped(self) -> None:
        if self.is_stopped:
            raise EngineError("the run was stopped")

    def _say_weak(self, sentence: str) -> None:
        with self._changed:
            self.weak.add(sentence)


def _worker_bytes(worker: Worker) -> int:
    """Memory that the processes of a worker that has no job have for themselves."""
    root = worker.root
    return sum(own_bytes(pid) for pid in (root, *descendants(root)))
