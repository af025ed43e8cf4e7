"""The checker process: holds the job, drives the student process cell by cell, and alone reaches verdicts."""

from __future__ import annotations

import gc
import os
import re
import select
import signal
import socket
import traceback
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise

import msgspec

from gabarito.engine import confine, wire
from gabarito.engine.beginning import Played
from gabarito.engine.bench import Bench
from gabarito.engine.outputs import Outputs
from gabarito.engine.shell import interrupt_only_cells, is_of_gpu, write_file
from gabarito.engine.start import GpuPart
from gabarito.errors import EngineError
from gabarito.model import CellReport, Contract, Job, JobCell, Mode, Outcome, Role

_job_decoder = msgspec.msgpack.Decoder(Job)
_SIGNALS = {
    6: "abort",
    7: "bus error",
    9: "killed",
    11: "segmentation fault",
    15: "terminated",
    24: "CPU time",
    25: "file size",
}
_RAW_READ = 1 << 16
_LEAST = 64
_UNCOUNTED = 16 << 20
_PACKAGE = os.path.dirname(__file__)
_THEIRS = frozenset({Outcome.FAILED, Outcome.ERROR, Outcome.MEMORY, Outcome.OUTPUT})


def run_checker(
    jobs: int,
    size: int,
    verdicts: int,
    student: int,
    raw: tuple[int, int],
    control: int,
    process: int,
    home: str,
    user: int | None,
    memory_bytes: int,
    rules: bytes,
    gpu: GpuPart | None = None,
    played: Sequence[Played] = (),
) -> None:
    """Read the job from descriptor `jobs` and grade it; called in a fresh fork, never returns.

    Args:
        jobs: where `size` bytes of the job wait to be read.
        size: how many.
        verdicts: where each Verdict is written as it is reached.
        student: socket to the student process.
        raw: both ends of the pipe for what the student process writes past Python; the writing one is kept open
            so that the reading one never reports an end.
        control: socket to the supervisor.
        process: id of the student process, whose CPU time tests may measure.
        home: the checker's folder.
        user: user id to run as, or None.
        memory_bytes: what it may use: what student code sends can grow in a test.
        rules: a compiled seccomp filter, or empty.
        gpu: what the worker has of one. An instructor's cell that runs here may open it, student code can't make it be.
        played: the first cells, where the process that this one was forked from has run them.
    """
    status = 1
    gc.disable()  # it is gone before there is garbage, and a collection would copy pages from the supervisor
    try:
        confine.close_descriptors({2, jobs, verdicts, student, *raw, control})
        confine.confine_checker(home, user, memory_bytes, rules, has_gpu=gpu is not None)
        signal.signal(signal.SIGINT, interrupt_only_cells)
        body = wire.read_exactly(jobs, size)
        if body is not None:
            job = _job_decoder.decode(body)
            wire.send(control, wire.Prepared())
            drive(job, verdicts, student, raw[0], control, process, gpu.budget_bytes if gpu else 0, jobs, played)
            status = 0
    except BaseException as e:
        os.write(2, _fault(e).encode())
    finally:
        os._exit(status)


def drive(
    job: Job,
    verdicts: int,
    student: int,
    raw: int,
    control: int,
    process: int,
    gpu_bytes: int = 0,
    jobs: int = -1,
    played: Sequence[Played] = (),
) -> None:
    """Run every cell of the job and write its verdict; arguments as in `run_checker`.

    Args:
        gpu_bytes: limit of GPU memory, or 0 where there is none.
        jobs: where the coordinator answers, if the job has timed tests.

    Raises:
        EngineError: our own machinery failed; the verdicts that were written before stand.
    """
    _Checker(job, verdicts, student, raw, control, process, gpu_bytes, jobs, played).run()


class _GoneError(BaseException):
    """The student process ended while it was needed; no Exception, so that no test takes it for one."""

    def __init__(self, died: wire.Died) -> None:
        super().__init__()
        self.died = died


