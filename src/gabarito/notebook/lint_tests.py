"""What looks wrong in the code of test and answer cells: tests that can't fail, tests that never run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from nbformat import NotebookNode

from gabarito.model import Role
from gabarito.notebook.cells import role_of
from gabarito.notebook.markers import NBGRADER, Delimiters, Kind, scan
from gabarito.notebook.syntax import parse_cell

_Function = ast.FunctionDef | ast.AsyncFunctionDef

# What a call is taken for by its name, where the notebook itself doesn't define that name.
_ASSERTING = ("assert", "test", "check", "expect", "verify", "validate", "raises", "fail", "grade")
_SCORING = ("min", "max", "sum", "round", "float", "int", "score", "points", "credit", "grade", "clip")
_BOOLEAN = {"isinstance", "issubclass", "callable", "hasattr", "bool", "all", "any"}
_BOOLEAN |= {"isclose", "allclose", "array_equal"}
_LONGEST_SHOWN = 60
# With one of these in the notebook, functions run that nobody calls by name.
_RUNNERS = {"globals", "locals", "vars", "dir"}
_TEST_FRAMEWORKS = {"unittest", "ipytest", "pytest", "doctest"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TestFault:
    """One fault, in the cell at `index`."""

    __test__ = False

    index: int
    rule: str
    message: str
    advice: str
    line: int | None = None
    refused: bool = False


@dataclass(slots=True)
class _Code:
    """What the notebook's code cells are, define and use."""

    trees: dict[int, tuple[Role, ast.Module]] = field(default_factory=dict)
    broken: list[TestFault] = field(default_factory=list)
    defined: dict[str, list[ast.AST]] = field(default_factory=dict)
    asserting: set[str] = field(default_factory=set)
    helpers: set[str] = field(default_factory=set)
    """Functions of the instructor that return something, so that it may be a score."""


def check_tests(notebook: NotebookNode, delimiters: Delimiters = NBGRADER) -> list[TestFault]:
    """Tests that can't fail or never run, and answers that no test looks at."""
    code = _read(notebook)
    faults = list(code.broken)
    for index, (role, tree) in code.trees.items():
        if role is Role.TEST:
            faults += _not_a_score(index, tree, code) or _no_assertion(index, tree, notebook.cells[index].source, code)
            faults += _never_called(index, tree, code)
    faults += _unchecked(notebook, delimiters)
    return faults


def _read(notebook: NotebookNode) -> _Code:
    code = _Code()
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        role = role_of(cell)
        try:
            tree = parse_cell(cell.source)
        except SyntaxError as e:
            if role is Role.TEST:
                code.broken.append(
                    TestFault(
                        index=index,
                        rule="syntax",
                        message=f"the test is no valid Python ({e.msg})",
                        advice="correct this line",
                        line=e.lineno,
                        refused=True,
                    )
                )
            continue
        if tree is not None:
            code.trees[index] = (role, tree)
    _learn_functions(code)
    return code


def _learn_functions(code: _Code) -> None:
    instructors: dict[str, list[ast.AST]] = {}
    for role, tree in code.trees.values():
        for node in ast.walk(tree):
            if isinstance(node, _Function | ast.ClassDef):
                code.defined.setdefault(node.name, []).append(node)
                if role not in (Role.ANSWER, Role.MANUAL):
                    instructors.setdefault(node.name, []).append(node)
    code.helpers = {name for name, nodes in instructors.items() if any(_returns(node) for node in nodes)}
    # A helper asserts where it calls one that does: repeat until nothing new is found.
    found = True
    while found:
        new = {
            name
            for name, nodes in instructors.items()
            if name not in code.asserting and any(_asserts(node, code) for node in nodes)
        }
        code.asserting |= new
        found = bool(new)


def _returns(tree: ast.AST) -> bool:
    return any(isinstance(node, ast.Return) and node.value is not None for node in ast.walk(tree))


def _asserts(tree: ast.AST, code: _Code) -> bool:
    return any(_is_assertion(node, code) for node in ast.walk(tree))


def _is_assertion(node: ast.AST, code: _Code) -> bool:
    if isinstance(node, ast.Assert | ast.Raise):
        return True
    if not isinstance(node, ast.Call):
        return False
    name = _name(node.func)
    if name in code.asserting:
        return True
    return name not in code.defined and name.lower().lstrip("_").startswith(_ASSERTING)


def _name(func: ast.expr) -> str:
    if isinstance(func, ast.Name):
        return func.id
    return func.attr if isinstance(func, ast.Attribute) else ""


def _no_assertion(index: int, tree: ast.Module, source: str, code: _Code) -> list[TestFault]:
    # nbgrader writes the assertions of an AUTOTEST line when the assignment is released.
    if _asserts(tree, code) or _is_score(tree, code) or "AUTOTEST" in source:
        return []
    fault = TestFault(
        index=index,
        rule="no-assertion",
        message="the test cell asserts nothing, so everybody gets its points",
        advice="add an assertion, or end the cell with a number of points for partial credit",
    )
    return [fault]


