"""One worker as the coordinator sees it: a process that takes jobs and gives reports."""

from __future__ import annotations

import contextlib
import hashlib
import select
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO

import msgspec

from gabarito.engine import wire
from gabarito.engine.gpu import GpuShare
from gabarito.engine.gpu.blame import blamed
from gabarito.engine.gpu.watchdog import Watch, Watchdog
from gabarito.engine.sandbox import Command, ProcessSandbox, Request, Sandbox, last_words
from gabarito.engine.sandbox.seccomp import system_call_filter
from gabarito.engine.template import Forked, Template
from gabarito.engine.timing import TimingLock
from gabarito.errors import EngineError
from gabarito.model import CellReport, Job, Limits, Origin, Outcome, Report, Role

_START_SECONDS = 600.0
_END_SECONDS = 5.0
_MARGIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """How to start a worker.

    Attributes:
        preload: packages to import once.
        hide: folders of this machine that student code must not see.
        data: folders of this machine that notebooks see beside them, read-only, by name.
        limits: what one submission may use.
        gpu: its part of a GPU; it sees none where this is None.
        sandbox: what the worker runs in.
    """

    preload: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    data: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    gpu: GpuShare | None = None
    sandbox: Sandbox = field(default_factory=ProcessSandbox)

    def command(self, *, is_template: bool = False) -> Command:
        """What starts such a worker, or a template of such workers."""
        return self.sandbox.command(
            Request(
                preload=self.preload,
                hide=self.hide,
                data=self.data,
                limits=self.limits,
                gpu=self.gpu,
                is_template=is_template,
                filter=system_call_filter()[0],
            )
        )


