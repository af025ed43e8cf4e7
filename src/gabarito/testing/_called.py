"""Which of some named functions are called while a function runs."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import CodeType, FrameType, TracebackType
from typing import Any, Self

from gabarito.testing._instructions import PRODUCT, Chain, Place, Places, places_of, value, watching
from gabarito.testing._named import Named, is_library


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
        self._places: dict[CodeType, Places] = {}
        self._before: tuple[Any, ...] = ()
        self._watching: AbstractContextManager[None] = nullcontext()
        self._hold(f, is_handed_on=True)

    def __enter__(self) -> Self:
        self._before = (threading.getprofile(), sys.getprofile())
        self._watching = watching(self._places_in, self._look)
        self._watching.__enter__()
        threading.setprofile(self._profile)
        sys.setprofile(self._profile)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        of_threads, profile = self._before
        sys.setprofile(profile)
        threading.setprofile(of_threads)
        self._watching.__exit__(kind, error, at)

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

    def _places_in(self, frame: FrameType) -> Places:
        code = frame.f_code
        if is_library(code.co_filename):
            return {}
        places = self._places.get(code)
        if places is None:
            places = {at: place for at, place in places_of(code) if self._is_suspect(frame, place[0])}
            if not code.co_freevars:  # or another closure of the same code may hold what this one does not
                self._places[code] = places
        return places

    def _look(self, frame: FrameType, place: Place) -> None:
        if self._is_paused():
            return
        chain, is_handed_on = place
        if chain == PRODUCT:
            self.names.update(dict.fromkeys(each.text for each in self._product))
        else:
            self._hold(value(frame, chain), is_handed_on=is_handed_on)

    def _is_suspect(self, frame: FrameType, chain: Chain) -> bool:
        """Whether it may be one of the named functions, now or later, that the code gets hold of there."""
        if chain == PRODUCT:
            return bool(self._product)
        if len(chain) > 1 and chain[-1].strip("_") in self._lasts:
            return True
        found = value(frame, chain)
        return any(each.is_object(found) for each in self._named)
