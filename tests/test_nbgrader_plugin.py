"""nbgrader's own commands with the one line in nbgrader_config.py."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader import converters
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.apps import api as nbgrader_api
from nbgrader.coursedir import CourseDirectory

from gabarito.course import Course, load_course
from gabarito.gradebook.table import read_table
from gabarito.grading.autograded import read_made_from
from gabarito.grading.bulk import grade
from gabarito.model import Mode
from gabarito.nbgrader_plugin import configure
from tests.cli.commands import caller
from tests.release.factories import graded, lesson, notebook, write_course, write_notebook

LINE = """
from gabarito.nbgrader_plugin import configure
configure(c)
"""
RIGHT = "def double(x):\n    return 2 * x"
WRONG = "def double(x):\n    return 4"

# nbgrader's own: rows of submissions, and a kernel that it never closes
pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted.*not in session:sqlalchemy.exc.SAWarning")


@pytest.fixture(autouse=True)
def _nbgraders_own_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from nbgrader.apps import autogradeapp, generateassignmentapp

    for module, name in (
        (nbgrader_api, "Autograde"),
        (nbgrader_api, "GenerateAssignment"),
        (autogradeapp, "Autograde"),
        (generateassignmentapp, "GenerateAssignment"),
    ):
        monkeypatch.setattr(module, name, getattr(converters, name))
    # nbgrader calls alembic by its name
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return write_course(tmp_path, LINE, ps1=notebook(*lesson()))


def api_of(course: Course, **directory: Any) -> NbGraderAPI:
    found = load_course(course.root)
    config = found.config
    config.CourseDirectory.update(directory)
    return NbGraderAPI(CourseDirectory(config=config), config=config)


def hand_in(course: Course, student: str, double: str, name: str = "ps1", time: str | None = None) -> Path:
    folder = course.submitted / student / "ps1"
    found = nbformat.read(course.release / "ps1" / f"{name}.ipynb", as_version=4)
    for cell in found.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "double":
            cell.source = double
    if time is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "timestamp.txt").write_text(time)
    return write_notebook(folder / f"{name}.ipynb", found)


def score(course: Course, student: str, cell: str, name: str = "ps1") -> float | None:
    with Gradebook(course.db_url) as gradebook:
        found: float | None = gradebook.find_grade(cell, name, "ps1", student).auto_score
        return found


def nbgrader(course: Course, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=course.root,
        env={**os.environ, "JUPYTER_CONFIG_DIR": str(course.root / "none")},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


def test_the_api_releases_with_our_checks_and_grades_with_our_engine(course: Course) -> None:
    api = api_of(course)
    made = api.generate_assignment("ps1")
    assert made["success"], made
    assert "ps1 is released: 10.5 points" in made["log"]
    assert course.record_path("ps1").is_file()
    assert course.contract_path("ps1").is_file()

    hand_in(course, "ana", RIGHT)
    result = api.autograde("ps1", "ana")
    assert result["success"], result
    assert "ana: graded, 3.5 of 3.5 points from tests" in result["log"]
    assert score(course, "ana", "test-double") == 2
    assert read_made_from(course.autograded / "ana" / "ps1" / "ps1.ipynb").key
    assert grade(load_course(course.root), "ps1").submissions[0].status == "known"


def test_on_the_command_line_one_broken_hand_in_costs_nobody_else_a_point(course: Course) -> None:
    assert nbgrader(course, "generate_assignment", "ps1").returncode == 0
    for student in ("ana", "bo", "cy"):
        hand_in(course, student, RIGHT)
    (course.submitted / "bo" / "ps1" / "ps1.ipynb").write_text("{")
    (course.submitted / "cy" / "ps1" / "timestamp.txt").write_text("yesterday")
    done = nbgrader(course, "autograde", "ps1")
    assert done.returncode == 1
    assert "bo: unreadable, nothing is recorded: " in done.stderr
    assert "holds no time ('yesterday')" in done.stderr
    assert score(course, "ana", "test-double") == 2
    assert not (course.autograded / "bo").exists()
    assert not (course.autograded / "cy").exists()


def test_a_plug_in_for_late_penalties_that_lies_beside_the_configuration(tmp_path: Path) -> None:
    """nbgrader's documentation tells to put it there. Its error costs one submission, and no other."""
    rule = """
from nbgrader.plugins import BasePlugin
class PerHour(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return {"half": total_seconds_late / 7200, "more": 1000, "negative": -1, "none": None}[student_id]
"""
    config = LINE + "c.AssignLatePenalties.plugin_class = 'late_per_hour.PerHour'\n"
    course = write_course(tmp_path / "ours", config, ps1=notebook(*lesson()))
    (course.root / "late_per_hour.py").write_text(rule)
    assert api_of(course).generate_assignment("ps1")["success"]
    with Gradebook(course.db_url) as gradebook:
        gradebook.update_or_create_assignment("ps1", duedate="2026-01-10 10:00:00 UTC")
    for student in ("half", "more", "negative", "none", "unknown"):
        hand_in(course, student, RIGHT, time="2026-01-10 11:00:00 UTC")
    theirs = load_course(shutil.copytree(course.root, tmp_path / "theirs"))
    expected = {"half": 0.5, "more": 3.5, "negative": 0, "none": 0}

    run = grade(course, "ps1")
    assert {s.student: s.penalty for s in read_table(course, "ps1").submissions} == expected
    assert [s.student for s in run.submissions if not s.is_recorded] == ["unknown"]
    why = "the late penalty of unknown can't be computed (KeyError: 'unknown'); mend the plug-in late_per_hour.PerHour"
    assert why in run.submissions[-1].message

    done = nbgrader(theirs, "autograde", "ps1")
    assert done.returncode == 1
    assert why in done.stderr
    assert {s.student: s.penalty for s in read_table(theirs, "ps1").submissions} == expected