class Worker:
    """A running worker. Use it as a context manager; it serves one job at a time.

    Attributes:
        origin: what its reports come from.
        weak: what can't be held on this machine, in plain sentences.
        missing: packages that could not be imported beforehand, with the reason.
    """

    def __init__(self, spec: WorkerSpec, watchdog: Watchdog | None = None, template: Template | None = None) -> None:
        """Start the worker and wait until it is warm.

        Args:
            spec: what it is.
            watchdog: holds it to its part of a GPU.
            template: what it is forked from, of the same `spec`; it starts by itself where this is None.

        Raises:
            EngineError: it did not start; the message holds the end of what it wrote on stderr.
        """
        self._watchdog: Watchdog | None = None
        self._watch: Watch | None = None
        self._timing, self._killed = TimingLock(), threading.Event()
        self._begun: dict[str, str] = {}
        """By the key of a beginning that was sent, why it can't be shared, or empty."""
        self._sandbox = spec.sandbox
        self._command = template.command if template is not None else spec.command()
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            self._process: subprocess.Popen[bytes] | Forked = (
                self._command.start(subprocess.PIPE, subprocess.PIPE, self._log)
                if template is None
                else template.fork(self._log, _START_SECONDS)
            )
        except (OSError, EngineError) as e:
            self._log.close()
            raise EngineError(f"no worker can be started in {spec.sandbox.name}: {e}") from None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._jobs = self._process.stdin.fileno()
        self._verdicts = self._process.stdout.fileno()
        self._reader = wire.Reader(self._verdicts, wire.FromSupervisor, limit=1 << 30)
        try:
            ready = self._next(_START_SECONDS)
            if not isinstance(ready, wire.Ready):
                raise EngineError("the worker spoke out of turn")
            if ready.problem:
                raise EngineError(f"{ready.problem}; mend that, or run without a GPU with --gpus none")
        except EngineError:
            self.close()
            raise
        if watchdog is not None and spec.gpu is not None:
            self._watchdog, self._watch = watchdog, watchdog.watch(self.root, spec.gpu, self.kill)
        self.origin = Origin(engine=ready.engine, sandbox=spec.sandbox.name, image=spec.sandbox.image)
        unfiltered = system_call_filter()[1]
        self.weak = (*ready.weak, *([unfiltered] if unfiltered else []))
        self.missing = ready.missing

    def run(self, job: Job) -> Report:
        """Run one job to its end.

        Raises:
            EngineError: the worker broke; it is closed, and the job may be tried again in another one.
        """
        body = msgspec.msgpack.encode(job)
        cells: list[CellReport] = []
        if self._watch is not None:
            self._watch.begin()
        try:
            beginning = self._begin(job)
            alone = self._begun.get(beginning, "")
            begin = wire.Begin(job.limits, len(body), job.kernel, "" if alone else beginning)
            wire.write_all(self._jobs, wire.encode(begin) + body)
            while True:
                message = self._next(_patience(job.limits))
                self._timing.release()
                if isinstance(message, wire.Timed):
                    self._give_turn()
                elif isinstance(message, wire.Verdict):
                    cells.append(message.report)
                elif isinstance(message, wire.Finished):
                    break
                else:
                    raise EngineError("the worker spoke out of turn")
            if message.problem:
                raise EngineError(f"{message.problem}{self._said()}")
        except (OSError, EngineError) as e:
            said = str(e) if isinstance(e, EngineError) else f"the worker ended: {e}{self._said()}"
            self.close()
            if self._watch is None or not (why := self._watch.sentence):
                raise EngineError(said) from None
            if not self._watch.is_all_ended:
                raise EngineError(f"{said}; {why}") from None
            ended = (*cells, *_unfinished(job, len(cells), why, Outcome.MEMORY))
            return Report(key=job.key, cells=ended, origin=self.origin)
        finally:
            self._timing.release()
        found = (*cells, *_unfinished(job, len(cells), message.stopped))
        return Report(
            key=job.key,
            cells=blamed(found, self._watch.sentence) if self._watch is not None else found,
            cpu_seconds=message.cpu_seconds,
            wall_seconds=message.wall_seconds,
            origin=self.origin,
            alone=alone,
        )

    @property
    def pid(self) -> int:
        """The process that the coordinator started."""
        return self._process.pid

    @property
    def root(self) -> int:
        """The process of this machine below which everything of it runs."""
        return self._sandbox.root(self._command, self._process.pid)

    def kill(self) -> None:
        """End the worker at once; a `run` in another thread then raises EngineError."""
        self._killed.set()
        self._process.kill()
        self._sandbox.stop(self._command)

    @property
    def is_open(self) -> bool:
        """Whether it can take another job."""
        return not self._log.closed

    def close(self) -> None:
        """End the worker and everything that it started."""
        if self._watchdog is not None and self._watch is not None:
            self._watchdog.forget(self._watch)
            self._watchdog = None
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        try:
            self._process.wait(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
        self._log.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begin(self, job: Job) -> str:
        """The key of the job's beginning, which the supervisor knows then; empty where it shares none."""
        if not job.beginning or job.kernel:
            return ""
        cells = tuple(wire.run_of(cell, job.limits) for cell in job.cells[: job.beginning])
        files = tuple(wire.File(file.path, file.content) for file in job.files)
        body = msgspec.msgpack.encode((cells, files))
        key = hashlib.sha256(body).hexdigest()
        if key in self._begun:
            return key
        if len(body) > wire.FRAME_LIMIT >> 1:
            self._begun[key] = f"the files beside the notebook are larger than {wire.FRAME_LIMIT >> 21} MiB"
            return key
        wire.send(self._jobs, wire.Beginning(key, cells, files, job.limits.cell_wall_seconds))
        message = self._next(_patience(job.limits))
        if not isinstance(message, wire.Begun):
            raise EngineError("the worker spoke out of turn")
        self._begun[key] = message.problem
        return key

    def _give_turn(self) -> None:
        """Let a test that looks at a clock run, once no other does.

        Raises:
            EngineError: the worker was ended meanwhile.
        """
        self._timing.take(self._killed)
        if self._killed.is_set():
            raise EngineError("the worker was ended while a test waited for its turn")
        wire.send(self._jobs, wire.Turn())

    def _next(self, seconds: float) -> wire.FromSupervisor:
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if left <= 0:
                raise EngineError(f"the worker gave no sign of life for {seconds:g} s{self._said()}")
            if select.select([self._verdicts], [], [], left)[0]:
                break
        message: wire.FromSupervisor | None = self._reader.read()
        if message is None:
            raise EngineError(f"the worker ended without a report{self._said()}")
        return message

    def _said(self) -> str:
        """The end of what the worker wrote on stderr."""
        if self._log.closed:
            return ""
        text = last_words(self._log)
        return f"; it said: {text}{self._sandbox.advice(text)}" if text else ""


def ungraded(job: Job, why: str) -> Report:
    """The report of a job that our own machinery could not finish: no cell of it is scored."""
    cells = tuple(
        CellReport(index=c.index, id=c.id, outcome=Outcome.UNGRADED, message=f"not graded: {why}") for c in job.cells
    )
    return Report(key=job.key, cells=cells, notes=(f"not graded: {why}",))


def _unfinished(job: Job, done: int, stopped: str, outcome: Outcome = Outcome.TIMEOUT) -> Iterator[CellReport]:
    """The cells without a verdict: the first had to be stopped, and the others were not run."""
    for cell in job.cells[done:] if stopped else ():
        first = cell is job.cells[done]
        yield CellReport(
            index=cell.index,
            id=cell.id,
            mode=cell.contract.mode if cell.contract is not None and cell.role is Role.TEST else None,
            outcome=outcome if first else Outcome.NOT_RUN,
            message=stopped if first else f"not run, because an earlier cell ended the notebook: {stopped}",
        )


def _patience(limits: Limits) -> float:
    """Wall seconds after which a silent worker is given up: its own limits come first by far."""
    return limits.cell_wall_seconds + limits.idle_seconds + _MARGIN_SECONDS
