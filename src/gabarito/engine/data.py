"""What lies in a folder of data, as a digest that is quick to make: reading data sets would take minutes."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def data_digest(folder: Path, *, with_times: bool = False) -> str:
    """SHA-256 of the names and sizes of all files in a folder; links are followed, each folder is seen once.

    Args:
        with_times: also of the times when they were last changed. On this machine another time means another content,
            most likely; a copy on another machine may have other times.

    Raises:
        OSError: a folder or file can't be looked at.
    """
    digest = hashlib.sha256()
    seen = set()
    for path, folders, files in os.walk(folder, onerror=_raise, followlinks=True):
        about = os.stat(path)
        if (about.st_dev, about.st_ino) in seen:
            folders.clear()
            continue
        seen.add((about.st_dev, about.st_ino))
        folders.sort()
        for name in sorted(files):
            file = os.path.join(path, name)
            about = os.stat(file)
            time = f"\0{about.st_mtime_ns}" if with_times else ""
            told = f"{os.path.relpath(file, folder)}\0{about.st_size}{time}\0"
            digest.update(told.encode(errors="surrogateescape"))
    return digest.hexdigest()


def _raise(error: OSError) -> None:
    raise error
