"""The names of the images that gabarito builds, and what ties an image to the code that built it."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

IMAGE_NAME = "localhost/gabarito"
WORKER_LABEL = "gabarito.worker"


def reference(target: str) -> str:
    """The image for a target, `cpu` or `cuda`."""
    return f"{IMAGE_NAME}:{target}"


@cache
def worker_digest() -> str:
    """SHA-256 over the source files of this package, with their names."""
    root = Path(__file__).resolve().parents[1]
    found = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        found.update(f"{path.relative_to(root).as_posix()}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()
