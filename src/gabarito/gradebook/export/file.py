"""A file that is made to leave the course, and how it is written: whole or not at all."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from gabarito.errors import UsageError


@dataclass(frozen=True, slots=True)
class Export:
    """What is to be written, whatever its format."""

    name: str
    """What the file is called where nobody says otherwise."""
    content: bytes
    notes: tuple[str, ...] = ()
    """Sentences for the person who exports: what is not in it, and why."""


def refuse_unwritable(path: Path, *, force: bool) -> None:
    """See that a file can be written here before any work is done.

    Args:
        force: whether a file that is there may be replaced.

    Raises:
        UsageError: it is a folder, its folder is missing, or it is there already.
    """
    if path.is_dir():
        raise UsageError(f"--to names {str(path)!r}, which is a folder; name a file in it")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"--to names {str(path)!r}, but there is no folder {path.absolute().parent}; make it first")
    if path.exists() and not force:
        raise UsageError(f"{str(path)!r} is there already; replace it with --force, or name another file with --to")


def write_export(path: Path, content: bytes) -> None:
    """Write the file whole or not at all.

    Raises:
        OSError: its folder can't be written, or the disk is full; what was there before is still there.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as e:
        raise OSError(e.errno, e.strerror, str(path)) from None  # the draft's name tells nobody anything
    finally:
        draft.unlink(missing_ok=True)
