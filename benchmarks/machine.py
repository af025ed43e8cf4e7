"""This machine in plain words, without its name."""

from __future__ import annotations

import os
import platform
import re
import time
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("gabarito", "nbgrader", "otter-grader", "torch", "numpy", "ipython", "ipykernel", "nbconvert")


def describe() -> str:
    """Cores, memory and kernel of this machine."""
    names = re.findall(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    kernel = re.match(r"[\d.]*\d", platform.release())
    virtual = ", a virtual machine" if "hypervisor" in Path("/proc/cpuinfo").read_text() else ""
    return (
        f"{len(os.sched_getaffinity(0))} cores ({names[0].strip() if names else platform.machine()}{virtual}), "
        f"{memory:.0f} GiB of memory, {platform.system()} {kernel[0] if kernel else platform.release()}"
    )


def versions() -> str:
    """Versions of Python and of what is compared."""
    return ", ".join([f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in _PACKAGES)])


def load() -> float:
    """How many processes have wanted a core, on average of the last minute."""
    return os.getloadavg()[0]


def wait_for_calm(most: float, minutes: float) -> None:
    """Return when the load is at most `most`, or when so many minutes are over."""
    end = time.monotonic() + 60 * minutes
    while load() > most and time.monotonic() < end:
        time.sleep(5)
