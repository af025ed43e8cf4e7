"""Which language a notebook is in, and which kernel runs it where that isn't Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PYTHON = frozenset({"python", "python2", "python3", "ipython"})


def language_of(kernelspec: Mapping[str, Any]) -> str:
    """The language by a notebook's `kernelspec`, as it is written there; `python` where it isn't, as in nbgrader."""
    return str(kernelspec.get("language") or _of_kernel(str(kernelspec.get("name", ""))))


def kernel_of(kernelspec: Mapping[str, Any]) -> str:
    """The name of the kernel that has to run the notebook; empty for Python, which the engine runs itself.

    A Python notebook needs no kernel of the name that it was written with, such as that of a virtual environment.
    """
    name = str(kernelspec.get("name", ""))
    return "" if language_of(kernelspec).lower() in _PYTHON else name or language_of(kernelspec).lower()


# Some notebooks say no language: the commonest kernels of others than Python.
_LANGUAGES = {"ir": "R", "bash": "bash", "octave": "octave", "sagemath": "sage", "java": "java", "matlab": "matlab"}


def _of_kernel(name: str) -> str:
    if name.startswith("julia"):
        return "julia"
    return _LANGUAGES.get(name, "python")
