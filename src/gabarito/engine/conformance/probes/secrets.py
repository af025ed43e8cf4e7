"""Read what student code must not see: files of the host, its processes, its variables."""

import contextlib
import os
import signal
from collections.abc import Iterator
from typing import Any


def look(given: dict[str, Any]) -> list[str]:
    """What could be read, or seen."""
    match given["what"]:
        case "files":
            return _files(given["paths"])
        case "processes":
            return [f"process {pid} of the host is seen" for pid, text in _texts("cmdline") if given["token"] in text]
        case "environment":
            found = [f"its variable {k} is one of the host's" for k, v in os.environ.items() if given["token"] in v]
            return found + [
                f"process {pid} shows variables" for pid, text in _texts("environ") if given["token"] in text
            ]
        case "devices":
            return _devices(set(given["devices"]))
        case _:
            return _workers()


def _files(paths: list[str]) -> list[str]:
    found = []
    for path in paths:
        roots = ["", *(f"/proc/{pid}/{link}" for pid in _others() for link in ("root", "cwd/.."))]
        for root in roots:
            with contextlib.suppress(OSError):
                if os.path.isdir(root + path):
                    os.listdir(root + path)
                else:
                    with open(root + path, "rb") as file:
                        file.read(1)
                found.append(f"{root + path} can be read")
                break
    return found


def _workers() -> list[str]:
    """What is seen of supervisor and checker, which no student code may touch."""
    found = []
    for pid in _others():
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                text = file.read()
            found.append(f"process {pid} is seen{' (it is a worker’s)' if b'gabarito' in text else ''}")
    for pid in {os.getppid(), 1, *_others()} - {0, os.getpid()}:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGCONT)
            found.append(f"process {pid} can be sent signals")
        with contextlib.suppress(OSError), open(f"/proc/{pid}/mem", "rb"):
            found.append(f"the memory of process {pid} can be read")
    return found


def _devices(harmless: set[str]) -> list[str]:
    found = []
    for folder, _, names in os.walk("/dev"):
        if folder.startswith(("/dev/shm", "/dev/mqueue", "/dev/fd")):  # noqa: S108
            continue
        for name in names:
            path = os.path.join(folder, name)
            if path in harmless or path.startswith("/dev/pts/") or os.path.islink(path):
                continue
            with contextlib.suppress(OSError):
                os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
                found.append(f"{path} can be opened")
    return found


def _texts(name: str) -> Iterator[tuple[str, str]]:
    for pid in (*_others(), "self"):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/{name}", "rb") as file:
            yield str(pid), file.read().decode("utf-8", "replace")


def _others() -> list[int]:
    """Every process that is seen, without this one."""
    with contextlib.suppress(OSError):
        return sorted(int(n) for n in os.listdir("/proc") if n.isdigit() and int(n) != os.getpid())
    return []
