"""Small released notebooks with their records, made by nbgrader's own preprocessors."""

from __future__ import annotations

import copy
from zlib import crc32

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.preprocessors import (
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)
from nbgrader.utils import is_locked

from gabarito.model import NotebookRecord, RecordCell, Role
from gabarito.notebook.cells import grade_id, role_of
from gabarito.notebook.markers import hidden_regions

_FLAGS = {
    Role.GIVEN: {"locked": True},
    Role.ANSWER: {"solution": True},
    Role.TEST: {"grade": True, "locked": True},
    Role.MANUAL: {"grade": True, "solution": True},
    Role.TASK: {"task": True, "locked": True},
}


def cell(role: Role, source: str, grade_id: str = "", *, points: float = 0.0, markdown: bool = False) -> NotebookNode:
    """One cell of an instructor's notebook."""
    made = new_markdown_cell(source) if markdown else new_code_cell(source)
    made.id = f"nb-{grade_id}"[:64] if grade_id else f"plain-{crc32(source.encode())}"
    if role is not Role.PLAIN:
        settings = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
        made.metadata["nbgrader"] = NotebookNode({**settings, **_FLAGS[role], "grade_id": grade_id})
        if role in (Role.TEST, Role.MANUAL, Role.TASK):
            made.metadata.nbgrader["points"] = points
    return made


def source_notebook(*cells: NotebookNode) -> NotebookNode:
    """An instructor's notebook of these cells."""
    return new_notebook(
        cells=list(cells),
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
    )


def release(source: NotebookNode, name: str = "small") -> tuple[NotebookNode, NotebookRecord]:
    """The student version of an instructor's notebook and its record."""
    resources = {"language": "python", "nbgrader": {"notebook": name, "assignment": name}}
    notebook = copy.deepcopy(source)
    for step in (LockCells, ClearSolutions, ClearOutput, ComputeChecksums):
        notebook, resources = step().preprocess(notebook, resources)
    record = NotebookRecord(
        name=name,
        kernelspec=dict(notebook.metadata.kernelspec),
        cells=tuple(
            RecordCell(
                id=str(grade_id(c)),
                role=role_of(c),
                cell_type=c.cell_type,
                source=c.source,
                checksum=c.metadata.nbgrader.get("checksum", ""),
                points=c.metadata.nbgrader.get("points", 0.0),
                locked=bool(is_locked(c)),
                hidden=hidden_regions(c.source) if role_of(c) is Role.TEST else (),
            )
            for c in notebook.cells
            if role_of(c) is not Role.PLAIN
        ),
    )
    for step in (ClearHiddenTests, ClearMarkScheme, ComputeChecksums):
        notebook, resources = step().preprocess(notebook, resources)
    return notebook, record


def small_source() -> NotebookNode:
    """Three exercises, one of them graded by a person, with a title and a task."""
    return source_notebook(
        cell(Role.PLAIN, "# Small", markdown=True),
        cell(Role.GIVEN, "import math\nstart = 2.0", "setup"),
        cell(Role.GIVEN, "Write `double`.", "double-text", markdown=True),
        cell(
            Role.ANSWER,
            "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
            "double",
        ),
        cell(
            Role.TEST,
            "assert double(start) == 4\n### BEGIN HIDDEN TESTS: minus\nassert double(-1) == -2\n### END HIDDEN TESTS",
            "double-test",
            points=2,
        ),
        cell(Role.ANSWER, "x = [1, 2, 3]\n### BEGIN SOLUTION\ny = sum(x)\n### END SOLUTION", "total"),
        cell(Role.TEST, "assert y == sum(x)", "total-test", points=1),
        cell(Role.TEST, "assert x == [1, 2, 3]", "total-kept", points=1),
        cell(
            Role.MANUAL,
            "### BEGIN SOLUTION\nBecause.\n### END SOLUTION",
            "why",
            points=3,
            markdown=True,
        ),
        cell(
            Role.ANSWER,
            "def triple(x):\n    ### BEGIN SOLUTION\n    return 3 * x\n    ### END SOLUTION",
            "triple",
        ),
        cell(Role.TEST, "assert triple(2) == 6", "triple-test", points=2),
        cell(Role.TASK, "Plot it.\n### BEGIN MARK SCHEME\naxes\n### END MARK SCHEME", "plot", points=1, markdown=True),
        cell(Role.PLAIN, "The end", markdown=True),
    )


ANSWERS = {
    "double": "def double(x):\n    return 2 * x",
    "total": "x = [1, 2, 3]\ny = sum(x)",
    "why": "It is so.",
    "triple": "def triple(x):\n    return 3 * x",
}


def solve(notebook: NotebookNode, answers: dict[str, str] = ANSWERS) -> NotebookNode:
    """A copy with these answers written into its cells."""
    solved = copy.deepcopy(notebook)
    for c in solved.cells:
        if (found := grade_id(c)) in answers:
            c.source = answers[str(found)]
    return solved


def passing(notebook: NotebookNode) -> set[str]:
    """Grade ids of the test cells that pass when the code cells run in order and a failing one stops none."""
    namespace: dict[str, object] = {}
    passed = set()
    for c in notebook.cells:
        if c.cell_type != "code":
            continue
        try:
            exec(c.source, namespace)
        except Exception:
            continue
        if role_of(c) is Role.TEST:
            passed.add(str(grade_id(c)))
    return passed
