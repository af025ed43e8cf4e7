"""The rights that a supervisor keeps of root's: those that changing user ids and clearing up need."""

from __future__ import annotations

import contextlib
from pathlib import Path

from gabarito.engine import system

CHOWN, DAC_OVERRIDE, KILL, SETGID, SETUID, SETPCAP, NET_ADMIN, SYS_PTRACE, SYS_ADMIN = 0, 1, 5, 6, 7, 8, 12, 19, 21

NEEDED = {"CHOWN": CHOWN, "DAC_OVERRIDE": DAC_OVERRIDE, "KILL": KILL, "SETGID": SETGID, "SETUID": SETUID}
"""By the names that container engines use: own a folder, remove one, end a process, become somebody else."""
FOR_GPU = {"SYS_PTRACE": SYS_PTRACE}
"""Beside those, to see whether a process has opened a GPU."""
FOR_VIEW = {"SYS_ADMIN": SYS_ADMIN, "SETPCAP": SETPCAP}
"""Beside those, until the supervisor has hidden what it must and given them up."""
FOR_TEMPLATE = FOR_VIEW | {"NET_ADMIN": NET_ADMIN}
"""Beside those, for a process that runs no student code: each worker that is forked from it makes itself a network."""

_PR_CAPBSET_DROP = 24


def held() -> int:
    """The capabilities that this process may use, a bit for each; see capabilities(7)."""
    return _status("CapPrm")


def keep_needed(*, gpu: bool = False, is_template: bool = False) -> None:
    """Give up every capability but those of `NEEDED`; no child can have them again.

    Args:
        gpu: whether those of `FOR_GPU` stay, too.
        is_template: whether those of `FOR_TEMPLATE` do.
    """
    names = NEEDED | (FOR_GPU if gpu else {}) | (FOR_TEMPLATE if is_template else {})
    wanted = sum(1 << number for number in names.values())
    kept = held() & wanted
    # Only who has this one may narrow what a program with the set-user-id bit could get.
    if held() >> SETPCAP & 1:
        for number in range(64):
            if not kept >> number & 1:
                with contextlib.suppress(OSError):  # a number that this kernel doesn't know
                    system.prctl(_PR_CAPBSET_DROP, number)
    system.capset(kept)


def _status(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1], 16)
    return 0
