"""Which of some named functions are called while a function runs."""

from __future__ import annotations

import contextlib
import dis
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import CodeType, FrameType, ModuleType, TracebackType
from typing import Any, Self

from gabarito.testing._named import Named, is_library

_SILENT = frozenset({"CACHE", "EXTENDED_ARG", "PUSH_NULL", "NOP", "PRECALL", "RESUME", "COPY_FREE_VARS"})
_NAMES = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF")
_LOCALS = "LOAD_FAST"
_ATTRIBUTES = ("LOAD_ATTR", "LOAD_METHOD")
_PRODUCTS = ("@", "@=")
_PRODUCT = ("@",)
_MODULE = "import "

Chain = tuple[str, ...]
"""A name and the attributes that are taken of it; or `import MODULE` and what is taken out of it."""
Place = tuple[Chain, bool]
"""What code takes at one of its instructions, and whether it does so for something else than to call it at once."""


class Calls:
    """A block, and the names of what code that is no library's calls in it, in this thread and in new ones.

    Python tells of each call of a function in Python, and of one in C that code in Python calls. Of classes in C and of
    numpy's ufuncs it does not: it counts when the code gets hold of them, by a name or as an attribute of a module or
    class, instruction by instruction; and so it does where code hands on a function in C, that C code may call. What
    code got hold of counts, too, when a library calls it.
    """

    def __init__(self, named: Sequence[Named], f: Callable[..., Any], is_paused: Callable[[], bool]) -> None:
        """While `is_paused` says so, nothing is noted; `f` is what will be called."""
        self.names: dict[str, None] = {}
        self._named, self._is_paused = named, is_paused
        self._lasts = frozenset(name for each in named for name in each.names)
        self._product = [each for each in named if each.is_product]
        self._held: set[str] = set()
        self._of_code: dict[CodeType, list[Named]] = {}
        self._places: dict[CodeType, dict[int, Place]] = {}
        self._before: tuple[Any, ...] = ()
        self._hold(f, is_handed_on=True)

    def __enter__(self) -> Self:
        self._before = (threading.getprofile(), threading.gettrace(), sys.gettrace(), sys.getprofile())
        threading.setprofile(self._profile)
        threading.settrace(self._trace)
        sys.settrace(self._trace)
        sys.setprofile(self._profile)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        of_new_threads, traces_them, trace, profile = self._before
        sys.setprofile(profile)
        sys.settrace(trace)
        threading.settrace(traces_them)
        threading.setprofile(of_new_threads)

    def _profile(self, frame: FrameType, event: str, arg: Any) -> None:
        if event == "c_call" and arg.__name__.strip("_") in self._lasts:
            self._note([each for each in self._named if each.is_object(arg)], frame)
        elif event == "call":
            code = frame.f_code
            if code not in self._of_code:
                self._of_code[code] = [each for each in self._named if each.is_code(code)]
            if self._of_code[code]:
                self._note(self._of_code[code], frame.f_back)

    def _note(self, called: Sequence[Named], by: FrameType | None) -> None:
        is_own = by is None or not is_library(by.f_code.co_filename)
        for each in called if not self._is_paused() else ():
            if is_own or each.text in self._held:
                self.names[each.text] = None

    def _hold(self, it: Any, *, is_handed_on: bool) -> None:
        for each in self._named:
            if each.is_object(it):
                self._held.add(each.text)
                if not each.is_told(it, by_c=is_handed_on):
                    self.names[each.text] = None

    def _trace(self, frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        if is_library(code.co_filename):
            return None
        places = self._places.get(code)
        if places is None:
            places = {at: place for at, place in _places(code) if self._is_suspect(frame, place[0])}
            if not code.co_freevars:  # or another closure of the same code may hold what this one does not
                self._places[code] = places
        if not places:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return partial(self._step, places)

    def _step(self, places: dict[int, Place], frame: FrameType, event: str, arg: Any) -> Any:
        place = places.get(frame.f_lasti) if event == "opcode" else None
        if place is not None and not self._is_paused():
            chain, is_handed_on = place
            if chain == _PRODUCT:
                self.names.update(dict.fromkeys(each.text for each in self._product))
            else:
                self._hold(_value(frame, chain), is_handed_on=is_handed_on)
        return partial(self._step, places)

    def _is_suspect(self, frame: FrameType, chain: Chain) -> bool:
        """Whether it may be one of the named functions, now or later, that the code gets hold of there."""
        if chain == _PRODUCT:
            return bool(self._product)
        if len(chain) > 1 and chain[-1].strip("_") in self._lasts:
            return True
        value = _value(frame, chain)
        return any(each.is_object(value) for each in self._named)


def _places(code: CodeType) -> Iterator[tuple[int, Place]]:
    """Where the code takes what out of which namespace, and where it multiplies matrices."""
    chain: Chain = ()
    module, start = "", -1
    for instruction in dis.get_instructions(code):
        name = instruction.opname
        if name in _SILENT:
            # A long argument comes first, as an instruction of its own.
            start = instruction.offset if name == "EXTENDED_ARG" and start < 0 else start
            continue
        value = instruction.argval
        if name == "IMPORT_NAME":
            module = value
        if name == "IMPORT_FROM":
            chain = (_MODULE + module, value)
        elif name in _NAMES or name.startswith(_LOCALS):
            chain = (value if isinstance(value, str) else value[-1],)
        elif name in _ATTRIBUTES:
            chain = (*chain, value) if chain else ()
        else:
            chain = _PRODUCT if name == "BINARY_OP" and instruction.argrepr in _PRODUCTS else ()
        for at in {start, instruction.offset} - {-1} if chain else ():
            yield at, (chain, name != "LOAD_METHOD" and "NULL" not in instruction.argrepr)
        start = -1
        if chain == _PRODUCT:
            chain = ()


def _value(frame: FrameType, chain: Chain) -> Any:
    """What a chain of names stands for in a frame; None where it goes through anything but modules and classes."""
    first, *rest = chain
    if first.startswith(_MODULE):
        found = sys.modules.get(first.removeprefix(_MODULE))
    else:
        scopes = (frame.f_locals, frame.f_globals, frame.f_builtins)
        found = next((scope[first] for scope in scopes if first in scope), None)
    for part in rest:
        if not issubclass(type(found), (ModuleType, type)):
            return None
        with contextlib.suppress(Exception):
            found = getattr(found, part, None)
    return found
