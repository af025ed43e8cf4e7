"""The checker's end of a conversation: a notebook's names and objects as a test's contract allows them."""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Any, Literal, final

from gabarito.engine.codec import CodecError, Opaque
from gabarito.engine.remote.keep import Kept
from gabarito.engine.remote.kinds import BINARY, CHANGING, error_class
from gabarito.engine.remote.measuring import Measured
from gabarito.engine.remote.policy import ELSEWHERE, Policy, ViolationError
from gabarito.engine.remote.random_states import random_states, take_random_states
from gabarito.engine.remote.session import Channel
from gabarito.engine.remote.side import Side
from gabarito.engine.remote.spoil import spoil
from gabarito.engine.remote.standins import describe, home_of
from gabarito.testing._elsewhere import is_measuring_here

_DEPTH = 4
_ENDING = (("__next__",), ("__anext__",))
_CHANGING_SPECIAL = frozenset({"__setitem__", "__delitem__", *(f"__i{name}__" for name in BINARY)})
_WRAPPED = (
    "an assertion of gabarito.testing measures a function of the test’s own that uses the student’s code, and that "
    "runs in another process: give the assertion the student’s function itself, and its arguments"
)
_LIBRARIES = (types.FunctionType, types.BuiltinFunctionType, type)


@final
@dataclass(frozen=True, slots=True)
class _Altered:
    """An object of the test's that does not travel, and that student code changed: as a change in the heap."""

    oid: int
    """A negative number: those in the heap are positive."""
    obj: Any
    mine: Literal[True] = True
    buffer: None = None


