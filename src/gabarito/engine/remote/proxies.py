"""Stand-ins for a student's objects in the checker: each operation on one is a request.

Nothing that a student says about its class is believed: a stand-in is never a tensor or an array to a library, and of
the special methods only those below exist.
"""

from __future__ import annotations

import builtins
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gabarito.engine.codec import Opaque
    from gabarito.engine.remote.checker_side import CheckerSide

_UNARY = {
    "__neg__": "neg",
    "__pos__": "pos",
    "__abs__": "abs",
    "__invert__": "invert",
    "__bool__": "bool",
    "__len__": "len",
    "__iter__": "iter",
    "__next__": "next",
    "__reversed__": "reversed",
    "__int__": "int",
    "__float__": "float",
    "__complex__": "complex",
    "__index__": "index",
}
_RESULT = {"bool": bool, "len": int, "int": int, "float": float, "complex": complex, "index": int, "str": str}
_BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "matmul", "lshift", "rshift", "and", "or", "xor", "pow")
_COMPARE = ("eq", "ne", "lt", "le", "gt", "ge")
_INPLACE = ("iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "imatmul", "ipow", "iand", "ior", "ixor")
_READABLE = frozenset(
    {"__name__", "__doc__", "__qualname__", "__dict__", "__wrapped__", "__annotations__", "__defaults__"}
)


class Remote:
    """A student's object."""

    __slots__ = ("__weakref__", "_gabarito_opaque", "_gabarito_side")

    def __init__(self, side: CheckerSide, opaque: Opaque) -> None:
        object.__setattr__(self, "_gabarito_side", side)
        object.__setattr__(self, "_gabarito_opaque", opaque)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._gabarito_side.operate("call", self, args, kwargs)

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_gabarito") or (name.startswith("__") and name.endswith("__") and name not in _READABLE):
            return object.__getattribute__(self, name)
        return self._gabarito_side.operate("getattr", self, name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__") and name not in _READABLE:
            raise AttributeError(f"{describe(self)} has no attribute {name!r} that a test may use")
        raise AttributeError(name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._gabarito_side.operate("setattr", self, name, value)

    def __getitem__(self, key: Any) -> Any:
        return self._gabarito_side.operate("getitem", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._gabarito_side.operate("setitem", self, key, value)

    def __delitem__(self, key: Any) -> None:
        self._gabarito_side.operate("delitem", self, key)

    def __contains__(self, item: Any) -> bool:
        return _exactly(bool, self._gabarito_side.operate("contains", self, item), self)

    def __enter__(self) -> Any:
        return self._gabarito_side.operate("enter", self)

    def __exit__(self, *exception: Any) -> bool:
        return bool(self._gabarito_side.operate("exit", self))

    def __hash__(self) -> int:
        return object.__hash__(self)

    def __repr__(self) -> str:
        return f"<{describe(self)}>"

    def __str__(self) -> str:
        return _exactly(str, self._gabarito_side.operate("str", self), self)

    def __format__(self, spec: str) -> str:
        return _exactly(str, self._gabarito_side.operate("format", self, spec), self)

    def __round__(self, digits: int | None = None) -> Any:
        return self._gabarito_side.operate("round", self)


def _unary(operation: str) -> Any:
    def method(self: Remote) -> Any:
        result = self._gabarito_side.operate(operation, self)
        expected = _RESULT.get(operation)
        return result if expected is None else _exactly(expected, result, self)

    return method


def _binary(operation: str, place: str) -> Any:
    def method(self: Remote, other: Any) -> Any:
        return self._gabarito_side.operate(operation, self, other, place=place)

    return method


for _method, _operation in _UNARY.items():
    setattr(Remote, _method, _unary(_operation))
for _operation in _BINARY:
    setattr(Remote, f"__{_operation}__", _binary(_operation, "binary"))
    setattr(Remote, f"__r{_operation}__", _binary(_operation, "reflected"))
for _operation in _COMPARE:
    setattr(Remote, f"__{_operation}__", _binary(_operation, "binary"))
for _operation in _INPLACE:
    setattr(Remote, f"__{_operation}__", _binary(_operation, "inplace"))


class RemoteType(type):
    """The class of stand-ins for a student's classes: calling one makes an instance over there."""

    @property
    def _gabarito_side(cls) -> CheckerSide:
        side: CheckerSide = cls.__dict__["_gabarito_of_class"][0]
        return side

    @property
    def _gabarito_opaque(cls) -> Opaque:
        opaque: Opaque = cls.__dict__["_gabarito_of_class"][1]
        return opaque

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return cls._gabarito_side.operate("call", cls, args, kwargs)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return cls._gabarito_side.operate("getattr", cls, name)

    def __setattr__(cls, name: str, value: Any) -> None:
        cls._gabarito_side.operate("setattr", cls, name, value)


def describe(proxy: Any) -> str:
    """What a stand-in stands for, in words: “a function named f”."""
    opaque = proxy._gabarito_opaque
    article = "an" if opaque.kind == "instance" else "a"
    of = "of class" if opaque.kind == "instance" else "named"
    return f"{article} {opaque.kind} {of} {opaque.name}"


def _exactly(expected: type, result: Any, proxy: Any) -> Any:
    if type(result) is not expected:
        raise TypeError(f"{describe(proxy)} gave {type(result).__name__} where Python needs {expected.__name__}")
    return result


def error_class(name: str) -> type[BaseException] | None:
    """The built-in exception class of this name, or None."""
    found = getattr(builtins, name, None)
    return found if isinstance(found, type) and issubclass(found, BaseException) else None


def library_class(name: str) -> type | None:
    """The torch.nn or torch.optim class of this name, for `isinstance`; None for any other name.

    Only plain Python classes: to imitate a tensor would let torch read the stand-in as the tensor that it is not.
    """
    module, _, attribute = name.rpartition(".")
    if not module.startswith(("torch.nn.", "torch.optim.")) or module not in sys.modules:
        return None
    found = getattr(sys.modules[module], attribute, None)
    if type(found) is not type or issubclass(found, sys.modules["torch"].Tensor):
        return None
    return found
