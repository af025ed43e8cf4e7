"""One test cell of an otter notebook, as assertions."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from nbformat import NotebookNode

from gabarito.release.import_otter.place import Note, Place

_CALLS = frozenset({"isinstance", "issubclass", "callable", "hasattr", "all", "any", "bool"})
_LIBRARY_CALLS = frozenset(
    {"np.allclose", "numpy.allclose", "np.array_equal", "numpy.array_equal", "torch.allclose", "torch.equal"}
)
_KEYS = frozenset({"hidden", "points", "success_message", "failure_message"})


@dataclass(frozen=True, slots=True)
class Case:
    """A test case of a question."""

    place: Place
    source: str
    hidden: bool
    points: float | None
    title: str
    """What a hidden test is called where it fails, or empty."""
    notes: tuple[Note, ...] = ()


def read_case(cell: NotebookNode, place: Place, *, doctest: bool) -> Case:
    """A test cell, read as otter does.

    Args:
        doctest: whether the cell's output is what its last line has to give (otter's `ok_format`), instead of the cell
            being a function that asserts.

    Raises:
        SourceError: it can't be understood, or has no output that its value could be compared with.
    """
    lines = cell.source.split("\n")
    settings, start = _settings(lines, place)
    hidden = bool(re.match(r"\s*#.*\bhidden\b", lines[0], re.IGNORECASE))
    if not start and (hidden or re.fullmatch(r"\s*#\s*public\s*", lines[0], re.IGNORECASE)):
        start = 1
    body = "\n".join(lines[start:])
    inside = Place(place.notebook, place.cell, start + 1)
    try:
        tree = ast.parse(body)
    except SyntaxError as e:
        raise inside.fault(f"the test is no valid Python ({e.msg})", e.lineno or 1) from None
    if not tree.body:
        raise place.fault("the test has no code")
    failure, success = (settings.get(f"{kind}_message") for kind in ("failure", "success"))
    unknown = sorted(map(str, settings.keys() - _KEYS))
    notes = [place.note(f"{name} is left out: otter knows no such setting of a test") for name in unknown]
    if doctest:
        source, more = _compared(body, tree, cell, inside)
        notes += [place.note(text) for text in more]
    else:
        source = _called(body, tree, inside)
    hidden = bool(settings.get("hidden", hidden))
    if success is not None:
        notes.append(place.note(f"its success_message {success!r} is not shown: feedback has no word for passed tests"))
    if failure is not None and not hidden:
        notes.append(place.note(f"its failure_message {failure!r} is now a comment; make it an assertion’s message"))
        source = f"# {' '.join(str(failure).split())}\n{source}"
    return Case(place, source.strip("\n"), hidden, _points(settings, place), _title(failure), tuple(notes))


def _settings(lines: Sequence[str], place: Place) -> tuple[dict[str, Any], int]:
    """What the cell's first string says, and the position of the first line behind it."""
    from otter.assign.tests_manager import BEGIN_TEST_CONFIG_REGEX, END_TEST_CONFIG_REGEX

    if not re.match(BEGIN_TEST_CONFIG_REGEX, lines[0], re.IGNORECASE):
        return {}, 0
    end = next((n for n, line in enumerate(lines) if re.match(END_TEST_CONFIG_REGEX, line, re.IGNORECASE)), None)
    if end is None:
        raise place.fault("“# BEGIN TEST CONFIG” is never closed; add a line with “# END TEST CONFIG”", 1)
    try:
        settings = yaml.safe_load("\n".join(lines[1:end])) or {}
    except yaml.YAMLError as e:
        mark = getattr(e, "problem_mark", None)
        raise place.fault(f"its settings are no YAML ({getattr(e, 'problem', e)})", mark.line + 2 if mark else 1) from e
    if not isinstance(settings, dict):
        raise place.fault(f"a test’s settings are lines “name: value”, not {settings!r}", 1)
    return settings, end + 1


def _points(settings: dict[str, Any], place: Place) -> float | None:
    points = settings.get("points")
    if points is not None and (isinstance(points, bool) or not isinstance(points, int | float) or points < 0):
        raise place.fault(f"points of a test are a number from 0 on, not {points!r}")
    return points


def _title(message: Any) -> str:
    return " ".join(str(message or "").split())


def _compared(body: str, tree: ast.Module, cell: NotebookNode, place: Place) -> tuple[str, list[str]]:
    """The code with an assertion about its last statement, and what is to be said about it."""
    wanted, printed = _output(cell, place)
    last = tree.body[-1]
    if not wanted:
        _refuse_unseen(last, cell, place)
        return body, []
    lines = body.split("\n")
    starts_line = not lines[last.lineno - 1][: last.col_offset].strip()
    before = lines[: last.lineno - 1] if starts_line else [ast.unparse(node) for node in tree.body[:-1]]
    behind = lines[last.end_lineno or last.lineno :]
    if printed or not isinstance(last, ast.Expr):
        made = _captured(last, wanted)
    else:
        made = [_assertion(last.value, ast.get_source_segment(body, last.value) or ast.unparse(last.value), wanted)]
    notes = []
    if "\n\n" in wanted:
        notes.append("otter compares its output up to the first blank line only; here all of it is compared")
    return "\n".join((*before, *made, *behind)), notes


