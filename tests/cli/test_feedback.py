from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import gabarito.cli.feedback  # noqa: F401
from gabarito.cli.app import app
from gabarito.course import Course
from gabarito.errors import GradebookError
from gabarito.gradebook.writer import open_gradebook
from gabarito.grading.autograded import autograded_notebook, write_autograded
from gabarito.model import Report
from tests.gradebook import factories


@pytest.fixture
def course(tmp_path: Path) -> Course:
    course = factories.course(tmp_path)
    made = autograded_notebook(factories.executed(), Report(key="k", cells=()), factories.record().notebooks[0])
    with open_gradebook(course) as gradebook:
        for student in ("ana", "bo"):
            gradebook.record(factories.result(student, {}))
            write_autograded(course.autograded / student / "ps1", {"one": made})
    return course


def _run(course: Course, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["--course", str(course.root), "feedback", *arguments], catch_exceptions=False)


def test_all_students_get_a_page(course: Course) -> None:
    result = _run(course, "ps1")
    assert result.stdout == "2 pages for 2 students in feedback/\n"
    assert result.exit_code == 0
    assert all((course.feedback / s / "ps1" / "one.html").is_file() for s in ("ana", "bo"))


def test_one_student_only(course: Course) -> None:
    assert _run(course, "ps1", "--student", "bo").stdout == "1 page for 1 student in feedback/\n"
    assert not (course.feedback / "ana").exists()
    with pytest.raises(GradebookError, match="gabarito grade ps1 --student zoe"):
        _run(course, "ps1", "--student", "zoe")


def test_a_page_that_cannot_be_written_is_a_problem_of_one(course: Course) -> None:
    path = course.autograded / "ana" / "ps1" / "one.ipynb"
    path.unlink()
    path.write_text("no notebook")
    result = _run(course, "ps1", "--json")
    assert result.exit_code == 1
    ana, bo = json.loads(result.stdout)
    assert (ana["student"], ana["pages"]) == ("ana", [])
    assert "is not a readable notebook" in ana["problem"]
    assert (bo["pages"], bo["problem"]) == ([str(course.feedback / "bo" / "ps1" / "one.html")], None)
    assert "not written: ana:" in result.stderr


def test_nothing_graded_says_what_to_do(tmp_path: Path) -> None:
    course = factories.course(tmp_path)
    with open_gradebook(course) as gradebook:
        gradebook.register(factories.record())
    assert "run 'gabarito grade ps1' first" in _run(course, "ps1").stdout


def test_help_has_an_example() -> None:
    assert "gabarito feedback differentiable --student ana" in CliRunner().invoke(app, ["feedback", "--help"]).stdout
