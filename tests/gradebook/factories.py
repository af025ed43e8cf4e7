"""A small course without an engine: its release record, and notebooks as they look after execution."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.utils import compute_checksum, is_locked

from gabarito.course import Course, load_course
from gabarito.gradebook.result import NotebookResult, SubmissionResult
from gabarito.grading.score import Score
from gabarito.model import HiddenRegion, NotebookRecord, RecordCell, ReleaseRecord, Role
from gabarito.notebook.cells import role_of

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
HIDDEN_TEST = """assert double(2) == 4
### BEGIN HIDDEN TESTS
# hidden: large inputs
assert double(10**6) == 2 * 10**6, "the secret size is a million"
### END HIDDEN TESTS
assert double(0) == 0"""
_FLAGS = {
    Role.GIVEN: {"grade": False, "solution": False, "locked": True, "task": False},
    Role.ANSWER: {"grade": False, "solution": True, "locked": False, "task": False},
    Role.TEST: {"grade": True, "solution": False, "locked": True, "task": False},
    Role.MANUAL: {"grade": True, "solution": True, "locked": False, "task": False},
    Role.TASK: {"grade": False, "solution": False, "locked": True, "task": True},
}


def labelled(role: Role, grade_id: str, source: str, points: float = 0, cell_type: str = "code") -> NotebookNode:
    """A cell with nbgrader metadata and the checksum that nbgrader keeps."""
    meta: dict[str, Any] = {"grade_id": grade_id, "schema_version": 3, "cell_type": cell_type, **_FLAGS[role]}
    if role in {Role.TEST, Role.MANUAL, Role.TASK}:
        meta["points"] = points
    make = new_code_cell if cell_type == "code" else new_markdown_cell
    cell = make(source, metadata={"nbgrader": meta}, id=f"id-{grade_id}")
    cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
    return cell


def cells() -> list[NotebookNode]:
    """The cells of notebook `one` as released, hidden tests in: one of each role."""
    return [
        new_markdown_cell("# Problem set one\n\nShow that $a^2 + b^2 = c^2$.", id="intro"),
        labelled(Role.GIVEN, "setup", "import math"),
        labelled(Role.ANSWER, "double", "def double(x):\n    raise NotImplementedError"),
        labelled(Role.TEST, "test-double", HIDDEN_TEST, 2),
        labelled(Role.ANSWER, "half", "def half(x):\n    raise NotImplementedError"),
        labelled(Role.TEST, "test-half", "assert half(2) == 1", 3),
        labelled(Role.TEST, "test-partial", "points = 0.5\npoints", 1),
        labelled(Role.MANUAL, "essay", "Write your answer here.", 4, "markdown"),
        labelled(Role.MANUAL, "plot", "# your plot", 2),
        labelled(Role.TASK, "task", "Describe what you see.", 5, "markdown"),
    ]


def record(assignment: str = "ps1", notebooks: dict[str, list[NotebookNode]] | None = None) -> ReleaseRecord:
    """The release record of these notebooks; by default `one`, and `two` with a single test."""
    notebooks = notebooks or {"one": cells(), "two": [labelled(Role.TEST, "test-two", "assert True", 2)]}
    return ReleaseRecord(
        assignment=assignment,
        notebooks=tuple(
            NotebookRecord(
                name=name,
                kernelspec=KERNELSPEC,
                cells=tuple(_record_cell(c) for c in found if "nbgrader" in c.metadata),
            )
            for name, found in notebooks.items()
        ),
    )


def _record_cell(cell: NotebookNode) -> RecordCell:
    meta = cell.metadata.nbgrader
    return RecordCell(
        id=meta.grade_id,
        role=role_of(cell),
        cell_type=cell.cell_type,
        source=cell.source,
        checksum=meta.checksum,
        points=float(meta.get("points", 0)),
        locked=is_locked(cell),
        hidden=(HiddenRegion(2, 5, "large inputs"),) if "HIDDEN" in cell.source else (),
    )


def course(root: Path, config: str = "", release: ReleaseRecord | None = None) -> Course:
    """A course in `root` with this nbgrader_config.py, where `release` (by default `record()`) was released."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "nbgrader_config.py").write_text(f"c = get_config()\n{config}\n")
    made = load_course(root)
    release = release or record()
    path = made.record_path(release.assignment)
    path.parent.mkdir(parents=True)
    path.write_bytes(msgspec.json.encode(release))
    (made.source / release.assignment).mkdir(parents=True)
    return made


def executed(
    changes: dict[str, str] | None = None, outputs: dict[str, list[NotebookNode]] | None = None
) -> NotebookNode:
    """Notebook `one` as a student might hand it in, restored and run: new sources and outputs by grade id."""
    found = cells()
    for cell in found:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = (changes or {}).get(grade_id, cell.source)
        if cell.cell_type == "code":
            cell.outputs = (outputs or {}).get(grade_id, [])
    return new_notebook(cells=found, metadata={"kernelspec": KERNELSPEC, "language_info": {"name": "python"}})


def error_output(name: str = "AssertionError", value: str = "", *lines: str) -> NotebookNode:
    """What a failed cell shows."""
    return new_output("error", ename=name, evalue=value, traceback=list(lines) or [f"{name}: {value}"])


def result_output(value: str) -> NotebookNode:
    """What a cell shows whose last expression has a value."""
    return new_output("execute_result", data={"text/plain": value}, execution_count=1)


def save(notebook: NotebookNode, path: Path) -> Path:
    """Write the notebook, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(notebook))
    return path


def result(
    student: str,
    scores: dict[str, float],
    unanswered: Iterable[str] = (),
    timestamp: datetime | None = datetime(2024, 2, 3, 10, 30),
    *,
    notebooks: Iterable[str] = ("one", "two"),
) -> SubmissionResult:
    """A result of `ps1`: these scores, zero for every other test."""
    found = {
        notebook.name: NotebookResult(
            {
                c.id: Score(scores.get(c.id, 0.0), needs_manual=False)
                for c in notebook.cells
                if c.role is Role.TEST and c.cell_type == "code"
            },
            frozenset(unanswered),
        )
        for notebook in record().notebooks
        if notebook.name in set(notebooks)
    }
    return SubmissionResult(student, "ps1", timestamp, found)
