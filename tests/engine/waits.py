"""Somebody who waits for a lock, seen from a test."""

from __future__ import annotations

import threading


class Waits(threading.Event):
    """Tells when somebody begins to wait, who then waits on until it is set."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        self.begun.set()
        return super().wait(timeout)
