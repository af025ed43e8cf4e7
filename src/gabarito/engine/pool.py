"""Many jobs on several workers of this machine."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial

from gabarito.engine.gpu import GpuShare
from gabarito.engine.gpu.lock import GpuLock
from gabarito.engine.gpu.watchdog import Watchdog
from gabarito.engine.sandbox import ProcessSandbox, Sandbox
from gabarito.engine.worker import Worker, WorkerSpec, ungraded
from gabarito.errors import EngineError
from gabarito.model import Job, Limits, Report

_Item = tuple[Job, Report] | BaseException | None


class _Spares:
    """Warm workers that wait for another run of theirs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[WorkerSpec, Worker]] = []
        # A worker ends with the thread that started it, so those that serve one run can't start any.
        self._starters = ThreadPoolExecutor()

    def take(self, spec: WorkerSpec) -> Worker:
        """One that waits and is as `spec` says, else a new one.

        Raises:
            EngineError: it can't be started.
        """
        with self._lock:
            found = next((i for i, (known, _) in enumerate(self._waiting) if known == spec), None)
            if found is not None:
                return self._waiting.pop(found)[1]
        return self._starters.submit(Worker, spec).result()

    def keep(self, spec: WorkerSpec, worker: Worker) -> None:
        """Let it wait."""
        with self._lock:
            self._waiting.append((spec, worker))

    def close(self) -> None:
        """End them all."""
        with self._lock:
            for _, worker in self._waiting:
                worker.close()
            self._waiting.clear()
        self._starters.shutdown()


@contextmanager
def kept_workers() -> Iterator[partial[Iterator[tuple[Job, Report]]]]:
    """A block with a `run_jobs` whose workers stay warm from one call to the next, for those who call it often.

    A worker that has a part of a GPU is not kept: between two calls nobody would hold it to that part.
    """
    spares = _Spares()
    try:
        yield partial(run_jobs, spares=spares)
    finally:
        spares.close()


def run_jobs(
    jobs: Iterable[Job],
    *,
    workers: int = 1,
    preload: Sequence[str] = (),
    hide: Sequence[str] = (),
    data: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    sandbox: Sandbox | None = None,
    gpus: Sequence[GpuShare] = (),
    weak: set[str] | None = None,
    spares: _Spares | None = None,
) -> Iterator[tuple[Job, Report]]:
    """Reports of all jobs, each as soon as it is there.

    A job whose worker broke is tried once more in a fresh one; after that its report says `ungraded`.

    Args:
        jobs: taken one by one as workers become free.
        workers: how many run at the same time; no more than there are parts of GPUs, where there are some.
        preload: packages that each worker imports once.
        hide: folders that student code must not see.
        data: folders that notebooks see beside them, read-only, by name.
        limits: what a submission may use, for the sandbox as a whole.
        sandbox: what workers run in; a plain process where it is None.
        gpus: the part of a GPU that each worker has, in the order in which they are taken; workers see none where it is
            empty. A job that is `exclusive` has its GPU for itself.
        weak: collects what the workers can't hold on this machine, in plain sentences.
        spares: where workers are taken from and left, by `kept_workers`.

    Raises:
        EngineError: not even one worker can be started, or the lock of a GPU can't be opened.
    """
    spec = WorkerSpec(
        preload=tuple(preload),
        hide=tuple(hide),
        data=data or {},
        limits=limits or Limits(),
        sandbox=sandbox or ProcessSandbox(),
    )
    parts = tuple(gpus)[: max(1, workers)] or (None,) * max(1, workers)
    pool = _Pool(iter(jobs), spec, parts, weak, spares)
    return pool.results()


class _Pool:
    """Threads that each hold one worker; they share the jobs and one queue of results."""

    def __init__(
        self,
        jobs: Iterator[Job],
        spec: WorkerSpec,
        gpus: Sequence[GpuShare | None],
        weak: set[str] | None,
        spares: _Spares | None,
    ) -> None:
        self._jobs = jobs
        self._spec = spec
        self._gpus = gpus
        self._weak = weak if weak is not None else set()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._queue: queue.Queue[_Item] = queue.Queue(maxsize=2 * len(gpus))
        self._workers: set[Worker] = set()
        self._watchdog = Watchdog(self._say) if any(gpus) else None
        self._spares = spares if self._watchdog is None else None

    def results(self) -> Iterator[tuple[Job, Report]]:
        """Reports as they come; when the caller stops asking, the workers end."""
        with self._watchdog.running() if self._watchdog is not None else nullcontext():
            yield from self._results()

    def _results(self) -> Iterator[tuple[Job, Report]]:
        running = [threading.Thread(target=self._serve, args=(gpu,), daemon=True) for gpu in self._gpus]
        for thread in running:
            thread.start()
        left = len(running)
        try:
            while left:
                item = self._queue.get()
                if item is None:
                    left -= 1
                elif isinstance(item, BaseException):
                    raise item
                else:
                    yield item
        finally:
            self._stopped.set()
            with self._lock:
                for worker in self._workers:
                    worker.kill()
            for thread in running:
                thread.join()

    def _serve(self, gpu: GpuShare | None) -> None:
        worker: Worker | None = None
        lock = GpuLock(gpu) if gpu is not None else None
        spec = replace(self._spec, gpu=gpu)
        try:
            while (job := self._take()) is not None:
                with lock.hold(alone=job.exclusive, stopped=self._stopped) if lock is not None else nullcontext(True):
                    if self._stopped.is_set():
                        return
                    worker, report = self._run(job, worker, spec)
                if not self._put((job, report)):
                    return
        except BaseException as e:  # raised again in the caller's thread
            self._put(e)
        finally:
            if worker is not None:
                self._leave(worker, spec)
            self._put(None)

    def _take(self) -> Job | None:
        with self._lock:
            return None if self._stopped.is_set() else next(self._jobs, None)

    def _put(self, item: _Item) -> bool:
        """Hand over a result; False where nobody will take it any more."""
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False

    def _run(self, job: Job, worker: Worker | None, spec: WorkerSpec) -> tuple[Worker | None, Report]:
        """The report, and the worker to go on with: the second try is in a fresh one."""
        why = ""
        for _ in range(2):
            if worker is None:
                worker = self._start(spec)
            try:
                report = worker.run(job)
            except EngineError as e:
                self._end(worker)
                worker, why = None, str(e)
            else:
                if not worker.is_open:
                    self._end(worker)
                    worker = None
                return worker, report
            if self._stopped.is_set():
                break
        return None, ungraded(job, why)

    def _start(self, spec: WorkerSpec) -> Worker:
        worker = self._spares.take(spec) if self._spares is not None else Worker(spec, self._watchdog)
        with self._lock:
            self._workers.add(worker)
            if self._stopped.is_set():
                worker.kill()
            self._weak.update(worker.weak)
        return worker

    def _say(self, sentence: str) -> None:
        with self._lock:
            self._weak.add(sentence)

    def _leave(self, worker: Worker, spec: WorkerSpec) -> None:
        """Let a worker go that has no job."""
        if self._spares is None or self._stopped.is_set():
            self._end(worker)
            return
        with self._lock:
            self._workers.discard(worker)
        self._spares.keep(spec, worker)

    def _end(self, worker: Worker) -> None:
        with self._lock:
            self._workers.discard(worker)
        worker.close()
