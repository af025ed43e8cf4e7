"""Every table equals what nbgrader's own commands write for the same notebooks."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    DeduplicateIds,
    OverwriteCells,
    SaveAutoGrades,
    SaveCells,
)
from nbgrader.utils import compute_checksum
from traitlets.config import Config

from gabarito.course import Course
from gabarito.gradebook.result import NotebookResult, SubmissionResult
from gabarito.gradebook.writer import open_gradebook
from gabarito.grading.score import score_cell
from gabarito.model import CellReport, Outcome, Role
from tests.gradebook import factories
from tests.gradebook.factories import error_output, executed, result_output

# nbgrader's own, when it makes a submission's rows
pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted.*not in session:sqlalchemy.exc.SAWarning")

IDS = {"id", "assignment_id", "notebook_id", "cell_id", "student_id", "course_id"}
ANSWERED = {"double": "def double(x):\n    return 2 * x", "essay": "Because.", "plot": "plt.plot([1])"}


def tables(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, with every random id replaced by the names of what it stands for."""
    connection = sqlite3.connect(path)
    names = [n for (n,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")]
    raw = {}
    for name in names:
        cursor = connection.execute(f"SELECT * FROM {name} ORDER BY rowid")
        columns = [d[0] for d in cursor.description]
        raw[name] = [dict(zip(columns, row, strict=True)) for row in cursor]
    connection.close()
    meaning: dict[str, str] = {}
    for name, keys in (
        ("assignment", ("name",)),
        ("notebook", ("assignment_id", "name")),
        ("base_cell", ("notebook_id", "type", "name")),
        ("source_cell", ("notebook_id", "name")),
        ("submitted_assignment", ("assignment_id", "student_id")),
        ("submitted_notebook", ("assignment_id", "notebook_id")),
        ("grade", ("notebook_id", "cell_id")),
        ("comment", ("notebook_id", "cell_id")),
    ):
        for row in raw[name]:
            meaning[row["id"]] = name + ":" + "/".join(meaning.get(str(row[k]), str(row[k])) for k in keys)
    plain = {
        name: [tuple((k, meaning.get(v, v) if k in IDS else v) for k, v in sorted(row.items())) for row in rows]
        for name, rows in raw.items()
    }
    ordered = {"base_cell", "source_cell", "assignment", "notebook", "student"}
    return {name: rows if name in ordered else sorted(rows, key=str) for name, rows in plain.items()}


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gradebook that nbgrader made, with the assignment registered as `nbgrader generate_assignment` does."""
    course = factories.course(tmp_path_factory.mktemp("released"))
    path = os.environ["PATH"]
    # nbgrader starts the program `alembic` when it makes a database
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), path])
    try:
        with Gradebook(course.db_url, "") as gradebook:
            gradebook.update_or_create_assignment("ps1")
    finally:
        os.environ["PATH"] = path
    two = factories.labelled(Role.TEST, "test-two", "assert True", 2)
    for name, cells in {"one": factories.cells(), "two": [two]}.items():
        notebook = executed()
        notebook.cells = cells
        resources = {"nbgrader": {"notebook": name, "assignment": "ps1", "db_url": course.db_url}}
        SaveCells().preprocess(notebook, resources)
    return course.root / "gradebook.db"


def nbgrader_autograde(course: Course) -> None:
    """nbgrader's own converter, but for the kernel: outputs are those that were handed in."""
    config = Config(course.config)
    config.Autograde.sanitize_preprocessors = [DeduplicateIds, OverwriteCells, CheckCellMetadata]
    config.Autograde.autograde_preprocessors = [SaveAutoGrades, AssignLatePenalties, CheckCellMetadata]
    config.CourseDirectory.assignment_id = "ps1"
    converter = Autograde(coursedir=CourseDirectory(config=config), config=config, force=True)
    converter.start()


def result_of(notebook: NotebookNode, student: str, timestamp: datetime | None) -> SubmissionResult:
    """What gabarito's grading hands over for the executed notebook `one`."""
    scores, unanswered = {}, set()
    for index, cell in enumerate(notebook.cells):
        meta = cell.metadata.get("nbgrader")
        if not meta:
            continue
        if meta.solution and compute_checksum(cell) == meta.checksum:
            unanswered.add(meta.grade_id)
        if meta.grade and not meta.solution and cell.cell_type == "code":
            failed = any(o.output_type == "error" for o in cell.outputs)
            values = [o.data["text/plain"] for o in cell.outputs if o.output_type == "execute_result"]
            report = CellReport(
                index=index,
                id=meta.grade_id,
                outcome=Outcome.FAILED if failed else Outcome.PASSED,
                value=values[0] if values else None,
            )
            scores[meta.grade_id] = score_cell(report, meta.points)
    return SubmissionResult(student, "ps1", timestamp, {"one": NotebookResult(scores, frozenset(unanswered))})


def hand_in(course: Course, student: str, notebook: NotebookNode, timestamp: str | None) -> None:
    path = factories.save(notebook, course.submitted / student / "ps1" / "one.ipynb")
    if timestamp:
        (path.parent / "timestamp.txt").write_text(timestamp)


SUBMISSIONS: dict[str, NotebookNode] = {
    "all-right": executed(ANSWERED | {"half": "def half(x):\n    return x / 2"}),
    "one-wrong": executed(ANSWERED, {"test-half": [error_output("NotImplementedError")]}),
    "partial": executed(ANSWERED, {"test-partial": [result_output("0.5")]}),
    "prints": executed(
        ANSWERED, {"test-half": [new_output("stream", name="stdout", text="ok"), result_output("'ok'")]}
    ),
    "untouched": executed(
        {}, {"test-double": [error_output("NotImplementedError")], "test-half": [error_output("NotImplementedError")]}
    ),
}


def _same(released: Path, tmp_path: Path, config: str, steps: Callable[[Course, Course], None]) -> None:
    theirs = factories.course(tmp_path / "theirs", config)
    ours = factories.course(tmp_path / "ours", config)
    shutil.copy(released, theirs.root)
    steps(theirs, ours)
    expected, got = tables(theirs.root / "gradebook.db"), tables(ours.root / "gradebook.db")
    assert set(got) == {*expected, "gabarito_mode", "gabarito_origin"}
    for name in expected:
        assert got[name] == expected[name], name


def test_rows_equal_those_of_nbgrader(released: Path, tmp_path: Path) -> None:
    def steps(theirs: Course, ours: Course) -> None:
        for student, notebook in SUBMISSIONS.items():
            hand_in(theirs, student, notebook, "2024-02-03 10:30:00 UTC")
        nbgrader_autograde(theirs)
        with open_gradebook(ours) as gradebook:
            for student, notebook in sorted(SUBMISSIONS.items()):
                gradebook.record(result_of(notebook, student, datetime(2024, 2, 3, 10, 30)))

    _same(released, tmp_path, "", steps)


def test_a_second_grading_keeps_what_a_person_gave(released: Path, tmp_path: Path) -> None:
    def person(course: Course) -> None:
        with Gradebook(course.db_url) as gradebook:
            for cell, manual, extra in (("essay", 3.0, None), ("test-half", 1.0, 0.5), ("plot", None, 1.0)):
                grade = gradebook.find_grade(cell, "one", "ps1", "ana")
                grade.manual_score, grade.extra_credit, grade.needs_manual_grade = manual, extra, False
            gradebook.find_comment("essay", "one", "ps1", "ana").manual_comment = "Well said."
            gradebook.db.commit()

    def steps(theirs: Course, ours: Course) -> None:
        first, second = SUBMISSIONS["one-wrong"], SUBMISSIONS["all-right"]
        with open_gradebook(ours) as gradebook:
            hand_in(theirs, "ana", first, "2024-02-03 10:30:00 UTC")
            nbgrader_autograde(theirs)
            gradebook.record(result_of(first, "ana", datetime(2024, 2, 3, 10, 30)))
            person(theirs)
            person(ours)
            (theirs.submitted / "ana" / "ps1" / "timestamp.txt").unlink()
            hand_in(theirs, "ana", second, None)
            nbgrader_autograde(theirs)
            gradebook.record(result_of(second, "ana", None))

    _same(released, tmp_path, "", steps)


def test_late_submissions_lose_what_the_plugin_says(released: Path, tmp_path: Path) -> None:
    def steps(theirs: Course, ours: Course) -> None:
        notebook = SUBMISSIONS["partial"]
        with open_gradebook(ours) as writer:
            writer.register(factories.record())
            for course in (theirs, ours):
                with Gradebook(course.db_url) as gradebook:
                    gradebook.update_or_create_assignment("ps1", duedate="2024-02-03 10:00:00 UTC")
                    for student, hours in (("excused", 48), ("late-all-the-same", 1)):
                        gradebook.add_student(student)
                        gradebook.add_submission("ps1", student)
                        gradebook.grant_extension("ps1", student, hours=hours)
            for student in ("excused", "late", "late-all-the-same"):
                hand_in(theirs, student, notebook, "2024-02-03 19:30:00 UTC")
            hand_in(theirs, "on-time", notebook, "2024-02-03 09:59:00 UTC")
            nbgrader_autograde(theirs)
            for student in ("excused", "late", "late-all-the-same"):
                writer.record(result_of(notebook, student, datetime(2024, 2, 3, 19, 30)))
            writer.record(result_of(notebook, "on-time", datetime(2024, 2, 3, 9, 59)))

    _same(released, tmp_path, "c.LateSubmissionPlugin.penalty_method = 'zero'", steps)


def test_registered_rows_equal_those_of_savecells(released: Path, tmp_path: Path) -> None:
    def steps(theirs: Course, ours: Course) -> None:
        with open_gradebook(ours) as gradebook:
            gradebook.register(factories.record())

    _same(released, tmp_path, "", steps)


def test_penalties_of_the_courses_own_plugin_are_those_of_nbgrader(
    released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between nothing and the score, whatever the plug-in says; and nothing where it says so."""
    rule = """
from nbgrader.plugins import BasePlugin
class ByName(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        assert total_seconds_late == 1800 and score > 0
        return {"half": score / 3, "none": None, "negative": -1, "more": score + 1, "whole": 1}[student_id]
"""
    students = ("half", "more", "negative", "none", "whole")

    def steps(theirs: Course, ours: Course) -> None:
        with open_gradebook(ours) as writer:
            writer.register(factories.record())
            for course in (theirs, ours):
                (course.root / "late_by_name.py").write_text(rule)
                with Gradebook(course.db_url) as gradebook:
                    gradebook.update_or_create_assignment("ps1", duedate="2024-02-03 10:00:00 UTC")
            for student in students:
                hand_in(theirs, student, SUBMISSIONS["partial"], "2024-02-03 10:30:00 UTC")
            with monkeypatch.context() as patch:
                patch.syspath_prepend(str(theirs.root))  # as nbgrader's programs do with the folder they run in
                nbgrader_autograde(theirs)
            monkeypatch.delitem(sys.modules, "late_by_name")
            for student in students:
                writer.record(result_of(SUBMISSIONS["partial"], student, datetime(2024, 2, 3, 10, 30)))

    _same(released, tmp_path, "c.AssignLatePenalties.plugin_class = 'late_by_name.ByName'", steps)
    assert str(tmp_path / "ours") not in sys.path
