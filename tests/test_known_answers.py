"""Every known answer of the course, graded for real, gets exactly the score that it says."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from gabarito.audit.answers import load_answers
from gabarito.course import Course, load_course
from gabarito.demo.plan import load_plan
from gabarito.demo.run import compare, make_class
from gabarito.demo.sample import Sample
from gabarito.gradebook.table import ScoreTable, read_table
from gabarito.grading.bulk import grade
from gabarito.grading.result import GradeRun

ROOT = Path(__file__).parents[1]
ASSIGNMENT = "differentiable"
STUDENTS = 50  # enough for every answer, right ones too
SEEDS = 30


@dataclass(frozen=True)
class Class:
    """A class made of the known answers, and once more the solution for students with seeds of their own."""

    course: Course
    samples: tuple[Sample, ...]
    run: GradeRun
    table: ScoreTable


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Class:
    root = tmp_path_factory.mktemp("course")
    for name in ("source", "release", "grader_tests"):
        shutil.copytree(ROOT / name, root / name)
    config = (ROOT / "nbgrader_config.py").read_text()
    (root / "nbgrader_config.py").write_text(config + "\nc.Gabarito.cell_cpu_seconds = 4.0\n")
    course = load_course(root)
    samples = make_class(course, ASSIGNMENT, STUDENTS)
    for sample in samples:
        _hand_in(course, sample.student, sample.notebook)
    solved = next(s for s in samples if s.name == "everything-solved")
    for number in range(SEEDS):
        _hand_in(course, f"seed-{number}", solved.notebook)
    run = grade(course, ASSIGNMENT, workers=2)
    return Class(course, samples, run, read_table(course, ASSIGNMENT))


def _hand_in(course: Course, student: str, notebook: bytes) -> None:
    path = course.submitted / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(notebook)


def test_everything_is_graded(graded: Class) -> None:
    assert [(s.student, s.message) for s in graded.run.submissions if s.message] == []
    assert graded.run.problems() == []
    assert len(graded.run.submissions) == STUDENTS + SEEDS


def test_every_answer_and_every_notebook_is_in_the_class(graded: Class) -> None:
    answers = graded.course.grader_tests / ASSIGNMENT / "answers"
    known = {f"{a.exercise}/{a.name}" for a in load_answers(answers)}
    assert len(known) >= 100
    used = {a for s in graded.samples for a in s.answers}
    assert known - used == set(), "enlarge STUDENTS"
    plan = load_plan(answers / "class" / "notebooks.toml")
    assert {n.name for n in plan.notebook} <= {s.name for s in graded.samples}


def test_every_score_is_the_known_one(graded: Class) -> None:
    names = {s.student: f"{s.name}: {', '.join(s.answers)}" for s in graded.samples}
    wrong = [(names[m.student], m.cell, m.expected, m.found) for m in compare(graded.samples, graded.table)]
    assert wrong == []


def test_the_solution_is_right_with_every_seed(graded: Class) -> None:
    found = {s.student: s for s in graded.run.submissions if s.student.startswith("seed-")}
    lost = [(s.student, c.id, c.message) for s in found.values() for c in s.cells if c.points != c.max_points]
    assert lost == []
    assert {s.max_points for s in found.values()} == {28.0}


def test_nothing_done_gets_nothing(graded: Class) -> None:
    for name in ("unsolved", "empty"):
        student = next(s.student for s in graded.samples if s.name == name)
        scores = graded.table.submission(student)
        assert scores is not None
        assert {s.score for s in scores.scores.values()} == {0.0}
