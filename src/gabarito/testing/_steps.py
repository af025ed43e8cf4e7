"""How many steps Python takes while a function runs."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

_OWN = str(Path(__file__).parent)
_TORCH = "torch"
"""Torch's own Python is not counted: what watches its operations is written in it, and they are counted themselves."""


class Steps:
    """A block that counts the lines that Python carries out in it and the functions that it enters, in this thread.

    Each turn of a loop is a line at least, in a comprehension too; a function that C code calls for each element is
    entered each time. What C code does by itself is one step; what torch does is none. Garbage is not collected
    meanwhile: what it does at its end would count, whoever made it.
    """

    def __init__(self, is_paused: Callable[[], bool]) -> None:
        """While `is_paused` says so, nothing is counted."""
        self.count = 0
        self._is_paused = is_paused
        self._before: Any = None
        self._left_out: tuple[str, ...] = ()
        self._collects = False

    def __enter__(self) -> Self:
        torch = sys.modules.get(_TORCH)
        self._left_out = (_OWN, *(torch.__path__ if torch is not None else ()))
        self._before = sys.gettrace()
        self._collects = gc.isenabled()
        gc.disable()
        sys.settrace(self._enter)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        sys.settrace(self._before)
        if self._collects:
            gc.enable()

    def _enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        if frame.f_code.co_filename.startswith(self._left_out):
            return None
        self._step(frame, "line", arg)
        return self._step

    def _step(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "line" and not self._is_paused():
            self.count += 1
        return self._step
