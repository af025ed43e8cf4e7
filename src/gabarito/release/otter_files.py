"""Test cells as otter's exception-based test files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from msgspec.structs import replace

from gabarito.model import NotebookRecord, RecordCell, ReleaseRecord, Role
from gabarito.notebook.language import kernel_of
from gabarito.notebook.restore import released_source
from gabarito.notebook.syntax import parse_cell, runnable

HEADER = "# Written by 'gabarito release'"
FOLDER = PurePosixPath("tests")
_SILENT = ("print", "display", "show")
_RUN = """def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e
"""


@dataclass(frozen=True, slots=True)
class _Part:
    """Lines of a test cell that run together."""

    title: str
    hidden: bool
    source: str


def otter_files(record: ReleaseRecord) -> dict[PurePosixPath, str]:
    """The text of every test cell's file, by its path under `grader_tests/ASSIGNMENT`.

    Those of another language have none: otter's test files are Python. One folder holds all of them, unless two
    notebooks share an id: then each notebook has its own.
    """
    return {path: otter_file(cell, f"{name}.ipynb") for path, (name, cell) in _placed(record).items()}


def visible_files(record: ReleaseRecord) -> dict[PurePosixPath, str]:
    """The same files with what students see of each test; none for a test that is hidden as a whole."""
    shown = {
        path: (name, replace(cell, source=released_source(cell), hidden=()))
        for path, (name, cell) in _placed(record).items()
    }
    return {path: otter_file(cell, f"{name}.ipynb") for path, (name, cell) in shown.items() if _has_code(cell.source)}


def tested_cells(notebook: NotebookRecord) -> tuple[RecordCell, ...]:
    """The cells that become test files."""
    return () if kernel_of(notebook.kernelspec) else tuple(c for c in notebook.cells if c.role is Role.TEST)


def _placed(record: ReleaseRecord) -> dict[PurePosixPath, tuple[str, RecordCell]]:
    cells = [(n.name, c) for n in record.notebooks for c in tested_cells(n)]
    ids = [cell.id.casefold() for _, cell in cells]
    shared = len(set(ids)) < len(ids) and len(record.notebooks) > 1
    return {(FOLDER / name if shared else FOLDER) / f"{cell.id}.py": (name, cell) for name, cell in cells}


def otter_file(cell: RecordCell, notebook: str) -> str:
    """One test cell as a test file of otter: its visible part and each hidden region are test cases of their own.

    Each part runs in the environment that is graded, so that what one defines is there for the next. A cell that
    ends with a partial score gives all of its points or none: otter knows nothing in between.
    """
    parts = _parts(cell)
    functions = "\n\n".join(_function(cell, part, n, n == len(parts)) for n, part in enumerate(parts, start=1))
    return (
        f"{HEADER} from the cell {cell.id} of {notebook}; changes here are lost.\n"
        "from otter.test_files import test_case\n\n"
        "OK_FORMAT = False\n\n"
        f"name = {_quoted(cell.id)}\npoints = {_number(cell.points)}\nall_or_nothing = True\n\n\n"
        f"{_RUN}\n\n{functions}"
    )


def _parts(cell: RecordCell) -> list[_Part]:
    if _cuts_through(cell):
        # A hidden region inside a function or a block: the pieces make sense only together.
        title = ", ".join(region.title for region in cell.hidden) or cell.id
        return [_Part(title, bool(cell.hidden), cell.source.strip("\n"))]
    return [p for p in _cut(cell) if _has_code(p.source)] or [_Part(cell.id, False, "pass")]


def _cuts_through(cell: RecordCell) -> bool:
    """Whether a hidden region begins or ends inside a statement; so it is for code that isn't Python."""
    try:
        tree = parse_cell(cell.source)
        for part in _cut(cell):
            runnable(part.source)
    except SyntaxError:
        return True
    return tree is None or any(
        node.lineno < edge <= (node.end_lineno or node.lineno)
        for node in tree.body
        for region in cell.hidden
        for edge in (region.first, region.last)
    )


def _cut(cell: RecordCell) -> Iterator[_Part]:
    lines = cell.source.split("\n")
    start = 0
    for region in cell.hidden:
        yield _visible(cell, lines[start : region.first - 1])
        yield _Part(region.title, True, "\n".join(lines[region.first : region.last - 1]).strip("\n"))
        start = region.last
    yield _visible(cell, lines[start:])


def _visible(cell: RecordCell, lines: list[str]) -> _Part:
    return _Part(cell.id, False, "\n".join(lines).strip("\n"))


def _has_code(source: str) -> bool:
    return any(line.strip() and not line.strip().startswith("#") for line in source.split("\n"))


def _function(cell: RecordCell, part: _Part, number: int, last: bool) -> str:
    source = _plain(part.source)
    head = f"@test_case(name={_quoted(part.title)}, hidden={part.hidden})\n"
    head += f"def {'hidden' if part.hidden else 'visible'}_{number}(env):\n"
    title = _quoted(cell.id if part.title == cell.id else f"{cell.id}: {part.title}")
    cut = _score_line(source) if last and cell.points > 0 else None
    if cut is None:
        return f"{head}    source = {_literal(source)}\n    run(source, {title}, env)\n"
    body, score = cut
    return (
        f"{head}    source = {_literal(body)}\n    run(source, {title}, env)\n"
        f'    score = run({_literal(score)}, {title}, env, "eval")\n'
        "    if isinstance(score, (int, float)) and not isinstance(score, bool):\n"
        '        assert score >= points, f"{score:g} of {points:g} points"\n'
    )


def _plain(source: str) -> str:
    try:
        return runnable(source)
    except SyntaxError:
        return source  # fails as it does in the notebook


def ends_with_score(cell: RecordCell) -> bool:
    """Whether its last line may be a partial score, which otter takes for all points or none."""
    parts = _parts(cell)
    return cell.points > 0 and _score_line(_plain(parts[-1].source)) is not None


def _score_line(source: str) -> tuple[str, str] | None:
    """The source without its last expression, and that expression, where it may be a partial score."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr) or isinstance(last.value, ast.Await):
        return None
    if isinstance(last.value, ast.Call):
        name = ast.unparse(last.value.func).rsplit(".", 1)[-1]
        if name in _SILENT or name.startswith(("assert", "test", "check")):
            return None
    if isinstance(last.value, ast.Constant) and not isinstance(last.value.value, int | float):
        return None
    expression = ast.get_source_segment(source, last.value)
    lines = source.split("\n")
    before = "\n".join(lines[: last.lineno - 1])
    # Something else in the expression's first line (`a = 1; a`): leave the cell whole, all points or an exception.
    if expression is None or last.col_offset:
        return None
    return before, f"({expression})" if "\n" in expression else expression


def _literal(text: str) -> str:
    """A Python literal of the text that a person can read: in triple quotes wherever that is possible."""
    if "\n" not in text and len(text) < 80:
        return _quoted(text)
    for quotes in ('"""', "'''"):
        prefix = "r" if "\\" in text else ""
        candidate = f"{prefix}{quotes}\n{text}\n{quotes}"
        try:
            if ast.literal_eval(candidate) == f"\n{text}\n":
                return candidate
        except (SyntaxError, ValueError):
            continue
    lines = "\n".join(f"        {line!r}" for line in text.splitlines(keepends=True))
    return f"(\n{lines}\n    )"


def _quoted(text: str) -> str:
    return '"' + text + '"' if text.isprintable() and not set(text) & set('"\\') else repr(text)


def _number(points: float) -> str:
    return str(int(points)) if points == int(points) else repr(points)
