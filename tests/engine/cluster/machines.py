"""A Dask scheduler and workers as processes of their own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from distributed import Client


class Machines:
    """One scheduler, and the workers that a test has asked for."""

    def __init__(self, *options: str) -> None:
        """`options` are given to every command."""
        self._options = options
        self._processes: list[subprocess.Popen[str]] = []
        scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.address = _said(scheduler, r"Scheduler at:\s+(\S+)")

    def worker(self, *options: str, **environment: str) -> subprocess.Popen[str]:
        """Start one with one thread."""
        command = ("worker", self.address, "--nthreads", "1", "--host", "127.0.0.1", "--no-dashboard", "--no-nanny")
        worker = self._start(*command, *options, **environment)
        _said(worker, r"Registered to:\s+(\S+)")
        return worker

    def client(self, seconds: float = 30) -> Client:
        """Connect to the scheduler, and again where it was lost, within some seconds."""
        return Client(self.address, timeout=seconds, set_as_default=False)

    def close(self) -> None:
        """End all of them."""
        for process in reversed(self._processes):
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert process.stderr is not None
            process.stderr.close()

    def _start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments, *self._options],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        self._processes.append(process)
        return process


@contextmanager
def machines(*options: str, workers: int = 0) -> Iterator[Machines]:
    """A block with a scheduler and some workers."""
    made = Machines(*options)
    try:
        for _ in range(workers):
            made.worker()
        yield made
    finally:
        made.close()


def certificate(folder: Path) -> dict[str, str]:
    """A certificate that vouches for itself, for everybody."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    about = ("-subj", "/CN=localhost", "-days", "2", "-addext", "subjectAltName=IP:127.0.0.1")
    made = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(cert), *about)
    subprocess.run(made, check=True, capture_output=True)
    return {"ca": str(cert), "cert": str(cert), "key": str(key)}


def _said(process: subprocess.Popen[str], pattern: str) -> str:
    """What it says of itself, once it does."""
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if found := re.search(pattern, line):
            return found[1]
    raise AssertionError(f"{process.args!r} ended: {''.join(lines)}")
