"""Look for places that can be written; leave something in each, and find what another submission has left."""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any

_TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108
_DEEPEST, _MOST = 3, 20_000


def look(given: dict[str, Any]) -> list[str]:
    """What could be written where nothing should be, was left, or was found."""
    name = f"left-{given['token']}"
    match given["what"]:
        case "system":
            own = {*_TEMPORARY, os.getcwd()}
            return [f"{folder} can be written" for folder in _writable() if folder not in own] + _changed_files()
        case "data":
            return _changed_data(given["folder"])
        case "leave":
            return _leave(name)
        case _:
            return _find(name, given["places"])


def _writable() -> Iterator[str]:
    """Folders in which a file can be made."""
    for folder in (*_TEMPORARY, os.getcwd(), "/dev/mqueue", *_folders()):
        path = os.path.join(folder, f"made-{os.getpid()}")
        with contextlib.suppress(OSError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            os.unlink(path)
            yield folder


def _folders() -> Iterator[str]:
    """Folders that say that they can be written, nearest to the root first."""
    pending, seen = [("/", 0)], 0
    named = {sys.prefix, sys.base_prefix, os.path.dirname(os.__file__)}
    for folder in named:
        if os.access(folder, os.W_OK):
            yield folder
    while pending and seen < _MOST:
        folder, depth = pending.pop(0)
        seen += 1
        if folder in (*_TEMPORARY, "/proc", "/dev/mqueue", os.getcwd()):
            continue
        if os.access(folder, os.W_OK) and folder not in named:
            yield folder
            continue
        if depth < _DEEPEST:
            with contextlib.suppress(OSError), os.scandir(folder) as entries:
                pending += [(e.path, depth + 1) for e in entries if e.is_dir(follow_symlinks=False)]


def _changed_files() -> list[str]:
    import json as package

    found = []
    for path in (package.__file__, os.path.realpath(sys.executable), "/etc/passwd", "/etc/ld.so.cache"):
        with contextlib.suppress(OSError):
            os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
            found.append(f"the file {path} can be written")
    return found


def _changed_data(folder: str) -> list[str]:
    found = []
    inside = os.path.join(folder, "inner")
    with open(os.path.join(folder, "given.txt")) as file:
        if file.read() != "given":
            found.append("a data file does not hold what it should")
    for what, attempt in (
        ("a data file can be written", lambda: open(f"{folder}/given.txt", "a").close()),
        ("a data file can be removed", lambda: os.unlink(f"{folder}/given.txt")),
        ("a file can be added to the data", lambda: open(f"{folder}/made", "w").close()),
        ("a file can be added to a folder of the data", lambda: open(f"{inside}/made", "w").close()),
        ("a data file can get other rights", lambda: os.chmod(f"{folder}/given.txt", 0o777)),  # noqa: S103
        ("a data folder can be renamed", lambda: os.rename(inside, f"{folder}/other")),
    ):
        with contextlib.suppress(OSError):
            attempt()
            found.append(what)
    return found


def _leave(name: str) -> list[str]:
    """Leave files, folders that nobody may enter, names and variables; returns where."""
    places = list(_writable())
    for folder in places:
        path = os.path.join(folder, name)
        with contextlib.suppress(OSError), open(path, "w") as file:
            os.fchmod(file.fileno(), 0o666)
        with contextlib.suppress(OSError):
            os.makedirs(f"{path}-folder/inner")
            open(f"{path}-folder/inner/file", "w").close()
            os.chmod(f"{path}-folder/inner", 0)
            os.chmod(f"{path}-folder", 0)
    os.environ[name] = "left"
    setattr(sys, name, "left")
    return places


def _find(name: str, places: list[str]) -> list[str]:
    found = [f"{f}/{name} is still there" for f in places if os.path.lexists(os.path.join(f, name))]
    found += [f"{f}/{name}-folder is still there" for f in places if os.path.lexists(f"{f}/{name}-folder")]
    if name in os.environ:
        found.append("a variable is still set")
    if hasattr(sys, name):
        found.append("a name in Python's modules is still there")
    return found
