"""The student process: runs one notebook's cells as it is told, and nothing else lives in it."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence

from gabarito.engine import confine, wire
from gabarito.engine.remote.random_states import seed
from gabarito.engine.remote.student_side import StudentSide
from gabarito.engine.shell import cell_shell, interrupt_only_cells, write_file
from gabarito.model import Limits


def run_student(fd: int, raw: int, home: str, user: int | None, limits: Limits) -> None:
    """Serve the checker at the other end of socket `fd` until it closes; called in a fresh fork, never returns.

    Args:
        fd: socket to the checker.
        raw: pipe for what is written on descriptors 1 and 2 past Python.
        home: the student's folder.
        user: user id to run as, or None.
        limits: kernel limits are set from it.
    """
    status = 1
    try:
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(raw, 1)
        os.dup2(raw, 2)
        confine.close_descriptors({0, 1, 2, fd})
        confine.confine_student(home, user, limits)
        signal.signal(signal.SIGINT, interrupt_only_cells)
        _serve(fd, limits.output_bytes)
        status = 0
    finally:
        os._exit(status)


def _serve(fd: int, output_bytes: int) -> None:
    shell = cell_shell()
    channel = _Channel(fd)
    os.register_at_fork(after_in_child=lambda: _leave(fd))
    shell.open(channel.say)
    sys.path.insert(0, "")
    gc.enable()
    side: StudentSide | None = None
    channel.say(wire.Up())
    while (message := channel.reader.read()) is not None:
        if isinstance(message, wire.Run):
            channel.say(shell.run(message))
        elif isinstance(message, wire.Ask):
            if side is None:
                side = StudentSide(channel, shell.ip.user_ns)
            with shell.serving(output_bytes), side.warning():
                side.session.serve(message, wire.receive_descriptors(channel.end, message.fds))
        elif isinstance(message, wire.File):
            write_file(message.path, message.content)
        elif isinstance(message, wire.Seed):
            seed(message.value)


class _Channel:
    """The student's end of the socket: what cells put out, and the conversation while a test runs."""

    def __init__(self, fd: int) -> None:
        self.end = socket.socket(fileno=fd)
        self.reader = wire.Reader(fd, wire.ToStudent, limit=1 << 31)
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


def _leave(fd: int) -> None:
    """A process that student code forks must not speak to the checker, nor outlive the one that forked it."""
    try:
        confine.die_with_parent()
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, fd)
        os.close(null)
    except OSError:
        os._exit(1)
