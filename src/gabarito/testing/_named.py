"""Functions that an instructor names: of Python's, of a library's, or a method of some class."""

from __future__ import annotations

import builtins
import importlib
import sys
import sysconfig
from functools import cache, partial
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodDescriptorType, ModuleType
from typing import Any

_SHORT = {"np": "numpy", "pd": "pandas"}
_DISPATCHER = "_ArrayFunctionDispatcher"
_MAKERS = ("__init__", "__new__")
_PACKAGES = ("site-packages", "dist-packages")
_OWN = str(Path(__file__).parents[1])
_LIBRARIES = tuple({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), _OWN})


class Named:
    """What one name stands for.

    A plain name (`sorted`, `softmax`) stands for every function, class and method of a library that has it, underscores
    at its ends aside; a name with dots (`numpy.linalg.solve`, `list.sort`) for one, and, of numpy, for the method of
    arrays that has the same name.
    """

    __slots__ = ("_codes", "_found", "_is_dispatched", "_package", "is_plain", "is_product", "names", "text")

    def __init__(self, text: str) -> None:
        """Look the name up.

        Raises:
            ValueError: there is no such thing.
        """
        self.text, self.is_plain = text, "." not in text
        self._package = _SHORT.get(text.partition(".")[0], text.partition(".")[0])
        last = text.rpartition(".")[2]
        self._found: list[Any] = []
        if not self.is_plain:
            self._found.append(_find(text))
            if self._package == "numpy" and hasattr(sys.modules["numpy"].ndarray, last):
                self._found.append(getattr(sys.modules["numpy"].ndarray, last))
        self.names = {_plain(last), *(_plain(getattr(each, "__name__", last)) for each in self._found)}
        """What it is called itself, too, where the name is another one for it."""
        self._codes = {code for each in self._found for code in _codes(each)}
        # What numpy writes in C it calls behind a function in Python, which has only the name.
        self._is_dispatched = not self._codes and any(_kind(each) == _DISPATCHER for each in self._found)
        self.is_product = "matmul" in self.names and (self.is_plain or self._package == "numpy")
        """Whether the operator `@` is meant, too."""

    def is_code(self, code: CodeType) -> bool:
        """Whether it is a function in Python that runs this code, or a class that it makes an instance of."""
        if code in self._codes:
            return True
        if not (self.is_plain or self._is_dispatched) or not is_library(code.co_filename):
            return False
        if self._is_dispatched:
            return code.co_name in self.names and self._package in Path(code.co_filename).parts
        name = code.co_qualname.split(".")[-2:][0] if code.co_name in _MAKERS else code.co_name
        return _plain(name) in self.names

    def is_object(self, it: Any) -> bool:
        """Whether it is this function, method or class; a method may be bound to something."""
        it = _inner(it)
        if not _is_callable(it):
            return False
        if self.is_plain:
            return _plain(it.__name__) in self.names and _is_of_library(it)
        return any(it is each or _is_same(it, each) for each in self._found)

    def is_told(self, it: Any, *, by_c: bool) -> bool:
        """Whether Python tells when this object is called, where C code may do so if `by_c`.

        Not so for a class in C, for what numpy calls a ufunc, and for a function that shares its code with others; nor
        for a function in C that is called by C.
        """
        it = _inner(it)
        if isinstance(it, type):
            return any(isinstance(vars(it).get(maker), FunctionType) for maker in _MAKERS)
        if isinstance(it, FunctionType):
            return self.is_plain or bool(self._codes)
        return _kind(it) == _DISPATCHER or (_kind(it) != "ufunc" and not by_c)


@cache
def is_library(path: str) -> bool:
    """Whether code in this file is Python's, or a package's that is installed; not so for code of a notebook."""
    return path.startswith(("<frozen ", *_LIBRARIES)) or any(each in Path(path).parts for each in _PACKAGES)


def _find(name: str) -> Any:
    first, *rest = name.split(".")
    first = _SHORT.get(first, first)
    try:
        found = getattr(builtins, first) if hasattr(builtins, first) else importlib.import_module(first)
        for part in rest:
            if not hasattr(found, part) and isinstance(found, ModuleType):
                importlib.import_module(f"{found.__name__}.{part}")
            found = getattr(found, part)
    except (ImportError, AttributeError, ValueError) as e:
        raise ValueError(f"names: there is no {name!r} here ({e}): write it as it is imported") from None
    if not callable(found):
        raise ValueError(f"names: {name!r} is nothing that can be called")
    return found


def _codes(it: Any) -> list[CodeType]:
    """Of the function in Python, or of those that make an instance of a class."""
    if isinstance(it, type):
        return [code for maker in _MAKERS for code in _codes(vars(it).get(maker))]
    for inner in ("__wrapped__", "__func__"):
        while hasattr(it, inner):
            it = getattr(it, inner)
    if not isinstance(it, FunctionType):
        return []
    is_shared = "<locals>" in it.__code__.co_qualname and it.__code__.co_name != it.__name__
    return [] if is_shared else [it.__code__]


def _inner(it: Any) -> Any:
    while type(it) is partial:
        it = it.func
    return it


def _plain(name: str) -> str:
    return name.strip("_")


def _is_callable(it: Any) -> bool:
    """Whether it is of the kinds that have a name of their own; objects of other classes are not asked."""
    kinds = (type, FunctionType, BuiltinFunctionType, MethodDescriptorType)
    return isinstance(it, kinds) or _kind(it) in ("ufunc", _DISPATCHER)


def _kind(it: Any) -> str:
    return type(it).__name__


def _is_same(it: Any, found: Any) -> bool:
    """Whether a function in C that is called is the one that was found, or that method of something."""
    if type(it) is not BuiltinFunctionType:
        return False
    if type(found) is MethodDescriptorType:
        return issubclass(type(it.__self__), found.__objclass__)
    return bool(it == found)


def _is_of_library(it: Any) -> bool:
    module = getattr(it, "__module__", None)
    if module is None or type(it) is BuiltinFunctionType:
        return True
    file = getattr(sys.modules.get(module), "__file__", None)
    return module != "__main__" and (file is None or is_library(file))
