"""What tests and student code may do with each other's objects: recorded with the reference solution, then obeyed."""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

from gabarito.engine.remote.kinds import HARMLESS, library_name
from gabarito.engine.remote.standins import describe

_OPEN_PACKAGES = frozenset({"torch", "random", "io", "collections"})
"""Packages whose objects a student's code may use like its own, when a test hands it one."""
_LIBRARIES = frozenset({"torchvision", "numpy", "pandas", "sklearn", "scipy"}) | _OPEN_PACKAGES
_READABLE = frozenset(
    {
        *("shape", "size", "ndim", "dtype", "dtypes", "T", "values", "index", "columns", "name", "empty", "nbytes"),
        *("loc", "iloc", "at", "iat", "head", "tail", "items", "keys", "iterrows", "itertuples", "groups", "get_group"),
        *("copy", "tolist", "to_list", "to_numpy", "item", "reshape", "ravel", "flatten", "transpose", "astype"),
        *("sum", "mean", "min", "max", "std", "var", "prod", "any", "all", "argmin", "argmax", "argsort", "sort"),
        *("count", "first", "last", "median", "nunique", "unique", "value_counts", "isna", "notna", "dropna", "fillna"),
        *("reset_index", "set_index", "sort_values", "sort_index", "drop", "groupby", "iteritems", "cumsum", "round"),
    }
)
"""What may be read of every object of numpy and pandas. Others run text as code (`query`), take functions by their
names (`agg`), write files (`to_csv`, `tofile`) or lead to addresses (`ctypes`)."""
_NEVER = (
    *(types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.CodeType, types.FrameType),
    *(types.TracebackType, types.CellType),
)
_CALLABLE = frozenset({"builtins", "functools", "operator", "unittest", "types"}) | _LIBRARIES
_NOT_OPEN = frozenset(
    # They lead to addresses and files, or decide what the test draws from its own generator.
    {"bit_generator", "ctypes", "cffi", "save", "from_file", "compile", "seed", "setstate", "set_state", "manual_seed"}
)
_OF_FUNCTIONS = frozenset({"__name__", "__qualname__", "__doc__", "__module__", "__wrapped__"})
ELSEWHERE = "elsewhere"
"""Stands for what a call changed that is none of its arguments."""
_GENERATORS = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)
_OF_GENERATORS = frozenset({"send", "throw", "close"})


class ViolationError(BaseException):
    """A test did something with a student's object that its contract doesn't know.

    No Exception, so that a test that expects some exception does not take it for one.
    """

    __module__ = "builtins"


