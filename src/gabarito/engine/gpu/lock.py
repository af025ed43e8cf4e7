"""A GPU's memory for the jobs of all of Gabarito's runs on this machine, and the whole GPU for a timed job."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gabarito.engine.file_lock import WHOLE, lock_file, lock_folder
from gabarito.engine.gpu.share import GpuShare

_MIB = 1 << 20


class GpuLock:
    """A part of a GPU's memory that one job has for itself, or the whole; threads and processes count alike.

    Each MiB of the memory is a byte of a file, empty though that is, and a job locks as many as its share has: so runs
    with shares of different sizes never give out more than there is. Whoever asks holds the turn while it waits, and
    nobody else gets anything meanwhile: who wants the whole waits only for those that are there already.
    No other program heeds these locks.
    """

    def __init__(self, share: GpuShare, folder: Path | None = None) -> None:
        """The lock of a share.

        Args:
            share: its GPU's UUID names the files.
            folder: where they lie; by default the same for everybody on this machine.
        """
        gpu = share.gpu
        if gpu.memory_bytes:
            self._all, self._part = gpu.memory_bytes // _MIB, max(1, share.budget_bytes // _MIB)
        else:
            self._all, self._part = share.slots, 1
        place = (folder or lock_folder()) / f"gabarito-{gpu.uuid}"
        self._turn, self._use = place.with_name(place.name + ".turn"), place.with_name(place.name + ".use")

    @contextmanager
    def hold(self, *, alone: bool, stopped: threading.Event | None = None) -> Iterator[bool]:
        """A block in which the lock is held; gives False, without it, where `stopped` was set before its time came.

        Args:
            alone: whether nobody else may have any of the GPU.
            stopped: ends the waiting.

        Raises:
            EngineError: the files can't be made or opened.
        """
        stopped = stopped or threading.Event()
        starts = range(0, self._all - self._part + 1, self._part)
        ranges = [WHOLE] if alone else [(start, self._part) for start in starts]
        turn = lock_file(self._turn, [WHOLE], stopped)
        try:
            use = None if turn is None else lock_file(self._use, ranges, stopped)
        finally:
            if turn is not None:
                os.close(turn)
        try:
            yield use is not None
        finally:
            if use is not None:
                os.close(use)
