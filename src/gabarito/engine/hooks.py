"""What a notebook can hook into IPython, set aside while a test runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

_LISTS = ("ast_transformers", "input_transformers_post")
_TRANSFORMS = ("cleanup_transforms", "line_transforms", "token_transformers")
_PARTS = (
    "builtin_trap",
    "compile",
    "custom_exceptions",
    "CustomTB",
    "display_pub",
    "display_trap",
    "displayhook",
    "events",
    "loop_runner",
    "input_transformer_manager",
    "user_module",
    "user_ns",
)


class Hooks:
    """IPython's shell as it is when this is made, before student code runs."""

    def __init__(self, ip: InteractiveShell) -> None:
        self._ip = ip
        self._kind = type(ip)
        self._parts = {name: getattr(ip, name, None) for name in _PARTS}
        self._manager, self._events = ip.input_transformer_manager, ip.events
        self._kinds = [(part, type(part)) for part in self._parts.values() if hasattr(part, "__dict__")]
        self._lists = {name: list(getattr(ip, name)) for name in _LISTS}
        self._transforms = {name: list(getattr(ip.input_transformer_manager, name)) for name in _TRANSFORMS}
        self._callbacks = {event: list(found) for event, found in ip.events.callbacks.items()}

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """While this lasts the shell is as it was; lists of transformers and callbacks come back afterwards."""
        ip, manager, events = self._ip, self._manager, self._events
        ip.__class__ = self._kind
        for part, kind in self._kinds:
            if type(part) is not kind:
                object.__setattr__(part, "__class__", kind)
        unshadow(ip)
        for name, part in self._parts.items():
            if getattr(ip, name, None) is not part:
                setattr(ip, name, part)
        ip.display_trap.hook = ip.displayhook
        lists = [(getattr(ip, name), kept) for name, kept in self._lists.items()]
        lists += [(getattr(manager, name), kept) for name, kept in self._transforms.items()]
        lists += [(events.callbacks.setdefault(event, []), kept) for event, kept in self._callbacks.items()]
        theirs = [(found, list(found)) for found, _ in lists]
        for found, kept in lists:
            found[:] = kept
        try:
            yield
        finally:
            for found, before in theirs:
                found[:] = before


def unshadow(thing: Any) -> None:
    """Take away what an object has of its own in the place of its class's methods."""
    own = vars(thing)
    for name in [n for n in own if callable(getattr(type(thing), n, None))]:
        del own[name]