@final
class CheckerSide(Side):
    """One notebook's objects, seen from outside its process."""

    def __init__(self, channel: Channel, policy: Policy, process: int, *, keeps: bool = False) -> None:
        """`process` is the student process's id; `keeps`: what student code changes can be restored."""
        super().__init__(0, channel, policy, shares_libraries=False)
        self.process = process
        self.policy = policy
        self._spoilt: list[Callable[[], object]] = []
        self._kept = Kept(self._find) if keeps else None
        if self._kept is not None:
            self.session.heap.changing = self._kept.keep
        self._first = self._numbers()
        self._is_fetching = False
        self.handlers |= {
            "warn": _warn,
            "signature": self._signature_of_ours,
            "setattr": self._noting(self._setattr),
            "delattr": self._noting(self._delattr),
            "special": self._noting(self._special, _CHANGING_SPECIAL),
            "plainly": self._noting(self._plainly, CHANGING),
        }

    def operate(self, operation: str, subject: Any, *args: Any) -> Any:
        """Ask for an operation on a student's object, and see what it changed.

        Raises:
            ViolationError: the test's contract doesn't allow it, or what it changed.
            BaseException: what it raised over there.
        """
        with self._watching(operation, subject, args):
            if self.policy.random:
                self.session.ask("random", random_states())
            try:
                return super().operate(operation, subject, *args)
            except (StopIteration, StopAsyncIteration) as error:
                # It would end the test's own loops, as if all had been looked at.
                if args[:1] in _ENDING or self.may("stop", subject):
                    raise
                raise RuntimeError(f"{describe(subject)} raised {type(error).__name__}") from None
            finally:
                if self.policy.random:
                    take_random_states(self.session.ask("random", None))

    def aside(self) -> contextlib.AbstractContextManager[None]:
        """A block around what is asked beside the operations: what student code changes there is no argument's."""
        return self._watching("", None, ())

    def _watching(self, operation: str, subject: Any, args: Any) -> _Watching:
        """A block around an operation, after which what student code changed in it is looked at."""
        return _Watching(self, operation, subject, args)

    def see(self, outer: list[Any] | None, operation: str, subject: Any, args: Any) -> None:
        """What student code changed of the test's own, and what is spoilt to see if that would matter.

        Args:
            outer: what was changed before, in an operation that this one is part of.
        """
        changed: list[Any] = self.session.heap.changed or []
        self.session.heap.changed = outer
        named = [(str(i), arg) for i, arg in enumerate(args[0])] if operation == "call" else []
        named += args[1] if operation == "call" else []
        mine = [entry for entry in changed if entry.mine]
        if mine and not self._is_fetching:
            places = [{place for place, arg in named if self._reaches(arg, entry)} or {ELSEWHERE} for entry in mine]
            if self._kept is not None:
                pairs = zip(mine, places, strict=True)
                self._kept.accept(entry for entry, at in pairs if self.policy.may_change(frozenset(at)))
            needs = ELSEWHERE in set().union(*places) and (self.policy.strict or self.policy.earlier)
            # What student code has kept and no test can see any more is its own.
            unseen = self.session.unseen() if needs else ()
            seen = [(entry, at) for entry, at in zip(mine, places, strict=True) if entry.oid not in unseen]
            of_earlier = any(ELSEWHERE in at and self._is_earlier(entry) for entry, at in seen)
            self.policy.see_changes(frozenset().union(*(at for _, at in seen)), subject, of_earlier=of_earlier)
        if self.policy.poisoned:
            kept = {place for place, arg in named if any(self._reaches(arg, entry) for entry in mine)}
            for place, arg in named:
                if place not in kept:
                    self._spoilt += spoil(arg)

    def _noting(self, handler: Callable[..., Any], names: Container[Any] | None = None) -> Callable[..., Any]:
        """The handler, noting that an opaque object of the test's is changed: always, or by these names."""

        def noting(subject: Any, name: Any, *args: Any) -> Any:
            if (names is not None and name not in names) or not self.owner.owns(subject):
                return handler(subject, name, *args)
            altered = _Altered(-self.owner.number(subject), subject)
            if self._kept is not None:
                self._kept.keep(altered)
            result = handler(subject, name, *args)
            if self.session.heap.changed is not None:
                self.session.heap.changed.append(altered)
            return result

        return noting

    def _signature_of_ours(self, function: Any) -> list[tuple[Any, ...]]:
        """A signature without default values: they are what the test knows."""
        told = self._signature(function)
        return [(name, kind, has, ... if has else None, *hint) for name, kind, has, _, *hint in told]

    def mend(self) -> None:
        """Undo what was spoilt."""
        while self._spoilt:
            self._spoilt.pop()()

    def spoil_all(self) -> None:
        """Change all that was ever handed over, as if student code had done so after the test."""
        for each in (*self.session.heap.own(), *self.owner.objects()):
            for _ in spoil(each):
                pass

    def restore(self) -> None:
        """Undo what student code has changed and the reference solution does not."""
        if self._kept is not None:
            self._kept.restore(self.session.unseen)

    def _find(self, number: int) -> Any:
        if number > 0:
            return self.session.heap.find(number)
        known = self.owner.known(-number)
        return None if known is None else _Altered(number, known)

    def _numbers(self) -> tuple[int, int]:
        """What the next object that is handed over will have as its number, in the heap and beside it."""
        return self.session.heap.next_number, self.owner.next_number

    def _is_earlier(self, entry: Any) -> bool:
        """Whether this was handed over before the present test."""
        in_heap, beside = self._first
        return entry.oid < in_heap if entry.oid > 0 else -entry.oid < beside

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

    def names(self, names: Sequence[str]) -> Sequence[tuple[bool, Any]]:
        """Whether the notebook defines each of these names, and its value."""
        try:
            return self._names(tuple(names))
        except ValueError:  # together they may be more than one message can hold
            return [each for name in names for each in self._names((name,))]

    def _names(self, names: tuple[str, ...]) -> list[tuple[bool, Any]]:
        self._is_fetching = True
        try:
            with self.aside():
                found = self.session.ask("names", names)
        finally:
            self._is_fetching = False
        if type(found) is not tuple or [type(each) for each in found] != [tuple] * len(names):
            raise CodecError("names were told of in no known way")
        if any(len(each) != 2 for each in found):
            raise CodecError("a name was told of in no known way")
        return [(known is True, value) for known, value in found]

    def obey(self, policy: Policy, process: int) -> None:
        """Begin a test, with its policy, against the student process with this id."""
        self.policy = self.manners = policy
        self.process = process
        self._first = self._numbers()

    def assign(self, name: str, value: Any) -> None:
        """Define a name in the notebook."""
        self.session.ask("assign", name, value)

    def measured(self, subject: Any) -> Measured:
        """What measures a student's function; each measurement counts as a call."""

        def ask(operation: str, *args: Any) -> Any:
            self.manners.check("call", subject)
            with self._watching("call", subject, (args[0], ())):
                return self.session.ask(operation, subject, *args)

        home = home_of(subject)
        return Measured(ask, home.name if home is not None else "", self.process)

    def asking(self) -> contextlib.AbstractContextManager[None]:
        """Nothing is asked for while a function of the test's is measured: what it takes over there is not seen.

        Raises:
            ViolationError: one is.
        """
        if is_measuring_here():
            self.manners.violate(_WRAPPED)
            raise ViolationError(_WRAPPED)
        return super().asking()

    def export(self, obj: object) -> Opaque:
        """A student's object that goes home, the name of something of a library, or an object of the test's."""
        home = home_of(obj)
        if home is not None:
            return home
        if isinstance(obj, (*_LIBRARIES, types.ModuleType)) and (name := _name_in_library(obj)):
            return Opaque(0, "library", name)
        return self.owner.export(obj)


@final
class _Watching:
    """A block around an operation: a class of its own, since a generator would take several times as long."""

    __slots__ = ("_about", "_outer", "_side")

    def __init__(self, side: CheckerSide, *about: Any) -> None:
        self._side, self._about = side, about

    def __enter__(self) -> None:
        heap = self._side.session.heap
        self._outer, heap.changed = heap.changed, []

    def __exit__(self, *raised: object) -> None:
        self._side.see(self._outer, *self._about)


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
