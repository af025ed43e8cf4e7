"""Tests that look at a clock run one after the other on a machine, whoever grades there."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from gabarito.engine.file_lock import WHOLE, lock_file, lock_folder
from gabarito.model import Job, Role
from gabarito.notebook.needs import timed

_FILE = "gabarito-timing"


class TimingLock:
    """The machine's one lock for timed tests, for one worker; see `lock_file` for how it is let go of."""

    def __init__(self, folder: Callable[[], Path] = lock_folder) -> None:
        """`folder`: where the lock lies; by default the same for everybody on this machine."""
        self._folder = folder
        self._handle: int | None = None

    def take(self, stopped: threading.Event) -> None:
        """Wait for the lock, or until `stopped` is set.

        Raises:
            EngineError: its file can't be made or opened.
        """
        if self._handle is None:
            self._handle = lock_file(self._folder() / _FILE, [WHOLE], stopped)

    def release(self) -> None:
        """Let go of the lock, where it is held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def mark_timed(job: Job) -> Job:
    """The job with its timed tests marked as such."""
    if not job.exclusive:
        return job
    own = [cell for cell in job.cells if cell.role in (Role.GIVEN, Role.TEST)]
    found = timed(tuple(cell.source for cell in own))
    indexes = {cell.index for cell, is_timed in zip(own, found, strict=True) if is_timed and cell.role is Role.TEST}
    return replace(job, cells=tuple(replace(cell, timed=cell.index in indexes) for cell in job.cells))
