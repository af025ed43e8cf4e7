"""The libraries of a warm worker as they were before any student code ran, and how they are put back for a test.

What is put back is code and constants: functions, classes, descriptors, modules and numbers, by the names that they had
in modules and classes, and the code, defaults and closures of functions. State stays as it is: counters, caches,
settings, registries; so do names that were added and hide nothing. A library's state is changed by honest work, too.
"""

from __future__ import annotations

import builtins
import ctypes
import gc
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import compress
from operator import ne
from types import CellType, FunctionType, ModuleType
from typing import Any

from gabarito.engine.memory_words import Layout, find_layout, packed, reader

# Loaded with torch or IPython, large, and nothing that a test of a lesson works with.
_ASIDE = frozenset(
    [
        *("__main__", "_pyio", "_pytest", "asyncio", "cuda", "dill", "email", "encodings", "http", "ipaddress", "jedi"),
        *("jsonschema", "mpmath", "multiprocessing", "nbformat", "parso", "prompt_toolkit", "pydoc_data", "pygments"),
        *("sympy", "torchgen", "triton", "urllib", "xml"),
        *("torch._decomp", "torch._dynamo", "torch._export", "torch._functorch", "torch._guards"),
        *("torch._higher_order_ops", "torch._inductor", "torch._library", "torch._meta_registrations", "torch._native"),
        *("torch._numpy", "torch._prims", "torch._prims_common", "torch._refs", "torch._subclasses", "torch.ao"),
        *(
            "torch.distributed",
            "torch.export",
            "torch.fx",
            "torch.onnx",
            "torch.package",
            "torch.profiler",
            "torch.xpu",
        ),
    ]
)
# What a library binds anew as its state, though it is code.
_STATE = frozenset({("matplotlib.pyplot", "_backend_mod"), ("getpass", "getpass"), ("builtins", "input")})
_NUMBERS = (float, complex)
_class_names = type.__dict__["__dict__"].__get__
_mro = type.__dict__["__mro__"].__get__


class Snapshot:
    """What the loaded libraries are made of.

    Make one where no student code has run; a process that is forked from there afterwards may call `restore`.
    """

    def __init__(self) -> None:
        modules = {n: m for n, m in list(sys.modules.items()) if isinstance(m, ModuleType) and not _aside(n, m)}
        functions = sorted(_functions(modules), key=id)
        self._spaces: list[tuple[Any, dict[str, Any], dict[str, Any]]] = [
            (owner, names, dict(names)) for owner, names in _spaces(modules)
        ]
        self._spaces.append((_LOADED, sys.modules, modules))
        self._modules = modules
        self._names = {n: kept for n, (_, _, kept) in zip(modules, self._spaces, strict=False)}
        self._spaces += [(None, f.__kwdefaults__, dict(f.__kwdefaults__)) for f in functions if f.__kwdefaults__]
        self._first = [
            (names, kept, names.__setitem__ if isinstance(owner, ModuleType) else partial(type.__setattr__, owner))
            for owner, names, kept in self._spaces
            if owner is builtins or _is_ours(owner)
        ]
        self._links = [*_links(modules, functions)]
        self._watch(find_layout())

    def restore(self) -> int:
        """Put back what was changed; gives how many names, functions and cells that were."""
        # First what this very function uses, without calling anything by a name that may mean something else now.
        for names, kept, put in self._first:
            for name, value in kept.items():
                if names.get(name) is not value:
                    put(name, value)
        return self._restore_links() + self._restore_spaces()

    def begin(self) -> Callable[[], None]:
        """Call this before an instructor's code runs, and what it gives afterwards: what it changed is to stay."""
        versions, values = self._versions(), self._values()
        changed = {i: dict(self._spaces[i][1]) for i in _differing(versions, self._seen)}

        def accept() -> None:
            for i in _differing(self._versions(), versions):
                _, names, kept = self._spaces[i]
                _follow(kept, changed.get(i, kept), names)
            if wrong := _differing(self._values(), values):
                right = array("Q", self._right)
                for i in wrong:
                    holder, name, _ = self._links[i]
                    self._links[i] = (holder, name, _value(holder, name))
                    right[i] = id(self._links[i][2])
                self._right: bytes = right.tobytes()

        return accept

    def meaning(self, module: str, name: str = "") -> Any:
        """What `from module import name`, or `import module`, gives, or None where that isn't known here."""
        if name:
            value = self._names.get(module, {}).get(name)
            return value if _is_code(value) else None
        return self._modules.get(module)

    def _watch(self, layout: Layout | None) -> None:
        """Find out what tells that something was changed: words in memory, or a look at everything."""
        if layout is None:
            self._versions: Callable[[], bytes] = _Counter(len(self._spaces)).next
            self._values: Callable[[], bytes] = self._look
        else:
            self._versions = reader([(names, layout.version) for _, names, _ in self._spaces])
            self._values = reader([(holder, layout.word(name)) for holder, name, _ in self._links])
        self._seen = self._versions()
        self._right = self._values()

    def _look(self) -> bytes:
        return packed([id(_value(holder, name)) for holder, name, _ in self._links])

    def _restore_spaces(self) -> int:
        if not (changed := _differing(self._versions(), self._seen)):
            return 0
        count = sum(_put_back(*self._spaces[i]) for i in changed)
        # What differs still is state: it isn't looked at again before it changes again.
        self._seen = self._versions()
        return count

    def _restore_links(self) -> int:
        wrong = _differing(self._values(), self._right)
        for i in wrong:
            setattr(*self._links[i])
        return len(wrong)


