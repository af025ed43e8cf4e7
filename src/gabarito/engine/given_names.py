"""Names that the instructor's cells import: in a test they mean what they meant there, whatever was done since."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


class GivenNames:
    """What given cells have imported into one notebook's namespace, and the sources of the student's cells.

    A name is left alone where a student's cell defines a function or class of that name, or where a function of the
    student's reads it: then it is part of the answer. Names of `import *` are left alone, too.

    Args:
        names: the namespace.
    """

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names
        self._given: dict[str, Any] = {}
        self._sources: list[str] = []

    def given(self, names: Iterable[str]) -> None:
        """A given cell has run, which imports these names."""
        self._given.update({name: self._names[name] for name in names if name in self._names})

    def student(self, source: str) -> None:
        """A cell of the student's is about to run."""
        self._sources.append(source)

    def modules(self) -> list[object]:
        """Modules that given cells have imported under a name."""
        return [value for value in self._given.values() if isinstance(value, ModuleType)]

    @contextlib.contextmanager
    def restored(self) -> Iterator[None]:
        """While a test runs, the imported names are what they were; afterwards they are the student's again."""
        names = self._names
        changed = [n for n, value in self._given.items() if names.get(n, _MISSING) is not value]
        answers = self._answers() if changed else set()
        theirs = {n: names.get(n, _MISSING) for n in changed if n not in answers}
        names.update({n: self._given[n] for n in theirs})
        try:
            yield
        finally:
            for name, value in theirs.items():
                if names.get(name) is self._given[name]:
                    if value is _MISSING:
                        del names[name]
                    else:
                        names[name] = value

    def _answers(self) -> set[str]:
        """Names that the student's functions and classes bear, or read."""
        return {name for source in self._sources for name in _answers(_parse(source))}


def find_imports(source: str) -> list[str]:
    """Names that a cell imports, in so many words."""
    found = [n for n in ast.walk(_parse(source)) if isinstance(n, ast.Import | ast.ImportFrom)]
    return [each.asname or each.name.partition(".")[0] for node in found for each in node.names if each.name != "*"]


_MISSING: Any = object()


def _answers(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, _SCOPES):
            if not isinstance(node, ast.Lambda):
                yield node.name
            yield from (n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))


def _parse(source: str) -> ast.Module:
    """The source as a tree; an empty one where it isn't Python, as with IPython's own commands."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return ast.Module([], [])