class _Checker:
    """One job's run. Everything that comes from `student` or `raw` is hostile."""

    def __init__(
        self,
        job: Job,
        verdicts: int,
        student: int,
        raw: int,
        control: int,
        process: int,
        gpu_bytes: int,
        jobs: int,
        played: Sequence[Played],
    ) -> None:
        self._job = job
        self._played = played
        self._verdicts = verdicts
        self._student = student
        self._raw = raw
        self._control = control
        self._gpu_bytes = gpu_bytes
        self._from_student = wire.Reader(student, wire.FromStudent)
        self._from_supervisor = wire.Reader(control, wire.ToChecker)
        self._from_coordinator = wire.Reader(jobs, wire.Turn)
        self._limit: wire.LimitHit | None = None
        self._died: wire.Died | None = None
        self._index = -1
        keeps = any(cell.contract is not None and cell.contract.earlier for cell in job.cells)
        self._bench = Bench(self, process, job.seed, keeps=keeps)
        modes = set(map(_mode, job.cells))
        self._has_contracts, self._has_shared = Mode.TWO_PROCESS in modes, Mode.SHARED in modes
        self._outputs = Outputs(0)
        self._end: socket.socket | None = None
        self._deaths = _Deaths(self)
        self._poll = select.poll()
        for fd in (student, raw, control):
            self._poll.register(fd, select.POLLIN)
        os.set_blocking(raw, False)

    def run(self) -> None:
        """Write a verdict for each cell, in order."""
        if why := self._prepare():
            for cell in self._job.cells:
                self._write(CellReport(index=cell.index, id=cell.id, outcome=Outcome.UNGRADED, message=why))
            return
        for cell, played in zip(self._job.cells, self._played, strict=False):
            self._write(self._replayed(cell, played))
        broken = ""
        for cell in self._job.cells[len(self._played) :]:
            if broken:
                self._write(CellReport(index=cell.index, id=cell.id, outcome=Outcome.NOT_RUN, message=broken))
                continue
            report, alive = self._cell(cell)
            self._write(report)
            if not alive:
                broken = f"not run, because an earlier cell ({wire.name_of(cell)}) ended the notebook: {report.message}"

    def _prepare(self) -> str:
        """See the student process started, and its folder filled; returns why it can't be, where a kernel is missing.

        Raises:
            EngineError: it is not; no student code ran yet, so the fault is ours.
        """
        try:
            with self._deaths:
                ready = self._from_student.read()
                if isinstance(ready, wire.Unavailable):
                    return ready.sentence
                if not isinstance(ready, wire.Up):
                    raise _GoneError(self._death())
                wire.send(self._student, wire.Seed(self._job.seed, self._has_shared))
                for file in self._job.files:
                    wire.send(self._student, wire.File(file.path, file.content))
                    if file.given and self._has_contracts:
                        write_file(file.path, file.content)
        except _GoneError as gone:
            raise EngineError(f"the student process did not start ({_death(gone.died)})") from None
        return ""

    def _replayed(self, cell: JobCell, played: Played) -> CellReport:
        outputs = Outputs(self._job.limits.kept_output_bytes)
        for output in played.outputs:
            outputs.add(output)
        return self._ended(cell, outputs, played.done)

    def _cell(self, cell: JobCell) -> tuple[CellReport, bool]:
        """The cell's report, and whether the student process is still there after it."""
        self._limit, self._index = None, cell.index
        self._outputs = outputs = Outputs(self._job.limits.kept_output_bytes)
        if cell.timed:
            self._await_turn()
        wire.send(self._control, wire.Started(cell.index))
        try:
            done = self._drive(cell, outputs)
        except _GoneError as gone:
            return self._dead(cell, outputs, gone.died), False
        self._drain(outputs)
        return self._ended(cell, outputs, done), True

    def _await_turn(self) -> None:
        """Wait until no other test on this machine looks at a clock."""
        wire.send(self._control, wire.Paused())
        wire.send(self._verdicts, wire.Timed())
        if self._from_coordinator.read() is None:
            raise EngineError("the coordinator is gone")

    def _drive(self, cell: JobCell, outputs: Outputs) -> wire.Done:
        if cell.contract is not None and cell.contract.mode is Mode.TWO_PROCESS:
            try:
                return self._test(cell.contract, self._run_of(cell), outputs)
            except MemoryError:
                raise self._nonsense(self._too_much()) from None
            except (EngineError, TypeError, ValueError, RecursionError) as e:  # of what can't be
                raise self._nonsense(str(e)) from None
        if cell.role is Role.GIVEN and self._has_contracts:
            self._bench.given(self._run_of(cell))
        elif cell.role is not Role.TEST:
            self._bench.student_cell(cell.source)
        run = self._run_of(cell)
        if run.is_test and not self._job.kernel:
            self._leave_alone(outputs)
        with self._deaths:
            wire.send(self._student, run)
        message = self._receive(outputs)
        if not isinstance(message, wire.Done) or message.nonce != run.nonce:
            raise self._nonsense("it did not keep to the conversation about its cells")
        return message

    def _test(self, contract: Contract, run: wire.Run, outputs: Outputs) -> wire.Done:
        """Run a test here; one that was interrupted may have been so in the middle of a conversation."""
        try:
            done = self._bench.test(contract, run, outputs)
        except KeyboardInterrupt:
            raise self._stopped() from None
        while self._control in {fd for fd, _ in self._poll.poll(0)}:
            self._hear_supervisor()
        if self._limit is not None and self._limit.of_checker:
            raise self._stopped()
        return done

    def _stopped(self) -> _GoneError:
        wire.send(self._control, wire.Stop())
        return _GoneError(self._death())

    def _leave_alone(self, outputs: Outputs) -> None:
        """Have the student process clean itself, and wait until nothing else of the submission runs.

        Whatever it left running, a thread or another process, could read the test before it, or instead of it.
        """
        with self._deaths:
            wire.send(self._student, wire.Clean())
        message = self._receive(outputs)
        if not isinstance(message, wire.Cleaned):
            raise self._nonsense("it did not get ready for a test")
        wire.send(self._control, wire.Heir(message.pid))
        while not self._hear_supervisor():
            pass
        self._bench.process = message.pid

    def _run_of(self, cell: JobCell) -> wire.Run:
        return wire.run_of(cell, self._job.limits, int.from_bytes(os.urandom(7)))

    def _receive(self, outputs: Outputs, *, is_of_test: bool = False) -> wire.Done | wire.Cleaned | wire.Conversation:
        """The next message that is no output; outputs are collected on the way.

        Args:
            is_of_test: a test runs here, so what comes is the value of no cell.
        """
        while True:
            self._wait(outputs)
            with self._deaths:
                message = self._from_student.read()
            if message is None:
                raise _GoneError(self._death())
            if isinstance(message, (wire.Conversation, wire.Done, wire.Cleaned)):
                return message
            if isinstance(message, (wire.Up, wire.Unavailable)):
                raise self._nonsense("it said twice that it was there")
            if self._bench.heard(message):
                outputs.received += _LEAST + len(message.text)  # whatever becomes of it: a test may keep it somewhere
            else:
                if is_of_test and isinstance(message, wire.Rich):
                    message = msgspec.structs.replace(message, is_result=False)
                outputs.add(message)
            self._watch_output(outputs)

    # the conversation, as `gabarito.engine.remote.session.Channel` has it

    def send(self, message: wire.Conversation, fds: Sequence[int]) -> None:
        """Send a message to the student process, and descriptors with it."""
        with self._deaths:
            wire.send(self._student, message)
            if fds:
                wire.send_descriptors(self._socket(), fds)

    def receive(self) -> tuple[wire.Conversation, list[int]]:
        """The student process's next message of the conversation."""
        message = self._receive(self._outputs, is_of_test=True)
        if not isinstance(message, wire.Conversation):
            raise self._nonsense("it spoke of the end of a cell while a test was running")
        with self._deaths:
            return message, wire.receive_descriptors(self._socket(), message.fds) if message.fds else []

    def _socket(self) -> socket.socket:
        if self._end is None:
            self._end = socket.socket(fileno=os.dup(self._student))
        return self._end

    def _nonsense(self, what: str) -> _GoneError:
        """Stop a student process that doesn't keep to the conversation."""
        if self._limit is None:
            self._limit = wire.LimitHit(self._index, Outcome.CRASHED, f"the notebook's process was stopped: {what}")
        return self._stopped()

    def _too_much(self) -> str:
        return f"it sent more than fits into {self._job.limits.memory_bytes >> 20} MiB, which is the memory limit"

    def _wait(self, outputs: Outputs) -> None:
        """Return when the student process has something to say, seeing to everything else meanwhile."""
        while True:
            ready = {fd for fd, _ in self._poll.poll()}
            if self._control in ready:
                self._hear_supervisor()
            if self._raw in ready:
                self._drain(outputs)
            if self._student in ready:
                return

    def _hear_supervisor(self) -> bool:
        """Take in one message of the supervisor's; says whether it is that the student process is alone."""
        with _Uninterrupted():
            message = self._from_supervisor.read()
            if message is None:
                raise EngineError("the supervisor is gone")
            if isinstance(message, wire.LimitHit):
                if message.index == self._index:
                    self._limit = message
            elif isinstance(message, wire.Died):
                self._died = message
                raise _GoneError(message)
        return isinstance(message, wire.Alone)

    def _drain(self, outputs: Outputs) -> None:
        while True:
            try:
                data = os.read(self._raw, _RAW_READ)
            except BlockingIOError:
                return
            outputs.add(wire.Text("stdout", data.decode("utf-8", "replace")))
            self._watch_output(outputs)

    def _watch_output(self, outputs: Outputs) -> None:
        """Stop a student process that writes past its own counting."""
        limit = self._job.limits.output_bytes
        if outputs.received > 2 * limit + _UNCOUNTED and self._limit is None:
            self._limit = wire.LimitHit(self._index, Outcome.OUTPUT, output_sentence(limit))
            wire.send(self._control, wire.Stop())

    def _ended(self, cell: JobCell, outputs: Outputs, done: wire.Done) -> CellReport:
        outcome = Outcome.PASSED
        if done.error:
            outcome = done.outcome if done.outcome in _THEIRS else Outcome.ERROR
        message = f"{done.error}: {done.message}" if done.message else done.error
        if self._limit is not None:
            outcome, message = self._limit.outcome, self._limit.sentence
        elif outcome is Outcome.OUTPUT:
            message = output_sentence(self._job.limits.output_bytes)
        elif outcome is Outcome.MEMORY:
            message += self._memory_limit(done.message)
        if done.error and self._limit is None:
            outputs.add_error(done.error, done.message, self._traceback(cell, done))
        elif outcome is not Outcome.PASSED:
            outputs.add_error(done.error or outcome.value, message, [*done.traceback[:-1], message])
        return CellReport(
            index=cell.index,
            id=cell.id,
            mode=_mode(cell),
            learned=self._bench.learned if cell.contract is not None and cell.contract.is_being_written else None,
            outcome=outcome,
            message="" if outcome is Outcome.PASSED else message,
            error=done.error,
            value=outputs.value if outcome is Outcome.PASSED else None,
            outputs=outputs.finish(done.count),
            in_hidden=_region(cell, done.lines) if outcome is not Outcome.PASSED else None,
            cpu_seconds=done.cpu_seconds,
        )

    def _memory_limit(self, said: str) -> str:
        """The limit that an exception speaks of: that of GPU memory, or of the machine's."""
        if not is_of_gpu(said):
            return f" (the memory limit is {self._job.limits.memory_bytes >> 20} MiB)"
        return f" (the limit of GPU memory is {self._gpu_bytes >> 20} MiB)" if self._gpu_bytes else ""

    def _traceback(self, cell: JobCell, done: wire.Done) -> list[str]:
        """The traceback, with the lines of a test's visible parts: a student's process keeps no test's source."""
        place = re.compile(rf'\s*File "{re.escape(self._run_of(cell).label)}", line (\d{{1,6}})\b')
        source, told = cell.source.split("\n"), []
        for line, following in pairwise((*done.traceback, "")):
            told.append(line)
            match = place.match(line) if _mode(cell) is Mode.SHARED and not following.startswith("    ") else None
            if match and 0 < (number := int(match[1])) <= len(source) and _region(cell, (number,)) is None:
                told.append(f"    {source[number - 1].strip()}")
        return told

    def _dead(self, cell: JobCell, outputs: Outputs, died: wire.Died) -> CellReport:
        self._drain(outputs)
        outcome, message = Outcome.CRASHED, _death(died)
        if self._limit is not None:
            outcome, message = self._limit.outcome, self._limit.sentence
        outputs.add_error(outcome.value, message, [message])
        return CellReport(
            index=cell.index,
            id=cell.id,
            mode=_mode(cell),
            outcome=outcome,
            message=message,
            outputs=outputs.finish(None),
        )

    def _death(self) -> wire.Died:
        """How the student process ended: the supervisor, its parent, knows, and says it once."""
        while self._died is None:
            with suppress(_GoneError):
                self._hear_supervisor()
        return self._died

    def turn(self, error: BaseException) -> None:
        """Raise the student's death instead of what its connection raised; other errors are none of its."""
        if isinstance(error, OSError):
            raise _GoneError(self._death()) from None
        if isinstance(error, EngineError):
            raise self._nonsense(str(error)) from None
        if isinstance(error, MemoryError):
            raise self._nonsense(self._too_much()) from None

    def _write(self, report: CellReport) -> None:
        wire.send(self._verdicts, wire.Verdict(report))


