"""Many jobs on several workers, of this machine or elsewhere."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from gabarito.engine.gpu import GpuShare
from gabarito.engine.sandbox import ProcessSandbox, Sandbox
from gabarito.engine.schedule import Crew, Rank, scheduled
from gabarito.engine.seats import Seats
from gabarito.engine.worker import WorkerSpec
from gabarito.model import Job, Limits, Report

T = TypeVar("T")
Opened = AbstractContextManager[Crew]
Elsewhere = Callable[[WorkerSpec], Opened]
"""Opens the place where jobs run, for workers that are so."""


class LocalPool(Executor):
    """Threads, made as they are needed, that don't keep a program from ending as those of the standard library do."""

    def __init__(self, size: int) -> None:
        """`size`: how many there are, at most."""
        self._size = size
        self._tasks: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []
        self._is_closed = False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """As of every executor.

        Raises:
            RuntimeError: it was shut down.
        """
        if self._is_closed:
            raise RuntimeError("the pool was shut down")
        future: Future[T] = Future()
        self._tasks.put((future, partial(fn, *args, **kwargs)))
        if not self._idle.acquire(blocking=False) and len(self._threads) < self._size:
            self._threads.append(threading.Thread(target=self._serve, daemon=True))
            self._threads[-1].start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As of every executor."""
        self._is_closed = True
        while cancel_futures:
            try:
                task = self._tasks.get_nowait()
            except Empty:
                break
            if task is not None:
                task[0].cancel()
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads if wait else ():
            thread.join()

    def _serve(self) -> None:
        while (task := self._tasks.get()) is not None:
            future, call = task
            if future.set_running_or_notify_cancel():
                try:
                    result = call()
                except BaseException as e:  # raised again by whoever asks for the result
                    future.set_exception(e)
                else:
                    future.set_result(result)
            self._idle.release()


class _Kept:
    """Seats that wait, with their workers, for another run that needs the same."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Seats] = []

    def take(self, spec: WorkerSpec, size: int) -> Seats:
        """Some for workers that are as `spec` says."""
        with self._lock:
            found = next((seats for seats in self._waiting if seats.spec == spec), None)
            if found is None:
                return Seats(spec, (None,) * size)
            self._waiting.remove(found)
        found.resize((None,) * size)
        return found

    def keep(self, seats: Seats) -> None:
        """Let them wait."""
        with self._lock:
            self._waiting.append(seats)

    def close(self) -> None:
        """End them all."""
        for seats in self._waiting:
            seats.close()


@contextmanager
def kept_workers() -> Iterator[partial[Generator[tuple[Job, Report], None, None]]]:
    """A block with a `run_jobs` whose workers stay warm from one call to the next, for those who call it often.

    A worker that has a part of a GPU is not kept: between two calls nobody would hold it to that part.
    """
    kept = _Kept()
    try:
        yield partial(run_jobs, kept=kept)
    finally:
        kept.close()


def run_jobs(
    jobs: Iterable[Job | None],
    *,
    workers: int = 1,
    preload: Sequence[str] = (),
    hide: Sequence[str] = (),
    data: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    sandbox: Sandbox | None = None,
    gpus: Sequence[GpuShare] = (),
    weak: set[str] | None = None,
    said: set[str] | None = None,
    kept: _Kept | None = None,
    rank: Callable[[Job], Rank] | None = None,
    trim: Callable[[Job], Job] = lambda job: job,
    elsewhere: Elsewhere | None = None,
) -> Generator[tuple[Job, Report], None, None]:
    """Reports of all jobs, each as soon as it is there; among those that are ready the longest runs first.

    A job whose worker broke is tried once more in another one; after that its report says `ungraded`.

    Args:
        jobs: taken one by one, a few ahead of those that run. None says that no other should be taken before one has
            ended.
        workers: how many run at the same time; no more than there are parts of GPUs, where there are some.
        preload: packages that each worker imports once.
        hide: folders that student code must not see.
        data: folders that notebooks see beside them, read-only, by name.
        limits: what a submission may use, for the sandbox as a whole.
        sandbox: what workers run in; a plain process where it is None.
        gpus: the part of a GPU that each worker has, in the order in which they are taken; workers see none where it is
            empty. A job that is `exclusive` has its GPU for itself.
        weak: collects what the workers can't hold on this machine, in plain sentences.
        said: collects what else a person should know, in plain sentences.
        kept: where workers are taken from and left, by `kept_workers`.
        rank: how long a job will take, and whose turn it is; see `scheduled`.
        trim: what of a job is run, when its turn comes.
        elsewhere: where jobs run instead of on this machine; then `workers` and `gpus` mean nothing.

    Raises:
        EngineError: a worker can't be started, or the lock of a GPU can't be opened.
    """
    jobs = iter(jobs)
    first = next(jobs, None)
    if first is None:
        return
    spec = WorkerSpec(
        preload=tuple(preload),
        hide=tuple(hide),
        data=data or {},
        limits=limits or Limits(),
        sandbox=sandbox or ProcessSandbox(),
    )
    if elsewhere is not None:
        opened = elsewhere(spec)
    else:
        parts = tuple(gpus)[: max(1, workers)] or (None,) * max(1, workers)
        opened = _here(spec, parts, set() if weak is None else weak, set() if said is None else said, kept)
    with opened as crew:
        yield from scheduled(itertools.chain([first], jobs), crew, rank, trim=trim)


@contextmanager
def _here(
    spec: WorkerSpec, parts: Sequence[GpuShare | None], weak: set[str], said: set[str], kept: _Kept | None
) -> Iterator[Crew]:
    """This machine's own workers."""
    if any(parts):
        kept = None
    seats = kept.take(spec, len(parts)) if kept is not None else Seats(spec, parts)
    pool = LocalPool(len(parts))
    try:
        yield Crew(pool, seats.run, lambda: len(parts))
    except BaseException:
        seats.stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        weak |= seats.weak
        said |= seats.said
        if kept is None or seats.is_stopped:
            seats.close()
        else:
            kept.keep(seats)
