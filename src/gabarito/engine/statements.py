"""A test's source as code that is run statement by statement, out of the reach of what it calls.

Each statement is compiled by itself, so that a trace function can't move the running one past those that follow, and
who looks at the frames below sees the running one alone. Those that follow are held by an iterator that only C code
holds.
"""

from __future__ import annotations
import __future__ as futures

import ast
import gc
import inspect
import re
import sys
from collections import deque
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

_FUTURES = sum(getattr(futures, name).compiler_flag for name in futures.all_feature_names)
_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_COMMENT = re.compile(r"\s*;\s*(?:#.*)?\s*")
_settrace, _setprofile = sys.settrace, sys.setprofile
_collect = gc.enable


def split(source: str, label: str, flags: int = 0, *, in_one: bool = False) -> Iterator[CodeType] | None:
    """The code of each statement, or None where IPython must run the source: it waits for coroutines.

    Args:
        source: Python, without IPython's own syntax.
        label: the file name of the code.
        flags: compiler flags; those of `__future__` count.
        in_one: give all statements but a last expression as one: where no student code is in the process.

    Raises:
        SyntaxError: it isn't Python.
        ValueError: it isn't text that Python compiles, nor are MemoryError and RecursionError.
    """
    flags &= _FUTURES
    tree = ast.parse(source, label)
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            flags |= sum(
                getattr(futures, each.name).compiler_flag for each in node.names if hasattr(futures, each.name)
            )
    if not in_one:
        compile(source, label, "exec", flags | _AWAIT, dont_inherit=True)  # for errors that only show in the whole
    statements, value = tree.body, None
    if statements and isinstance(last := statements[-1], ast.Expr) and not _is_quiet(source, last):
        statements, value = statements[:-1], ast.Expression(last.value)
    modules = [ast.Module(some, []) for some in ([statements] if in_one else [[each] for each in statements])]
    codes = [compile(module, label, "exec", flags | _AWAIT, dont_inherit=True) for module in modules]
    if value is not None:
        codes.append(compile(value, label, "eval", flags | _AWAIT, dont_inherit=True))
    return None if any(code.co_flags & inspect.CO_COROUTINE for code in codes) else iter(codes)


def perform(codes: list[Iterator[CodeType]], names: dict[str, Any], *, ends_hooks: bool = True) -> Any:
    """Run the statements in the namespace `names`; gives the value of the last, if it is an expression.

    Args:
        codes: the only iterator of them, which is taken out.
        names: their globals.
        ends_hooks: take away trace and profile functions before each statement: where student code has run. The
            garbage collector, which was off while the source was in sight, is on from the first.

    Raises:
        BaseException: what the first statement that fails raises; those after it do not run.
    """
    try:
        last = deque(map(_step(names, ends_hooks=ends_hooks), codes.pop()), maxlen=1)
    except _StoppedError as stopped:
        raise stopped.error from None
    return last.pop() if last else None


class _StoppedError(BaseException):
    """A statement raised StopIteration, which as it is would end the iteration over those that follow."""

    def __init__(self, error: StopIteration) -> None:
        super().__init__()
        self.error = error


def _step(names: dict[str, Any], *, ends_hooks: bool) -> Callable[[CodeType], Any]:
    first = [_collect] if ends_hooks else []

    def step(code: CodeType) -> Any:
        while first:
            first.pop()()
        if ends_hooks:
            _settrace(None)
            _setprofile(None)
        try:
            return eval(code, names)  # noqa: S307
        except StopIteration as error:
            raise _StoppedError(error) from None

    return step


def _is_quiet(source: str, node: ast.Expr) -> bool:
    """Whether the expression ends with a semicolon, as those do whose value isn't shown."""
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    lines = source.encode().split(b"\n")[node.end_lineno - 1 :]
    return bool(_COMMENT.match(lines[0][node.end_col_offset :].decode("utf-8", "replace")))
