"""What both sides know alike: plain types, values that travel by their parts, classes of libraries, special methods."""

from __future__ import annotations

import datetime
import sys
import types
import uuid
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PosixPath, PurePosixPath
from typing import Any

from gabarito.engine.codec import CodecError

PLAIN_TYPES: Mapping[str, type] = {
    t.__name__: t
    for t in (bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, slice, range, object)
} | {"NoneType": type(None), "type": type}
"""Types that are the same on both sides."""

IMMUTABLE: Mapping[str, type] = {t.__name__: t for t in (int, float, complex, str, bytes, tuple, frozenset)}
"""Types whose subclasses travel with their plain content, which never changes."""
MUTABLE: Mapping[str, Any] = {
    t.__name__: t for t in (OrderedDict, Counter, defaultdict, list, dict, set, deque, bytearray)
}
"""Types whose subclasses travel with their plain content as it is now; the nearest one counts."""

CHANGING = frozenset(
    {
        *("append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse", "update", "setdefault", "popitem"),
        *("add", "discard", "appendleft", "extendleft", "popleft", "rotate", "move_to_end", "subtract"),
        *("difference_update", "intersection_update", "symmetric_difference_update", "__missing__"),
        *("__setitem__", "__delitem__", "__iadd__", "__imul__", "__ior__", "__iand__", "__isub__", "__ixor__"),
    }
)
"""Methods of those that change them."""
COPYING: Mapping[str, frozenset[str]] = {
    "Counter": frozenset({"copy"}),
    **dict.fromkeys(
        ("deque", "defaultdict", "OrderedDict"),
        frozenset({"copy", "__or__", "__ror__", "__add__", "__mul__", "__rmul__"}),
    ),
}
"""Methods of those that make another of the same class: only the own side can."""

IMITATED: Mapping[str, type] = {
    f"builtins.{t.__name__}": t
    for t in (
        *(types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.GeneratorType, types.ModuleType),
        *(property, staticmethod, classmethod),
    )
}
"""Types that a stand-in may claim as its `__class__`: no C code takes such a claim for more than a claim."""

BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "matmul", "lshift", "rshift", "and", "or", "xor", "pow")
_PLAINLY = (
    *("neg", "pos", "abs", "invert", "bool", "int", "float", "complex", "index", "round", "trunc", "floor", "ceil"),
    *("len", "iter", "next", "reversed", "contains", "getitem", "setitem", "delitem", "hash", "repr", "str", "format"),
    *("eq", "ne", "lt", "le", "gt", "ge", "divmod", "call", "enter", "exit", "aiter", "anext", "aenter", "aexit"),
    *("await", "length_hint"),
)
SPECIAL: Mapping[str, str] = (
    {f"__{name}__": name for name in (*_PLAINLY, *BINARY)}
    | {f"__r{name}__": name for name in (*BINARY, "divmod")}
    | {f"__i{name}__": f"i{name}" for name in BINARY}
)
"""The special methods that a stand-in may have, and how a contract calls the operation."""
HARMLESS = frozenset({"iter", "next", "len", "getitem", "reversed", "length_hint", "aiter", "anext", "await"})
"""Never part of a contract: each right answer may be another kind of sequence."""
READABLE = frozenset(
    f"__{name}__"
    for name in (
        *("name", "qualname", "doc", "dict", "wrapped", "annotations", "defaults", "kwdefaults", "closure", "self"),
        *("func", "slots", "members", "match_args", "isabstractmethod", "abstractmethods", "version", "all"),
    )
)
"""Special attributes that may be read of a student's object."""


def library_name(cls: type) -> str:
    """`module.name` of a class of the standard library or of a package, which the other side may know; else empty."""
    module = type.__getattribute__(cls, "__module__")
    if module == "__main__" or not isinstance(module, str):
        return ""
    return f"{module}.{type.__getattribute__(cls, '__qualname__')}"


def plain_base(cls: type) -> Any:
    """The plain type that a class is derived from, or None."""
    return next((b for b in cls.__mro__ if MUTABLE.get(b.__name__) is b or IMMUTABLE.get(b.__name__) is b), None)


def plain_value(base: Any, obj: Any) -> Any:
    """The plain value within an instance of a subclass of `base`, whatever methods the subclass has."""
    if base is str:
        return str.__str__(obj)
    if issubclass(base, dict):
        made = base()
        for key, value in base.items(obj):
            made[key] = value
        return made
    return base(base.__iter__(obj)) if hasattr(base, "__iter__") else base.__pos__(obj)


def find_class(name: str) -> Any:
    """The class of this `library_name` among the modules that are loaded here, or None."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        found: Any = sys.modules.get(".".join(parts[:cut]))
        if found is not None:
            for part in parts[cut:]:
                found = vars(found).get(part) if isinstance(found, (type, types.ModuleType)) else None
            return found if isinstance(found, type) and library_name(found) == name else None
    return None


_SIGNALS_OF_RUNNERS = ("gabarito.", "unittest.", "_pytest.", "pytest.", "hypothesis.", "doctest.", "bdb.", "IPython.")
"""Where exceptions mean something to what runs a test, such as `SkipTest`: a student's are none of these."""


