"""Instructors' notebooks and courses to release, and a runner without processes."""

from __future__ import annotations

import ast
import contextlib
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import nbformat
from msgspec.structs import replace
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from gabarito.course import Course, load_course
from gabarito.model import CellReport, Job, JobCell, Outcome, Report, Role

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
_FLAGS = {
    Role.GIVEN: (False, False, True, False),
    Role.ANSWER: (False, True, False, False),
    Role.TEST: (True, False, True, False),
    Role.MANUAL: (True, True, False, False),
    Role.TASK: (False, False, True, True),
}


def labelled(
    role: Role, grade_id: Any, source: str, points: Any = None, cell_type: str = "code", **meta: Any
) -> NotebookNode:
    """A cell with nbgrader's metadata, as an instructor's notebook has it."""
    grade, solution, locked, task = _FLAGS[role]
    meta = {"schema_version": 3, "grade": grade, "solution": solution, "locked": locked, "task": task, **meta}
    if grade_id is not None:
        meta["grade_id"] = grade_id
    if points is not None:
        meta["points"] = points
    make = new_code_cell if cell_type == "code" else new_markdown_cell
    cell = make(source, metadata={"nbgrader": meta}, id=f"id-{abs(hash((grade_id, source))) % 10**8}")
    cell.cell_type = cell_type
    return cell


def given(grade_id: str, source: str) -> NotebookNode:
    """A read-only code cell."""
    return labelled(Role.GIVEN, grade_id, source)


def answer(grade_id: str, source: str) -> NotebookNode:
    """An autograded answer."""
    return labelled(Role.ANSWER, grade_id, source)


def graded(grade_id: str, source: str, points: Any = 1) -> NotebookNode:
    """A test cell."""
    return labelled(Role.TEST, grade_id, source, points)


def plain(source: str) -> NotebookNode:
    """An ordinary code cell."""
    return new_code_cell(source, id=f"id-{abs(hash(source)) % 10**8}")


def notebook(*cells: NotebookNode) -> NotebookNode:
    """A Python notebook of these cells; their Jupyter ids are made from their positions."""
    for position, cell in enumerate(cells):
        cell["id"] = f"cell-{position}"
    return new_notebook(cells=list(cells), metadata={"kernelspec": dict(KERNELSPEC)})


DOUBLE = """def double(x):
    ### BEGIN SOLUTION
    return x + x  # the secret way
    ### END SOLUTION"""
TEST_DOUBLE = """assert double(2) == 4
### BEGIN HIDDEN TESTS: large numbers
secret_size = 10**6
assert double(secret_size) == 2 * secret_size
### END HIDDEN TESTS
### BEGIN HIDDEN TESTS
assert double(-1) == -2
### END HIDDEN TESTS"""


def lesson() -> list[NotebookNode]:
    """Cells of a whole notebook: one of each role, nothing wrong with it."""
    return [
        new_markdown_cell("# Doubling"),
        given("setup", "import math\nfrom collections import Counter"),
        answer("double", DOUBLE),
        graded("test-double", TEST_DOUBLE, 2),
        plain("import json.decoder"),
        graded("test-half", "assert double(0.5) == 1", 1.5),
        labelled(Role.MANUAL, "essay", "### BEGIN SOLUTION\nBecause.\n### END SOLUTION", 4, "markdown"),
        labelled(
            Role.TASK,
            "task",
            "Explain.\n\n### BEGIN MARK SCHEME\nOne point per reason.\n### END MARK SCHEME",
            3,
            "markdown",
        ),
    ]


def write_course(root: Path, config: str = "", **assignments: NotebookNode) -> Course:
    """A course whose assignments each have one notebook of the same name."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "nbgrader_config.py").write_text(f"c = get_config()\n{config}\n")
    for name, node in assignments.items():
        write_notebook(root / "source" / name / f"{name}.ipynb", node)
    return load_course(root)


def write_notebook(path: Path, node: NotebookNode) -> Path:
    """Write it as Jupyter does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(node, path)
    return path


def run_perfectly(jobs: Iterable[Job], **settings: Any) -> Iterator[tuple[Job, Report]]:
    """A run in which the solution passes and no answer fails, for notebooks that are too heavy to run here."""
    for job in jobs:
        outcome = Outcome.PASSED if job.key.endswith("/solved") else Outcome.FAILED
        cells = tuple(CellReport(index=c.index, id=c.id, outcome=outcome) for c in job.cells)
        yield job, Report(key=job.key, cells=cells)


def run_here(
    jobs: Iterable[Job | None], *, workers: int = 1, preload: Sequence[str] = (), **settings: Any
) -> Iterator[tuple[Job, Report]]:
    """Run jobs in this process: enough of an engine for notebooks that behave."""
    for job in filter(None, jobs):  # None asks to wait until one ends, and here all have
        namespace: dict[str, Any] = {}
        yield job, Report(key=job.key, cells=tuple(_heard(cell, namespace) for cell in job.cells))


def _heard(cell: JobCell, namespace: dict[str, Any]) -> CellReport:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        report = _run(cell, namespace)
    return replace(report, outputs=({"output_type": "stream", "name": "stdout", "text": said.getvalue()},))


def _run(cell: JobCell, namespace: dict[str, Any]) -> CellReport:
    value = None
    try:
        tree = ast.parse(cell.source)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, cell.id, "exec"), namespace)
        if isinstance(last, ast.Expr):
            found = eval(compile(ast.Expression(last.value), cell.id, "eval"), namespace)
            value = None if found is None else repr(found)
    except Exception as e:
        trace, line = e.__traceback__, 0
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == cell.id:
                line = line or trace.tb_lineno
            trace = trace.tb_next
        hidden = next((n for n, h in enumerate(cell.hidden) if h.first <= line <= h.last), None)
        outcome = Outcome.FAILED if isinstance(e, AssertionError) else Outcome.ERROR
        message = f"{type(e).__name__}: {e}"
        return CellReport(index=cell.index, id=cell.id, outcome=outcome, message=message, in_hidden=hidden)
    return CellReport(index=cell.index, id=cell.id, outcome=Outcome.PASSED, value=value)
