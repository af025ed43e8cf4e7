"""Shared beginnings: the instructor's cells before the first that a student may edit, run once for many submissions.

A process that the supervisor forks runs them, and each submission that begins with them is forked from there instead of
from the supervisor. It never runs student code. What a fork could not have as a fresh run would have it (a thread, an
open file, a file that was written, drawn random numbers, …) makes the beginning one that is not shared.
"""

from __future__ import annotations

import contextlib
import gc
import os
import random
import select
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

from gabarito.engine import confine, processes, wire
from gabarito.engine.clean_room import CleanRoom
from gabarito.engine.remote.random_states import random_states
from gabarito.engine.shell import cell_shell, interrupt_only_cells, remember_source, write_file
from gabarito.engine.snapshot import Snapshot
from gabarito.engine.student import prepare_interpreter
from gabarito.errors import EngineError

_MOST = 8
_OWN = ("HOME", "TMPDIR", "PWD")
_PLAIN = (int, float, complex, bool, type(None))
_TEXT = (str, bytes, bytearray)
_TIMERS = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)
Output = wire.Text | wire.Rich | wire.Clear


@dataclass(frozen=True, slots=True)
class Played:
    """What one cell put out, and how it ended."""

    outputs: tuple[Output, ...]
    done: wire.Done


@dataclass(frozen=True, slots=True)
class Begun:
    """A beginning that this process has run, for the submissions that are forked from it.

    Attributes:
        played: its cells, in order.
        room: made before the first of them.
        cpu_seconds: what they used, which counts as each submission's.
        grown_bytes: the memory that they took, which does so too.
    """

    played: tuple[Played, ...]
    room: CleanRoom
    cpu_seconds: float
    grown_bytes: int


class NotSharedError(Exception):
    """A beginning can't be shared, and why."""


def begin(order: wire.Beginning, snapshot: Snapshot, data: Mapping[str, str], user: int | None) -> Begun:
    """Run the cells in this process, which was forked for them; it stays able to fork submissions.

    Args:
        order: the cells, and the files that lie beside them.
        snapshot: the libraries as they are.
        data: folders that notebooks see beside them, by name.
        user: whose files they read and write, or None for this process's own.

    Raises:
        NotSharedError: what they did can't be handed to a fork.
    """
    home = tempfile.mkdtemp(prefix="job-")
    try:
        with _written_past_python() as written, _as_student(home, user):
            for name, folder in data.items():
                os.symlink(folder, os.path.join(home, name))
            for file in order.files:
                write_file(file.path, file.content)
            begun = _run(order, snapshot, os.path.basename(home))
        if written():
            raise NotSharedError("they write to the process’s own output, past Python")
        return begun
    finally:
        confine.remove_folder(home)
        if user is not None:
            confine.remove_files_of(user)


def _run(order: wire.Beginning, snapshot: Snapshot, mark: str) -> Begun:
    prepare_interpreter()
    signal.signal(signal.SIGINT, interrupt_only_cells)
    shell = cell_shell()
    outputs: list[Output] = []
    shell.open(outputs.append)  # type: ignore[arg-type]
    room = CleanRoom(shell, snapshot)
    names = shell.ip.user_ns
    before = dict(names)
    was = _Traces()
    used, held = processes.cpu_seconds(os.getpid()), _held()
    played = []
    for run in order.cells:
        after = room.before(run.source, is_locked=True)
        done = shell.run(run)
        after()
        if done.error:
            raise NotSharedError(f"“{run.label}” raises {done.error}")
        remember_source(run.label, run.source)
        played.append(Played(tuple(outputs), done))
        outputs.clear()
    was.compare()
    made = [value for name, value in names.items() if before.get(name, before) is not value]
    _refuse_what_is_kept([*made, before["Out"]], mark)
    places = {n: v for n, v in os.environ.items() if n not in _OWN}
    if any(mark in value for value in places.values()):
        raise NotSharedError("they keep the path of their folder in the environment")
    spent = processes.cpu_seconds(os.getpid()) - used
    return Begun(tuple(played), room, spent, max(0, _held() - held))


