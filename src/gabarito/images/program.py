"""The program that builds and keeps images: podman or docker, and what goes wrong with it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from gabarito.engine.container_advice import advice
from gabarito.errors import EngineError, UsageError

PROGRAMS = ("podman", "docker")

_SHOWN = 15  # lines of what the program said
_KEPT = 400


def pick_program(name: str | None = None) -> str:
    """The program's name: the one asked for, or the first that is installed.

    Raises:
        UsageError: it is no program that is known here.
        EngineError: it is not installed, or none is.
    """
    if name is not None and name not in PROGRAMS:
        raise UsageError(f"no engine {name!r}; there are: {', '.join(PROGRAMS)}")
    for each in PROGRAMS if name is None else (name,):
        if shutil.which(each):
            return each
    missing = f"{name} is not" if name else "neither podman nor docker is"
    raise EngineError(
        f"{missing} installed, or not in PATH ({os.environ.get('PATH', '')}); "
        "on Debian and Ubuntu: 'apt-get install podman', as root"
    )


def call(
    program: str, *arguments: str, doing: str, stdin: str | None = None, environment: Mapping[str, str] | None = None
) -> str:
    """What the program prints on stdout.

    Args:
        doing: what it is called for, as in "listing images".
        stdin: what it reads, or nothing.
        environment: variables besides this process's own.

    Raises:
        EngineError: it can't be started, or ends with another code than 0; the message tells what it said.
    """
    try:
        done = subprocess.run(
            [program, *arguments],
            input=stdin or "",
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            env={**os.environ, **(environment or {})},
        )
    except OSError as e:
        raise EngineError(_cannot_start(program, doing, e)) from None
    if done.returncode:
        raise EngineError(failure(program, doing, done.returncode, done.stderr.splitlines()))
    return done.stdout


def follow(
    program: str,
    arguments: Sequence[str],
    *,
    doing: str,
    on_line: Callable[[str], None],
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run the program to its end and hand over each line that it prints, as it comes.

    Raises:
        EngineError: as for `call`.
    """
    said: deque[str] = deque(maxlen=_KEPT)
    try:
        process = subprocess.Popen(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, **(environment or {})},
        )
    except OSError as e:
        raise EngineError(_cannot_start(program, doing, e)) from None
    try:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.rstrip())
            on_line(line.rstrip())
        code = process.wait()
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    if code:
        raise EngineError(failure(program, doing, code, list(said)))


def failure(program: str, doing: str, code: int, said: Sequence[str]) -> str:
    """A message: what failed, what to do, and the end of what the program said."""
    lines = [line for line in said if line.strip()]
    told = advice(program, "\n".join(lines)) or "what it said last stands below"
    first = f"{doing} failed: {program} ended with code {code}"
    return "\n".join([f"{first}; {told}", *(f"  {line}" for line in lines[-_SHOWN:])])


def _cannot_start(program: str, doing: str, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{doing} failed: {program} is not installed; on Debian and Ubuntu: 'apt-get install {program}', as root"
    return f"{doing} failed: {program} can't be started ({error.strerror}); try as root, or name another with --engine"