_MISSING: Any = object()
_LOADED: Any = object()
"""Stands for the owner of `sys.modules`."""


class _Counter:
    """Versions of dicts on an interpreter that keeps none: every one may have changed at every look."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._turn = 0

    def next(self) -> bytes:
        """Other numbers than ever before."""
        self._turn += 1
        return packed([self._turn]) * self._size


def _differing(some: bytes, others: bytes) -> list[int]:
    """Positions of words that differ."""
    if some == others:
        return []
    one, other = memoryview(some).cast("Q"), memoryview(others).cast("Q")
    return list(compress(range(len(one)), map(ne, one, other)))


def _follow(kept: dict[str, Any], old: dict[str, Any], new: dict[str, Any]) -> None:
    """Make the changes to `kept` that lead from `old` to `new`."""
    for name in {*old, *new}:
        value = new.get(name, _MISSING)
        if value is not old.get(name, _MISSING):
            if value is _MISSING:
                kept.pop(name, None)
            else:
                kept[name] = value


def _is_ours(owner: Any) -> bool:
    """Whether this is a module, or a class, of the engine."""
    name = owner.__name__ if isinstance(owner, ModuleType) else getattr(owner, "__module__", None)
    return isinstance(name, str) and name.startswith("gabarito.engine")


def _aside(name: str, module: ModuleType) -> bool:
    parts = name.split(".", 2)
    return parts[0] in _ASIDE or ".".join(parts[:2]) in _ASIDE or module.__name__ == "__main__"


def _spaces(modules: dict[str, ModuleType]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The names of modules, of the classes in them, and of their dicts of constants, each with its owner."""
    seen: set[int] = set()
    for module in modules.values():
        yield module, vars(module)
    for module in modules.values():
        for name, value in vars(module).items():
            if type(value) is dict and name.isupper() and id(value) not in seen:
                seen.add(id(value))
                yield None, value
    for each in _classes(modules):
        (names,) = gc.get_referents(_class_names(each))
        if type(names) is dict:
            yield each, names


def _classes(modules: dict[str, ModuleType]) -> Iterable[type]:
    found: dict[int, type] = {}
    values = (v for m in modules.values() for v in vars(m).values())
    for thing in [*gc.get_objects(), *values]:
        if issubclass(type(thing), type) and thing.__module__ in modules:
            found[id(thing)] = thing
    return found.values()


def _functions(modules: dict[str, ModuleType]) -> Iterator[FunctionType]:
    spaces = {id(vars(m)) for m in modules.values()}
    return (f for f in gc.get_objects() if type(f) is FunctionType and id(f.__globals__) in spaces)


def _links(modules: dict[str, ModuleType], functions: Iterable[FunctionType]) -> Iterator[tuple[Any, str, Any]]:
    """What holds the parts of a function, or the class of a module: the holder, the attribute's name, its value."""
    for module in modules.values():
        yield module, "__class__", type(module)
    cells: dict[int, CellType] = {}
    for function in functions:
        yield function, "__code__", function.__code__
        if function.__defaults__:
            yield function, "__defaults__", function.__defaults__
        if function.__kwdefaults__:
            yield function, "__kwdefaults__", function.__kwdefaults__
        cells.update((id(cell), cell) for cell in function.__closure__ or ())
    for cell in cells.values():
        if _is_code(content := _value(cell, "cell_contents")):
            yield cell, "cell_contents", content


def _value(holder: Any, name: str) -> Any:
    try:
        return getattr(holder, name)
    except ValueError:  # an empty cell
        return None


def _is_code(value: Any) -> bool:
    """Whether this is something that honest work doesn't replace."""
    kind = type(value)
    return callable(value) or issubclass(kind, ModuleType) or hasattr(kind, "__get__")


def _put_back(owner: Any, names: dict[str, Any], kept: dict[str, Any]) -> int:
    """Make these names mean again what they meant; gives how many did not."""
    wrong = {n: v for n, v in kept.items() if names.get(n, _MISSING) is not v and _may_be_put_back(owner, n, v)}
    added = [n for n in names.keys() - kept.keys() if _hides(owner, n)]
    if issubclass(type(owner), type):
        _put_back_in_class(owner, names, wrong, added)
    else:
        names.update(wrong)
        for name in added:
            del names[name]
    return len(wrong) + len(added)


def _may_be_put_back(owner: Any, name: str, value: Any) -> bool:
    if owner is None or owner is _LOADED:
        return True
    if not isinstance(owner, ModuleType):
        return _is_code(value)
    if type(value) in _NUMBERS:
        return not name.startswith("_")
    return _is_code(value) and (owner.__name__, name) not in _STATE


def _hides(owner: Any, name: str) -> bool:
    """Whether a name that was added here stands before one that was meant."""
    if owner is None or owner is _LOADED:
        return owner is None
    if issubclass(type(owner), type):
        inherited = (_class_names(base) for base in _mro(owner)[1:])
        return any(_is_code(names[name]) for names in inherited if name in names)
    return name in vars(builtins) or name == "__getattr__"


def _put_back_in_class(owner: type, names: dict[str, Any], wrong: dict[str, Any], added: list[str]) -> None:
    try:
        for name, value in wrong.items():
            type.__setattr__(owner, name, value)
        for name in added:
            type.__delattr__(owner, name)
    except TypeError:  # a built-in class: only what reached into its names could change it, and only that puts it back
        names.update(wrong)
        for name in added:
            names.pop(name, None)
        ctypes.pythonapi.PyType_Modified(ctypes.py_object(owner))
