"""Hand-ins as they are kept: one writer at a time, never by half, and the earlier ones beside them."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from gabarito.engine.system import exchange_paths
from gabarito.exchange.submissions import TIMESTAMP, read_timestamp

HISTORY = ".history"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one process at a time write hand-ins."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def holds(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Whether the folder has all of these files, byte for byte."""
    return all((folder / name).is_file() and (folder / name).read_bytes() == kept for name, kept in files.items())


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a hand-in by POSIX path, without the one that says its time; empty where there is no hand-in."""
    found = sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    return {n: p.read_bytes() for p in found if (n := p.relative_to(folder).as_posix()) != TIMESTAMP}


def keep(folder: Path, history: Path) -> Path | None:
    """Copy a hand-in to where earlier ones are kept; None where there is none."""
    if not folder.is_dir():
        return None
    target = place_in(history, time_of(folder))
    new = history / ".new"
    shutil.rmtree(new, ignore_errors=True)
    shutil.copytree(folder, new, symlinks=True)
    new.rename(target)
    return target


def place_in(history: Path, time: datetime | None) -> Path:
    """A folder that isn't there yet, for a hand-in of this time."""
    name = f"{time:%Y-%m-%d_%H-%M-%S.%f}" if time else "unknown-time"
    target, number = history / name, 2
    while target.exists():
        target = history / f"{name}_{number}"
        number += 1
    return target


def find_kept(history: Path, files: Mapping[str, bytes], time: datetime | None) -> Path | None:
    """Where just these files, handed in at this time, are kept among the earlier ones; None where they aren't."""
    kept = sorted(history.glob("[!.]*"))
    return next((folder for folder in kept if time_of(folder) == time and contents(folder) == files), None)


def add(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write these files, in order, so that none is ever there by half; others stay, a new folder appears as a whole."""
    if not folder.is_dir():
        replace(folder, files)
        return
    for name, content in files.items():
        new = folder / f".{name}.new"
        _write(new, content)
        new.replace(folder / name)


def replace(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put a folder of these files, and of no others, in the place of what is there: all at once, or nothing.

    Args:
        files: by POSIX path relative to the folder; the caller has seen to it that none leads elsewhere.
    """
    new = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    for name, content in files.items():
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        _write(new / name, content)
    if folder.is_dir():
        exchange_paths(new, folder)
        shutil.rmtree(new)
    else:
        new.rename(folder)


def time_of(folder: Path) -> datetime | None:
    """When the hand-in in this folder was made, with its zone; None where that isn't known."""
    found = read_timestamp(folder)
    return found.replace(tzinfo=UTC) if found else None


def stamp(time: datetime) -> bytes:
    """A time in UTC as nbgrader's timestamp.txt holds it."""
    return f"{time:%Y-%m-%d %H:%M:%S.%f} UTC".encode()


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
