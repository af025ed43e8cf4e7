"""What sandboxes can't hold, in the words that several of them share: by the ids of promises."""

from __future__ import annotations

from collections.abc import Mapping

MEMORY_IS_WATCHED: Mapping[str, str] = {
    "files-in-memory-limit": "memory is watched, and not held by the kernel: files in memory are not counted with it, "
    "and only their folders and sizes are limited",
}

_ONE_USER = "all processes of a submission and of the worker have one user id"
ONE_USER: Mapping[str, str] = {"own-user": _ONE_USER, "worker-hidden": _ONE_USER}
