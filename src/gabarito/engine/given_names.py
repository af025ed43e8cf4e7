"""Names that the instructor's cells import: in a test they mean what they meant there, whatever was done since."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Import:
    """One name that is imported: from a module, an attribute of it or the module itself."""

    name: str
    module: str
    attribute: str = ""


class GivenNames:
    """What given cells have imported into one notebook's namespace, and the sources of the student's cells.

    A name is left alone where a student's cell defines a function or class of that name, or where a function of the
    student's reads it: then it is part of the answer. Names of `import *` are left alone, too.

    Args:
        names: the namespace.
        meaning: what an import gives where libraries are as they were: by a module, and a name in it or nothing; None
            where it isn't known. It comes before what the cell has found, for a library may have been changed by then.
    """

    def __init__(self, names: dict[str, Any], meaning: Callable[[str, str], Any]) -> None:
        self._names = names
        self._meaning = meaning
        self._given: dict[str, tuple[Any, Import]] = {}
        self._sources: list[str] = []

    def given(self, imports: Iterable[Import]) -> None:
        """A given cell has run, which holds these imports."""
        self._given.update({each.name: (self._names[each.name], each) for each in imports if each.name in self._names})

    def student(self, source: str) -> None:
        """A cell of the student's is about to run."""
        self._sources.append(source)

    def modules(self) -> list[object]:
        """Modules that given cells have imported under a name."""
        return [value for value, _ in self._given.values() if isinstance(value, ModuleType)]

    @contextlib.contextmanager
    def restored(self) -> Iterator[None]:
        """While a test runs, the imported names are what they were; afterwards they are the student's again."""
        names = self._names
        meant = {n: self._meant(value, each) for n, (value, each) in self._given.items()}
        changed = [n for n, value in meant.items() if names.get(n, _MISSING) is not value]
        answers = self._answers() if changed else set()
        theirs = {n: names.get(n, _MISSING) for n in changed if n not in answers}
        names.update({n: meant[n] for n in theirs})
        try:
            yield
        finally:
            for name, value in theirs.items():
                if names.get(name) is meant[name]:
                    if value is _MISSING:
                        del names[name]
                    else:
                        names[name] = value

    def _meant(self, found: Any, each: Import) -> Any:
        meaning = self._meaning(each.module, each.attribute)
        return found if meaning is None else meaning

    def _answers(self) -> set[str]:
        """Names that the student's functions and classes bear, or read."""
        return {name for source in self._sources for name in _answers(_parse(source))}


def find_imports(source: str) -> list[Import]:
    """Imports that a cell makes in so many words."""
    found = []
    for node in ast.walk(_parse(source)):
        if isinstance(node, ast.Import):
            for each in node.names:
                top = each.name.partition(".")[0]
                found.append(Import(each.asname, each.name) if each.asname else Import(top, top))
        elif isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
            found += [Import(n.asname or n.name, node.module, n.name) for n in node.names if n.name != "*"]
    return found


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
