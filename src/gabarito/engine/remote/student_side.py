"""The student process's end of a conversation: does what the checker asks with the notebook's objects."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any, final

from gabarito.engine.remote.kinds import find_class, library_name
from gabarito.engine.remote.policy import Anything
from gabarito.engine.remote.random_states import random_states, take_random_states
from gabarito.engine.remote.session import Channel
from gabarito.engine.remote.side import Side
from gabarito.testing._watch import paused, watch_here
from gabarito.testing.faster import repeat

_SLICE_SECONDS = 0.01
"""How long an awaited object goes on before the checker's own event loop has its turn."""
_CODE = (
    *("co_name", "co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_nlocals", "co_flags", "co_names"),
    *("co_varnames", "co_freevars", "co_cellvars", "co_firstlineno"),
)


@final
class StudentSide(Side):
    """Answers the checker's requests about one notebook's namespace."""

    def __init__(self, channel: Channel, namespace: dict[str, Any]) -> None:
        super().__init__(1, channel, Anything(), shares_libraries=True)
        self._names = namespace
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: dict[int, asyncio.Task[Any]] = {}
        self.handlers |= {
            "names": lambda names: tuple(map(self._name, names)),
            "assign": self._names.__setitem__,
            "await": self._await,
            "code": lambda f: {name: getattr(f.__code__, name) for name in _CODE},
            "random": _exchange_random,
            "call": _watched(self._call),
            "special": _watched(self._special),
            "repeat": self._repeat,
            "watch": self._watch,
        }

    @contextlib.contextmanager
    def warning(self) -> Iterator[None]:
        """While requests are served: every warning is the checker's to show, or to raise."""
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.showwarning = self._showwarning
            yield

    def asking(self) -> contextlib.AbstractContextManager[None]:
        """What the conversation itself does with tensors is none of the function's that is watched."""
        return paused()

    def library(self, name: str) -> Any:
        """Something of a library, by `module:name`."""
        module, _, path = name.partition(":")
        found: Any = importlib.import_module(module)
        for part in path.split(".") if path else ():
            found = getattr(found, part)
        return found

    def found(self, name: str) -> Any:
        """A class of a library: what the checker hands out is no danger here."""
        return find_class(name)

    def _name(self, name: str) -> tuple[bool, Any]:
        return (True, self._names[name]) if name in self._names else (False, None)

    def _await(self, awaitable: Any, cancel: bool = False) -> tuple[bool, Any]:
        """Go on with an awaitable for a little while: whether it is done, and what it gave."""
        loop = self._event_loop()
        task = self._tasks.get(id(awaitable))
        if task is None:
            task = self._tasks[id(awaitable)] = loop.create_task(_awaited(awaitable))
        if cancel:
            task.cancel()
        loop.run_until_complete(asyncio.wait({task}, timeout=_SLICE_SECONDS))
        if not task.done():
            return False, None
        del self._tasks[id(awaitable)]
        return True, None if task.cancelled() else task.result()

    def _special(self, subject: Any, dunder: str, *args: Any) -> Any:
        if dunder in ("__anext__", "__aenter__", "__aexit__"):
            if dunder == "__aexit__":
                error = args[0]
                args = (type(error), error, error.__traceback__) if error is not None else (None, None, None)
            return self._event_loop().run_until_complete(_awaited(getattr(type(subject), dunder)(subject, *args)))
        return super()._special(subject, dunder, *args)

    def _repeat(self, function: Any, args: Any, times: Any) -> None:
        self._own(function)
        repeat(function, args, times)

    def _watch(self, function: Any, args: Any, memory: Any, work: Any, names: Any) -> tuple[Any, ...]:
        self._own(function)
        with paused(yes=False):
            result, watched = watch_here(function, args, memory=memory is True, work=work is True, names=names)
        return result, watched.names, watched.count, watched.peak, watched.work, watched.steps

    def _event_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        return self._loop

    def _showwarning(self, message: Any, category: Any, *place: Any, **more: Any) -> None:
        self.session.ask("warn", next((n for c in category.__mro__ if (n := library_name(c))), ""), str(message))


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


def _watched(operation: Callable[..., Any]) -> Callable[..., Any]:
    """The operation; where the checker asks for it while a function waits that is watched, it is watched too."""

    def watched(*args: Any) -> Any:
        with paused(yes=False):
            return operation(*args)

    return watched


def _exchange_random(states: Any) -> Any:
    """Take over the random states that come, or give this process's own."""
    if states is None:
        return random_states()
    take_random_states(states)
    return None