class _Uninterrupted:
    """A block behind which an interrupt waits: it comes with a message of the supervisor's, to be read whole."""

    def __enter__(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


class _Deaths:
    """A block that turns a connection that broke, or a message that is none, into the student's death.

    It is entered for every message: a generator would take several times as long.
    """

    def __init__(self, checker: _Checker) -> None:
        self._checker = checker

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self._checker.turn(error)


def output_sentence(limit: int) -> str:
    """What is said of a cell that wrote more than `limit` bytes."""
    return f"the cell was stopped because it wrote more than {limit >> 10} KiB of output, which is the limit"


def _mode(cell: JobCell) -> Mode | None:
    if cell.role is not Role.TEST:
        return None
    return cell.contract.mode if cell.contract is not None else Mode.SHARED


def _death(died: wire.Died) -> str:
    if died.signal:
        name = _SIGNALS.get(died.signal, "signal")
        return f"the notebook's process was killed by signal {died.signal} ({name})"
    return f"the notebook's process ended by itself (exit status {died.status}), as os._exit() does"


def _fault(error: BaseException) -> str:
    """Where our own code failed, for the worker's log; of its text only what is ours and can't hold parts of a test."""
    if isinstance(error, EngineError):
        return f"{error}\n"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(_PACKAGE)]
    where = " < ".join(f"{os.path.basename(f.filename)}:{f.lineno} {f.name}" for f in reversed(frames))
    return f"{type(error).__name__} in {where}\n"


def _region(cell: JobCell, lines: tuple[int, ...]) -> int | None:
    """Which hidden region was running: the outermost line that stands in one decides."""
    for line in lines:
        for position, region in enumerate(cell.hidden):
            if region.first <= line <= region.last:
                return position
    return None
