"""Stand-ins for objects of the other side: what is done to one is asked of the object's own side.

Nothing that a student says about its class is believed. A stand-in has the special methods that its class is said to
have, out of a closed list; it is never a tensor or an array to a library.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import inspect
import types
from collections.abc import Callable, Generator, Mapping
from typing import Any, Protocol

from gabarito.engine.codec import CodecError, Opaque
from gabarito.engine.remote.kinds import (
    CHANGING,
    COPYING,
    IMITATED,
    IMMUTABLE,
    MUTABLE,
    READABLE,
    SPECIAL,
    base_class,
    library_name,
    plain_base,
    plain_value,
)

_EXACTLY = {"len": int, "int": int, "float": float, "complex": complex, "index": int, "hash": int, "bool": bool} | {
    "str": str,
    "repr": str,
    "format": str,
}
"""What Python insists on, of a special method's result."""
_FIELD_FLAGS = ("init", "repr", "compare", "kw_only")
_MOST_BASES = 32
"""Bases of one class: putting thousands in order would take too long."""


class Side(Protocol):
    """Where stand-ins take what is asked of them."""

    def operate(self, operation: str, subject: object, *args: object) -> Any:
        """Ask the other side for this operation on its object."""

    def may(self, operation: str, subject: object) -> bool:
        """Whether that is allowed just now."""

    def plainly(self, subject: Any, name: str, args: Any, kwargs: Any) -> Any:
        """What a method of a plain type does, whatever the student's class makes of it."""

    def adopt(self, opaque: Opaque) -> Any:
        """The stand-in for a description."""

    def content(self, subject: object, loaded: int) -> tuple[int, Any]:
        """The plain content of a container, if messages came since `loaded`; and the number of the last one."""

    def measured(self, subject: object) -> object:
        """What measures a function in its own process, for `gabarito.testing`; None where nothing does."""


