"""Mutants of a solution: copies with one small fault each, as students and tired instructors make them."""

from __future__ import annotations

import ast
import copy
import hashlib
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

from gabarito.audit.edits import Edit, Operator, Place
from gabarito.audit.operators import OPERATORS
from gabarito.audit.operators_deep import DEEP_OPERATORS
from gabarito.notebook.markers import NBGRADER, Delimiters, Kind, scan
from gabarito.notebook.syntax import parse_cell

ALL_OPERATORS: tuple[Operator, ...] = (*DEEP_OPERATORS, *OPERATORS)
"""Special ones first: where two make the same mutant, it is called by what it means."""

_ID_DIGITS = 8
_LONGEST_CHANGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One answer cell with one fault in it."""

    id: str
    """Made of the function and the statement that was changed, so that it outlasts changes elsewhere in the cell."""
    cell: str
    """Grade id of the answer cell."""
    operator: str
    line: int
    """Of the cell, counted from 1."""
    change: str
    """In one line: `dim=1 → dim=0`."""
    suggestion: str
    """A test that would notice."""
    source: str
    """The whole cell."""


def mutants_of(
    cell: str, source: str, delimiters: Delimiters = NBGRADER, *, is_timed: bool = False
) -> tuple[Mutant, ...]:
    """Every mutant of the solution in an answer cell, in the order of its lines.

    Only what stands between solution markers is changed; the whole cell where there are none. Mutants that compile to
    the same code as the solution, or as an earlier mutant, are left out.

    Args:
        cell: the cell's grade id.
        is_timed: whether its tests look at the time or the operations that it takes, so that loops are faults.
    """
    try:
        tree = parse_cell(source)
    except SyntaxError:
        return ()
    if tree is None:
        return ()
    lines = _solution_lines(source, delimiters)
    found: list[Mutant] = []
    seen = [_code(ast.unparse(tree))]
    same: Counter[str] = Counter()
    for index, place in enumerate(_places(tree)):
        if getattr(place.node, "lineno", None) not in lines:
            continue
        for operator in ALL_OPERATORS:
            if operator.needs_timing and not is_timed:
                continue
            for edit in operator.edits(place):
                mutated = _changed(tree, index, edit)
                code = _code(mutated)
                if code is None or code in seen:
                    continue
                seen.append(code)
                what = f"{place.function}\0{ast.unparse(place.statement)}\0{operator.name}\0{edit.change}"
                same[what] += 1
                digest = hashlib.sha256(f"{cell}\0{what}\0{same[what]}".encode()).hexdigest()
                found.append(
                    Mutant(
                        id=digest[:_ID_DIGITS],
                        cell=cell,
                        operator=operator.name,
                        line=place.node.lineno,  # type: ignore[attr-defined]
                        change=_short(edit.change),
                        suggestion=operator.suggestion,
                        source=mutated,
                    )
                )
    return tuple(sorted(found, key=lambda m: m.line))


def _solution_lines(source: str, delimiters: Delimiters) -> set[int]:
    regions = [r for r in scan(source, delimiters)[0] if r.kind is Kind.SOLUTION]
    if not regions:
        return set(range(1, source.count("\n") + 2))
    return {line for region in regions for line in range(region.first, region.last + 1)}


def _places(tree: ast.Module) -> Iterator[Place]:
    """Every node with what stands around it, always in the same order."""
    docstrings = {
        id(node.body[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None
    }
    pending: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(tree, ())]
    while pending:
        node, around = pending.pop()
        yield Place(tree=tree, node=node, around=around, is_docstring=id(node) in docstrings)
        pending += [(child, (*around, node)) for child in reversed(list(ast.iter_child_nodes(node)))]


def _changed(tree: ast.Module, index: int, edit: Edit) -> str:
    """The cell's source with the node at this position replaced."""
    changed = copy.deepcopy(tree)
    place = next(p for n, p in enumerate(_places(changed)) if n == index)
    _replace(place.around[-1] if place.around else changed, place.node, [copy.deepcopy(node) for node in edit.nodes])
    try:
        return ast.unparse(ast.fix_missing_locations(changed))
    except (TypeError, ValueError, RecursionError):
        return "("  # no Python: left out


def _replace(parent: ast.AST, old: ast.AST, new: list[ast.AST]) -> None:
    for name, value in ast.iter_fields(parent):
        if value is old:
            setattr(parent, name, new[0] if new else None)
            return
        if isinstance(value, list) and any(item is old for item in value):
            at = next(n for n, item in enumerate(value) if item is old)
            value[at : at + 1] = new
            if not value and isinstance(old, ast.stmt):
                value.append(ast.Pass())
            return


def _code(source: str) -> object | None:
    """What the source compiles to, without its line numbers; None where it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _bare(compile(source, "cell", "exec", dont_inherit=True, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT))
    except (SyntaxError, ValueError, RecursionError):
        return None


def _bare(code: CodeType) -> object:
    constants = tuple(_bare(c) if isinstance(c, CodeType) else (type(c), repr(c)) for c in code.co_consts)
    return (code.co_name, code.co_code, constants, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)


def _short(change: str) -> str:
    text = " ".join(change.split())
    return text if len(text) <= _LONGEST_CHANGE else f"{text[: _LONGEST_CHANGE - 1]}…"
