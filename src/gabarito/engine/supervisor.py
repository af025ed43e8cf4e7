"""The supervisor of one worker: imports once, then forks a student process and a checker for each job.

It holds no test and no answer: a job's bytes pass by it unread, to the checker. It watches what the kernel
can't limit by itself (CPU time of a cell, resident memory of a process tree, idleness) and clears up behind each job.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pkgutil
import select
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import NoReturn

import msgspec

import gabarito
from gabarito.engine import confine, processes, wire
from gabarito.engine.beginning import Beginnings, Begun
from gabarito.engine.capabilities import keep_needed
from gabarito.engine.checker import run_checker
from gabarito.engine.forks import serve_forks
from gabarito.engine.gpu.allocator import limit_allocator
from gabarito.engine.gpu.probe import try_gpu
from gabarito.engine.hugepages import collapse_memory
from gabarito.engine.memory_group import memory_kills
from gabarito.engine.remote.random_states import seed
from gabarito.engine.snapshot import Snapshot
from gabarito.engine.start import GpuPart, Start
from gabarito.engine.student import run_student
from gabarito.engine.view import hide_other_users, inner_view, private_view
from gabarito.errors import EngineError
from gabarito.model import Limits, Outcome

# What torch imports, for seconds, at the first optimizer and at the first torch.testing.assert_close.
_TORCH_LATER = (
    *("torch._dynamo", "torch.testing", "torch.distributed.tensor", "torch.utils.flop_counter"),
    "torch._subclasses.schema_check_mode",
)
# What IPython imports at the first cell of a notebook, and to colour what a cell that failed shows.
_IPYTHON_LATER = ("IPython.core.logger", "pygments.formatters.terminal256", "pygments.styles")
# What tests import: only what is loaded before student code runs can be put back for them.
_FOR_TESTS = (
    *("collections.abc", "contextlib", "copy", "decimal", "doctest", "fractions", "functools", "inspect", "itertools"),
    *("json", "math", "operator", "random", "re", "statistics", "string", "types", "typing", "unittest"),
    "unittest.mock",
)
_FIRST_LOOK = 0.05
_LOOK = 0.1
_GRACE_CPU = 2.0
# What a kernel that waits uses for its heartbeat: seconds, and a share of the time.
_BEAT_CPU, _BEAT_SHARE = 0.1, 0.02
_AWAKE_SECONDS = 0.001
_GRACE_WALL = 5.0


def main(argv: Sequence[str]) -> None:
    """Serve jobs from descriptor 0 until it closes."""
    start = msgspec.json.decode(argv[1], type=Start)
    jobs, verdicts = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(2, 1)
    confine.become_subreaper()
    confine.die_with_parent()
    weak = _isolate(start)
    os.environ["IPYTHONDIR"] = tempfile.mkdtemp(prefix="ipython-")
    gc.disable()  # what is imported stays
    missing = _preload(start.preload)
    users = confine.pick_users()
    problem = ""
    if start.gpu is not None:
        # Before the snapshot, so that tests find it in place, and before the fork, so that each process has it.
        limit_allocator(start.gpu.fraction)
        problem = _try_gpu(start.gpu, start.filter, users)
    # Temporary folders that are nobody else's are cleared by what was there, where there is no user to go by.
    kept = confine.temporary_files() if users is None and not start.makes_view else None
    gc.collect()
    snapshot = Snapshot()
    gc.freeze()
    gc.enable()
    collapse_memory()
    if start.is_template:
        os.close(verdicts)
        if (descriptors := serve_forks(jobs)) is None:
            _leave(0)
        jobs, verdicts = descriptors
        # From here on in each worker.
        confine.become_subreaper()
        confine.die_with_parent()
        inner_view(start.scratch_bytes)
        if os.geteuid() == 0:
            keep_needed()
        users = confine.pick_users()
    wire.send(verdicts, wire.Ready(gabarito.__version__, tuple(weak), tuple(missing), problem))
    desk = _Desk(jobs, verdicts, snapshot, start, kept, users)
    beginnings = Beginnings(snapshot, start.data, lambda begun, order: desk.run(order, begun))
    reader = wire.Reader(jobs, wire.FromCoordinator)
    while (order := reader.read()) is not None:
        if isinstance(order, wire.Beginning):
            wire.send(verdicts, wire.Begun(beginnings.make(order, desk.next_users()[0])))
            continue
        finished = beginnings.run(order) or desk.run(order, spare=beginnings.pids)
        wire.send(verdicts, finished)
        if finished.problem:
            # The rest of this job's bytes may still wait unread: only a fresh worker is in step again.
            _leave(1)
    _leave(0)


def _leave(status: int) -> NoReturn:
    """End this process without taking down what it has imported, which takes longer than a notebook."""
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


class _Desk:
    """Where one process, the supervisor or one that has run a beginning, serves jobs one after the other."""

    def __init__(
        self,
        jobs: int,
        verdicts: int,
        snapshot: Snapshot,
        start: Start,
        kept: frozenset[str] | None,
        users: tuple[int, int] | None,
    ) -> None:
        self.jobs, self.verdicts = jobs, verdicts
        self.snapshot, self.start, self.kept = snapshot, start, kept
        self._users = users

    def next_users(self) -> tuple[int | None, int | None]:
        """User ids for a student process and a checker, other ones than before; None where they can't be changed."""
        self._users = confine.pick_users(self._users)
        return self._users or (None, None)

    def run(self, order: wire.Begin, begun: Begun | None = None, spare: frozenset[int] = frozenset()) -> wire.Finished:
        """Run one job.

        Args:
            begun: the beginning that this process has run.
            spare: processes below this one that aren't the job's.
        """
        return _Run(order, self, begun, spare).run()