class Remote:
    """An object of the other side."""

    __slots__ = ("__weakref__", "_gabarito_opaque")
    _gabarito_opaque: Opaque
    _gabarito_side: Side  # these two stand in the class
    _gabarito_imitated: type | None = None
    _gabarito_is_coroutine = False

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_gabarito"):
            return object.__getattribute__(self, name)
        if name.startswith("__") and name.endswith("__") and name not in READABLE:
            return _special_attribute(self, name)
        if name in _OF_COROUTINES and self._gabarito_is_coroutine:
            return object.__getattribute__(self, name)
        return self._gabarito_side.operate("getattr", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._gabarito_side.operate("setattr", self, name, value)

    def __delattr__(self, name: str) -> None:
        self._gabarito_side.operate("delattr", self, name)

    def __repr__(self) -> str:
        return f"<{describe(self)}>"

    def __str__(self) -> str:
        return f"<{describe(self)}>"

    def __dir__(self) -> Any:
        return self._gabarito_side.operate("dir", self)

    def _gabarito_measured(self) -> Any:
        return self._gabarito_side.measured(self)

    def __copy__(self) -> Any:
        return self._gabarito_side.operate("copy", self, False)

    def __deepcopy__(self, memo: object) -> Any:
        return self._gabarito_side.operate("copy", self, True)

    def __reduce_ex__(self, protocol: Any) -> Any:
        _no_pickle(self, protocol)


def _special_attribute(remote: Remote, name: str) -> Any:
    if name == "__class__":
        cls = type(remote)
        return type.__getattribute__(cls, "_gabarito_imitated") or cls
    if name == "__code__":
        return types.SimpleNamespace(**remote._gabarito_side.operate("code", remote))
    if name == "__signature__":
        return _signature(remote._gabarito_side.operate("signature", remote))
    return object.__getattribute__(remote, name)


def _signature(told: Any) -> inspect.Signature:
    parameters = []
    for name, kind, has_default, default, has_hint, hint in told:
        parameters.append(
            inspect.Parameter(
                name,
                inspect._ParameterKind(kind),
                default=default if has_default else inspect.Parameter.empty,
                annotation=hint if has_hint else inspect.Parameter.empty,
            )
        )
    return inspect.Signature(parameters)


def _call(self: Any, *args: Any, **kwargs: Any) -> Any:
    return self._gabarito_side.operate("call", self, args, tuple(kwargs.items()))


def _exit(self: Any, kind: Any, error: Any, trace: Any) -> bool:
    side = self._gabarito_side
    # To swallow an error may be to swallow a failed assertion: only where the reference does so.
    return side.operate("exit", self, error) is True and side.may("suppress", self)


def _go_on(self: Any) -> tuple[Any, Any]:
    """Await it over there for a little while: whether it is done, and what it gave."""
    told = self._gabarito_side.operate("await", self)
    if type(told) is not tuple or len(told) != 2:
        raise CodecError("an awaited object answered in no known way")
    return told


def _await(self: Any) -> Generator[None, None, Any]:
    """Await it over there, a little at a time: this side's event loop goes on meanwhile."""
    while True:
        done, result = _go_on(self)
        if done is True:
            return result
        try:
            yield
        except BaseException:
            self._gabarito_side.operate("await", self, True)
            raise


def _send(self: Any, value: Any) -> None:
    done, result = _go_on(self)
    if done is True:
        raise StopIteration(result)


def _throw(self: Any, error: BaseException) -> None:
    self._gabarito_side.operate("await", self, True)
    raise error


def _close(self: Any) -> None:
    self._gabarito_side.operate("getattr", self, "close")()


_OF_COROUTINES: Mapping[str, Callable[..., Any]] = {"send": _send, "throw": _throw, "close": _close}
"""With them a stand-in is a coroutine to `asyncio.run`."""


def _later(dunder: str) -> Callable[..., Any]:
    async def later(self: Any, *args: Any) -> Any:
        last = args[1:2] if dunder == "__aexit__" else args
        return self._gabarito_side.operate("special", self, dunder, *last)

    return later


def _text(dunder: str) -> Callable[..., Any]:
    def text(self: Any) -> str:
        # Messages of libraries show objects too: that is not the test asking for it.
        side = self._gabarito_side
        if not side.may(SPECIAL[dunder], self):
            return f"<{describe(self)}>"
        return _exactly(str, side.operate("special", self, dunder), self)

    return text


def _plain_special(dunder: str) -> Callable[..., Any]:
    expected = _EXACTLY.get(SPECIAL[dunder])

    def method(self: Any, *args: Any) -> Any:
        result = self._gabarito_side.operate("special", self, dunder, *args)
        return result if expected is None else _exactly(expected, result, self)

    return method


_METHODS: Mapping[str, Callable[..., Any]] = (
    {dunder: _plain_special(dunder) for dunder in SPECIAL}
    | {dunder: _later(dunder) for dunder in ("__anext__", "__aenter__", "__aexit__")}
    | {dunder: _text(dunder) for dunder in ("__repr__", "__str__")}
    | {"__call__": _call, "__exit__": _exit, "__await__": _await}
)


class RemoteType(type):
    """The class of stand-ins for classes of the other side: to call one makes an instance over there."""

    def __new__(
        cls, name: str, bases: tuple[type, ...], space: dict[str, Any], *, gabarito: bool = False, **options: Any
    ) -> Any:
        if not gabarito:
            raise TypeError(
                f"class {name} derives from a class of the notebook's, which a test in a process of its own can't do"
            )
        return type.__new__(cls, name, bases, space)

    def __init__(cls, name: str, bases: tuple[type, ...], space: dict[str, Any], **options: Any) -> None:
        type.__init__(cls, name, bases, space)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return cls._gabarito_side.operate("call", cls, args, tuple(kwargs.items()))

    def __getattribute__(cls, name: str) -> Any:
        if name.startswith("_gabarito") or name == "mro" or (name.startswith("__") and name.endswith("__")):
            return type.__getattribute__(cls, name)
        return type.__getattribute__(cls, "_gabarito_side").operate("getattr", cls, name)

    def __getattr__(cls, name: str) -> Any:
        if name == "__signature__":
            return _signature(cls._gabarito_side.operate("signature", cls))
        if name not in READABLE:
            raise AttributeError(f"{describe(cls)} has no attribute {name!r} that may be used from another process")
        return cls._gabarito_side.operate("getattr", cls, name)

    def __setattr__(cls, name: str, value: Any) -> None:
        if name == "__parameters__":  # typing.Generic sets it here whenever a class is made that derives from it
            type.__setattr__(cls, name, value)
        else:
            cls._gabarito_side.operate("setattr", cls, name, value)

    def __delattr__(cls, name: str) -> None:
        cls._gabarito_side.operate("delattr", cls, name)

    def __bool__(cls) -> bool:
        return True

    def __iter__(cls) -> Any:
        return cls._gabarito_side.operate("class", cls, "iter")

    def __len__(cls) -> int:
        return _exactly(int, cls._gabarito_side.operate("class", cls, "len"), cls)

    def __getitem__(cls, key: Any) -> Any:
        return cls._gabarito_side.operate("class", cls, "getitem", key)

    def __contains__(cls, item: Any) -> bool:
        return _exactly(bool, cls._gabarito_side.operate("class", cls, "contains", item), cls)

    def __repr__(cls) -> str:
        return f"<{describe(cls)}>"

    def __dir__(cls) -> Any:
        return cls._gabarito_side.operate("dir", cls)

    def _gabarito_measured(cls) -> Any:
        return cls._gabarito_side.measured(cls)


class _RemoteError:
    """What stand-ins for a student's own exceptions are besides exceptions."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_gabarito") or (name.startswith("__") and name.endswith("__")):
            raise AttributeError(name)
        return self._gabarito_side.operate("getattr", self, name)

    def __str__(self) -> str:
        return str(self.__dict__["_gabarito_text"])


def make_class(side: Side, opaque: Opaque) -> Any:
    """The stand-in for a class.

    Raises:
        CodecError: it is described in no known way.
    """
    about = opaque.about
    space: dict[str, Any] = {"_gabarito_side": side, "_gabarito_class": Opaque(opaque.oid, "class", opaque.name)}
    space["__module__"], space["__qualname__"] = "__main__", opaque.name
    if isinstance(about.get("doc"), str):
        space["__doc__"] = about["doc"]
    bases = [side.adopt(b) for b in _list(about.get("bases"))[:_MOST_BASES] if isinstance(b, Opaque)]
    special = [name for name in _list(about.get("special")) if type(name) is str and name in SPECIAL]
    plain = about.get("plain")
    if about.get("error") is True:
        return _new(opaque.name, _error_bases(bases), space)
    if type(plain) is str and (plain in IMMUTABLE or plain in MUTABLE):
        space |= _plain_methods(plain, [name for name in _list(about.get("own")) if type(name) is str], special)
        base = IMMUTABLE.get(plain) or MUTABLE[plain]
        return _new(
            opaque.name, [b for b in bases if isinstance(b, RemoteType) and issubclass(b, base)] or [base], space
        )
    space |= {"__slots__": (), **_special_methods(special, _list(about.get("none")))}
    if type(about.get("fields")) is list:
        space["__dataclass_fields__"] = _fields(about["fields"])
    library = about.get("library")
    if type(library) is str and library in IMITATED:
        space["_gabarito_imitated"] = IMITATED[library]
    elif library == "builtins.coroutine" and "__await__" in special:
        space |= {"_gabarito_is_coroutine": True, **_OF_COROUTINES}
    elif type(library) is str and (known := base_class(library)) is not None:
        return _new(opaque.name, [Remote, known], _asked_over_there([known]) | space)
    theirs = [b for b in bases if isinstance(b, RemoteType) and issubclass(b, Remote)]
    ours = [b for b in bases if not isinstance(b, RemoteType) and base_class(library_name(b)) is b]
    return _new(opaque.name, [*(theirs or [Remote]), *ours], _asked_over_there(ours) | space)


def _asked_over_there(bases: list[Any]) -> dict[str, Any]:
    """The special methods of library classes, none of which is done here: the contract could not see it."""
    return {name: _METHODS[name] for name in SPECIAL for base in bases if _has(base, name)}


def _has(base: type, name: str) -> bool:
    return any(name in vars(each) for each in base.__mro__ if each is not object)


def _error_bases(bases: list[Any]) -> list[Any]:
    found = [b for b in bases if isinstance(b, type) and issubclass(b, BaseException)] or [Exception]
    return found if any(issubclass(b, _RemoteError) for b in found) else [_RemoteError, *found]


def _special_methods(names: list[str], absent: list[Any]) -> dict[str, Any]:
    space: dict[str, Any] = {name: _METHODS[name] for name in names}
    space |= {name: None for name in absent if type(name) is str and name in SPECIAL}
    if "__eq__" in space and "__hash__" not in space:
        space["__hash__"] = object.__hash__
    if "__repr__" in space and "__str__" not in space:
        space["__str__"] = space["__repr__"]
    return space


def _new(name: str, bases: list[Any], space: dict[str, Any]) -> Any:
    """A class with these bases, with the first, or with none but ours: what goes."""
    for some in (bases, bases[:1]):
        with contextlib.suppress(TypeError):
            return RemoteType(name, tuple(some), space, gabarito=True)
    return RemoteType(name, (Remote,), space, gabarito=True)


def make_instance(side: Side, opaque: Opaque, cls: Any) -> Any:
    """The stand-in for an instance of `cls`, which is a stand-in for a class."""
    made: Any
    if not isinstance(cls, RemoteType):
        raise CodecError("an object was described without its class")
    if issubclass(cls, Remote):
        made = _bare(cls)
        object.__setattr__(made, "_gabarito_opaque", Opaque(opaque.oid, opaque.kind, opaque.name))
        return made
    if opaque.kind == "plain":
        for base in cls.__mro__:
            if IMMUTABLE.get(base.__name__) is base:
                if type(opaque.content) is not base:
                    raise CodecError("a value of a student's type came without its plain content")
                make: Any = base.__new__
                return _mark(make(cls, opaque.content), side, opaque)
    for base in cls.__mro__:
        if MUTABLE.get(base.__name__) is base:
            made = _mark(base.__new__(cls), side, opaque)
            made.__dict__["_gabarito_loaded"] = -1
            return made
    raise CodecError(f"a message has an object of class {opaque.name} in no known form")


_bare: Callable[[Any], Any] = object.__new__


def make_error(side: Side, opaque: Opaque, cls: Any) -> BaseException:
    """The exception of class `cls`, a stand-in or a class that is the same here.

    Raises:
        CodecError: it is described in no known way.
    """
    told = opaque.content
    if type(told) is not tuple or len(told) != 2 or type(told[0]) is not tuple or type(told[1]) is not str:
        raise CodecError("an exception was told of in no known way")
    if not isinstance(cls, type) or not issubclass(cls, BaseException):
        raise CodecError("an exception was told of without a class")
    made = _bare_error(cls, told[0])
    with contextlib.suppress(Exception):  # Python's own ones keep more than their arguments
        base: Any = next(each for each in type(made).__mro__ if each.__module__ == "builtins")
        base.__init__(made, *told[0])
    made.args = told[0]
    _mark(made, side, opaque)
    made.__dict__["_gabarito_text"] = told[1]
    return made


def _bare_error(cls: Any, args: tuple[Any, ...]) -> BaseException:
    made: BaseException
    for arguments in (args, ()):
        with contextlib.suppress(Exception):
            made = cls.__new__(cls, *arguments)
            return made
    return Exception(*args)  # a group of exceptions would need the list that only the end of the message fills


def _mark(made: Any, side: Side, opaque: Opaque) -> Any:
    made.__dict__["_gabarito_side"] = side
    made.__dict__["_gabarito_opaque"] = Opaque(opaque.oid, opaque.kind, opaque.name)
    return made


def home_of(obj: Any) -> Opaque | None:
    """The short description of a stand-in that goes home, or None of any other object."""
    cls = type(obj)
    if issubclass(cls, Remote):
        opaque: Opaque = object.__getattribute__(obj, "_gabarito_opaque")
        return opaque
    if issubclass(cls, RemoteType):
        of_class: Opaque = type.__getattribute__(obj, "_gabarito_class")
        return of_class
    if isinstance(cls, RemoteType) or isinstance(obj, BaseException):
        found = obj.__dict__.get("_gabarito_opaque")
        return found if isinstance(found, Opaque) else None
    return None


# Instances of subclasses of plain types: plain content, and the student's own methods where the contract allows them.

_LEFT = frozenset(
    f"__{name}__"
    for name in (
        *("class", "new", "init", "getattribute", "getattr", "setattr", "delattr", "dir", "doc", "reduce", "reduce_ex"),
        *("init_subclass", "subclasshook", "sizeof", "class_getitem", "getnewargs", "getstate", "setstate", "dict"),
        *("weakref", "module", "orig_bases", "parameters", "slots", "annotations", "getnewargs_ex", "qualname"),
        *("copy", "deepcopy"),
    )
)


def _plain_methods(plain: str, own: list[str], special: list[str]) -> dict[str, Any]:
    base = IMMUTABLE.get(plain)
    space: dict[str, Any] = dict(_OF_PLAIN)
    names = set(own)
    if base is None:
        base = MUTABLE[plain]
        names |= {name for name in dir(base) if _method_of(base, name) is not None}
        if plain == "defaultdict":
            space["__missing__"] = _plain_method("__missing__", base, own=False, there=True)
        elif issubclass(base, dict) and "__missing__" in names:
            space["__missing__"] = _own_missing
        space |= {name: _held(name) for name in ("default_factory", "maxlen") if hasattr(base, name)}
    there = CHANGING | COPYING.get(plain, frozenset())
    for name in names - _LEFT:
        dunder = name.startswith("__") and name.endswith("__")
        if name.startswith("_") and not dunder:
            continue
        if _method_of(base, name) is None and name not in special:
            continue  # an attribute that only the student's class has: asked for when it is wanted
        space[name] = _plain_method(name, base, own=name in own, there=name in there)
    return space


def _plain_method(name: str, base: type, *, own: bool, there: bool) -> Callable[..., Any]:
    operation = SPECIAL.get(name, "getattr")
    known = _method_of(base, name)
    if known is None and name == "__bool__":
        known = _is_filled

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        side: Side = self.__dict__["_gabarito_side"]
        if own and side.may(operation, self):
            if operation == "getattr":
                return side.operate("getattr", self, name)(*args, **kwargs)
            return _METHODS[name](self, *args, **kwargs)
        if known is None:
            return _METHODS[name](self, *args, **kwargs)
        if there:
            return side.plainly(self, name, args, tuple(kwargs.items()))
        for each in (self, *args):
            refresh(each)
        return known(self, *args, **kwargs)

    return method


def _method_of(base: type, name: str) -> Any:
    """The method of instances that a plain type has under this name, or None."""
    found = next((vars(each)[name] for each in base.__mro__ if name in vars(each)), None)
    of_class = isinstance(found, (staticmethod, classmethod, types.ClassMethodDescriptorType))
    return found if callable(found) and not of_class else None


def _is_filled(self: Any) -> bool:
    base = plain_base(type(self))
    return bool(base.__len__(self))


def refresh(container: object) -> None:
    """Bring the plain content of a stand-in for a container up to date; nothing for any other object."""
    if not isinstance(type(container), RemoteType) or issubclass(type(container), Remote):
        return
    state = container.__dict__
    before = state.get("_gabarito_loaded")
    if before is None:
        return
    side: Side = state["_gabarito_side"]
    state["_gabarito_loaded"], content = side.content(container, before)
    if state["_gabarito_loaded"] != before:
        base = plain_base(type(container))
        base.clear(container)
        if issubclass(base, dict):
            for key, value in content:
                base.__setitem__(container, key, value)
        elif issubclass(base, set):
            base.update(container, content)
        else:
            base.extend(container, content)


def _missing_attribute(self: Any, name: str) -> Any:
    if name.startswith("_gabarito") or (name.startswith("__") and name.endswith("__")):
        raise AttributeError(name)
    return self.__dict__["_gabarito_side"].operate("getattr", self, name)


def _own_missing(self: Any, key: Any) -> Any:
    side: Side = self.__dict__["_gabarito_side"]
    if not side.may("getattr", self):
        raise KeyError(key)
    return side.operate("getattr", self, "__missing__")(key)


def _held(name: str) -> property:
    """What a container holds besides its content."""
    return property(lambda self: self.__dict__["_gabarito_side"].operate("getattr", self, name))


def _set_attribute(self: Any, name: str, value: Any) -> None:
    self.__dict__["_gabarito_side"].operate("setattr", self, name, value)


def _delete_attribute(self: Any, name: str) -> None:
    self.__dict__["_gabarito_side"].operate("delattr", self, name)


def _copied(self: Any, memo: Any = None) -> Any:
    """A copy made over there, or of the plain content where the contract doesn't allow that."""
    side: Side = self.__dict__["_gabarito_side"]
    if side.may("copy", self):
        return side.operate("copy", self, memo is not None)
    base = plain_base(type(self))
    refresh(self)
    value = plain_value(base, self)
    return value if memo is None else copy.deepcopy(value, memo)


def _no_pickle(self: Any, protocol: Any) -> Any:
    raise TypeError(f"{describe(self)} can't be pickled: it lives in another process")


_OF_PLAIN: Mapping[str, Any] = {
    "__getattr__": _missing_attribute,
    "__setattr__": _set_attribute,
    "__delattr__": _delete_attribute,
    "__copy__": _copied,
    "__deepcopy__": _copied,
    "__reduce_ex__": _no_pickle,
}


def _fields(told: list[Any]) -> dict[str, Any]:
    """Fields of a data class, as `dataclasses.fields` looks for them."""
    found: dict[str, Any] = {}
    for entry in told:
        if type(entry) is not tuple or len(entry) != 1 + len(_FIELD_FLAGS) or type(entry[0]) is not str:
            raise CodecError("a data class was described in no known way")
        flags: Any = dict(zip(_FIELD_FLAGS, map(bool, entry[1:]), strict=True))
        made: Any = dataclasses.field(**flags)
        made.name, made._field_type = entry[0], dataclasses._FIELD  # type: ignore[attr-defined]
        found[entry[0]] = made
    return found


def describe(standin: Any) -> str:
    """What a stand-in stands for, in words: “a function named f”."""
    opaque = home_of(standin)
    if opaque is None:
        return f"a value of class {type(standin).__name__}"
    if opaque.kind in ("function", "class", "module", "coroutine", "generator"):
        return f"a {opaque.kind} named {opaque.name}"
    return f"an instance of class {opaque.name}"


def _list(value: Any) -> list[Any]:
    return value if type(value) is list else []


def _exactly(expected: Any, result: Any, standin: Any) -> Any:
    if type(result) is not expected:
        raise TypeError(f"{describe(standin)} gave {type(result).__name__} where Python needs {expected.__name__}")
    return result
