"""A process that has imported what workers need, and from which they are forked: they share its memory.

A worker by itself takes half a gigabyte and seconds of CPU time with torch loaded; a forked one takes what it changes.
The template runs no student code and takes no jobs. Each worker makes itself its own view of the machine.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING

from gabarito.engine.sandbox import last_words
from gabarito.errors import EngineError

if TYPE_CHECKING:
    from gabarito.engine.worker import WorkerSpec

_END_SECONDS = 5.0


class Forked:
    """The process of a worker that a template has forked, with what `subprocess.Popen` has."""

    def __init__(self, handle: int, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        """Args: `handle`: what pidfd_open(2) gives; it is closed here."""
        self.stdin, self.stdout = stdin, stdout
        found = re.search(r"^Pid:\s+(\d+)$", Path(f"/proc/self/fdinfo/{handle}").read_text(), re.MULTILINE)
        self.pid = int(found[1]) if found else 0  # it has ended already
        self._handle = handle
        self._lock = threading.Lock()

    def kill(self) -> None:
        """End it at once; nothing where it has ended."""
        with self._lock, contextlib.suppress(ProcessLookupError):
            if self._handle >= 0:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> None:
        """Wait until it has ended.

        Raises:
            subprocess.TimeoutExpired: it takes longer than so many seconds.
        """
        if self._handle >= 0:
            poll = select.poll()
            poll.register(self._handle, select.POLLIN)
            if not poll.poll(None if timeout is None else timeout * 1000):
                assert timeout is not None
                raise subprocess.TimeoutExpired("worker", timeout)
            with self._lock:
                os.close(self._handle)
                self._handle = -1


class Template:
    """A running template. All workers that were forked from it end with it."""

    def __init__(self, spec: WorkerSpec) -> None:
        """Start it; workers that are asked for before it is warm come when it is.

        Raises:
            EngineError: it can't be started.
        """
        self.command = spec.command(is_template=True)
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair()
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            self._process = self.command.start(theirs.fileno(), subprocess.DEVNULL, self._log)
        except OSError as e:
            self._control.close()
            self._log.close()
            raise EngineError(f"no worker can be started in {spec.sandbox.name}: {e}") from None
        finally:
            theirs.close()

    @property
    def pid(self) -> int:
        """The process that was started."""
        return self._process.pid

    def fork(self, said: IO[bytes], seconds: float) -> Forked:
        """A worker's process, which speaks as one that was started by itself.

        Args:
            said: where it complains.
            seconds: how long to wait for it.

        Raises:
            EngineError: it did not come.
        """
        jobs, stdin = os.pipe()
        stdout, verdicts = os.pipe()
        ours = os.fdopen(stdin, "wb", 0), os.fdopen(stdout, "rb", 0)
        handles: list[int] = []
        try:
            with self._lock, contextlib.suppress(OSError):
                socket.send_fds(self._control, [b"f"], [jobs, verdicts, said.fileno()])
                self._control.settimeout(seconds)
                handles = socket.recv_fds(self._control, 1, 1)[1]
        finally:
            os.close(jobs)
            os.close(verdicts)
        if not handles:
            for stream in ours:
                stream.close()
            raise EngineError(f"no worker could be forked from the template{self._said()}")
        return Forked(handles[0], *ours)

    def close(self) -> None:
        """End it, and every worker that was forked from it."""
        self._control.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def _said(self) -> str:
        text = last_words(self._log)
        return f"; it said: {text}" if text else ""
