"""What a Python process runs of its own accord, and how it finds what it imports: as it was before student code ran."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import atexit
import contextlib
import gc
import importlib
import signal
import sys
import sysconfig
import threading
from collections.abc import Collection, Iterable, Iterator
from typing import Any

_settrace, _setprofile = sys.settrace, sys.setprofile
_callbacks = gc.callbacks
_NEVER = {signal.SIGKILL, signal.SIGSTOP}
_TIMERS = (_signal.ITIMER_REAL, _signal.ITIMER_VIRTUAL, _signal.ITIMER_PROF)
_TOOLS = range(6)
_NOWHERE = ("built-in", "frozen")
_HOMES = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))


class Interpreter:
    """The interpreter as it is when this is made: in a student process, before it runs any student code."""

    def __init__(self) -> None:
        self._handlers = {int(n): _signal.getsignal(n) for n in signal.valid_signals() - _NEVER}
        self._thresholds = gc.get_threshold()
        self._finders = list(sys.meta_path)
        self._hooks = list(sys.path_hooks)
        self._importers = dict(sys.path_importer_cache)
        self._loaded = frozenset(sys.modules)
        self._path = [place for place in sys.path if place]

    def quiet(self) -> None:
        """Let nothing of the student's run while this goes on: no tracing, no profile, no callback of the collector."""
        _settrace(None)
        _setprofile(None)
        _callbacks.clear()

    def reset(self) -> None:
        """Forget everything that student code asked to be called later."""
        threading.settrace(None)
        threading.setprofile(None)
        if (monitoring := getattr(sys, "monitoring", None)) is not None:
            for tool in _TOOLS:
                if monitoring.get_tool(tool) is not None:
                    monitoring.set_events(tool, 0)
                    monitoring.free_tool_id(tool)
        for number, handler in self._handlers.items():
            if handler is not None:
                _signal.signal(number, handler)
        _signal.pthread_sigmask(_signal.SIG_SETMASK, ())
        for timer in _TIMERS:
            _signal.setitimer(timer, 0)
        gc.set_threshold(*self._thresholds)
        gc.enable()
        atexit._clear()
        _leave_torch_modes()

    @contextlib.contextmanager
    def importing(self, given: Collection[object]) -> Iterator[None]:
        """While a test runs, what it imports comes from where it was installed, before anything of the notebook's.

        Args:
            given: modules that the instructor's cells have imported, which stay, whatever they are named like.
        """
        places = [place for place in sys.path if place not in self._path]
        before = list(sys.path)
        sys.path[:] = during = self._path + places
        sys.meta_path[:] = _first(self._finders, sys.meta_path)
        sys.path_hooks[:] = _first(self._hooks, sys.path_hooks)
        sys.path_importer_cache.update(self._importers)
        _forget_impostors((sys.modules.keys() & sys.stdlib_module_names) - self._loaded, given)
        try:
            yield
        finally:
            if sys.path == during:
                sys.path[:] = before


def _first(some: list[Any], others: list[Any]) -> list[Any]:
    return some + [each for each in others if not any(each is one for one in some)]


def _forget_impostors(names: Iterable[str], given: Collection[object]) -> None:
    """Drop modules that are named like one of Python's own and are another.

    Python's own that were loaded before the student came are put back already; so only later ones are looked at.
    """
    for name in names:
        module = sys.modules[name]
        place = getattr(getattr(module, "__spec__", None), "origin", None)
        is_own = type(place) is str and (place in _NOWHERE or place.startswith(_HOMES))
        if not is_own and not any(module is each for each in given):
            del sys.modules[name]
            importlib.invalidate_caches()


def _leave_torch_modes() -> None:
    """End the modes of torch that see every call; `torch.set_default_device` is one, and stays."""
    torch = sys.modules.get("torch")
    devices = sys.modules.get("torch.utils._device")
    if torch is None or devices is None:
        return
    c = torch._C
    modes = [c._pop_torch_function_stack() for _ in range(c._len_torch_function_stack())]
    for mode in reversed(modes):
        if type(mode) is devices.DeviceContext:
            c._push_on_torch_function_stack(mode)
    for _ in range(c._len_torch_dispatch_stack()):
        c._pop_torch_dispatch_stack(None)
