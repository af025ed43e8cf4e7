"""What the image that workers run in is called, what it is labelled with, and where things lie in it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import gabarito

IMAGE_NAME = "localhost/gabarito"
TARGETS = ("cpu", "cuda")
PYTHON = "/opt/gabarito/venv/bin/python"

VERSION_LABEL = "gabarito.version"
TARGET_LABEL = "gabarito.target"
WORKER_LABEL = "gabarito.worker"
LOCK_LABEL = "gabarito.lock"
RECIPE_LABEL = "gabarito.recipe"

# The part of this package that runs inside: a supervisor imports nothing else of it.
_PARTS = ("__init__.py", "errors.py", "model.py", "engine", "testing")


def reference(target: str) -> str:
    """The image's name and tag, such as `localhost/gabarito:cpu`."""
    return f"{IMAGE_NAME}:{target}"


def worker_files() -> Iterator[tuple[str, Path]]:
    """The source files that run inside, each with its name relative to the package, in order."""
    package = Path(gabarito.__file__).parent
    for part in _PARTS:
        path = package / part
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        for file in files:
            yield file.relative_to(package).as_posix(), file


def worker_digest() -> str:
    """SHA-256, in hexadecimal digits, of all that `worker_files` gives: names and contents."""
    digest = hashlib.sha256()
    for name, path in worker_files():
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
