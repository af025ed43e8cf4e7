"""Reach machines and services over a network."""

import contextlib
import socket
from typing import Any

_FARAWAY = (
    *("192.0.2.1", "8.8.8.8", "10.0.0.1", "169.254.169.254"),  # the last answers on most clouds, with keys
    *("2001:db8::1", "2606:4700:4700::1111"),
)


def look(given: dict[str, Any]) -> list[str]:
    """What could be reached."""
    found = []
    for address in _FARAWAY:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as s:
            s.connect((address, 9))  # sends nothing: it succeeds where there is a way
            found.append(f"there is a way to {address}")
    for address, port in given["listening"]:
        with contextlib.suppress(OSError), socket.create_connection((address, port), timeout=1):
            found.append(f"connected to a service of the host at {address}")
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as s:
            s.sendto(given["token"].encode(), (address, port))
    with contextlib.suppress(OSError):
        socket.getaddrinfo("example.org", 80)
        found.append("names of the Internet are resolved")
    return found