def _isolate(start: Start) -> list[str]:
    """Hide what is still in sight and give up what is not needed; returns what can't be held, in plain sentences."""
    weak = []
    if start.makes_view:
        weak = private_view(start.hide, (*start.data.values(), *start.kernels), start.scratch_bytes)
    if start.hides_processes:
        hide_other_users()
    if os.geteuid() == 0:
        has_gpu = any(os.path.exists(device) for device in processes.GPU_CONTROLS)
        keep_needed(gpu=has_gpu, is_template=start.is_template)
    return weak


def _try_gpu(gpu: GpuPart, rules: bytes, users: tuple[int, int] | None) -> str:
    """Why a submission could not use the GPU, or empty."""
    home = tempfile.mkdtemp(prefix="try-")
    user = users[0] if users else None
    if user is not None:
        os.chown(home, user, user)
    try:
        why = try_gpu(lambda: confine.confine_student(home, user, Limits(), rules, has_gpu=True))
    finally:
        confine.remove_folder(home)
    return f"GPU {gpu.name} can't be used in a worker: {why}" if why else ""


def _preload(packages: Sequence[str]) -> list[str]:
    """Import what notebooks will import, and make the shell; returns what could not be imported."""
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    os.environ.setdefault("NBGRADER_EXECUTION", "autograde")  # notebooks of nbgrader's look at it
    missing = []
    for package in packages:
        try:
            importlib.import_module(package)
        except Exception as e:
            missing.append(f"{package} ({type(e).__name__}: {e})")
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
        for package in _TORCH_LATER:
            with contextlib.suppress(ImportError):
                importlib.import_module(package)
        # It formats its callers' stack, in case a GPU fails later, and reads all their sources at the first call.
        seed(0)
    for package in (*_IPYTHON_LATER, *_FOR_TESTS, *(("numpy.testing",) if "numpy" in sys.modules else ())):
        importlib.import_module(package)
    if any(package.partition(".")[0] == "gabarito" for package in packages):
        _preload_testing()
    from gabarito.engine.shell import cell_shell

    for first in ("None", "raise ValueError"):  # what IPython imports at the first cell, and at the first error
        cell_shell().ip.run_cell(first, store_history=False, silent=True)
    return missing


def _preload_testing() -> None:
    """Import every module of the assertions: a notebook names only the package."""
    import gabarito.testing as assertions

    for module in pkgutil.iter_modules(assertions.__path__):
        importlib.import_module(f"{assertions.__name__}.{module.name}")


@dataclass(slots=True)
class _Clock:
    """What the running cell has used; CPU seconds are those of the whole student tree."""

    index: int | None = None
    cpu: float = 0.0
    wall: float = 0.0
    idle_since: float | None = None
    idle_cpu: float = 0.0
    hit: bool = False
    checker_cpu: float = 0.0
    checker_hit: bool = False
    grace_cpu: float = 0.0
    grace_wall: float = 0.0
    is_paused: bool = False
    baseline: dict[int, int] = field(default_factory=dict)


