"""How a supervisor is called, and the variables that it needs."""

from __future__ import annotations

import os
from collections.abc import Mapping

import msgspec

from gabarito.engine.gpu.share import part_of
from gabarito.engine.sandbox.kernels import VARIABLE, kernel_path
from gabarito.engine.sandbox.protocol import DATA, SUPERVISOR, Request
from gabarito.engine.start import Start

THREADS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # Where a notebook takes more threads, those that wait for each other sleep: on a busy machine they would otherwise
    # use up the notebook's CPU time.
    "OMP_WAIT_POLICY": "PASSIVE",
    "KMP_BLOCKTIME": "0",
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


def start_inside(request: Request, *, hides_processes: bool = False) -> Start:
    """What a supervisor is told in a sandbox that has made a view of the machine, with data folders in `DATA`.

    Args:
        request: the worker that is to be started.
        hides_processes: whether it may and should still hide other users' processes.
    """
    return Start(
        preload=request.preload,
        hides_processes=hides_processes,
        data={name: f"{DATA}/{name}" for name in request.data},
        gpu=part_of(request.gpu),
        scratch_bytes=request.limits.scratch_bytes,
        is_template=request.is_template,
        filter=request.filter,
    )


def own_environment(more: Mapping[str, str]) -> dict[str, str]:
    """What a worker that runs this machine's Python gets of this process's variables, and `more`."""
    kept = {k: v for k, v in os.environ.items() if k in _KEPT or k.startswith(("LC_", "OPENBLAS_"))}
    if "PYTHONPATH" in kept:  # a worker starts elsewhere, where a relative folder would be another one
        folders = kept["PYTHONPATH"].split(os.pathsep)
        kept["PYTHONPATH"] = os.pathsep.join(os.path.abspath(folder) for folder in folders if folder)
    return kept | {VARIABLE: kernel_path()} | THREADS | dict(more)
