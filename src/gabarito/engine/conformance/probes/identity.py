"""Say who student code is: user ids, rights, descriptors and folder."""

import os
from typing import Any


def look(given: dict[str, Any]) -> dict[str, Any]:
    """By name."""
    with open("/proc/self/status") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    return {
        "users": [*os.getresuid(), *os.getresgid(), *os.getgroups()],
        "user": os.getuid(),
        "parent": _owner(f"/proc/{os.getppid()}"),
        "status": {k: v.strip() for k, v in status.items()},
        "folder": os.getcwd(),
        "files": sorted(set(os.listdir()) - set(given["data"])),
        "descriptors": _descriptors(),
        "raised": _raised(given["program"]),
    }


def _owner(path: str) -> int:
    try:
        return os.stat(path).st_uid
    except OSError:
        return -1


def _descriptors() -> list[str]:
    found = []
    for name in sorted(os.listdir("/proc/self/fd"), key=int):
        try:
            found.append(f"{name} {os.readlink(f'/proc/self/fd/{name}')}")
        except OSError:
            continue  # the one that listed them
    return found


def _raised(program: str) -> str:
    """What a program with the set-user-id bit says about its effective user, or why it does not start."""
    import subprocess

    try:
        done = subprocess.run([program, "-u"], capture_output=True, text=True, check=False)
    except OSError as e:
        return str(e.strerror)
    return done.stdout.strip() or "it did not start"
