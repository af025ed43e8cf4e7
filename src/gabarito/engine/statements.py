"""A test's source as code that is run statement by statement, out of the reach of what it calls.

Each statement is compiled by itself, so that a trace function can't move the running one past those that follow, and
who looks at the frames below sees the running one alone. Those that follow are held by an iterator that only C code
holds.
"""

from __future__ import annotations
import __future__ as futures

import ast
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


def split(source: str, label: str, flags: int = 0) -> Iterator[CodeType] | None:
    """The code of each statement, or None where IPython must run the source: it waits for coroutines.

    Args:
        source: Python, without IPython's own syntax.
        label: the file name of the code.
        flags: compiler flags; those of `__future__` count.

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
    whole = compile(source, label, "exec", flags | _AWAIT, dont_inherit=True)  # for errors that only show in the whole
    if whole.co_flags & inspect.CO_COROUTINE:
        return None
    codes = []
    for node in tree.body:
        made: ast.Module | ast.Expression = ast.Module([node], [])
        if node is tree.body[-1] and isinstance(node, ast.Expr) and not _is_quiet(source, node):
            made = ast.Expression(node.value)
        mode = "eval" if isinstance(made, ast.Expression) else "exec"
        codes.append(compile(made, label, mode, flags, dont_inherit=True))
    return iter(codes)


def perform(codes: list[Iterator[CodeType]], names: dict[str, Any], *, ends_hooks: bool = True) -> Any:
    """Run the statements in the namespace `names`; gives the value of the last, if it is an expression.

    Args:
        codes: the only iterator of them, which is taken out.
        names: their globals.
        ends_hooks: take away trace and profile functions before each statement: where student code has run.

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
    def step(code: CodeType) -> Any:
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