def error_class(name: str) -> type[BaseException] | None:
    """The exception class of this library name, or None; of those that are no Exception only Python's own."""
    found = find_class(name)
    if not isinstance(found, type) or not issubclass(found, BaseException) or name.startswith(_SIGNALS_OF_RUNNERS):
        return None
    return found if issubclass(found, Exception) or found.__module__ == "builtins" else None


def base_class(name: str) -> type | None:
    """The library class of this name if a stand-in may be one, for `isinstance`; else None.

    Only a class with the memory layout of `object`: a stand-in that is a tensor to C code would be read as the
    struct that it is not. And none with `__array__` and its like, by which a library would look at it.
    """
    found = find_class(name)
    if found is None or name.startswith(("gabarito.", "unittest.mock.")) or type(found) is not type:
        return None
    plain = all(
        base.__basicsize__ <= _PLAIN_SIZE
        and not base.__itemsize__
        and (base is object or base.__module__ == "typing" or "__init_subclass__" not in vars(base))
        and not any(name.startswith(_PROTOCOLS) for name in vars(base))
        for base in found.__mro__
    )
    return found if plain and found.__module__ not in ("builtins", "typing", "abc") else None


_PROTOCOLS = ("__array", "__torch", "__cuda", "__dlpack", "__arrow", "__dataframe", "__buffer", "__fspath__", "__del__")
"""Special methods by which a library would look at a stand-in, here and without the contract."""


class _Plain:
    pass


_PLAIN_SIZE = _Plain.__basicsize__


def own_class(name: str) -> type | None:
    """The class of this name where the other side's is the same one here: layers, optimisers, errors, scalar types."""
    found = error_class(name)
    if found is not None:
        return found
    if name.startswith(("torch.nn.", "torch.optim.", "numpy.")) and isinstance(found := find_class(name), type):
        return found if name.startswith("torch.") or _is_kind_of_number(found) else None
    return None


def _is_kind_of_number(cls: type) -> bool:
    """Whether it is numpy's array, a scalar type or a dtype: others, such as `memmap`, do things when called."""
    np = sys.modules["numpy"]
    return cls is np.ndarray or issubclass(cls, (np.generic, np.dtype))


# Values that are made again of their parts.

_Parts = Callable[[Any], tuple[object, ...]]
_Make = Callable[..., Any]


def _no_zone(value: Any) -> tuple[object, ...]:
    return (*value.timetuple()[:6], value.microsecond)


def _clock(value: datetime.time) -> tuple[object, ...]:
    return value.hour, value.minute, value.second, value.microsecond


def _alias(origin: Any, *arguments: object) -> Any:
    # By identity: `in` would ask a student's object whether it is equal, in the middle of a message.
    if not any(origin is each for each in (list, tuple, dict, set, frozenset, type)) or len(arguments) > 20:
        raise TypeError("no such alias")
    return types.GenericAlias(origin, arguments)


_VALUES: Mapping[type, tuple[_Parts, _Make, tuple[type, ...]]] = {
    Fraction: (lambda v: (v.numerator, v.denominator), Fraction, (int, int)),
    Decimal: (lambda v: (str(v),), Decimal, (str,)),
    datetime.date: (lambda v: (v.year, v.month, v.day), datetime.date, (int,) * 3),
    datetime.datetime: (_no_zone, datetime.datetime, (int,) * 7),
    datetime.time: (_clock, datetime.time, (int,) * 4),
    datetime.timedelta: (lambda v: (v.days, v.seconds, v.microseconds), datetime.timedelta, (int,) * 3),
    PosixPath: (lambda v: (str(v),), Path, (str,)),
    PurePosixPath: (lambda v: (str(v),), PurePosixPath, (str,)),
    uuid.UUID: (lambda v: (str(v),), uuid.UUID, (str,)),
    types.GenericAlias: (lambda v: (v.__origin__, *v.__args__), _alias, ()),
}
_BY_NAME = {f"{t.__module__}.{t.__qualname__}": entry for t, entry in _VALUES.items()}


def parts_of(value: object) -> tuple[str, tuple[object, ...]] | None:
    """The name of a value's type and the parts that make it again, or None where it is none of these."""
    entry = _VALUES.get(type(value))
    if entry is None or getattr(value, "tzinfo", None) is not None:
        return None
    return f"{type(value).__module__}.{type(value).__qualname__}", entry[0](value)


def from_parts(name: str, parts: object) -> Any:
    """The value of this type that has these parts.

    Raises:
        CodecError: there is no such type, or such parts make none.
    """
    entry = _BY_NAME.get(name)
    if entry is None or type(parts) is not tuple:
        raise CodecError(f"a message has a value of the unknown type {name!r}")
    _, make, types_ = entry
    if types_ and tuple(map(type, parts)) != types_:
        raise CodecError(f"a message has a malformed value of type {name}")
    try:
        return make(*parts)
    except (ArithmeticError, TypeError, ValueError) as e:
        raise CodecError(f"a message has a malformed value of type {name}: {e}") from None