def _output(cell: NotebookNode, place: Place) -> tuple[str, bool]:
    """What the cell put out when it was run, without newlines at its end, and whether it was printed."""
    text, printed = "", False
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            raise place.fault(f"the test raised {output.get('ename', 'an error')} when it was run; mend it and run it")
        if output.output_type == "display_data":
            raise place.fault("the test shows a picture, which otter can’t compare; take that out of the test")
        if output.output_type == "stream":
            printed = True
            text += output.get("text", "")
        else:
            text += output.get("data", {}).get("text/plain", "")
    return text.rstrip("\n"), printed


def _refuse_unseen(last: ast.stmt, cell: NotebookNode, place: Place) -> None:
    """A value without an output: the notebook was not run, or is one that otter would never pass."""
    if not isinstance(last, ast.Expr) or isinstance(last.value, ast.Constant):
        return
    if isinstance(last.value, ast.Call):
        names = ast.unparse(last.value.func).split(".")
        returns_nothing = cell.get("execution_count") is not None
        if returns_nothing or names[-1].startswith(("assert", "check", "test")) or "testing" in names:
            return
    raise place.fault(
        "the test ends with a value, and no output is saved that it could be compared with; run the notebook with "
        "the solution in it, save it, and import it again",
        last.lineno,
    )


def _assertion(value: ast.expr, source: str, wanted: str) -> str:
    if _gives_bool(value) and wanted in ("True", "False"):
        return f"assert {source}" if wanted == "True" else f"assert not ({source})"
    if (scalar := _of_numpy(wanted)) is not None:
        return f"assert repr({source}) in {(wanted, scalar)!r}"
    return f"assert repr({source}) == {wanted!r}"


def _of_numpy(wanted: str) -> str | None:
    """How numpy 2 writes a number that numpy 1 wrote as Python does."""
    try:
        value = ast.literal_eval(wanted)
    except (ValueError, SyntaxError):
        return None
    if isinstance(value, bool):
        return f"np.{wanted}_"
    kind = {int: "int64", float: "float64"}.get(type(value))
    return f"np.{kind}({wanted})" if kind and repr(value) == wanted else None


def _gives_bool(value: ast.expr) -> bool:
    """Whether it is True or False itself, whatever student code returns."""
    match value:
        case ast.Compare(ops=[ast.Is() | ast.IsNot() | ast.In() | ast.NotIn()]) | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.BoolOp():
            return all(map(_gives_bool, value.values))
        case ast.Call(func=ast.Name(id=name)):
            return name in _CALLS
        case ast.Call(func=ast.Attribute()):
            return ast.unparse(value.func) in _LIBRARY_CALLS
    return False


def _captured(last: ast.stmt, wanted: str) -> list[str]:
    code = ast.unparse(last).split("\n")
    if isinstance(last, ast.Expr) and not _prints(last.value):
        code = [f"shown = {ast.unparse(last.value)}", "if shown is not None:", "    print(repr(shown))"]
    return [
        "from contextlib import redirect_stdout",
        "from io import StringIO",
        "",
        "with redirect_stdout(StringIO()) as printed:",
        *(f"    {line}" for line in code),
        f"assert printed.getvalue().rstrip() == {wanted.rstrip()!r}",
    ]


def _prints(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "print"


def _called(body: str, tree: ast.Module, place: Place) -> str:
    """A test function, and a call of it with what otter would give it."""
    function = tree.body[0]
    if len(tree.body) > 2 or not isinstance(function, ast.FunctionDef):
        raise place.fault(
            "with “ok_format: false” a test cell is one function, and a call of it at most", tree.body[-1].lineno
        )
    given = function.args
    positional = [_argument(a.arg, function) for a in (*given.posonlyargs, *given.args)]
    named = [f"{a.arg}={_argument(a.arg, function)}" for a in given.kwonlyargs]
    if given.vararg or given.kwarg:
        raise place.fault("otter can’t call a test function with * or ** in its arguments", function.lineno)
    head = "\n".join(body.split("\n")[: function.end_lineno])
    return f"{head}\n\n\n{function.name}({', '.join((*positional, *named))})"


def _argument(name: str, function: ast.FunctionDef) -> str:
    """What otter hands over: what has this name, or for `env` all names; those that are used, where that is plain."""
    if name != "env":
        return name
    uses = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == "env"]
    keys = [
        node.slice.value
        for node in ast.walk(function)
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id == "env"
        and isinstance(node.ctx, ast.Load)
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
        and node.slice.value.isidentifier()
    ]
    if len(uses) != len(keys):
        return "globals()"
    return "{" + ", ".join(f'"{key}": {key}' for key in dict.fromkeys(keys)) + "}"
