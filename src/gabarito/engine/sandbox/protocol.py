"""The one seam of all sandboxes: what a worker needs becomes a command line."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Protocol

from gabarito.engine.gpu import GpuShare
from gabarito.model import Limits

SUPERVISOR = "gabarito.engine.supervisor"
DATA = "/data"
"""Where sandboxes with files of their own show the course's data folders, by name."""

_SUPERVISOR_BYTES = 2 << 30  # with torch and what else a course imports
_LAST_BYTES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A worker that is to be started.

    Attributes:
        preload: packages that it imports once.
        hide: folders of this machine that student code must not see, where the sandbox shows the machine's own files.
        data: folders of this machine that notebooks see beside them, read-only, by name.
        limits: what one submission may use; the sandbox as a whole may use what the two processes of a submission and
            the supervisor need together.
        gpu: the part of a GPU that it gets; it sees none where this is None.
        environment: variables for the worker, beside those that it needs anyway.
        filter: a compiled seccomp filter, or empty.
        own_bytes: memory that the supervisor itself may use, with all that it imports.
        is_template: whether workers are to be forked from it, where the sandbox `forks_workers`.
    """

    preload: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    data: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    gpu: GpuShare | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    filter: bytes = b""
    own_bytes: int = _SUPERVISOR_BYTES
    is_template: bool = False

    @property
    def memory_bytes(self) -> int:
        """What all processes of the worker may use together, files in memory included."""
        return self.own_bytes + 2 * self.limits.memory_bytes + self.limits.scratch_bytes

    @property
    def processes(self) -> int:
        """How many processes and threads it may have, with those of supervisor, checker and the sandbox itself."""
        return self.limits.processes + 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command that starts a worker, which speaks on descriptors 0 and 1; its environment is whole."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    name: str = ""
    """What the sandbox calls it, where it has to be stopped by its name."""

    def start(self, stdin: int, stdout: int, log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start it in a session of its own; it complains in `log`, which `last_words` reads.

        Raises:
            OSError: it can't be started.
        """
        return subprocess.Popen(
            self.argv,
            stdin=stdin,
            stdout=stdout,
            stderr=log,
            cwd="/",
            env=self.environment,
            start_new_session=True,
        )


def last_words(log: IO[bytes]) -> str:
    """The end of what was written to a file."""
    size = log.seek(0, os.SEEK_END)
    log.seek(max(0, size - _LAST_BYTES))
    return log.read().decode("utf-8", "replace").strip()


class Sandbox(Protocol):
    """One way to isolate a worker. Making one is cheap and starts nothing."""

    @property
    def name(self) -> str:
        """As it is chosen by `--sandbox`."""

    @property
    def image(self) -> str:
        """The digest of the image that workers run in, or empty where they run this machine's own Python."""

    @property
    def lacks(self) -> Mapping[str, str]:
        """What it can't hold on a machine of this kind: by the id of a promise (`gabarito.engine.conformance`), why."""

    @property
    def forks_workers(self) -> bool:
        """Whether workers can be forked from a template in it and still be as well parted as if each had its own."""

    def problem(self) -> str:
        """Why no worker can be started in it here, and what to do; empty where one can. It may take a second."""

    def command(self, request: Request) -> Command:
        """What starts such a worker."""

    def root(self, command: Command, pid: int) -> int:
        """The process of this machine below which everything of a worker runs; `pid` is the one that was started."""

    def stop(self, command: Command) -> None:
        """End a worker at once, with all that runs in it, even where the process that was started has gone."""

    def advice(self, said: str) -> str:
        """What to do about a worker that did not start or has broken, from what it said; empty where none is known."""
