"""Where this machine's Jupyter kernels lie: what sandboxes with the machine's own files must show."""

from __future__ import annotations

import os
from functools import cache

VARIABLE = "JUPYTER_PATH"


@cache
def kernel_folders() -> tuple[str, ...]:
    """Folders named `kernels` with specifications of kernels, a user's own included; most important first."""
    from jupyter_core.paths import jupyter_path

    return tuple(dict.fromkeys(os.path.abspath(folder) for folder in jupyter_path("kernels") if os.path.isdir(folder)))


def kernel_path() -> str:
    """The value of `JUPYTER_PATH` with which a worker finds the same kernels."""
    return os.pathsep.join(os.path.dirname(folder) for folder in kernel_folders())
