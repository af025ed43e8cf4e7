"""A student process for another language: it runs no cell itself, but has a Jupyter kernel below it run them.

It speaks with the checker as the student process of a Python notebook does, so limits and outcomes are the same. What
the kernel puts out is passed on as it comes. Tests run in the kernel too, which is shared mode.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbclient.client import NotebookClient
from nbformat import NotebookNode

from gabarito.engine import confine, wire
from gabarito.engine.shell import write_file
from gabarito.model import Limits, Outcome

_START_SECONDS = 120
_SETTLE_SECONDS = 10
_DIED = 70
_LONGEST_MESSAGE = 4000
_ASSERTIONS = ("assert", "expect", "fallbacktestset")


def run_kernel(fd: int, raw: int, home: str, user: int | None, limits: Limits, rules: bytes, name: str) -> None:
    """Serve the checker at the other end of socket `fd` until it closes; called in a fresh fork, never returns.

    Args:
        fd: socket to the checker.
        raw: pipe for what is written past the kernel.
        home: the student's folder.
        user: user id to run as, or None.
        limits: kernel limits are set from it.
        rules: a compiled seccomp filter, or empty.
        name: of the kernel.
    """
    status = 1
    try:
        confine.redirect(raw, fd)
        confine.confine_student(home, user, limits, rules, has_kernel=True)
        confine.hide_memory()
        status = _serve(fd, name)
    finally:
        os._exit(status)


def _serve(fd: int, name: str) -> int:
    scratch = tempfile.mkdtemp(prefix="kernel-", dir="/tmp")  # not in the notebook's own folder
    for variable in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR"):
        os.environ[variable] = scratch
    client = _Client(fd, name, scratch)
    problem = ""
    try:
        client.start()
    except NoSuchKernel:
        problem = _missing(name)
    except Exception as e:
        problem = f"the kernel “{name}” does not start: {client.said() or f'{type(e).__name__}: {e}'}"
    if problem:
        wire.send(fd, wire.Unavailable(problem))
        return 0
    wire.send(fd, wire.Up())
    reader = wire.Reader(fd, wire.ToStudent, limit=1 << 31)
    while (message := reader.read()) is not None:
        if isinstance(message, wire.File):
            write_file(message.path, message.content)
        elif isinstance(message, wire.Run):
            done = client.perform(message)
            if done is None:
                return _DIED
            wire.send(fd, done)
    return 0


def _missing(name: str) -> str:
    there = ", ".join(sorted(KernelSpecManager().find_kernel_specs())) or "none"
    return (
        f"the kernel “{name}” is not installed where notebooks run (there: {there}); install it there for all users, "
        "so that its folder lies below share/jupyter/kernels, or in the image where they run in containers"
    )


class _Client(NotebookClient):
    """A kernel, and what it says passed on to the checker."""

    def __init__(self, fd: int, name: str, scratch: str) -> None:
        log = logging.Logger("gabarito.kernel", logging.CRITICAL)
        super().__init__(
            nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell()]),
            kernel_name=name,
            kernel_manager_class=AsyncKernelManager,
            allow_errors=True,
            timeout=None,
            startup_timeout=_START_SECONDS,
            iopub_timeout=_SETTLE_SECONDS,
            resources={"metadata": {"path": os.getcwd()}},
            log=log,
        )
        self._fd, self._scratch = fd, scratch
        self._run: wire.Run | None = None
        self._error: dict[str, Any] | None = None
        self._written = 0
        self._is_interrupted = False

    def start(self) -> None:
        """Start the kernel and wait until it answers.

        Raises:
            NoSuchKernel: there is none of this name.
            Exception: it does not start, whatever the reason.
        """
        self.km = AsyncKernelManager(kernel_name=self.kernel_name, transport="ipc", log=self.log)
        self.km.ip = os.path.join(self._scratch, "socket")
        self.km.kernel_spec  # noqa: B018  raises where there is none
        with (Path(self._scratch) / "said").open("wb") as said, open(os.devnull, "wb") as nowhere:
            self.start_new_kernel(stdout=nowhere, stderr=said)
        self.start_new_kernel_client()
        signal.signal(signal.SIGINT, self._interrupted)

    def said(self) -> str:
        """The end of what the kernel wrote for its administrator."""
        with contextlib.suppress(OSError):
            return (Path(self._scratch) / "said").read_text(errors="replace").strip()[-500:]
        return ""

    def perform(self, run: wire.Run) -> wire.Done | None:
        """Run a cell to its end; None where the kernel has died."""
        self._run, self._error, self._written = run, None, 0
        cell = nbformat.v4.new_code_cell(run.source)
        try:
            self.execute_cell(cell, 0)
            self._run = None
            if self._is_interrupted:
                self._settle()
        except Exception:
            return None
        finally:
            self._run = None
            self._is_interrupted = False
        return self._done(run, cell.execution_count or 0)

    def _done(self, run: wire.Run, count: int) -> wire.Done:
        if self._written > run.output_bytes:
            return wire.Done(count, error="OutputLimitReached", outcome=Outcome.OUTPUT, nonce=run.nonce)
        if self._error is None:
            return wire.Done(count, nonce=run.nonce)
        name = str(self._error.get("ename") or "Error")
        message = str(self._error.get("evalue") or "")[:_LONGEST_MESSAGE]
        is_failure = run.is_test and any(word in name.lower() for word in _ASSERTIONS)
        return wire.Done(
            count,
            error=name,
            message=message,
            traceback=tuple(map(str, self._error.get("traceback") or [f"{name}: {message}"])),
            outcome=Outcome.FAILED if is_failure else Outcome.ERROR,
            nonce=run.nonce,
        )

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> None:
        """Pass on what is to be shown; nothing of it is kept here."""
        kind, content = msg["msg_type"], msg["content"]
        if kind == "error":
            self._error = content
        for message in _shown(kind, content):
            self._pass_on(message)
        if kind in ("status", "execute_input") or kind.startswith("comm"):
            super().process_message(msg, cell, cell_index)

    async def _check_raise_for_error(self, cell: NotebookNode, cell_index: int, exec_reply: Any) -> None:
        """A cell that failed is no failure of ours; some kernels say so in their reply only."""
        content = (exec_reply or {}).get("content", {})
        if content.get("status") == "error" and self._error is None:
            self._error = content

    def _pass_on(self, message: wire.Text | wire.Rich | wire.Clear) -> None:
        self._written += _size(message)
        frame = wire.encode(message)  # of a flood, too: the checker counts it, and ends it
        if len(frame) <= wire.FRAME_LIMIT:
            wire.write_all(self._fd, frame)

    def _interrupted(self, signum: int, frame: FrameType | None) -> None:
        """Ask the kernel to stop, as the supervisor says; what it does not heed, that one ends."""
        if self._run is None:
            return
        manager: Any = self.km
        self._is_interrupted = True
        if manager.kernel_spec.interrupt_mode == "signal":
            with contextlib.suppress(ProcessLookupError):
                os.kill(manager.provisioner.pid, signal.SIGINT)  # at once: later it would meet the next cell
            return
        with contextlib.suppress(RuntimeError):  # no loop runs: nothing is being executed
            loop = asyncio.get_running_loop()
            loop.call_soon_threadsafe(lambda: loop.create_task(manager.interrupt_kernel()))

    def _settle(self) -> None:
        """Wait till the kernel answers again.

        Raises:
            RuntimeError: it doesn't.
        """
        client: Any = self.kc
        run_sync(client.wait_for_ready)(timeout=_SETTLE_SECONDS)


def _shown(kind: str, content: dict[str, Any]) -> Iterator[wire.Text | wire.Rich | wire.Clear]:
    if kind == "stream":
        yield wire.Text(str(content.get("name", "stdout")), str(content.get("text", "")))
    elif kind == "clear_output":
        yield wire.Clear(bool(content.get("wait")))
    elif kind in ("display_data", "execute_result", "update_display_data"):
        display_id = (content.get("transient") or {}).get("display_id")
        yield wire.Rich(
            dict(content.get("data") or {}),
            dict(content.get("metadata") or {}),
            kind == "execute_result",
            str(display_id) if display_id else None,
            kind == "update_display_data",
        )


def _size(message: wire.Text | wire.Rich | wire.Clear) -> int:
    if isinstance(message, wire.Text):
        return len(message.text)
    return sum(len(str(v)) for v in message.data.values()) if isinstance(message, wire.Rich) else 1
