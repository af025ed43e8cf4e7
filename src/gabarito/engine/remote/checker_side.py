"""The checker's end of a conversation: a notebook's names and objects as a test's contract allows them."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any, final

from gabarito.engine.codec import CodecError, Opaque
from gabarito.engine.remote.kinds import error_class
from gabarito.engine.remote.policy import ELSEWHERE, Policy
from gabarito.engine.remote.random_states import random_states, take_random_states
from gabarito.engine.remote.session import Channel
from gabarito.engine.remote.side import Side
from gabarito.engine.remote.spoil import spoil
from gabarito.engine.remote.standins import home_of

_DEPTH = 4
_LIBRARIES = (types.FunctionType, types.BuiltinFunctionType, type)


@final
class CheckerSide(Side):
    """One notebook's objects, seen from outside its process."""

    def __init__(self, channel: Channel, policy: Policy) -> None:
        super().__init__(0, channel, policy, shares_libraries=False)
        self.policy = policy
        self._spoilt: list[Callable[[], object]] = []
        self.handlers["warn"] = _warn

    def operate(self, operation: str, subject: Any, *args: Any) -> Any:
        """Ask for an operation on a student's object, and see what it changed.

        Raises:
            ViolationError: the test's contract doesn't allow it, or what it changed.
            BaseException: what it raised over there.
        """
        if self.policy.random:
            self.session.ask("random", random_states())
        begin = len(self._changed)
        try:
            return super().operate(operation, subject, *args)
        finally:
            if self.policy.random:
                take_random_states(self.session.ask("random", None))
            self._see(begin, operation, subject, args)

    @property
    def _changed(self) -> list[Any]:
        return self.session.heap.changed

    def _see(self, begin: int, operation: str, subject: Any, args: Any) -> None:
        """What student code changed of the test's own since `begin`, and what is spoilt to see if that would matter."""
        changed = self._changed[begin:]
        del self._changed[begin:]
        named = [(str(i), arg) for i, arg in enumerate(args[0])] if operation == "call" else []
        named += args[1] if operation == "call" else []
        mine = [entry for entry in changed if entry.mine]
        if mine:
            found, left = set(), set(map(id, mine))
            for place, arg in named:
                touched = {id(entry) for entry in mine if self._reaches(arg, entry)}
                if touched:
                    found.add(place)
                    left -= touched
            self.policy.see_changes(frozenset(found | ({ELSEWHERE} if left else set())), subject)
        if self.policy.poisoned:
            kept = {place for place, arg in named if any(self._reaches(arg, entry) for entry in mine)}
            for place, arg in named:
                if place not in kept:
                    self._spoilt += spoil(arg)

    def mend(self) -> None:
        """Undo what was spoilt."""
        while self._spoilt:
            self._spoilt.pop()()

    def _reaches(self, arg: Any, entry: Any, depth: int = 0) -> bool:
        """Whether a change of this shared object is a change of an argument, or of what it holds."""
        if arg is entry.obj:
            return True
        known = self.session.heap.known(arg)
        memory = getattr(known, "buffer", None)
        if memory is not None and memory is getattr(entry, "buffer", None):
            return True
        if depth < _DEPTH and type(arg) in (list, tuple, dict):
            parts = arg.values() if type(arg) is dict else arg
            return any(self._reaches(part, entry, depth + 1) for part in parts)
        return False

    def name(self, name: str) -> tuple[bool, Any]:
        """Whether the notebook defines this name, and its value."""
        found = self.session.ask("name", name)
        if type(found) is not tuple or len(found) != 2:
            raise CodecError("a name was told of in no known way")
        return found[0] is True, found[1]

    def obey(self, policy: Policy) -> None:
        """Begin a test, with its policy."""
        self.policy = self.manners = policy

    def assign(self, name: str, value: Any) -> None:
        """Define a name in the notebook."""
        self.session.ask("assign", name, value)

    def export(self, obj: object) -> Opaque:
        """A student's object that goes home, the name of something of a library, or an object of the test's."""
        home = home_of(obj)
        if home is not None:
            return home
        if isinstance(obj, (*_LIBRARIES, types.ModuleType)) and (name := _name_in_library(obj)):
            return Opaque(0, "library", name)
        return self.owner.export(obj)


def _name_in_library(obj: Any) -> str:
    """`module:name` under which a library has this object, or empty for what the instructor wrote."""
    if isinstance(obj, types.ModuleType):
        return f"{obj.__name__}:" if sys.modules.get(obj.__name__) is obj and obj.__name__ != "__main__" else ""
    module = getattr(obj, "__module__", None)
    places = [(module, getattr(obj, "__qualname__", None))]
    if type(obj) is types.BuiltinFunctionType:  # torch's own say no module, and a class that nobody knows
        places.append(("torch", obj.__name__))
    for place, name in places:
        if not isinstance(place, str) or not isinstance(name, str) or place == "__main__" or place not in sys.modules:
            continue
        found: Any = sys.modules[place]
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is obj:
            return f"{place}:{name}"
    return ""


def _warn(category: Any, text: Any) -> None:
    """Give a warning of the student's here, where the test may look at it."""
    import warnings

    known = error_class(category) if type(category) is str else None
    kind = known if known is not None and issubclass(known, Warning) else UserWarning
    warnings.warn_explicit(str(text)[:4000], kind, "<notebook>", 1)
