"""The objects of one side that the other side knows by a number, and what is said of them.

The student process says so too, so nothing that is said is believed; it is only correct for honest notebooks.
"""

from __future__ import annotations

import dataclasses
import inspect
import types
from typing import Any, final

from gabarito.engine.codec import CodecError, Opaque
from gabarito.engine.remote.kinds import (
    IMMUTABLE,
    PLAIN_TYPES,
    SPECIAL,
    library_name,
    parts_of,
    plain_base,
    plain_value,
)

_ERRORS_KEPT = 16
_STRUCTURED = {"numpy": "ndarray", "torch": "Tensor"}


@final
class Owner:
    """Numbers of this side's objects: odd ones on one side, even ones on the other."""

    def __init__(self, first: int) -> None:
        self._next = first
        self._objects: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._told: set[int] = set()
        self._telling: list[int] = []
        self._errors: list[int] = []
        self._plain: dict[int, Any] = {}

    def export(self, obj: object) -> Opaque:
        """The description of an object of this side."""
        if isinstance(obj, type):
            return self._class(obj)
        if (value := parts_of(obj)) is not None:
            return Opaque(0, "value", value[0], content=value[1])
        number = self.number(obj)
        cls = type(obj)
        about = {"class": self._class(cls)}
        if isinstance(obj, BaseException):
            return Opaque(number, "error", cls.__name__, about, self._error(number, obj))
        for base in cls.__mro__[1:]:
            if IMMUTABLE.get(base.__name__) is base:
                return Opaque(number, "plain", cls.__name__, about, plain_value(base, obj))
            if base.__name__ == _STRUCTURED.get(base.__module__):
                return Opaque(number, "array", cls.__name__, about, self._array(number, base, obj))
        return Opaque(number, kind_of(obj), _name(obj), about)

    def find(self, number: int) -> Any:
        """The object of this number.

        Raises:
            CodecError: this side gave the number to nothing.
        """
        try:
            return self._objects[number]
        except KeyError:
            raise CodecError(f"object {number} is not known here") from None

    def known(self, number: int) -> Any:
        """The object of this number; None where there is none."""
        return self._objects.get(number)

    def objects(self) -> list[Any]:
        """All that have a number."""
        return list(self._objects.values())

    @property
    def next_number(self) -> int:
        """The number of the next object; those that have one are smaller."""
        return self._next

    def owns(self, obj: object) -> bool:
        """Whether the other side got a number for it."""
        return id(obj) in self._numbers

    def forget(self, number: int) -> None:
        """Let go of an object that the other side has dropped; one that is not known is passed over."""
        obj = self._objects.pop(number, None)
        self._plain.pop(number, None)
        if obj is not None:
            del self._numbers[id(obj)]

    def sent(self, *, arrived: bool) -> None:
        """The message in the making was sent, or it was not: what it says of classes is then still to be said."""
        if not arrived:
            self._told.difference_update(self._telling)
        self._telling = []

    def number(self, obj: object) -> int:
        """The number of an object, which is kept until the other side drops it."""
        number = self._numbers.get(id(obj))
        if number is None:
            number = self._next
            self._next += 2
            self._objects[number] = obj
            self._numbers[id(obj)] = number
        return number

    def _class(self, cls: type) -> Opaque:
        if PLAIN_TYPES.get(type.__getattribute__(cls, "__name__")) is cls:
            return Opaque(0, "type", cls.__name__)
        number = self.number(cls)
        if number in self._told:
            return Opaque(number, "class")
        self._told.add(number)
        self._telling.append(number)
        return Opaque(number, "class", cls.__name__, self._about(cls))

    def _about(self, cls: type) -> dict[str, Any]:
        """What a stand-in for the class must know."""
        special = [name for name in SPECIAL if _differs(cls, name, object)]
        about: dict[str, Any] = {
            "library": library_name(cls),
            "bases": [self._class(base) for base in cls.__bases__ if base is not object],
            "special": [name for name in special if getattr(cls, name) is not None],
            "none": [name for name in special if getattr(cls, name) is None],
            "error": issubclass(cls, BaseException),
        }
        if (base := plain_base(cls)) is not None:
            about["plain"] = base.__name__
            about["own"] = [name for name in dir(cls) if _differs(cls, name, base)]
        if isinstance(doc := cls.__dict__.get("__doc__"), str) and not about["library"]:
            about["doc"] = doc
        if dataclasses.is_dataclass(cls):
            about["fields"] = [(f.name, f.init, f.repr, f.compare, f.kw_only) for f in dataclasses.fields(cls)]
        return about

    def _error(self, number: int, error: BaseException) -> tuple[object, ...]:
        """Of an exception: arguments and text. Only the last few are kept: they hold on to everything they saw."""
        if number not in self._errors:
            self._errors.append(number)
            if len(self._errors) > _ERRORS_KEPT:
                self.forget(self._errors.pop(0))
        try:
            text = str(error)[:4000]
        except Exception as e:
            text = f"(its text can't be had: {type(e).__name__})"
        arguments = error.args if type(error.args) is tuple else ()
        return arguments, text

    def _array(self, number: int, base: Any, obj: Any) -> object:
        """The array that an instance of a subclass is, the same one each time."""
        if number not in self._plain:
            self._plain[number] = base.as_subclass(obj, base) if base.__name__ == "Tensor" else base.view(obj, base)
        return self._plain[number]


def kind_of(obj: object) -> str:
    """What an object that doesn't travel is, in one word."""
    if isinstance(obj, types.ModuleType):
        return "module"
    if isinstance(obj, (types.FunctionType, types.BuiltinFunctionType, types.MethodType)):
        return "function"
    if isinstance(obj, types.CoroutineType):
        return "coroutine"
    return "generator" if inspect.isgenerator(obj) or inspect.isasyncgen(obj) else "instance"


def _name(obj: object) -> str:
    plain = isinstance(obj, (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType))
    name = getattr(obj, "__name__", None) if plain else None
    return name if isinstance(name, str) else type(obj).__name__


def _differs(cls: type, name: str, base: type) -> bool:
    """Whether a class has an attribute of its own where its base has another, or none."""
    missing = object()
    for each in cls.__mro__[: cls.__mro__.index(base)]:
        if name in each.__dict__:
            return each.__dict__[name] is not getattr(base, name, missing)
    return False
