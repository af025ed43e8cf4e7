"""Which of a notebook's first cells may be run once for all submissions: tried with and without the solution."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any

from gabarito.model import CellReport, JobCell, Report, Role
from gabarito.notebook.syntax import parse_cell

Reporter = Callable[[Sequence[JobCell], int], Report]
"""Runs cells, of which so many may be run once for several jobs."""

_TIMES = 3
_NUMBER = re.compile(r"\d+")
_CHEAP = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Pass)


def shared_beginning(
    solved: Sequence[JobCell], unsolved: Sequence[JobCell], report: Reporter
) -> tuple[tuple[str, ...], str]:
    """The ids of the first cells that are run once, or none; then why not, where that would be worth it.

    Cells that only import and define cost nothing that is worth sharing, since packages are imported beforehand.
    """
    first = tuple(cell.id for cell in takewhile(lambda cell: cell.role is Role.GIVEN, solved))
    if not any(_has_work(cell.source) for cell in solved[: len(first)]):
        return (), ""
    for cells in (solved, unsolved):
        if why := _difference(cells, len(first), report):
            return (), why
    return first, ""


def _has_work(source: str) -> bool:
    try:
        tree = parse_cell(source)
    except SyntaxError:
        return True
    return tree is None or not all(isinstance(node, _CHEAP) or _is_constant(node) for node in tree.body)


def _is_constant(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr) and node.value is not None:
        return not any(isinstance(each, ast.Call | ast.Await | ast.ListComp) for each in ast.walk(node.value))
    return False


def _difference(cells: Sequence[JobCell], count: int, report: Reporter) -> str:
    """Why the beginning of these cells can't be shared, or empty; what differs by chance does not do so each time."""
    differing: set[str] | None = None
    for _ in range(_TIMES):
        plain, shared = report(cells, 0), report(cells, count)
        if shared.alone:
            return shared.alone
        now = {one.id for one, other in zip(plain.cells, shared.cells, strict=True) if _seen(one) != _seen(other)}
        differing = now if differing is None else differing & now
        if not differing:
            return ""
    return f"“{min(differing or [''])}” ends otherwise where they run once for all"


def _seen(cell: CellReport) -> Any:
    """What both runs must agree on: of outputs not the numbers, which may be times, or drawn by a test."""
    shown = () if cell.mode is not None else [_NUMBER.sub("…", str(output)) for output in cell.outputs]
    return cell.outcome, cell.error, cell.in_hidden, list(shown)
