"""What both ends of a conversation have in common: objects that they own, stand-ins for those of the other end."""

from __future__ import annotations

import copy
import inspect
import operator
import weakref
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from gabarito.engine.codec import CodecError, Opaque
from gabarito.engine.remote.kinds import CHANGING, COPYING, PLAIN_TYPES, SPECIAL, from_parts, own_class, plain_base
from gabarito.engine.remote.owner import Owner
from gabarito.engine.remote.session import Channel, Session
from gabarito.engine.remote.standins import (
    Remote,
    home_of,
    make_class,
    make_error,
    make_instance,
    refresh,
)

_MISSING = object()
_OF_CLASSES: Mapping[str, Callable[..., Any]] = {
    "iter": iter,
    "len": len,
    "getitem": operator.getitem,
    "contains": operator.contains,
}


class Manners(Protocol):
    """What one end lets happen: asked before an operation goes over, and before one from over there is done."""

    def may(self, operation: str, subject: Any) -> bool:
        """Whether this end may ask for an operation on the other's object."""

    def check(self, operation: str, subject: Any) -> None:
        """Let this end's operation pass, or raise."""

    def violate(self, sentence: str) -> None:
        """Note what was not allowed."""

    def lend(self, operation: str, subject: Any, name: str = "") -> None:
        """Let the other end's operation on this end's object pass, or raise AttributeError or TypeError."""


