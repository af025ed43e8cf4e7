"""A look at an image from inside, as an ordinary user sees it. Runs in the image's own Python, apart from this package.

Its arguments are names of packages to import; it prints one JSON object: what it looked at, and what was wrong there.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import stat
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

LOCK = "/opt/gabarito/packages.lock"
TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108
_APART = ("/proc", "/sys", "/dev", "/run")
_UNWANTED = (
    *("apt", "apt-get", "dpkg", "pip", "pip3", "perl", "su", "sudo", "mount", "passwd"),
    *("curl", "wget", "ssh", "nc", "ping", "ip", "openssl"),
)


def look(names: list[str]) -> dict[str, list[str]]:
    """What was wrong, by what was looked at; an empty list where nothing was."""
    set_user_id, writable = _files()
    return {
        "worker": list(_worker()),
        "versions": list(_versions(Path(LOCK).read_text(encoding="utf-8"))),
        "imports": list(_imports(names)),
        "programs": [name for name in _UNWANTED if shutil.which(name)],
        "set-user-id": set_user_id,
        "writable": writable,
    }


def _worker() -> Iterator[str]:
    try:
        importlib.import_module("gabarito.engine.supervisor")
        importlib.import_module("gabarito.testing")
    except Exception as e:
        yield f"{type(e).__name__}: {e}"


def _versions(lock: str) -> Iterator[str]:
    for line in lock.splitlines():
        name, separator, wanted = line.partition("==")
        if not separator or line.startswith("#"):
            continue
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield f"{name} is missing"
            continue
        # A lock without a build, such as +cpu, leaves it open.
        if found != wanted and found.partition("+")[0] != wanted:
            yield f"{name} is {found}, not {wanted}"


def _imports(names: list[str]) -> Iterator[str]:
    wanted = {_normal(name) for name in names}
    for module, owners in sorted(metadata.packages_distributions().items()):
        if module.isidentifier() and not module.startswith("_") and wanted & {_normal(owner) for owner in owners}:
            try:
                importlib.import_module(module)
            except Exception as e:
                yield f"{module}: {type(e).__name__}: {e}"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _files(root: str = "/") -> tuple[list[str], list[str]]:
    """Files that give rights to who starts them, and those that anybody may change."""
    set_user_id, writable = [], []
    apart = {os.path.join(root, name.lstrip("/")) for name in (*_APART, *TEMPORARY)}
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in apart]
        for name in (*folders, *files):
            path = os.path.join(folder, name)
            mode = os.lstat(path).st_mode
            if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
                set_user_id.append(path)
            if not stat.S_ISLNK(mode) and mode & stat.S_IWOTH:
                writable.append(path)
    return set_user_id, writable


if __name__ == "__main__":
    json.dump(look(sys.argv[1:]), sys.stdout)
