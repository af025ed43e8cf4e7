"""Open sockets of every kind, and connect to Unix sockets of the host."""

import contextlib
import socket
from typing import Any

_ALLOWED = {socket.AF_UNSPEC, socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK}
_KINDS = (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET)


def look(given: dict[str, Any]) -> list[str]:
    """What could be opened, or connected to."""
    return _families() if given["what"] == "families" else _unix(given["addresses"])


def _families() -> list[str]:
    found = []
    for family in range(64):
        if family in _ALLOWED:
            continue
        for kind in _KINDS:
            with contextlib.suppress(OSError), socket.socket(family, kind):
                found.append(f"a socket of family {_name(family)} opens")
                break
    for family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_ICMP):
            found.append(f"a raw socket of family {_name(family)} opens")
    return found


def _name(family: int) -> str:
    with contextlib.suppress(ValueError):
        return socket.AddressFamily(family).name
    return str(family)


def _unix(addresses: list[str]) -> list[str]:
    found = []
    for address in addresses:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.settimeout(1)
            s.connect(address)
            kind = "an abstract socket" if address.startswith("\0") else f"the socket {address}"
            found.append(f"connected to {kind} of the host")
    return found