@final
@dataclass(slots=True)
class Policy:
    """The manners of the checker while one test runs.

    Attributes:
        label: what the test's code is called in frames.
        allowed: by line of the test, what it may do with students' objects; None lets everything pass and records it.
        lent: what student code may do with attributes of the test's objects (`getattr read`), besides what is always
            allowed.
        strict: whether the test needs what it hands over to stay as it is, but for `changes`: by line, which arguments.
        earlier: whether the test needs what was handed over before it to stay as it is, but for `changes`.
        poisoned: whether arguments are spoilt after each call, to see if the test needs them.
        random: whether student code draws from this process's random numbers.
        violation: the first thing that was not allowed; it decides the test, whatever comes after.
    """

    label: str
    allowed: Mapping[int, frozenset[str]] | None = None
    lent: frozenset[str] = frozenset()
    strict: bool = False
    changes: Mapping[int, frozenset[str]] = field(default_factory=dict)
    earlier: bool = False
    poisoned: bool = False
    random: bool = False
    violation: str = ""
    changed: dict[int, set[str]] = field(default_factory=dict)
    used: dict[int, set[str]] = field(default_factory=dict)
    used_of_ours: set[str] = field(default_factory=set)

    def may(self, operation: str, subject: Any) -> bool:
        """Whether the test may do this to a student's object, in the line that runs now."""
        if operation in HARMLESS:
            return not self.violation
        line = line_in(self.label)
        if self.allowed is None:
            self.used.setdefault(line, set()).add(operation)
            return True
        return not self.violation and operation in self.allowed.get(line, frozenset())

    def check(self, operation: str, subject: Any) -> None:
        """Let it pass.

        Raises:
            ViolationError: the contract doesn't allow this operation in this line.
        """
        if self.may(operation, subject):
            return
        if not self.violation:
            line = line_in(self.label)
            known = self.allowed.get(line, frozenset()) if self.allowed is not None else frozenset()
            expected = ", ".join(sorted(known)) or "plain values only"
            self.violate(
                f"line {line} of the test met {describe(subject)} where plain values or another kind of object were "
                f"expected ({operation} is not used on students’ objects there; allowed: {expected})"
            )
        raise ViolationError(self.violation)

    def may_change(self, places: frozenset[str]) -> bool:
        """Whether the reference solution changes these things, too, in the line that runs now."""
        return self.allowed is None or places <= self.changes.get(line_in(self.label), frozenset())

    def see_changes(self, places: frozenset[str], subject: Any, *, of_earlier: bool = False) -> None:
        """Take note of what a call changed: arguments by position or name, “elsewhere” for other things of the test's.

        Args:
            of_earlier: among the other things is one that was handed over before this test.

        Raises:
            ViolationError: the test needs it unchanged.
        """
        line = line_in(self.label)
        if self.allowed is None:
            self.changed.setdefault(line, set()).update(places)
        elif more := (places if self.strict else frozenset({ELSEWHERE} if of_earlier and self.earlier else ())) - (
            self.changes.get(line, frozenset())
        ):
            self.violate(
                f"line {line} of the test needs what it hands over to stay as it is, but "
                f"{describe(subject) if subject is not None else 'student code'} changed {_in_words(more)}"
            )
            raise ViolationError(self.violation)

    def violate(self, sentence: str) -> None:
        """Note what was not allowed, if it is the first."""
        self.violation = self.violation or sentence

    def lend(self, operation: str, subject: Any, name: str = "") -> None:
        """Let student code use an object of the test's.

        Raises:
            AttributeError: it may not have this attribute.
            TypeError: it may not do that.
        """
        if operation not in ("getattr", "setattr", "delattr"):
            library = library_name(type(subject))
            if isinstance(subject, types.ModuleType) or (library and library.partition(".")[0] not in _CALLABLE):
                raise TypeError(f"{type(subject).__name__!r} object is not for student code")
            return
        if type(name) is not str or not self._lends(operation, subject, name):
            raise AttributeError(f"{type(subject).__name__!r} object has no attribute {name!r} for student code")

    def _lends(self, operation: str, subject: Any, name: str) -> bool:
        if name.startswith("_"):
            described = isinstance(subject, (*_NEVER, type, types.MethodType))
            return described and operation == "getattr" and name in _OF_FUNCTIONS
        if isinstance(subject, _NEVER):
            return False
        if isinstance(subject, _GENERATORS):
            return operation == "getattr" and name in _OF_GENERATORS
        entry = f"{operation} {name}"
        if self.allowed is None:
            self.used_of_ours.add(entry)
        elif entry not in self.lent:
            return operation == "getattr" and _is_open(subject, name)
        return True


def _is_open(subject: Any, name: str) -> bool:
    """Whether every notebook may read this attribute of a test's object."""
    library = library_name(type(subject))
    if library:
        package = library.partition(".")[0]
        is_open = package in _OPEN_PACKAGES or library.startswith("numpy.random.")
        return name not in _NOT_OPEN if is_open else package in ("numpy", "pandas") and name in _READABLE
    return any(name in vars(each) for each in type(subject).__mro__ if each.__module__ == "__main__")


def _in_words(places: frozenset[str]) -> str:
    return ", ".join(
        "something that it was given before"
        if place == ELSEWHERE
        else f"argument {int(place) + 1}"
        if place.isdecimal()
        else f"argument {place!r}"
        for place in sorted(places)
    )


def line_in(label: str) -> int:
    """The outermost line of the test that is running; 0 where none is."""
    found = 0
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename == label:
            found = frame.f_lineno
        frame = frame.f_back
    return found


@final
class Anything:
    """The manners of the student's side: it protects nothing."""

    def violate(self, sentence: str) -> None:
        """Nothing is forbidden."""

    def may(self, operation: str, subject: Any) -> bool:
        """Always."""
        return True

    def check(self, operation: str, subject: Any) -> None:
        """Let it pass."""

    def lend(self, operation: str, subject: Any, name: str = "") -> None:
        """Let it pass."""
