"""The side that owns objects: hands out numbers for them and does with them what it is asked.

It runs in the student process, so nothing that it says is believed; it is only correct for honest notebooks.
"""

from __future__ import annotations

import builtins
import inspect
import types
from collections.abc import Mapping
from typing import Any, final

from gabarito.engine.codec import CodecError, Opaque

PLAIN_TYPES: Mapping[str, type] = {
    t.__name__: t
    for t in (bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, slice, range, object)
} | {"NoneType": type(None)}
"""Types that are the same on both sides."""


@final
class Owner:
    """Numbers of this side's objects. `first` and `step` keep them apart from the other side's."""

    def __init__(self, first: int) -> None:
        self._next = first
        self._objects: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}

    def export(self, obj: object) -> Opaque:
        """The description of an object of this side."""
        if isinstance(obj, type) and PLAIN_TYPES.get(obj.__name__) is obj:
            return Opaque(0, "type", obj.__name__)
        number = self._numbers.get(id(obj))
        if number is None:
            number = self._next
            self._next += 2
            self._objects[number] = obj
            self._numbers[id(obj)] = number
        return Opaque(number, kind_of(obj), _name(obj), self._about(obj))

    def find(self, number: int) -> Any:
        """The object of this number.

        Raises:
            CodecError: this side gave the number to nothing.
        """
        try:
            return self._objects[number]
        except KeyError:
            raise CodecError(f"object {number} is not known here") from None

    def _about(self, obj: object) -> dict[str, Any]:
        if isinstance(obj, type):
            bases = [obj, *type.mro(obj)[1:-1]] if library_name(obj) else type.mro(obj)[1:-1]
            return {"bases": [n for b in bases if (n := library_name(b))], "is_error": issubclass(obj, BaseException)}
        if kind_of(obj) == "instance":
            return {"class": self.export(type(obj))}
        return {}


def kind_of(obj: object) -> str:
    """What an object that doesn't travel is, in one word."""
    if isinstance(obj, type):
        return "class"
    if isinstance(obj, types.ModuleType):
        return "module"
    if isinstance(obj, (types.FunctionType, types.BuiltinFunctionType, types.MethodType)):
        return "function"
    if inspect.isgenerator(obj) or isinstance(obj, (types.CoroutineType, types.AsyncGeneratorType)):
        return "generator"
    return "instance"


def library_name(cls: type) -> str | None:
    """`module.name` of a class of the standard library or of a package, which the other side may know too."""
    module = getattr(cls, "__module__", None)
    if module == "__main__" or not isinstance(module, str):
        return None
    return f"{module}.{cls.__qualname__}"


def _name(obj: object) -> str:
    name = getattr(obj, "__name__", None) if not isinstance(obj, types.ModuleType) else obj.__name__
    return name if isinstance(name, str) else type(obj).__name__


def is_builtin_error(name: str) -> bool:
    """Whether this is the name of a built-in exception class."""
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, BaseException)
