"""Every known answer of the course, graded for real, gets exactly the score that it says."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from gabarito.audit.answers import load_answers
from gabarito.course import Course, load_course
from gabarito.demo.plan import load_plan
from gabarito.demo.run import compare, make_class
from gabarito.demo.sample import Sample
from gabarito.gradebook.table import ScoreTable, read_table
from gabarito.grading.bulk import grade
from gabarito.grading.result import GradeRun
from tests.pictures import make_data

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Size:
    """Of which assignment a class is, and how large."""

    name: str
    students: int
    seeds: int
    """How many more hand in the solution."""
    is_whole: bool = True
    """Whether every known answer is handed in, right ones too."""

    def __str__(self) -> str:
        return f"{self.name}-{self.students}"


POINTS = {"autograd": 26.0, "differentiable": 28.0, "softmax": 28.0, "tensors": 25.0}
# `make answers` has the others whole, which takes some ten minutes.
WHOLE = [
    Size("differentiable", 50, 10),
    *(
        pytest.param(Size(name, students, 10), marks=pytest.mark.slow)
        for name, students in (("autograd", 45), ("softmax", 50), ("tensors", 45))
    ),
]
SMALL = [Size(name, 10, 1, is_whole=False) for name in ("autograd", "softmax", "tensors")]


@dataclass(frozen=True)
class Class:
    """A class made of the known answers, and once more the solution for students with seeds of their own."""

    size: Size
    course: Course
    samples: tuple[Sample, ...]
    run: GradeRun
    table: ScoreTable


of_whole = pytest.mark.parametrize("graded", WHOLE, indirect=True, ids=str)


@pytest.fixture(scope="module", params=[*WHOLE, *SMALL], ids=str)
def graded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Class:
    size: Size = request.param
    name = size.name
    root = tmp_path_factory.mktemp("course")
    for folder in ("source", "release", "grader_tests"):
        shutil.copytree(ROOT / folder / name, root / folder / name)
    make_data(root / "data")
    config = (ROOT / "nbgrader_config.py").read_text()
    if name == "differentiable":  # it has an endless loop
        config += "\nc.Gabarito.cell_cpu_seconds = 4.0\n"
    (root / "nbgrader_config.py").write_text(config)
    course = load_course(root)
    samples = make_class(course, name, size.students)
    for sample in samples:
        _hand_in(course, name, sample.student, sample.notebook)
    solved = next(s for s in samples if s.name == "everything-solved")
    for number in range(size.seeds):
        _hand_in(course, name, f"seed-{number}", solved.notebook)
    run = grade(course, name, workers=2)
    return Class(size, course, samples, run, read_table(course, name))


def _hand_in(course: Course, assignment: str, student: str, notebook: bytes) -> None:
    path = course.submitted / student / assignment / f"{assignment}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(notebook)


def test_everything_is_graded(graded: Class) -> None:
    assert [(s.student, s.message) for s in graded.run.submissions if s.message] == []
    assert graded.run.problems() == []
    assert len(graded.run.submissions) == graded.size.students + graded.size.seeds


@of_whole
def test_every_answer_and_every_notebook_is_in_the_class(graded: Class) -> None:
    answers = graded.course.grader_tests / graded.size.name / "answers"
    loaded = load_answers(answers)
    known = {f"{a.exercise}/{a.name}" for a in loaded}
    exercises = Counter(a.exercise for a in loaded)
    assert {e: n for e, n in exercises.items() if n < 6} == {}, "six known answers for each exercise, at least"
    used = {a for s in graded.samples for a in s.answers}
    assert known - used == set(), "enlarge the class"
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
    assert {sum(c.max_points for c in s.cells) for s in found.values()} == {POINTS[graded.size.name]}


def test_nothing_done_gets_nothing(graded: Class) -> None:
    for name in ("unsolved", "empty"):
        student = next(s.student for s in graded.samples if s.name == name)
        scores = graded.table.submission(student)
        assert scores is not None
        assert {s.score for s in scores.scores.values()} == {0.0}


@of_whole
def test_every_hidden_test_is_failed_by_an_answer(graded: Class) -> None:
    failed = set()
    for sample in graded.samples:
        path = graded.course.autograded / sample.student / graded.size.name / f"{graded.size.name}.ipynb"
        for cell in nbformat.read(path, as_version=4).cells if path.exists() else []:
            told = cell.metadata.get("gabarito", {})
            if told.get("in_hidden") is not None and told.get("outcome") != "passed":
                failed.add((cell.metadata["nbgrader"]["grade_id"], told["in_hidden"]))
    (notebook,) = graded.course.record(graded.size.name).notebooks
    hidden = {(c.id, number): region.title for c in notebook.cells for number, region in enumerate(c.hidden)}
    assert {place: title for place, title in hidden.items() if place not in failed} == {}
