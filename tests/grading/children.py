"""Work done in forked processes, which may be killed at any moment."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine

from gabarito.engine.confine import become_subreaper

_LONGEST = 120  # seconds after which a child that hangs is ended, so that its test fails
_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "fcntl.flock"}


def fork(work: Callable[[], object], stderr: Path | None = None) -> int:
    """Pid of a child that does this work; its exit code is that of a SystemExit, 0, or 99 for another exception."""
    pid = os.fork()
    if pid:
        return pid
    code = 99
    try:
        signal.alarm(_LONGEST)
        if stderr is not None:
            os.dup2(os.open(stderr, os.O_CREAT | os.O_WRONLY | os.O_TRUNC), 2)
            sys.stderr = os.fdopen(2, "w", closefd=False)
        work()
        code = 0
    except SystemExit as e:
        code = e.code if isinstance(e.code, int) else 1
    finally:
        with contextlib.suppress(Exception):
            sys.stderr.flush()
        os._exit(code)


def end_of(pid: int) -> int:
    """The child's exit code, or the negative number of the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def ends(work: Callable[[], object], stderr: Path | None = None) -> int:
    """How a child with this work ended, once it and every process that it left behind are gone."""

    def watched() -> None:
        become_subreaper()
        ended = end_of(fork(work, stderr))
        with contextlib.suppress(ChildProcessError):
            while True:
                os.wait()
        sys.exit(100 - ended if ended < 0 else ended)

    code = end_of(fork(watched))
    return 100 - code if code > 100 and code != 130 else code


def die_at(moment: int) -> None:
    """Kill this process at its n-th change of a file or use of the database, counted from 1."""
    at_moment(moment, lambda: os.kill(os.getpid(), signal.SIGKILL))


def at_moment(moment: int, what: Callable[[], object]) -> None:
    """Do something right before this process's n-th change of a file or use of the database, counted from 1."""
    left = moment

    def written(connection: object, cursor: object, statement: str, *more: object) -> None:
        if not statement.startswith("SELECT"):
            count()

    def count(*about: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            what()

    def audited(name: str, details: tuple[object, ...]) -> None:
        if name in _CHANGES or (name == "open" and isinstance(details[2], int) and details[2] & os.O_ACCMODE):
            count()

    event.listen(Engine, "before_cursor_execute", written)
    event.listen(Engine, "commit", count)
    sys.addaudithook(audited)