class Side:
    """One end: the bridge of its heap, and the handlers of what the other end asks."""

    def __init__(self, number: int, channel: Channel, manners: Manners, *, shares_libraries: bool) -> None:
        """Side 0 or 1; `shares_libraries`: functions and classes of libraries that come are this side's own."""
        self.manners = manners
        self.owner = Owner(first=2 if number == 0 else 1)
        self._parity = number
        self._shares_libraries = shares_libraries
        self._standins: dict[int, Any] = {}
        self._same: dict[int, Opaque] = {}
        self._for_instances: dict[int, Any] = {}
        self._alive: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        self._dropped: list[int] = []
        self._unloaded: list[Any] = []
        self._is_settling = False
        self.handlers: dict[str, Callable[..., Any]] = {
            "call": self._call,
            "special": self._special,
            "class": self._of_class,
            "getattr": self._getattr,
            "setattr": self._setattr,
            "delattr": self._delattr,
            "dir": self._dir,
            "copy": self._copy,
            "exit": self._exit,
            "content": self._content,
            "plainly": self._plainly,
            "signature": self._signature,
            "vjp": self._vjp,
        }
        self.session = Session(number, channel, self, self.handlers, self.owner)

    # what stand-ins ask

    def operate(self, operation: str, subject: Any, *args: Any) -> Any:
        """Ask for an operation on the other side's object.

        Raises:
            ViolationError: that may not be asked here.
            BaseException: what it raised over there.
        """
        name = SPECIAL[args[0]] if operation == "special" else args[0] if operation == "class" else operation
        self.manners.check(name, subject)
        return self.session.ask(operation, subject, *args)

    def plainly(self, subject: Any, name: str, args: Any, kwargs: Any) -> Any:
        """What a method of a plain type does, whatever the student's class makes of it."""
        with self.aside():
            return self.session.ask("plainly", subject, name, args, kwargs)

    def may(self, operation: str, subject: Any) -> bool:
        """Whether an operation may be asked for just now."""
        return self.manners.may(operation, subject)

    def content(self, subject: Any, loaded: int) -> tuple[int, Any]:
        """The plain content of a container, unless no message came since the one with the number `loaded`."""
        if loaded == self.session.received:
            return loaded, None
        with self.aside():
            content = self.session.ask("content", subject)
        if type(content) is not tuple:
            raise CodecError("a container came without content")
        return self.session.received, content

    def measured(self, subject: Any) -> object:
        """What measures the other side's function over there: nothing, unless a side knows how."""
        return None

    def asking(self) -> AbstractContextManager[None]:
        """A block around each request."""
        return nullcontext()

    def aside(self) -> AbstractContextManager[None]:
        """A block around what is asked beside the operations on objects."""
        return nullcontext()

    # what the heap asks

    def export(self, obj: object) -> Opaque:
        """The description of this side's object, or of the other's that goes home."""
        home = home_of(obj)
        return home if home is not None else self.owner.export(obj)

    def adopt(self, opaque: Opaque) -> Any:
        """This side's object that comes home, or what stands here for the other's."""
        if opaque.kind == "value":
            return from_parts(opaque.name, opaque.content)
        if opaque.oid == 0:
            if opaque.kind == "library":
                return self.library(opaque.name)
            if opaque.kind != "type" or opaque.name not in PLAIN_TYPES:
                raise CodecError(f"there is no plain type {opaque.name!r}")
            return PLAIN_TYPES[opaque.name]
        if opaque.oid % 2 != self._parity % 2:  # side 0 has even numbers
            known = self._standins.get(opaque.oid, _MISSING)
            if known is _MISSING:
                known = self._alive.get(opaque.oid, _MISSING)
            return self._stand_in(opaque) if known is _MISSING else known
        return self.owner.find(opaque.oid)

    def library(self, name: str) -> Any:
        """The object of a library that the other side named.

        Raises:
            CodecError: this side takes none.
        """
        raise CodecError(f"a message names {name}, which can't be had by name")

    def graph_tensor(self, tensor: Any, oid: int) -> object:
        """A tensor with a history over there: the session gives it one here."""
        return tensor.detach()

    def _stand_in(self, opaque: Opaque) -> Any:
        if opaque.kind == "class":
            library = opaque.about.get("library")
            made = own_class(library) if type(library) is str and library else None
            if made is None and self._shares_libraries and type(library) is str and library:
                made = self.found(library)
            if made is None:
                made = make_class(self, opaque)
            else:
                self._same[opaque.oid] = opaque
            self._standins[opaque.oid] = made
            return made
        about = opaque.about.get("class")
        if not isinstance(about, Opaque) or about.kind not in ("class", "type"):
            raise CodecError("an object was described without its class")
        cls = self.adopt(about)
        if opaque.kind == "error":
            return make_error(self, opaque, cls)
        if opaque.kind == "array":
            return opaque.content
        made = make_instance(self, opaque, self._of_same(about) if about.oid in self._same else cls)
        if isinstance(made, Remote):
            self._alive[opaque.oid] = made
            weakref.finalize(made, self.drop, opaque.oid).atexit = False
        else:
            self._standins[opaque.oid] = made
            self._unloaded.append(made)
        return made

    def settle(self) -> None:
        """Load the content of containers that came: what libraries do in C to a list asks no stand-in for it."""
        if not self._is_settling:
            self._is_settling = True
            try:
                while self._unloaded:
                    refresh(self._unloaded.pop())
            finally:
                self._is_settling = False

    def _of_same(self, about: Opaque) -> Any:
        """The stand-in for a class that is the same here: its instances over there are none here."""
        cls = self._for_instances.get(about.oid)
        if cls is None:
            cls = self._for_instances[about.oid] = make_class(self, self._same[about.oid])
        return cls

    def found(self, name: str) -> Any:
        """The class of this name here, or None."""
        return None

    def drop(self, number: int) -> None:
        """Tell the other side with the next message that nothing here stands for its object any more."""
        self._dropped.append(number)

    def dropped(self) -> list[int]:
        """The other side's objects that have no stand-in here any more."""
        gone, self._dropped[:] = [oid for oid in self._dropped if oid not in self._alive], []
        return gone

    # what the other side asks

    def _own(self, subject: Any) -> None:
        """Refuse what this side did not hand out: plain values have methods too.

        Raises:
            CodecError: it is none of this side's objects.
        """
        if not self.owner.owns(subject):
            raise CodecError(f"an operation was asked on a {type(subject).__name__}, which is not shared")

    def _call(self, function: Any, args: Any, kwargs: Any) -> Any:
        self._own(function)
        self.manners.lend("call", function)
        _check_arguments(args)
        return function(*args, **dict(kwargs))

    def _special(self, subject: Any, dunder: str, *args: Any) -> Any:
        self._own(subject)
        name = SPECIAL[dunder]
        self.manners.lend(name, subject)
        if dunder == "__await__":
            raise TypeError("a coroutine is awaited on its own side")
        if name == "next":
            return next(subject)
        if name == "contains":
            return args[0] in subject
        return getattr(type(subject), dunder)(subject, *args)

    def _getattr(self, subject: Any, name: str) -> Any:
        self._own(subject)
        self.manners.lend("getattr", subject, name)
        return getattr(subject, name)

    def _setattr(self, subject: Any, name: str, value: Any) -> None:
        self._own(subject)
        self.manners.lend("setattr", subject, name)
        setattr(subject, name, value)

    def _delattr(self, subject: Any, name: str) -> None:
        self._own(subject)
        self.manners.lend("delattr", subject, name)
        delattr(subject, name)

    def _of_class(self, cls: Any, name: str, *args: Any) -> Any:
        self._own(cls)
        return _OF_CLASSES[name](cls, *args)

    def _dir(self, subject: Any) -> list[str]:
        self._own(subject)
        self.manners.lend("getattr", subject, "__dict__")
        return [name for name in dir(subject) if type(name) is str]

    def _copy(self, subject: Any, deep: bool) -> Any:
        self._own(subject)
        self.manners.lend("copy", subject)
        return copy.deepcopy(subject) if deep else copy.copy(subject)

    def _exit(self, subject: Any, error: Any) -> bool:
        self._own(subject)
        self.manners.lend("exit", subject)
        trace = error.__traceback__ if error is not None else None
        return bool(type(subject).__exit__(subject, None if error is None else type(error), error, trace))

    def _content(self, subject: Any) -> tuple[Any, ...]:
        self._own(subject)
        base = _base_of(subject)
        return tuple(base.items(subject)) if issubclass(base, dict) else tuple(base.__iter__(subject))

    def _plainly(self, subject: Any, name: str, args: Any, kwargs: Any) -> Any:
        self._own(subject)
        base = _base_of(subject)
        if name not in CHANGING and name not in COPYING.get(base.__name__, ()):
            raise CodecError(f"{name} of {base.__name__} was asked for, which each side does itself")
        _check_arguments(args)
        return getattr(base, name)(subject, *args, **dict(kwargs))

    def _signature(self, function: Any) -> list[tuple[Any, ...]]:
        self._own(function)
        empty = inspect.Parameter.empty
        return [
            (
                p.name,
                int(p.kind),
                p.default is not empty,
                _or_none(p.default),
                p.annotation is not empty,
                _or_none(p.annotation),
            )
            for p in inspect.signature(function).parameters.values()
        ]

    def _vjp(self, number: Any, grad: Any, wanted: Any, create_graph: Any, accumulate: Any) -> list[Any]:
        return self.session.graph.answer(number, grad, wanted, create_graph is True, accumulate is True)


def _check_arguments(args: Any) -> None:
    """Refuse what can have more items than there is memory, as a range can.

    Raises:
        CodecError: they are no tuple.
    """
    if type(args) is not tuple:
        raise CodecError("the arguments of a call came in no known way")


def _or_none(value: Any) -> Any:
    return None if value is inspect.Parameter.empty else value


def _base_of(subject: Any) -> Any:
    base = plain_base(type(subject))
    if base is None:
        raise CodecError(f"{type(subject).__name__} is no kind of plain value")
    return base
