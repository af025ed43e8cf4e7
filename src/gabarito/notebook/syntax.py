"""A cell's source read as Python, IPython's magics included."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from gabarito.notebook.otter import MODULE

# Magics whose body is Python that runs in the notebook's namespace.
_PYTHON_MAGICS = {"time", "timeit", "capture", "prun"}
_LINE_MAGIC = re.compile(r"^(?P<indent>[ \t]*)%(?:time|timeit|prun)[ \t]+(?!-)", re.MULTILINE)
_CELL_MAGIC = re.compile(r"\s*%%(?P<name>[\w.]+)[^\n]*")


def parse_cell(source: str) -> ast.Module | None:
    """The cell's syntax tree, lines numbered as in the cell; None where it is another language (`%%bash`).

    Raises:
        SyntaxError: it isn't Python, not even with IPython's magics.
    """
    if magic := _CELL_MAGIC.match(source):
        if magic["name"] not in _PYTHON_MAGICS:
            return None
        source = "\n" * magic[0].count("\n") + source[magic.end() :]
    try:
        return _parse(source)
    except SyntaxError:
        source = _LINE_MAGIC.sub(r"\g<indent>", source)
        blank = re.match(r"(?:[ \t]*\n)*", source)[0].count("\n")  # type: ignore[index]  # it always matches
        tree = _parse(_transformed(source))  # without the blank lines that it begins with
        return ast.increment_lineno(tree, blank)


def runnable(source: str) -> str:
    """The source as `exec` takes it: unchanged where it is plain Python, else with IPython's magics as calls.

    Raises:
        SyntaxError: it isn't Python, not even with IPython's magics.
    """
    try:
        _parse(source)
    except SyntaxError:
        source = _transformed(source)
        _parse(source)
    return source


def imports(tree: ast.Module) -> Iterator[str]:
    """Names of the modules that the code imports, as often as it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module


def imports_of(cells: Iterable[Any], local: Collection[str] = ()) -> set[str]:
    """Names of the modules that the code of cells imports; cells that are no Python have none.

    Otter's client library is none of them: no notebook gets it while it is graded.

    Args:
        cells: of a notebook, or of a release's record.
        local: modules and packages that lie beside the notebook, which are left out.
    """
    names: set[str] = set()
    for cell in cells:
        if cell.cell_type != "code":
            continue
        try:
            tree = parse_cell(cell.source)
        except SyntaxError:
            continue
        names.update(imports(tree) if tree is not None else ())
    return {name for name in names if name.partition(".")[0] not in {"__future__", MODULE, *local}}


def _parse(source: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in somebody's string is not our business here
            return ast.parse(source)
    except ValueError as e:  # null bytes
        raise SyntaxError(str(e)) from None


def _transformed(source: str) -> str:
    from IPython.core.inputtransformer2 import TransformerManager

    return str(TransformerManager().transform_cell(source))
