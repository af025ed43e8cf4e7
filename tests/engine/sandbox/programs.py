"""Stand-ins for the programs of container engines: they say what a broken engine says."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Says:
    """What a subcommand writes, and how it ends."""

    stdout: str = ""
    stderr: str = ""
    status: int = 0


def put_program(
    monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, answers: dict[str, Says] | None = None
) -> Path:
    """A folder that is all of PATH, with one program in it; returns the file to which it writes how it was called.

    Args:
        answers: by the program's first argument; others get nothing and end well. Without any there is no program.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "calls"
    log.touch()
    monkeypatch.setenv("PATH", str(folder))
    if answers is not None:
        cases = "".join(
            f"{verb})\n/usr/bin/printf %s {_quoted(says.stdout)}\n"
            f"/usr/bin/printf %s {_quoted(says.stderr)} >&2\nexit {says.status};;\n"
            for verb, says in answers.items()
        )
        program = folder / name
        program.write_text(f'#!/bin/sh\necho "$@" >>{log}\ncase "$1" in\n{cases}esac\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    assert os.environ["PATH"] == str(folder)
    return log


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