class _Run:
    """One job, from fork to clean-up."""

    def __init__(self, begin: wire.Begin, desk: _Desk, begun: Begun | None, spare: frozenset[int]) -> None:
        self._limits: Limits = begin.limits
        self._size = begin.size
        self._kernel = begin.kernel
        self._jobs, self._verdicts = desk.jobs, desk.verdicts
        self._snapshot = desk.snapshot
        self._start = desk.start
        self._kept = desk.kept
        self._begun, self._spare = begun, spare
        # What its beginning has used already counts as the job's own.
        self._spent, self._grown = (begun.cpu_seconds, begun.grown_bytes) if begun is not None else (0.0, 0)
        self._memory_kills = memory_kills()
        self._user, self._checker_user = desk.next_users()
        self._clock = _Clock()
        self._prepared = False
        self._student = self._checker = self._inherited = 0
        self._student_status: int | None = None
        self._checker_status: int | None = None
        self._cpu = self._others_cpu = self._gone_cpu = 0.0
        self._checker_cpu = 0.0
        self._stopped = ""
        self._total_cpu = 0.0

    def run(self) -> wire.Finished:
        """Fork, watch, clear up."""
        began, own_cpu = time.monotonic(), time.process_time()
        if (count := processes.threads(os.getpid())) != 1:
            return wire.Finished(0.0, 0.0, f"the supervisor has {count} threads; a fork now could hang its child")
        home, checker_home = tempfile.mkdtemp(prefix="job-"), tempfile.mkdtemp(prefix="check-")
        try:
            if self._user is not None and self._checker_user is not None:
                os.chown(home, self._user, self._user)
                os.chown(checker_home, self._checker_user, self._checker_user)
            for name, folder in self._start.data.items():
                for place in (home, checker_home):
                    os.symlink(folder, os.path.join(place, name))
            problem = self._fork_and_watch(home, checker_home)
        except OSError as e:
            problem = f"the job's processes could not be run: {e}"
        finally:
            confine.remove_folder(home)
            confine.remove_folder(checker_home)
            for user in (self._user, self._checker_user):
                if user is not None:
                    confine.remove_files_of(user)
            if self._kept is not None:
                confine.remove_files_but(self._kept)
        cpu_seconds = self._total_cpu + time.process_time() - own_cpu
        return wire.Finished(cpu_seconds, time.monotonic() - began, problem, self._stopped)

    def _fork_and_watch(self, home: str, checker_home: str) -> str:
        student_end, checker_end = socket.socketpair()
        control, checker_control = socket.socketpair()
        raw_read, raw_write = os.pipe()
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _nothing)
        try:
            self._student = os.fork()
            if self._student == 0:
                _forget_signals()
                if self._kernel:
                    rules = self._start.filter
                    _run_kernel(student_end.fileno(), raw_write, home, self._user, self._limits, rules, self._kernel)
                run_student(
                    student_end.fileno(),
                    raw_write,
                    home,
                    self._user,
                    self._left(),
                    self._snapshot,
                    self._start.filter,
                    has_gpu=self._start.gpu is not None,
                    begun=self._begun,
                )
            # Before its first cell: what that takes at once must count.
            inherited = processes.usage(self._student)
            self._inherited = inherited.resident_bytes if inherited is not None else 0
            self._clock.baseline[self._student] = self._inherited
            self._checker = os.fork()
            if self._checker == 0:
                _forget_signals()
                run_checker(
                    self._jobs,
                    self._size,
                    self._verdicts,
                    checker_end.fileno(),
                    (raw_read, raw_write),
                    checker_control.fileno(),
                    self._student,
                    checker_home,
                    self._checker_user,
                    self._limits.memory_bytes,
                    self._start.filter,
                    self._start.gpu,
                    self._begun.played if self._begun is not None else (),
                )
            for end in (student_end, checker_end, checker_control):
                end.close()
            os.close(raw_write)
            raw_write = -1
            self._control = control.fileno()
            return self._watch(wake_read)
        finally:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.set_wakeup_fd(-1)
            clean = processes.kill_all(os.getpid(), self._reap, self._spare)
            for end in (student_end, checker_end, control, checker_control):
                end.close()
            for fd in (raw_read, raw_write, wake_read, wake_write):
                if fd >= 0:
                    os.close(fd)
            if not clean:
                raise OSError("processes of the submission could not be killed")

    def _left(self) -> Limits:
        """The limits, less the memory that a beginning has taken of it already."""
        return msgspec.structs.replace(self._limits, memory_bytes=max(1, self._limits.memory_bytes - self._grown))

    def _watch(self, wake: int) -> str:
        """See the job to its end; returns why our machinery failed, or empty."""
        reader = wire.Reader(self._control, wire.FromChecker)
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(wake, select.POLLIN)
        poll.register(self._jobs, 0)
        pause = _FIRST_LOOK
        looked = time.monotonic()
        while True:
            ready = {fd for fd, _ in poll.poll(pause * 1000)}
            if self._jobs in ready:
                return "the coordinator has gone"
            if wake in ready:
                os.read(wake, 4096)
                self._reap()
            if self._control in ready:
                try:
                    message = reader.read()
                except (EngineError, OSError):
                    message = None
                if message is None:
                    return self._end()
                pause = _FIRST_LOOK
                self._hear(message)
            elif not ready:
                pause = min(pause * 1.5, _LOOK)
            # Looking takes longer than most cells: many quick messages must not make it happen more often.
            if (now := time.monotonic()) - looked >= _FIRST_LOOK:
                looked = now
                self._check_limits(now)

    def _end(self) -> str:
        """The checker has closed: it is done, or it died."""
        while self._checker_status is None:
            self._reap(wait=True)
        status = self._checker_status
        if status == 0 or self._stopped:
            return ""
        code = os.waitstatus_to_exitcode(status)
        read = "" if self._prepared else " before it had read the job"
        return f"the checker process ended unexpectedly (status {code}){read}"

    def _hear(self, message: wire.FromChecker) -> None:
        clock = self._clock
        if isinstance(message, wire.Prepared):
            self._prepared = True
        elif isinstance(message, wire.Stop):
            self._kill_student()
        elif isinstance(message, wire.Heir):
            self._succeed(message.pid)
        elif isinstance(message, wire.Paused):
            clock.is_paused = True
        else:
            self._clock = _Clock(
                message.index,
                self._cpu_now(),
                time.monotonic(),
                baseline=clock.baseline,
                checker_cpu=processes.cpu_seconds(self._checker),
            )

    def _succeed(self, heir: int) -> None:
        """Let this process be the student process, alone: everything else of the submission ends.

        Raises:
            OSError: it does not end.
        """
        if heir != self._student:
            if self._student_status is not None or heir not in processes.descendants(self._student):
                self._kill_student()
                return
            predecessor, self._student = self._student, heir
            baseline = self._clock.baseline
            if predecessor in baseline:
                baseline[heir] = baseline[predecessor]
        if not processes.kill_all(os.getpid(), self._reap, self._spare | {self._checker, heir}):
            raise OSError("processes of the submission could not be killed")
        self._others_cpu = 0.0
        if self._student_status is None:
            if processes.is_lone(heir) or processes.holds_gpu(heir):
                self._tell(wire.Alone())
                return
            why = "the notebook's process was stopped: it had started threads or processes again when a test began"
            self._tell(wire.LimitHit(self._clock.index or 0, Outcome.CRASHED, why))
            self._kill_student()

    def _cpu_now(self) -> float:
        """CPU seconds of the submission, cheaply: those of its other processes are as of the last look."""
        try:
            return time.clock_gettime(processes.cpu_clock(self._student)) + self._others_cpu + self._gone_cpu
        except OSError:
            return self._cpu

    def _check_limits(self, now: float) -> None:
        clock, limits = self._clock, self._limits
        if clock.index is None:
            return
        checks = self._check_checker()
        if self._student_status is not None:
            return
        cpu, memory, awake = self._usage()
        spent, waited = cpu - clock.cpu, 0.0 if clock.is_paused else now - clock.wall
        is_busy = self._has_worked(cpu, now) if self._kernel else awake or cpu > self._cpu
        if is_busy or checks or clock.is_paused:
            clock.idle_since, clock.idle_cpu = None, cpu
        elif clock.idle_since is None:
            clock.idle_since = now
        self._cpu = cpu
        if clock.hit:
            if spent - clock.grace_cpu > _GRACE_CPU or waited - clock.grace_wall > _GRACE_WALL:
                self._kill_student()
            return
        clock.grace_cpu, clock.grace_wall = spent, waited
        idle = now - clock.idle_since if clock.idle_since is not None else 0.0
        if memory > limits.memory_bytes:
            self._hit(
                Outcome.MEMORY,
                f"the notebook was stopped because it used more than {limits.memory_bytes >> 20} MiB of memory",
            )
            self._kill_student()
        elif cpu + self._spent > limits.notebook_cpu_seconds:
            self._hit(
                Outcome.TIMEOUT, f"the notebook was stopped after {limits.notebook_cpu_seconds:g} s of CPU time in all"
            )
            self._kill_student()
        elif why := _cell_limit(limits, spent, idle, waited):
            self._hit(Outcome.TIMEOUT, f"the cell was stopped {why}")
            os.kill(self._student, signal.SIGINT)

    def _has_worked(self, cpu: float, now: float) -> bool:
        """Whether a kernel has used more than one that waits, since it last did."""
        waited = now - self._clock.idle_since if self._clock.idle_since is not None else 0.0
        return cpu - self._clock.idle_cpu > _BEAT_CPU + _BEAT_SHARE * waited

    def _check_checker(self) -> bool:
        """Whether the checker works, which it does while a test computes; that has its limit too."""
        clock, limit = self._clock, self._limits.cell_cpu_seconds
        now = processes.cpu_seconds(self._checker)
        works, self._checker_cpu = now - self._checker_cpu > _AWAKE_SECONDS, now
        sentence = f"the test was stopped after {limit:g} s of CPU time, which is the limit"
        if now - clock.checker_cpu > limit + _GRACE_CPU:
            self._kill_checker(sentence)
        elif now - clock.checker_cpu > limit and not clock.checker_hit:
            clock.checker_hit = True
            assert clock.index is not None
            self._tell(wire.LimitHit(clock.index, Outcome.TIMEOUT, sentence, of_checker=True))
            os.kill(self._checker, signal.SIGINT)
        return works

    def _kill_checker(self, sentence: str) -> None:
        """End a checker that hears no signal, deep in what a student's value made a library compute."""
        if self._checker_status is None:
            self._stopped = sentence
            os.kill(self._checker, signal.SIGKILL)

    def _hit(self, outcome: Outcome, sentence: str) -> None:
        self._clock.hit = True
        assert self._clock.index is not None
        self._tell(wire.LimitHit(self._clock.index, outcome, f"{sentence}, which is the limit"))

    def _tell(self, message: wire.ToChecker) -> None:
        try:
            wire.send(self._control, message)
        except OSError:
            return  # the checker is gone, which the next read says

    def _kill_student(self) -> None:
        if self._student_status is None:
            os.kill(self._student, signal.SIGKILL)

    def _usage(self) -> tuple[float, int, bool]:
        """CPU seconds and resident bytes beyond those inherited, of the student's tree, and whether it is awake."""
        others, memory, awake = 0.0, 0, False
        for pid in processes.descendants(os.getpid(), self._spare | {self._checker}):
            used = processes.usage(pid)
            if used is not None:
                others += used.cpu_seconds - (used.own_cpu_seconds if pid == self._student else 0.0)
                inherited = min(used.resident_bytes, self._inherited)
                memory += max(0, used.resident_bytes - self._clock.baseline.setdefault(pid, inherited))
                awake = awake or used.awake
        self._others_cpu = others
        return self._cpu_now(), memory + self._grown, awake

    def _reap(self, *, wait: bool = False) -> None:
        """Collect whatever ended, with the CPU time that it used; tell the checker when it was the student process."""
        while True:
            try:
                pid, status, used = os.wait4(-1, 0 if wait else os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            wait = False
            self._total_cpu += used.ru_utime + used.ru_stime
            if pid == self._checker:
                self._checker_status = status
                continue
            self._gone_cpu += used.ru_utime + used.ru_stime
            if pid == self._student:
                self._student_status = status
                code = os.waitstatus_to_exitcode(status)
                if code == -signal.SIGKILL and memory_kills() > self._memory_kills and self._clock.index is not None:
                    why = "the notebook was stopped: with its files in memory it had used all that its sandbox has"
                    self._tell(wire.LimitHit(self._clock.index, Outcome.MEMORY, why))
                self._tell(wire.Died(signal=max(0, -code), status=max(0, code)))


def _cell_limit(limits: Limits, spent: float, idle: float, waited: float) -> str:
    """Which limit of one cell is reached, as the end of a sentence, or empty."""
    if spent > limits.cell_cpu_seconds:
        return f"after {limits.cell_cpu_seconds:g} s of CPU time"
    if idle > limits.idle_seconds:
        return f"because it slept for {limits.idle_seconds:g} s without doing anything"
    if waited > limits.cell_wall_seconds:
        return f"after {limits.cell_wall_seconds:g} s on the clock"
    return ""


def _run_kernel(fd: int, raw: int, home: str, user: int | None, limits: Limits, rules: bytes, name: str) -> None:
    """`run_kernel`, which is imported here: few notebooks need it, and it imports much."""
    from gabarito.engine.kernel import run_kernel

    run_kernel(fd, raw, home, user, limits, rules, name)


def _nothing(signum: int, frame: FrameType | None) -> None:
    """A child ended: the wake-up descriptor says so."""


def _forget_signals() -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)


if __name__ == "__main__":
    main(sys.argv)
