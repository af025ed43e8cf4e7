"""What code takes out of which namespace, instruction by instruction as it runs."""

from __future__ import annotations

import contextlib
import dis
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import CodeType, FrameType, ModuleType
from typing import Any

_SILENT = frozenset({"CACHE", "EXTENDED_ARG", "PUSH_NULL", "NOP", "PRECALL", "RESUME", "COPY_FREE_VARS"})
_NAMES = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF")
_LOCALS = "LOAD_FAST"
_ATTRIBUTES = ("LOAD_ATTR", "LOAD_METHOD")
_PRODUCTS = ("@", "@=")
PRODUCT = ("@",)
_MODULE = "import "

Chain = tuple[str, ...]
"""A name and the attributes that are taken of it; or `import MODULE` and what is taken out of it."""
Place = tuple[Chain, bool]
"""What code takes at one of its instructions, and whether it does so for something else than to call it at once."""
Places = Mapping[int, Place]
"""The same for all instructions of interest, by their offset in the code."""


@contextlib.contextmanager
def watching(places: Callable[[FrameType], Places], look: Callable[[FrameType, Place], None]) -> Iterator[None]:
    """A block in which instructions are looked at, in this thread and in new ones.

    Args:
        places: gives those of interest when a frame begins.
        look: told each of them, before it is carried out.
    """
    with (_monitored if hasattr(sys, "monitoring") else _traced)(places, look):
        yield


@contextlib.contextmanager
def _traced(places: Callable[[FrameType], Places], look: Callable[[FrameType, Place], None]) -> Iterator[None]:
    def begin(frame: FrameType, event: str, arg: Any) -> Any:
        found = places(frame)
        if not found:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return partial(step, found)

    def step(found: Places, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "opcode" and frame.f_lasti in found:
            look(frame, found[frame.f_lasti])
        return partial(step, found)

    before, of_threads = sys.gettrace(), threading.gettrace()
    threading.settrace(begin)
    sys.settrace(begin)
    try:
        yield
    finally:
        sys.settrace(before)
        threading.settrace(of_threads)


@contextlib.contextmanager
def _monitored(places: Callable[[FrameType], Places], look: Callable[[FrameType, Place], None]) -> Iterator[None]:
    """By what Python has for this from 3.12 on: a trace function is no longer told of the instructions of its frame."""
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined]
    events = monitoring.events
    known: dict[CodeType, Places] = {}
    tool = next(each for each in (4, 3, 2, 1) if monitoring.get_tool(each) is None)

    def begin(code: CodeType, offset: int) -> None:
        found = places(sys._getframe(1))
        if found:
            known[code] = found
            monitoring.set_local_events(tool, code, events.INSTRUCTION)

    def step(code: CodeType, offset: int) -> None:
        if offset in known[code]:
            look(sys._getframe(1), known[code][offset])

    monitoring.use_tool_id(tool, __name__)
    monitoring.register_callback(tool, events.PY_START, begin)
    monitoring.register_callback(tool, events.INSTRUCTION, step)
    monitoring.set_events(tool, events.PY_START)
    try:
        yield
    finally:
        monitoring.set_events(tool, 0)
        for code in known:
            monitoring.set_local_events(tool, code, 0)
        for event in (events.PY_START, events.INSTRUCTION):
            monitoring.register_callback(tool, event, None)
        monitoring.free_tool_id(tool)


def places_of(code: CodeType) -> Iterator[tuple[int, Place]]:
    """Where, by the offset, the code takes what out of which namespace, and where it multiplies matrices."""
    chain: Chain = ()
    module, start = "", -1
    for instruction in dis.get_instructions(code):
        name = instruction.opname
        if name in _SILENT:
            # A long argument comes first, as an instruction of its own.
            start = instruction.offset if name == "EXTENDED_ARG" and start < 0 else start
            continue
        taken = instruction.argval
        if name == "IMPORT_NAME":
            module = taken
        if name == "IMPORT_FROM":
            chain = (_MODULE + module, taken)
        elif name in _NAMES or name.startswith(_LOCALS):
            chain = (taken if isinstance(taken, str) else taken[-1],)
        elif name in _ATTRIBUTES:
            chain = (*chain, taken) if chain else ()
        else:
            chain = PRODUCT if name == "BINARY_OP" and instruction.argrepr in _PRODUCTS else ()
        for at in {start, instruction.offset} - {-1} if chain else ():
            yield at, (chain, name != "LOAD_METHOD" and "NULL" not in instruction.argrepr)
        start = -1
        if chain == PRODUCT:
            chain = ()


def value(frame: FrameType, chain: Chain) -> Any:
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