class _Traces:
    """What a process has that a fork of it would not have, or would have in common with others."""

    def __init__(self) -> None:
        self._home, self._files, self._random = os.getcwd(), _files(), _texts(random_states())
        self._open = set(os.listdir("/proc/self/fd"))
        self._shared = _shared_memory()

    def compare(self) -> None:
        """See whether anything has come since.

        Raises:
            NotSharedError: it has.
        """
        if processes.threads(os.getpid()) > 1 or processes.descendants(os.getpid()):
            raise NotSharedError("they start threads or processes that go on")
        if any(signal.getitimer(timer)[0] for timer in _TIMERS):
            raise NotSharedError("they set a timer")
        if set(os.listdir("/proc/self/fd")) != self._open or processes.holds_gpu(os.getpid()):
            raise NotSharedError("they open files, sockets or a GPU, and leave them open")
        if _shared_memory() - self._shared:
            raise NotSharedError("they make memory or locks that all processes forked from theirs would share")
        for name, module in list(sys.modules.items()):
            place = getattr(module, "__file__", None)
            if type(place) is str and Path(place).is_relative_to(self._home):
                raise NotSharedError(f"they import {name} from a file beside the notebook")
        if _files() != self._files:
            raise NotSharedError("they write files, or go to another folder")
        if _texts(random_states()) != self._random:
            raise NotSharedError("they draw random numbers, or seed them")


def _files() -> dict[str, tuple[int, int]]:
    """Everything in the current folder, with sizes and times; links are not followed."""
    found = {}
    for folder, folders, files in os.walk("."):
        for name in (*folders, *files):
            state = os.lstat(os.path.join(folder, name))
            found[os.path.join(os.path.abspath(folder), name)] = (state.st_size, state.st_mtime_ns)
    return found


def _shared_memory() -> set[str]:
    """The memory of this process that a fork of it can write to, and both see: where it lies."""
    fields = (line.split() for line in Path("/proc/self/maps").read_text().splitlines())
    return {where for where, rights, *_ in fields if rights[1] == "w" and rights[3] == "s"}


def _texts(states: Iterable[Any]) -> list[str]:
    return [repr(state if not hasattr(state, "tolist") else state.tolist()) for state in _flat(states)]


def _flat(states: Iterable[Any]) -> Iterable[Any]:
    for state in states:
        if isinstance(state, tuple):
            yield from _flat(state)
        else:
            yield state


def _refuse_what_is_kept(values: Iterable[Any], mark: str) -> None:
    """Look through everything that the names lead to.

    Raises:
        NotSharedError: something there belongs to one process or one folder alone.
    """
    generators, common = _generators()
    binary = mark.encode()
    seen: set[int] = set()
    pending = [*values]
    while pending:
        thing = pending.pop()
        kind = type(thing)
        if kind in _PLAIN or id(thing) in seen:
            continue
        if issubclass(kind, _TEXT):
            if (mark if issubclass(kind, str) else binary) in thing:
                raise NotSharedError("they keep the path of their folder")
            continue
        seen.add(id(thing))
        if issubclass(kind, generators) and not any(thing is each for each in common):
            raise NotSharedError("they keep a generator of random numbers")
        pending += _parts(thing, kind)


def _parts(thing: Any, kind: type) -> list[Any]:
    if issubclass(kind, ModuleType | CodeType):
        return []
    if kind is BuiltinFunctionType:
        return [thing.__self__]
    if issubclass(kind, type):
        return list(vars(thing).values()) if thing.__module__ == "__main__" else []
    if kind is FunctionType:
        cells = [cell.cell_contents for cell in thing.__closure__ or () if _is_filled(cell)]
        return [*cells, *(thing.__defaults__ or ()), *(thing.__kwdefaults__ or {}).values(), *vars(thing).values()]
    return gc.get_referents(thing)


def _is_filled(cell: Any) -> bool:
    with contextlib.suppress(ValueError):
        cell.cell_contents  # noqa: B018  raises where it is empty
        return True
    return False


def _generators() -> tuple[tuple[type, ...], tuple[Any, ...]]:
    """Types of generators of random numbers, and those generators whose states are looked at anyway."""
    kinds: list[type] = [random.Random]
    common: list[Any] = [random._inst]
    if (numpy := sys.modules.get("numpy")) is not None:
        kinds += [numpy.random.Generator, numpy.random.RandomState, numpy.random.BitGenerator]
        common += [numpy.random.mtrand._rand, numpy.random.mtrand._rand._bit_generator]
    if (torch := sys.modules.get("torch")) is not None:
        kinds.append(torch.Generator)
        common.append(torch.default_generator)
    return tuple(kinds), tuple(common)


def _held() -> int:
    used = processes.usage(os.getpid())
    return used.resident_bytes if used is not None else 0


