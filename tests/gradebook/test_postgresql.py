"""The whole way with PostgreSQL as the gradebook."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from gabarito.course import Course
from gabarito.errors import GradebookError
from gabarito.gradebook.database import open_database
from gabarito.gradebook.feedback import write_feedback
from gabarito.gradebook.history import Why, read_bases, read_history
from gabarito.gradebook.table import read_table
from gabarito.grading.bulk import grade
from gabarito.grading.result import Status
from gabarito.release import release
from tests.postgresql import database, server  # noqa: F401 # fixtures
from tests.release.factories import lesson, notebook, write_course

# nbgrader's own, when it makes a submission's rows
pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted.*not in session:sqlalchemy.exc.SAWarning")


def _hand_in(course: Course, student: str, double: str) -> None:
    folder = course.submitted / student / "ps1"
    folder.mkdir(parents=True, exist_ok=True)
    found = nbformat.read(course.release / "ps1" / "ps1.ipynb", as_version=4)
    for cell in found.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "double":
            cell.source = double
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "essay":
            cell.source = "Because."
    nbformat.write(found, folder / "ps1.ipynb")


RIGHT = "def double(x):\n    return 2 * x"


def test_the_whole_way(tmp_path: Path, database: str) -> None:  # noqa: F811
    course = write_course(tmp_path, f"c.CourseDirectory.db_url = {database!r}", ps1=notebook(*lesson()))
    assert release(course, "ps1").submissions == 0
    _hand_in(course, "ana", RIGHT)
    _hand_in(course, "bo", "def double(x):\n    return 4")
    assert grade(course, "ps1").by_status() == {Status.GRADED: 2}
    assert grade(course, "ps1").by_status() == {Status.KNOWN: 2}

    with Gradebook(database) as gradebook:  # as formgrader does
        found = gradebook.find_grade("essay", "ps1", "ps1", "ana")
        assert (found.auto_score, found.needs_manual_grade) == (None, True)
        found.manual_score, found.needs_manual_grade = 3.5, False
        gradebook.db.commit()
    _hand_in(course, "bo", RIGHT)
    assert grade(course, "ps1", force=True).by_status() == {Status.GRADED: 2}
    (change,) = [c for c in read_history(course, "ps1", ["bo"]) if not c.is_first and c.cell == "test-double"]
    assert (change.score_before, change.score_after, change.why) == (0, 2, (Why.SUBMISSION,))
    assert len(read_bases(course)) == 2
    assert release(course, "ps1").submissions == 2

    table = read_table(course, "ps1")
    scores = {s.student: {cell: found.score for (_, cell), found in s.scores.items()} for s in table.submissions}
    assert scores["ana"] == {"test-double": 2, "test-half": 1.5, "essay": 3.5, "task": 0}
    assert scores["bo"]["test-double"] == 2
    assert not (tmp_path / "gradebook.db").exists()
    assert [each.student for each in write_feedback(course, "ps1")] == ["ana", "bo"]
    assert (course.feedback / "ana" / "ps1" / "ps1.html").is_file()


def test_a_server_out_of_reach_is_named_without_its_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="PostgreSQL: the package psycopg is not installed")
    url = f"postgresql+psycopg://ana:secret@:5432/gradebook?host={tmp_path}"
    with pytest.raises(GradebookError, match="check that the server runs") as raised:
        open_database(url)
    assert "secret" not in str(raised.value)
