"""Which global names a cell binds and which it uses: enough to see which cell needs which."""

from __future__ import annotations

import builtins
import symtable
import warnings
from dataclasses import dataclass

from nbformat import NotebookNode

_LONGEST = 200_000  # characters; no person writes such a cell, and parsing it would take its time
_PYTHON_MAGICS = ("%%time", "%%capture", "%%prun")
BUILTINS = frozenset(dir(builtins))


@dataclass(frozen=True, slots=True)
class Names:
    """Global names of one cell: those it binds, those it needs from elsewhere, and built-in ones that it uses."""

    binds: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    built_in: frozenset[str] = frozenset()


def names_of(cell: NotebookNode) -> Names:
    """The names of a cell; none for text, for another language, and for code that can't be parsed.

    The code is only parsed, never run.
    """
    if cell.cell_type != "code" or len(cell.source) > _LONGEST:
        return Names()
    try:
        binds, uses = global_names(without_magics(cell.source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Names()
    return Names(frozenset(binds), frozenset(uses - binds - BUILTINS), frozenset((uses - binds) & BUILTINS))


def global_names(source: str) -> tuple[set[str], set[str]]:
    """The global names that Python code binds, and those that it uses, built-in ones too.

    Raises:
        SyntaxError: it isn't Python.
        ValueError: it isn't text that Python compiles, nor are MemoryError and RecursionError.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        top = symtable.symtable(source, "cell", "exec")
    binds: set[str] = set()
    uses: set[str] = set()
    tables = [top]
    while tables:
        table = tables.pop()
        tables.extend(table.get_children())
        for symbol in table.get_symbols():
            if table is top or symbol.is_global():
                if symbol.is_assigned() or symbol.is_imported():
                    binds.add(symbol.get_name())
                if symbol.is_referenced():
                    uses.add(symbol.get_name())
    return binds, uses


def without_magics(source: str) -> str:
    """The source with IPython's line commands as `pass`; empty for a cell in another language."""
    lines = source.split("\n")
    if lines[0].startswith("%%") and not lines[0].startswith(_PYTHON_MAGICS):
        return ""
    return "\n".join(
        line[: len(line) - len(line.lstrip())] + "pass" if line.lstrip().startswith(("%", "!")) else line
        for line in lines
    )
