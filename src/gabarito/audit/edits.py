"""What an operator of mutation gets, and what it gives."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Place:
    """A node of a cell's syntax tree, and the nodes around it, outermost first."""

    tree: ast.Module
    node: ast.AST
    around: tuple[ast.AST, ...]
    is_docstring: bool = False

    @property
    def parent(self) -> ast.AST:
        """The node that it is a part of."""
        return self.around[-1] if self.around else self.tree

    @property
    def statement(self) -> ast.AST:
        """The innermost statement that it is, or is a part of."""
        return next((n for n in (self.node, *reversed(self.around)) if isinstance(n, ast.stmt)), self.node)

    @property
    def enclosing(self) -> Function | None:
        """The innermost function that it is a part of."""
        return next((n for n in reversed(self.around) if isinstance(n, Function)), None)

    @property
    def function(self) -> str:
        """The names of the functions and classes around it."""
        return ".".join(n.name for n in self.around if isinstance(n, Function | ast.ClassDef))


@dataclass(frozen=True, slots=True)
class Edit:
    """What stands in a node's place; no node at all where it is a statement that goes."""

    nodes: tuple[ast.AST, ...]
    change: str


@dataclass(frozen=True, slots=True)
class Operator:
    """One kind of fault."""

    name: str
    suggestion: str
    """A test that would notice, in a sentence that begins with a small letter."""
    edits: Callable[[Place], Iterator[Edit]]
    needs_timing: bool = False
    """Whether it changes only how much work is done, so that it is a fault only where tests look at that."""


def become(old: ast.AST, new: ast.AST) -> Edit:
    """The edit that puts `new` in the place of `old`."""
    return Edit((new,), f"{ast.unparse(old)} → {ast.unparse(ast.fix_missing_locations(copy.deepcopy(new)))}")


def gone(old: ast.AST) -> Edit:
    """The edit that takes a statement out."""
    return Edit((), f"without “{ast.unparse(old)}”")


def copied(node: Any, **fields: Any) -> Any:
    """A copy of a node with other values in these fields."""
    made = copy.deepcopy(node)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def expression(source: str, **parts: ast.expr) -> ast.expr:
    """An expression written as Python, in which each of these names stands for a part."""
    tree = ast.parse(source, mode="eval").body

    class _Fill(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            return copy.deepcopy(parts[node.id]) if node.id in parts else node

    return _Fill().visit(tree)


def called(node: ast.AST) -> str:
    """The last part of the name that is called: `sum` of `x.sum()` and of `torch.sum(x)`; empty for other nodes."""
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def root(node: ast.AST) -> str:
    """The name that a chain of attributes and calls begins with, or empty."""
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
