"""Lines of tests whose verdict rests on student code: a student's own object answers there whether it is right."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gabarito.model import AssignmentContract, Contract, Mode, RecordCell, ReleaseRecord
from gabarito.notebook.syntax import parse_cell

_SIGNS = {
    "eq": "“==”",
    "ne": "“!=”",
    "lt": "“<”",
    "le": "“<=”",
    "gt": "“>”",
    "ge": "“>=”",
    "contains": "“in”",
    "bool": "whether it is true",
    "hash": "“hash()”",
    "suppress": "“with”",
}
_COMPARE = "compare plain values, such as “x.value == 3” for “x == y”"
_ADVICE = dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge", "hash"), _COMPARE) | {
    "contains": "look into a list of plain values, such as “3 in list(x)” for “3 in x”",
    "bool": "ask for the truth of a plain value, such as “x.size > 0” for “x”",
    "suppress": "assert below the block, not inside it",
}
_ENDS_BLOCK = "suppress"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeakLine:
    """One line of a test in which a student's object decides."""

    notebook: str
    cell: str
    """The test's grade id."""
    line: int
    """Of the cell, counted from 1."""
    source: str
    operations: tuple[str, ...]
    """What the line asks of a student's object, as the contract calls it: `eq`, `bool`, …"""

    @property
    def meaning(self) -> str:
        """What is weak about it, in a sentence."""
        if self.operations == (_ENDS_BLOCK,):
            return "the student’s object that ends this block can hide an assertion that fails inside it"
        signs = " and ".join(_SIGNS[o] for o in self.operations if o != _ENDS_BLOCK)
        return f"a student’s own object answers {signs}, and it can answer what it likes"

    @property
    def advice(self) -> str:
        """What to write instead."""
        return "; ".join(dict.fromkeys(_ADVICE[o] for o in self.operations))


def find_weak_lines(record: ReleaseRecord, contract: AssignmentContract) -> tuple[WeakLine, ...]:
    """Every such line of the tests that run in two processes, in the order of the notebooks.

    Comparisons, membership and truth count. What a student's function returned does not: it is compared as a plain
    value, in a process where no student code runs.
    """
    return tuple(
        weak
        for notebook in record.notebooks
        for cell in notebook.cells
        for weak in _lines(notebook.name, cell, contract.tests(notebook))
    )


def _lines(notebook: str, cell: RecordCell, contracts: Mapping[str, Contract]) -> Iterator[WeakLine]:
    contract = contracts.get(cell.id)
    if contract is None or contract.mode is not Mode.TWO_PROCESS:
        return
    source = cell.source.splitlines()
    for line, operations in sorted(contract.operations.items()):
        found = tuple(o for o in _SIGNS if o in operations and (o != _ENDS_BLOCK or _asserts_inside(cell.source, line)))
        if found:
            text = source[line - 1].strip() if 0 < line <= len(source) else ""
            yield WeakLine(notebook=notebook, cell=cell.id, line=line, source=text, operations=found)


def _asserts_inside(source: str, line: int) -> bool:
    """Whether the `with` block that begins in this line has assertions in it."""
    tree = parse_cell(source)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.With | ast.AsyncWith) and node.lineno <= line <= node.body[0].lineno:
            return any(_is_assertion(inner) for statement in node.body for inner in ast.walk(statement))
    return False


def _is_assertion(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return "assert" in ast.unparse(node.func)
    return isinstance(node, ast.Assert)
