"""Use more of something than a limit allows; whatever is not stopped ends by itself, and says so."""

import contextlib
import mmap
import os
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

_MIB = 1 << 20


def look(given: dict[str, Any]) -> list[str]:
    """What was used up, where nothing stopped it."""
    much = given.pop("much")
    return _WAYS[given.pop("what")](much, **given)


def _compute(seconds: float) -> list[str]:
    """Use CPU time, and not that of this process alone."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        sum(range(10_000))
    return [f"it used {seconds} s of CPU time"]


def _dawdle(seconds: float) -> list[str]:
    """Never sleep for long, and never compute for long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(20_000))
        time.sleep(0.01)
    return [f"it ran for {seconds} s on the clock"]


def _sleep(seconds: float) -> list[str]:
    time.sleep(seconds)
    return [f"it slept for {seconds} s"]


def _remember(size: int) -> list[str]:
    held = []
    for _ in range(size // (4 * _MIB)):
        held.append(b"x" * (4 * _MIB))  # noqa: PERF401
    time.sleep(5)  # the limit is watched, not held
    return [f"it holds {len(held) * 4} MiB"]


def _remember_in_files(size: int, most: int) -> list[str]:
    """Fill files that have no name: the size of no process shows them."""
    written, held = 0, []
    block = b"x" * _MIB
    with contextlib.suppress(OSError):
        while written < size:
            held.append(os.memfd_create("x"))
            for _ in range(most // _MIB):
                written += os.write(held[-1], block)
    return [f"it holds {written >> 20} MiB in files without a name"]


def _write(size: int) -> list[str]:
    for _ in range(size >> 12):
        sys.stdout.write("x" * 4095 + "\n")
    return [f"it wrote {size >> 20} MiB"]


def _fork(count: int) -> list[str]:
    read, write = os.pipe()
    children = []
    with contextlib.suppress(OSError):
        for _ in range(count):
            pid = os.fork()
            if pid == 0:
                os.close(write)
                os.read(read, 1)
                os._exit(0)
            children.append(pid)
    os.close(write)
    for pid in children:
        os.waitpid(pid, 0)
    return [f"it had {len(children)} processes at once"] if len(children) == count else []


def _open(count: int) -> list[str]:
    held: list[int] = []
    try:
        held.extend(os.open(os.devnull, os.O_RDONLY) for _ in range(count))
    except OSError:
        return []
    finally:
        for fd in held:
            os.close(fd)
    return [f"it had {count} files open"]


def _write_one(size: int) -> list[str]:
    with tempfile.TemporaryFile(dir=".") as file:
        try:
            for _ in range(size // _MIB):
                file.write(b"x" * _MIB)
                file.flush()
        except OSError:
            return []
    return [f"it wrote a file of {size >> 20} MiB"]


def _fill(size: int, most: int, folder: str) -> list[str]:
    made: list[str] = []
    written = 0
    block = mmap.mmap(-1, _MIB)[:]
    try:
        while written < size:
            path = os.path.join(folder, f"fill-{os.getpid()}-{len(made)}")
            made.append(path)
            with open(path, "wb", buffering=0) as file:
                for _ in range(most // _MIB):
                    written += file.write(block)
    except OSError:
        return []
    finally:
        for path in made:
            with contextlib.suppress(OSError):
                os.unlink(path)
    return [f"{folder} holds {written >> 20} MiB"]


_WAYS: dict[str, Callable[..., list[str]]] = {
    "cpu": _compute,
    "clock": _dawdle,
    "idle": _sleep,
    "memory": _remember,
    "files in memory": _remember_in_files,
    "output": _write,
    "processes": _fork,
    "open files": _open,
    "file size": _write_one,
    "fill": _fill,
}
