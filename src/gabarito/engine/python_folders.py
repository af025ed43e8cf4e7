"""The folders of the Python that is running: what must stay readable for student code, and what may not be written."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path


def python_folders(path: Sequence[str]) -> list[str]:
    """Folders that a running Python may still import from: interpreter, packages, and this package.

    Args:
        path: its `sys.path`.
    """
    package = Path(__file__).resolve().parents[1]
    named = [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix, str(package)]
    return outermost([p for n in [*named, *path] if n for p in (n, os.path.realpath(n)) if os.path.exists(p)])


def outermost(folders: Iterable[str]) -> list[str]:
    """The folders that exist and lie in none of the others, shortest first."""
    kept: list[str] = []
    for folder in sorted({os.path.abspath(f) for f in folders if os.path.exists(f)}, key=len):
        if not any(folder == k or folder.startswith(k.rstrip("/") + "/") for k in kept):
            kept.append(folder)
    return kept
