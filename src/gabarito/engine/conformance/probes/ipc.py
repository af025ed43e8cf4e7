"""Leave what is no file: objects of System V and POSIX, keys, sockets and processes; and find them again."""

import contextlib
import ctypes
import os
import platform
import socket
import subprocess
import sys
from typing import Any

_CREATE = 0o1000 | 0o666
_SIZE = 4096
_USER_KEYRING = -4
_CALLS = {
    "x86_64": {"add_key": 248, "keyctl": 250, "mq_open": 240},
    "aarch64": {"add_key": 217, "keyctl": 219, "mq_open": 180},
}
_SEARCH = 10

_libc = ctypes.CDLL(None, use_errno=True)


def look(given: dict[str, Any]) -> list[str]:
    """What was left, or what was found."""
    return _leave(given) if given["what"] == "leave" else _find(given)


def _leave(given: dict[str, Any]) -> list[str]:
    token, key = given["token"], given["key"]
    left = []
    if _libc.shmget(key, _SIZE, _CREATE) >= 0:
        left.append("shared memory")
    if _libc.semget(key, 1, _CREATE) >= 0:
        left.append("semaphores")
    if _libc.msgget(key, _CREATE) >= 0:
        left.append("a queue of System V")
    if _call("mq_open", token.encode(), os.O_CREAT | os.O_RDWR, 0o666, 0) >= 0:
        left.append("a queue of POSIX")
    if _call("add_key", b"user", token.encode(), b"left", 4, _USER_KEYRING) >= 0:
        left.append("a key")
    # A process of its own session, whose parent ends at once, that holds a socket.
    source = (
        "import os, socket, sys, time\n"
        "s = socket.socket(socket.AF_UNIX); s.bind('\\0' + sys.argv[1]); s.listen()\n"
        "print(1, flush=True); os.close(1)\n"
        "time.sleep(1000)"
    )
    starter = (
        "import subprocess, sys\n"
        "p = subprocess.Popen([sys.executable, '-c', sys.argv[2], sys.argv[1]], start_new_session=True,"
        " stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)\n"
        "p.stdout.read(1); print(p.pid)"
    )
    with contextlib.suppress(OSError):
        done = subprocess.run(
            [sys.executable, "-c", starter, token, source], capture_output=True, text=True, check=False
        )
        if done.stdout.strip().isdigit():
            left.append("a process with a socket")
    return left


def _find(given: dict[str, Any]) -> list[str]:
    token, key = given["token"], given["key"]
    found = []
    for what, number in (
        ("shared memory of System V", _libc.shmget(key, 0, 0)),
        ("semaphores of System V", _libc.semget(key, 0, 0)),
        ("a queue of System V", _libc.msgget(key, 0)),
        ("a queue of POSIX", _call("mq_open", token.encode(), os.O_RDONLY, 0, 0)),
        ("a key", _call("keyctl", _SEARCH, _USER_KEYRING, b"user", token.encode(), 0)),
    ):
        if number >= 0:
            found.append(f"{what} is still there")
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as s:
        s.connect("\0" + token)
        found.append("a socket still listens")
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if name.isdigit() and int(name) != os.getpid():
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    if token.encode() in file.read():
                        found.append("a process still runs")
    return found


def _call(name: str, *arguments: int | bytes) -> int:
    number = _CALLS.get(platform.machine(), {}).get(name)
    if number is None:
        return -1
    given = (ctypes.c_long(a) if isinstance(a, int) else ctypes.c_char_p(a) for a in arguments)
    return int(_libc.syscall(ctypes.c_long(number), *given))
