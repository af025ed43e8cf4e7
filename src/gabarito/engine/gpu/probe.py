"""A worker's GPU tried out as a submission would use it, before any submission does."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress

_SECONDS = 300.0
_LONGEST = 2000


def try_gpu(confine: Callable[[], None]) -> str:
    """Why torch can't use the GPU in a process that is forked from this one; empty where it can, or there is no torch.

    CUDA is opened in that process alone.

    Args:
        confine: takes from that process what a submission must not have.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        return ""
    if not torch.backends.cuda.is_built():
        return "its torch is built without CUDA"
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        _answer(write, confine, torch.zeros)
    os.close(write)
    try:
        return _heard(read)
    finally:
        os.close(read)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _answer(write: int, confine: Callable[[], None], zeros: Callable[..., object]) -> None:
    said = ""
    try:
        confine()
        zeros(1, device="cuda").item()  # type: ignore[attr-defined]
    except BaseException as e:
        said = f"{type(e).__name__}: {e}"
    with suppress(OSError):
        os.write(write, (said[:_LONGEST] + "\n").encode("utf-8", "replace"))
    os._exit(0)


def _heard(read: int) -> str:
    """What the process says, whose last sign is the end of a line."""
    heard, end = b"", time.monotonic() + _SECONDS
    while not heard.endswith(b"\n"):
        if not select.select([read], [], [], max(0.0, end - time.monotonic()))[0]:
            return f"nothing happened for {_SECONDS:g} s"
        data = os.read(read, _LONGEST)
        if not data:
            return "the process that tried it ended without a word"
        heard += data
    return heard.decode("utf-8", "replace").strip()
