"""How a supervisor is called, and the variables that it needs."""

from __future__ import annotations

import os
from collections.abc import Mapping

import msgspec

from gabarito.engine.sandbox.protocol import SUPERVISOR
from gabarito.engine.start import Start

THREADS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # Looking whether there is a GPU must not open it: what is open doesn't survive a fork.
    "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
"""Variables of every worker, whichever Python it runs."""

_KEPT = frozenset({"PATH", "LANG", "TZ", "HOME", "LD_LIBRARY_PATH", "PYTHONPATH", "MPLCONFIGDIR", "XDG_CACHE_HOME"})


def interpreter(python: str) -> tuple[str, ...]:
    """How a worker's Python is called: neither the folder of a script nor a user's own packages are looked into."""
    return (python, "-P", "-s")


def supervisor_argv(python: str, start: Start) -> tuple[str, ...]:
    """The command that runs a supervisor with this interpreter."""
    return (*interpreter(python), "-m", SUPERVISOR, msgspec.json.encode(start).decode())


def own_environment(more: Mapping[str, str]) -> dict[str, str]:
    """What a worker that runs this machine's Python gets of this process's variables, and `more`."""
    kept = {k: v for k, v in os.environ.items() if k in _KEPT or k.startswith(("LC_", "OPENBLAS_"))}
    return kept | THREADS | dict(more)
