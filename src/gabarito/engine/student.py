"""The student process: runs one notebook's cells as it is told, and nothing else lives in it."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gabarito.engine import confine, processes, wire
from gabarito.engine.clean_room import CleanRoom
from gabarito.engine.remote.random_states import seed
from gabarito.engine.remote.student_side import StudentSide
from gabarito.engine.shell import CellShell, cell_shell, interrupt_only_cells, write_file
from gabarito.engine.snapshot import Snapshot
from gabarito.model import Limits

if TYPE_CHECKING:
    from gabarito.engine.beginning import Begun


def run_student(
    fd: int,
    raw: int,
    home: str,
    user: int | None,
    limits: Limits,
    snapshot: Snapshot,
    rules: bytes,
    *,
    has_gpu: bool = False,
    begun: Begun | None = None,
) -> None:
    """Serve the checker at the other end of socket `fd` until it closes; called in a fresh fork, never returns.

    Args:
        fd: socket to the checker.
        raw: pipe for what is written on descriptors 1 and 2 past Python.
        home: the student's folder.
        user: user id to run as, or None.
        limits: kernel limits are set from it.
        snapshot: the libraries as they are before student code runs.
        rules: a compiled seccomp filter, or empty.
        has_gpu: whether it may open one.
        begun: the beginning that the process it was forked from has run.
    """
    status = 1
    try:
        confine.redirect(raw, fd)
        confine.confine_student(home, user, limits, rules, has_gpu=has_gpu)
        signal.signal(signal.SIGINT, interrupt_only_cells)
        _serve(fd, snapshot, limits.output_bytes, begun)
        status = 0
    finally:
        os._exit(status)


def prepare_interpreter() -> None:
    """What a process needs once before it runs cells of a notebook."""
    sys.addaudithook(_no_audit_hooks)
    sys.path.insert(0, "")
    gc.enable()


def _serve(fd: int, snapshot: Snapshot, output_bytes: int, begun: Begun | None) -> None:
    channel = _Channel(fd)
    shell = _open(channel, is_prepared=begun is not None)
    room: CleanRoom | None = None
    clean = _nothing
    side: StudentSide | None = None
    channel.say(wire.Up())
    message: list[wire.Message | None] = []
    while message := [channel.reader.read()]:
        # A frame below a test shows its variables: the order that holds its source is in none of them.
        match message[0]:
            case None:
                return
            case wire.Run(is_test=True):
                assert room is not None
                confine.die_with_parent()
                channel.say(_test(shell, room, message))
            case wire.Run() as run:
                channel.say(_run(shell, room, run))
            case wire.Clean():
                _lose_threads(channel)
                shell.go_on(channel.say)
                clean()
                channel.say(wire.Cleaned(os.getpid()))
            case wire.Ask() as ask:
                side = side or StudentSide(channel, shell.ip.user_ns)
                with shell.serving(output_bytes), side.warning():
                    side.session.serve(ask, wire.receive_descriptors(channel.end, ask.fds))
            case wire.File() as file:
                write_file(file.path, file.content)
            case wire.Seed() as start:
                seed(start.value)
                if start.has_tests:
                    room = _room(begun, shell, snapshot, channel)
                    clean = room.clean


def _nothing() -> None:
    pass


def _open(channel: _Channel, *, is_prepared: bool) -> CellShell:
    shell = cell_shell()
    os.register_at_fork(after_in_child=lambda: _leave(channel))
    if not is_prepared:
        prepare_interpreter()
    shell.open(channel.say)
    return shell


def _room(begun: Begun | None, shell: CellShell, snapshot: Snapshot, channel: _Channel) -> CleanRoom:
    """What cleans this process; made before student code runs, and for tests only: it takes as long as many a cell."""
    room = begun.room if begun is not None else CleanRoom(shell, snapshot)
    room.add(channel, channel.reader)
    return room


def _run(shell: CellShell, room: CleanRoom | None, run: wire.Run) -> wire.Done:
    """Run a cell, of which a room takes note."""
    after = room.before(run.source, is_locked=run.is_given) if room is not None else _nothing
    done = shell.run(run)
    after()
    return done


def _test(shell: CellShell, room: CleanRoom, order: list[Any]) -> wire.Done:
    """Run the test that `order` alone holds, and empty it before."""
    after = room.before(order[0].source, is_locked=True)
    done = shell.test(order)
    room.leave()
    after()
    return done


def _lose_threads(channel: _Channel) -> None:
    """Go on in a copy of this process, which has the calling thread alone; this process waits to be killed.

    It does so only where there are other threads or processes, since a copy costs more than most tests. What a process
    keeps on a GPU doesn't survive a fork: one that has opened a GPU goes on as it is. The supervisor looks whether that
    is true.
    """
    torch = sys.modules.get("torch")
    if processes.is_lone(os.getpid()) or (torch is not None and torch.cuda.is_initialized()):
        return
    channel.is_handed_on = True
    copy = os.fork()
    channel.is_handed_on = False
    while copy:
        signal.pause()
    channel.renew()


class _Channel:
    """The student's end of the socket: what cells put out, and the conversation while a test runs."""

    def __init__(self, fd: int) -> None:
        self.end = socket.socket(fileno=fd)
        self.reader = wire.Reader(fd, wire.ToStudent, limit=1 << 31)
        self.is_handed_on = False
        """This process is just being copied, and the copy is to go on with the notebook."""
        self.renew()

    def renew(self) -> None:
        """Forget threads that may have been speaking."""
        self._lock = threading.Lock()

    def say(self, message: wire.Message) -> None:
        """Send a message without descriptors."""
        self._send(message, ())

    def send(self, message: wire.Conversation, fds: Sequence[int]) -> None:
        """Send a message of the conversation, behind what was written before it."""
        cell_shell().flush()
        self._send(message, fds)

    def receive(self) -> tuple[wire.Conversation, list[int]]:
        """The checker's next message of the conversation."""
        message = self.reader.read()
        if not isinstance(message, wire.Conversation):
            os._exit(1)  # the checker is gone, or has given up this notebook
        return message, wire.receive_descriptors(self.end, message.fds)

    def _send(self, message: wire.Message, fds: Sequence[int]) -> None:
        frame = wire.encode(message)
        if len(frame) > wire.FRAME_LIMIT:
            raise ValueError(f"an output of {len(frame)} bytes is too large to show")
        with self._lock:
            wire.write_all(self.end.fileno(), frame)
            wire.send_descriptors(self.end, fds)


def _leave(channel: _Channel) -> None:
    """A process that student code forks must not speak to the checker, nor outlive the one that forked it."""
    if channel.is_handed_on:
        return
    try:
        confine.die_with_parent()
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, channel.end.fileno())
        os.close(null)
    except OSError:
        os._exit(1)


def _no_audit_hooks(event: str, arguments: tuple[Any, ...]) -> None:
    """A hook can't be removed, and would see the source of each test: Python adds none where this raises."""
    if event == "sys.addaudithook":
        raise RuntimeError("a notebook that is graded can't add audit hooks")
