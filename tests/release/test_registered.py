"""Releasing again, with and without submissions in the gradebook."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from gabarito.course import Course
from gabarito.errors import GradebookError
from gabarito.release import release
from tests.release.factories import answer, graded, lesson, notebook, run_here, write_course, write_notebook


def _without(cells: list[NotebookNode], grade_id: str) -> list[NotebookNode]:
    return [c for c in cells if c.metadata.get("nbgrader", {}).get("grade_id") != grade_id]


def _edit(course: Course, cells: list[NotebookNode], name: str = "ps1") -> None:
    write_notebook(course.source / "ps1" / f"{name}.ipynb", notebook(*cells))


def _names(course: Course, notebook_name: str = "ps1") -> dict[str, list[str]]:
    with Gradebook(course.db_url) as gradebook:
        found = gradebook.find_notebook(notebook_name, "ps1")
        return {
            "grade": sorted(c.name for c in found.grade_cells),
            "solution": sorted(c.name for c in found.solution_cells),
            "task": sorted(c.name for c in found.task_cells),
            "source": sorted(c.name for c in found.source_cells),
        }


def _submit(course: Course, students: int = 1) -> None:
    with Gradebook(course.db_url) as gradebook, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's own sessions, under SQLAlchemy 2
        for number in range(students):
            gradebook.add_student(f"s{number}")
            gradebook.add_submission("ps1", f"s{number}")


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = write_course(tmp_path, ps1=notebook(*lesson()))
    release(made, "ps1", run=run_here)
    return made


def test_cells_that_are_gone_are_forgotten(course: Course) -> None:
    assert _names(course)["task"] == ["task"]
    cells = _without(_without(lesson(), "task"), "test-half")
    _edit(course, [*cells, graded("essay-2", "assert double(1) == 2")])
    release(course, "ps1", run=run_here)
    assert _names(course) == {
        "grade": ["essay", "essay-2", "test-double"],
        "solution": ["double", "essay"],
        "task": [],
        "source": ["double", "essay", "essay-2", "setup", "test-double"],
    }


def test_a_cell_that_became_another_kind_is_registered_anew(course: Course) -> None:
    cells = lesson()
    cells[5] = answer("test-half", "### BEGIN SOLUTION\nx = 1\n### END SOLUTION")
    _edit(course, cells)
    release(course, "ps1", run=run_here)
    assert _names(course)["grade"] == ["essay", "test-double"]
    assert _names(course)["solution"] == ["double", "essay", "test-half"]


def test_a_notebook_that_is_gone_is_forgotten(course: Course) -> None:
    _edit(course, lesson(), "more")
    release(course, "ps1", run=run_here)
    (course.source / "ps1" / "ps1.ipynb").unlink()
    release(course, "ps1", run=run_here)
    with Gradebook(course.db_url) as gradebook:
        assert [n.name for n in gradebook.find_assignment("ps1").notebooks] == ["more"]
    assert [p.name for p in (course.release / "ps1").iterdir()] == ["more.ipynb"]


def test_with_submissions_sources_and_points_may_change(course: Course) -> None:
    _submit(course, 2)
    cells = lesson()
    cells[3].source += "\nassert double(5) == 10"
    cells[3].metadata["nbgrader"]["points"] = 7
    _edit(course, cells)
    done = release(course, "ps1", run=run_here)
    assert done.submissions == 2
    with Gradebook(course.db_url) as gradebook:
        assert gradebook.find_grade_cell("test-double", "ps1", "ps1").max_score == 7
        assert "double(5)" in gradebook.find_source_cell("test-double", "ps1", "ps1").source
        assert len(gradebook.assignment_submissions("ps1")) == 2
    assert "double(5)" in (course.grader_tests / "ps1" / "tests" / "test-double.py").read_text()


def test_with_submissions_cells_may_not_come_or_go(course: Course) -> None:
    _submit(course)
    cells = _without(lesson(), "test-half")
    cells[2] = graded("double", "1", 1)
    _edit(course, [answer("other", "### BEGIN SOLUTION\ndef double(x):\n    return 2 * x\n### END SOLUTION"), *cells])
    before = {p: p.read_bytes() for f in (course.release, course.grader_tests) for p in f.rglob("*") if p.is_file()}
    with pytest.raises(GradebookError) as caught:
        release(course, "ps1", run=run_here)
    assert (
        "the gradebook holds 1 submission of 'ps1', and its cells have changed since "
        "(added: 'other'; removed: 'test-half'; now of another kind: 'double')"
    ) in str(caught.value)
    assert {p: p.read_bytes() for p in before} == before
    assert "other" not in _names(course)["solution"]


def test_with_submissions_notebooks_may_not_come_or_go(course: Course) -> None:
    _submit(course, 2)
    _edit(course, lesson(), "more")
    (course.source / "ps1" / "ps1.ipynb").unlink()
    with pytest.raises(GradebookError, match=r"2 submissions of 'ps1'.*added: 'more'; removed: .*'ps1'"):
        release(course, "ps1", run=run_here)