@contextlib.contextmanager
def _written_past_python() -> Iterator[Callable[[], bool]]:
    """A block in which descriptors 1 and 2 lead to a file; gives whether it has anything in it, afterwards too."""
    kept = os.dup(1), os.dup(2)
    with tempfile.TemporaryFile() as file:
        size = 0
        for number in (1, 2):
            os.dup2(file.fileno(), number)
        try:
            yield lambda: size > 0
        finally:
            for number, before in zip((1, 2), kept, strict=True):
                os.dup2(before, number)
                os.close(before)
            size = os.fstat(file.fileno()).st_size


@contextlib.contextmanager
def _as_student(home: str, user: int | None) -> Iterator[None]:
    """A block in which this process is at home in a student's folder, with a student's rights to files."""
    kept = {name: os.environ.get(name) for name in (*_OWN, "USER", "LOGNAME")}
    os.environ.update(confine.environment(home))
    os.chdir(home)
    if user is not None:
        os.chown(home, user, user)
        os.setegid(user)
        os.seteuid(user)
    try:
        yield
    finally:
        if user is not None:
            os.seteuid(0)
            os.setegid(0)
        os.chdir("/")
        for name, value in kept.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


Serve = Callable[[Begun, wire.Begin], wire.Finished]


class Beginnings:
    """The processes that have run a beginning; of many, those that came last.

    Args:
        snapshot: the libraries as they are.
        data: folders that notebooks see beside them, by name.
        serve: runs a job in a process that has run its beginning.
    """

    def __init__(self, snapshot: Snapshot, data: Mapping[str, str], serve: Serve) -> None:
        self._snapshot, self._data, self._serve = snapshot, data, serve
        self._running: dict[str, _Running] = {}

    @property
    def pids(self) -> frozenset[int]:
        """The processes."""
        return frozenset(each.pid for each in self._running.values())

    def make(self, order: wire.Beginning, user: int | None) -> str:
        """Have a process run a beginning; returns why it can't be shared, or empty."""
        if processes.threads(os.getpid()) != 1:
            return "the worker has threads"
        while len(self._running) >= _MOST:
            self._running.pop(next(iter(self._running))).end()
        end, other = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            end.close()
            self._be(order, user, other)
        other.close()
        running = _Running(pid, end)
        problem = running.ready(order.wall_seconds)
        if problem:
            running.end()
        else:
            self._running[order.key] = running
        return problem

    def run(self, order: wire.Begin) -> wire.Finished | None:
        """Run a job in the process of its beginning; None where there is none any more."""
        running = self._running.get(order.beginning)
        if running is None:
            return None
        finished = running.run(order)
        if finished is None:
            self._running.pop(order.beginning).end()
            return wire.Finished(0.0, 0.0, "the process that had run the first cells has ended")
        return finished

    def _be(self, order: wire.Beginning, user: int | None, control: socket.socket) -> None:
        """What the forked process does, to its end."""
        try:
            confine.become_subreaper()
            confine.die_with_parent()
            self._running.clear()
            try:
                begun = begin(order, self._snapshot, self._data, user)
            except NotSharedError as e:
                wire.send(control.fileno(), wire.Begun(str(e)))
                return
            gc.collect()
            gc.freeze()
            wire.send(control.fileno(), wire.Begun())
            reader = wire.Reader(control.fileno(), wire.Begin)
            while (each := reader.read()) is not None:
                wire.send(control.fileno(), self._serve(begun, each))
        finally:
            os._exit(0)


class _Running:
    """A process that has run a beginning, as the supervisor sees it."""

    def __init__(self, pid: int, end: socket.socket) -> None:
        self.pid, self._end = pid, end
        self._reader = wire.Reader(end.fileno(), wire.Begun | wire.Finished)

    def ready(self, seconds: float) -> str:
        """Why it can't be used, or empty; waits for it as long as that."""
        if not select.select([self._end], [], [], seconds)[0]:
            return f"they take longer than {seconds:g} s"
        message = self._read()
        return message.problem if isinstance(message, wire.Begun) else "they end the process"

    def run(self, order: wire.Begin) -> wire.Finished | None:
        """Have it run a job; None where it ended."""
        with contextlib.suppress(OSError):
            wire.send(self._end.fileno(), order)
            message = self._read()
            if isinstance(message, wire.Finished):
                return message
        return None

    def _read(self) -> wire.Begun | wire.Finished | None:
        with contextlib.suppress(OSError, EngineError):
            message: wire.Begun | wire.Finished | None = self._reader.read()
            return message
        return None

    def end(self) -> None:
        """Kill it and everything below it."""
        self._end.close()
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
