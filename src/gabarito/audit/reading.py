"""What can be seen in tests by reading them: clocks that are read once, assertions, and where they stand."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gabarito.audit.edits import called
from gabarito.notebook.syntax import parse_cell

_CLOCKS = frozenset(
    {
        "time",
        "time_ns",
        "perf_counter",
        "perf_counter_ns",
        "process_time",
        "process_time_ns",
        "monotonic",
        "monotonic_ns",
        "thread_time",
        "default_timer",
        "timeit",
        "repeat",
        "elapsed_time",
    }
)
_DRAWING = frozenset(
    {
        "rand",
        "randn",
        "rand_like",
        "randn_like",
        "randint",
        "randperm",
        "normal",
        "normal_",
        "uniform",
        "uniform_",
        "standard_normal",
        "random",
        "choice",
        "choices",
        "shuffle",
        "permutation",
        "multinomial",
        "bernoulli",
        "sample",
        "dropout",
        "Dropout",
        "default_rng",
        "gauss",
        "exponential",
        "poisson",
        "binomial",
        "integers",
    }
)


def _tree(source: str) -> ast.Module | None:
    try:
        return parse_cell(source)
    except SyntaxError:
        return None


def timed_once(source: str) -> list[int]:
    """Lines whose assertion compares what a clock said once, so that a busy machine decides."""
    tree = _tree(source)
    if tree is None:
        return []
    clocked: set[str] = set()
    found = True
    while found:
        new = {
            name.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.NamedExpr)
            and node.value is not None
            and _tells_time(node.value, clocked)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            for name in ast.walk(target)
            if isinstance(name, ast.Name) and name.id not in clocked
        }
        clocked |= new
        found = bool(new)
    return sorted(
        {
            node.lineno
            for node in ast.walk(tree)
            if isinstance(node, ast.Assert)
            and any(isinstance(part, ast.Compare) and _tells_time(part, clocked) for part in ast.walk(node.test))
        }
    )


def _tells_time(value: ast.AST, clocked: set[str]) -> bool:
    return any(
        called(node) in _CLOCKS or (isinstance(node, ast.Name) and node.id in clocked) for node in ast.walk(value)
    )


def draws(source: str) -> bool:
    """Whether the cell draws random numbers, by the names of the functions that it calls."""
    tree = _tree(source)
    return tree is not None and any(called(node) in _DRAWING for node in ast.walk(tree))


def seeds(source: str) -> bool:
    """Whether the cell sets a seed, so that the numbers are the same each time."""
    return "seed" in source or "default_rng(" in source


def assertions(source: str) -> list[ast.stmt]:
    """The statements that assert something, in order, but for those that stand where nobody should come."""
    tree = _tree(source)
    return sorted(_assertions(tree), key=lambda node: (node.lineno, node.col_offset)) if tree is not None else []


def _assertions(tree: ast.AST) -> Iterator[ast.stmt]:
    for node in ast.walk(tree):
        match node:
            case ast.Assert(test=ast.Constant()):
                continue
            case ast.Assert():
                yield node
            case ast.Expr() if called(node.value).lower().lstrip("_").startswith("assert"):
                yield node


_SAID = "gabarito-reached:"
_SEEN = "_gabarito_reached"


def watched(source: str) -> str:
    """The test with a note before each assertion, in the same line, and the list of all notes printed at its end."""
    lines = source.split("\n")
    for number, node in reversed(list(enumerate(assertions(source)))):
        line = lines[node.lineno - 1].encode()
        note = f"globals().setdefault({_SEEN!r}, set()).add({number}); ".encode()
        lines[node.lineno - 1] = (line[: node.col_offset] + note + line[node.col_offset :]).decode()
    said = f"print({_SAID!r}, *sorted(globals().pop({_SEEN!r}, ())))"
    return "\n".join([*lines, said])


def reached(text: str) -> set[int] | None:
    """Which assertions ran, by the output of a watched test; None where it did not come to its end."""
    for line in reversed(text.splitlines()):
        if line.startswith(_SAID):
            return {int(word) for word in line[len(_SAID) :].split()}
    return None


def uses(source: str, name: str) -> bool:
    """Whether the cell reads a variable of this name."""
    tree = _tree(source)
    return tree is not None and any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load) for node in ast.walk(tree)
    )


def bound_in(source: str, lines: set[int]) -> list[str]:
    """The names that the cell's own statements in these lines bind for other cells, in order."""
    tree = _tree(source)
    found: dict[str, None] = {}
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if node.lineno in lines:
                found[node.name] = None
            continue
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store) and part.lineno in lines:
                found[part.id] = None
    return [name for name in found if not name.startswith("_")]