def _not_a_score(index: int, tree: ast.Module, code: _Code) -> list[TestFault]:
    """The cell ends with a truth value: neither points nor a check, for True and False give full points alike."""
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr) or isinstance(last.value, ast.Constant) or not _is_boolean(last.value, code):
        return []
    told = " ".join(ast.unparse(last.value).split())
    told = told if len(told) <= _LONGEST_SHOWN else told[: _LONGEST_SHOWN - 1] + "…"
    fault = TestFault(
        index=index,
        rule="not-a-score",
        message=f"the cell ends with “{told}”, which checks nothing: False gives full points as True does",
        advice="write “assert” before it, or make it a number of points, such as “2 * (…)”",
        line=last.lineno,
    )
    return [fault]


def _is_boolean(value: ast.expr, code: _Code) -> bool:
    """Whether it is sure to be a truth value, or an array of them; whatever may be a number isn't."""
    match value:
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Constant():
            return isinstance(value.value, bool)
        case ast.Call():
            name = _name(value.func)
            return name in _BOOLEAN and name not in code.defined
        case ast.BoolOp():
            parts = value.values
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr() | ast.BitXor()):
            parts = [value.left, value.right]
        case ast.IfExp():
            parts = [value.body, value.orelse]
        case _:
            return False
    return all(_is_boolean(part, code) for part in parts)


def _is_score(tree: ast.Module, code: _Code) -> bool:
    """Whether the cell ends with an expression that can be a partial score."""
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        return False
    value = last.value
    if isinstance(value, ast.Constant):
        return isinstance(value.value, int | float) and not isinstance(value.value, bool)
    if isinstance(value, ast.Call):
        name = _name(value.func)
        return name in code.helpers or (name not in code.defined and name.lower().startswith(_SCORING))
    return isinstance(value, ast.Name | ast.BinOp | ast.BoolOp | ast.UnaryOp | ast.IfExp | ast.Subscript)


def _never_called(index: int, tree: ast.Module, code: _Code) -> Iterator[TestFault]:
    if _runs_by_itself(code):
        return
    for node in _outer(tree.body):
        if node.decorator_list or not _is_test(node, code) or _used(node, code):
            continue
        what = "test class" if isinstance(node, ast.ClassDef) else "test function"
        call = f"call it: “{node.name}()”" if isinstance(node, _Function) else "run its tests in a test cell"
        yield TestFault(
            index=index,
            rule="never-called",
            message=f"the {what} “{node.name}” is defined but never called, so it checks nothing",
            advice=call,
            line=node.lineno,
        )


def _outer(body: list[ast.stmt]) -> Iterator[_Function | ast.ClassDef]:
    """Functions and classes of a cell that stand in no other function or class."""
    for node in body:
        if isinstance(node, _Function | ast.ClassDef):
            yield node
        else:
            for _, value in ast.iter_fields(node):
                if isinstance(value, list):
                    yield from _outer([v for v in value if isinstance(v, ast.stmt)])


def _is_test(node: _Function | ast.ClassDef, code: _Code) -> bool:
    if isinstance(node, ast.ClassDef):
        return any(isinstance(n, _Function) and n.name.startswith("test") for n in node.body)
    return node.name.startswith("test") or _asserts(node, code)


def _used(definition: ast.AST, code: _Code) -> bool:
    name = definition.name  # type: ignore[attr-defined]
    inside = {id(n) for d in code.defined[name] for n in ast.walk(d)}
    return any(
        id(node) not in inside
        and (
            (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id == name)
            or (isinstance(node, ast.Attribute) and node.attr == name)
        )
        for _, tree in code.trees.values()
        for node in ast.walk(tree)
    )


def _runs_by_itself(code: _Code) -> bool:
    """Whether the notebook looks functions up by their names, or hands them to a test framework."""
    for _, tree in code.trees.values():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Name) and node.func.id in _RUNNERS:
                return True
            root = node.func
            while isinstance(root, ast.Attribute):
                root = root.value
            if (
                isinstance(root, ast.Name)
                and root.id in _TEST_FRAMEWORKS
                and _name(node.func) not in ("raises", "skip")
            ):
                return True
    return False


def _unchecked(notebook: NotebookNode, delimiters: Delimiters) -> Iterator[TestFault]:
    roles = [role_of(cell) for cell in notebook.cells]
    for index, (cell, role) in enumerate(zip(notebook.cells, roles, strict=True)):
        if role is not Role.ANSWER or Role.TEST in roles[index + 1 :]:
            continue
        if any(region.kind is Kind.SOLUTION for region in scan(cell.source, delimiters)[0]):
            continue
        yield TestFault(
            index=index,
            rule="unchecked-answer",
            message="the answer cell has no solution region, and no test comes after it",
            advice="add a test cell below, or make it a manually graded answer",
        )