def test_a_solution_that_misses_points_is_said_and_a_leak_refused(tmp_path: Path) -> None:
    course = write_course(tmp_path, LINE, ps1=notebook(*lesson(), graded("impossible", "assert double(1) == 3")))
    made = api_of(course).generate_assignment("ps1")
    assert made["success"], made
    assert "your own solution gets 0 of 1 point" in made["log"]
    leak = notebook(*lesson(), graded("open", "### BEGIN HIDDEN TESTS\nassert double(3) == 6"))
    write_notebook(course.source / "ps2" / "ps2.ipynb", leak)
    refused = api_of(course).generate_assignment("ps2")
    assert not refused["success"]
    assert "'ps2' is not released" in refused["log"]
    assert not (course.release / "ps2").exists()


def test_without_the_line_nbgrader_is_its_own_self(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(load_course(write_course(tmp_path / "other", LINE).root).config)
    plain = write_course(tmp_path / "plain", ps1=notebook(*lesson()))
    started: list[str] = []
    for kind in (converters.Autograde, converters.GenerateAssignment):
        monkeypatch.setattr(kind, "start", lambda self: started.append(type(self).__mro__[1].__name__))
    assert api_of(plain).autograde("ps1", "ana")["success"]
    assert api_of(plain).generate_assignment("ps1")["success"]
    assert started == ["Autograde", "GenerateAssignment"]


def test_what_asks_for_nbgrader_alone_gets_it(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    for kind in (converters.Autograde, converters.GenerateAssignment):
        monkeypatch.setattr(kind, "start", lambda self: started.append(type(self).__mro__[1].__name__))
    api = api_of(course)
    api.config.Execute.enabled = False
    assert "--no-execute" in api.autograde("ps1", "ana")["log"]
    for section, option, value in (
        ("GenerateAssignment", "no_database", True),
        ("CheckCellMetadata", "enabled", False),
        ("CourseDirectory", "notebook_id", "ps*"),
    ):
        api = api_of(course)
        api.config[section][option] = value
        api.coursedir.notebook_id = api.config.CourseDirectory.get("notebook_id", "*")
        assert "without gabarito's checks" in api.generate_assignment("ps1")["log"]
    assert started == ["Autograde", *["GenerateAssignment"] * 3]


def test_other_folders_are_refused_by_name(course: Course) -> None:
    api = api_of(course, directory_structure="{nbgrader_step}/{assignment_id}/{student_id}")
    (course.submitted / "ps1" / "ana").mkdir(parents=True)
    write_notebook(course.submitted / "ps1" / "ana" / "ps1.ipynb", notebook(*lesson()))
    result = api.autograde("ps1", "ana")
    assert not result["success"]
    assert "c.CourseDirectory.directory_structure is" in result["log"]


def test_what_nbgrader_alone_released_is_graded_in_shared_mode(tmp_path: Path) -> None:
    course = write_course(tmp_path, ps1=notebook(*lesson()))
    assert api_of(course).generate_assignment("ps1")["success"]
    assert not course.record_path("ps1").exists()
    hand_in(course, "ana", RIGHT)
    hand_in(course, "bo", WRONG)
    run = grade(course, "ps1")
    assert run.adopted
    assert run.is_complete
    assert set(run.by_mode()) == {Mode.SHARED}
    assert {s.student: s.points for s in run.submissions} == {"ana": 3.5, "bo": 0}
    assert [cell.id for cell in run.submissions[0].cells] == ["test-double", "test-half"]
    # the record that a release makes later fits the scores that are there
    (course.root / "nbgrader_config.py").write_text(f"c = get_config()\n{LINE}")
    assert api_of(course).generate_assignment("ps1")["success"]
    again = grade(load_course(course.root), "ps1")
    assert not again.adopted
    assert {s.student: s.points for s in again.submissions} == {"ana": 3.5, "bo": 0}


@pytest.mark.parametrize("grader", ["gabarito", "nbgrader"])
def test_feedback_on_what_nbgrader_alone_released(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], grader: str
) -> None:
    course = write_course(tmp_path, ps1=notebook(*lesson()))
    api = api_of(course)
    assert api.generate_assignment("ps1")["success"]
    hand_in(course, "ana", RIGHT)
    hand_in(course, "bo", WRONG)
    if grader == "gabarito":
        assert grade(course, "ps1").adopted
    else:
        assert all(api.autograde("ps1", student)["success"] for student in ("ana", "bo"))
    ended = caller(monkeypatch, capsys)("--course", str(course.root), "feedback", "ps1")
    assert (ended.code, ended.output) == (0, "2 pages for 2 students in feedback/\n")
    ana, bo = ((course.feedback / s / "ps1" / "ps1.html").read_text(encoding="utf-8") for s in ("ana", "bo"))
    assert "3.5" in ana
    assert "Hidden test" in bo
    for page in (ana, bo):
        shown = re.sub(r"<[^>]+>", "", page)
        assert "assert double(2) == 4" in shown
        assert "secret_size" not in shown


def test_one_notebook_of_two_leaves_the_other_as_it_is(tmp_path: Path) -> None:
    course = write_course(tmp_path, LINE)
    for name in ("p1", "p2"):
        write_notebook(course.source / "ps1" / f"{name}.ipynb", notebook(*lesson()))
    assert api_of(course).generate_assignment("ps1")["success"]
    for name in ("p1", "p2"):
        hand_in(course, "ana", RIGHT, name, "2026-01-10 10:00:00 Europe/Lisbon")
    assert api_of(course).autograde("ps1", "ana")["success"]
    before = (course.autograded / "ana" / "ps1" / "p2.ipynb").read_bytes()
    for name in ("p1", "p2"):
        hand_in(course, "ana", WRONG, name)
    api = api_of(course)
    api.coursedir.notebook_id = "p1*"
    assert api.autograde("ps1", "ana")["success"]
    assert score(course, "ana", "test-double", "p1") == 0
    assert score(course, "ana", "test-double", "p2") == 2
    assert (course.autograded / "ana" / "ps1" / "p2.ipynb").read_bytes() == before
    assert (course.autograded / "ana" / "ps1" / "timestamp.txt").read_text() == "2026-01-10 10:00:00 Europe/Lisbon"


def test_hooks_run_for_each_submission(course: Course) -> None:
    assert api_of(course).generate_assignment("ps1")["success"]
    hand_in(course, "ana", RIGHT)
    hand_in(course, "bo", RIGHT)
    called: list[tuple[str, str, str]] = []
    api = api_of(course)
    for when in ("pre", "post"):
        hook = lambda assignment, student, notebooks, when=when: called.append((when, assignment, student))  # noqa: E731
        api.config.Autograde[f"{when}_convert_hook"] = hook
    assert api.autograde("ps1", "*")["success"]
    assert called == [(when, "ps1", student) for when in ("pre", "post") for student in ("ana", "bo")]


def test_what_was_released_is_replaced_only_by_force(course: Course) -> None:
    api = api_of(course)
    assert "is released" in api.generate_assignment("ps1", force=False)["log"]
    assert "was not released again; do it with --force" in api.generate_assignment("ps1", force=False)["log"]


def test_an_assignment_that_must_be_known_and_is_not(course: Course) -> None:
    refused = api_of(course).generate_assignment("ps1", create=False)
    assert not refused["success"]
    assert "no assignment 'ps1' in the gradebook" in refused["log"]
    assert not course.release.exists()
