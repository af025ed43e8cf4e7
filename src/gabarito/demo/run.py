"""The whole way of a class: release, hand in, grade, feedback, and every score compared with the known one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat

from gabarito.audit.answers import load_answers
from gabarito.course import Course
from gabarito.demo.plan import load_plan
from gabarito.demo.sample import Sample, build_class
from gabarito.errors import CourseError
from gabarito.exchange import submit
from gabarito.gradebook.feedback import write_feedback
from gabarito.gradebook.table import ScoreTable, read_table
from gabarito.grading.bulk import OnGraded, grade
from gabarito.grading.result import GradeRun
from gabarito.release import Release, release

OnStage = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A score that is not the known one; None stands for “a person has to decide”."""

    student: str
    cell: str
    expected: float | None
    found: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What a demonstration did."""

    release: Release
    samples: tuple[Sample, ...]
    run: GradeRun
    table: ScoreTable
    pages: tuple[Path, ...]
    mismatches: tuple[Mismatch, ...]
    wall_seconds: float


def run_demo(
    course: Course,
    assignment: str,
    *,
    size: int = 40,
    workers: int | None = None,
    sandbox: str = "",
    on_stage: OnStage = lambda sentence: None,
    on_start: Callable[[int], None] = lambda count: None,
    on_graded: OnGraded = lambda graded: None,
) -> Demo:
    """Release an assignment, hand in a class of invented students, grade it and write feedback.

    Whatever was handed in before stays as it is, and so do other students' scores.

    Args:
        size: how many students.
        workers: how many notebooks run at the same time.
        sandbox: as in `grade`.
        on_stage: called with a sentence when a stage begins.
        on_start: as in `grade`.
        on_graded: as in `grade`.

    Raises:
        CourseError: the assignment has no known answers, or more than one notebook.
        GabaritoError: a stage failed; what the stages before did stays.
    """
    began = time.monotonic()
    on_stage(f"releasing {assignment}: its own solution is run first")
    released = release(course, assignment, sandbox=sandbox)
    samples = make_class(course, assignment, size)
    on_stage(f"handing in {len(samples)} notebooks")
    with TemporaryDirectory() as folder:
        path = Path(folder, f"{released.notebooks[0]}.ipynb")
        for sample in samples:
            path.write_bytes(sample.notebook)
            submit(course, path, sample.student, assignment=assignment)
    students = [sample.student for sample in samples]
    on_stage("grading")
    run = grade(
        course,
        assignment,
        students=students,
        workers=workers,
        force=True,
        sandbox=sandbox,
        on_start=on_start,
        on_graded=on_graded,
    )
    on_stage("writing feedback")
    pages = [page for written in write_feedback(course, assignment, students) for page in written.pages]
    table = read_table(course, assignment)
    return Demo(
        release=released,
        samples=samples,
        run=run,
        table=table,
        pages=tuple(pages),
        mismatches=tuple(compare(samples, table)),
        wall_seconds=time.monotonic() - began,
    )


def make_class(course: Course, assignment: str, size: int) -> tuple[Sample, ...]:
    """A class of invented students, built from the assignment's known answers.

    Raises:
        CourseError: the assignment has no known answers, or more than one notebook.
    """
    record = course.record(assignment)
    if len(record.notebooks) != 1:
        raise CourseError(f"{assignment!r} has {len(record.notebooks)} notebooks; a sample class is made of one only")
    (notebook,) = record.notebooks
    answers = course.grader_tests / assignment / "answers"
    name = f"{notebook.name}.ipynb"
    return build_class(
        nbformat.read(course.source / assignment / name, as_version=4),
        nbformat.read(course.release / assignment / name, as_version=4),
        notebook,
        load_answers(answers),
        load_plan(answers / "class" / "notebooks.toml"),
        size=size,
    )


def compare(samples: tuple[Sample, ...], table: ScoreTable) -> list[Mismatch]:
    """Every score in the gradebook that is not the one its sample must get."""
    found = {s.student: {place[1]: score for place, score in s.scores.items()} for s in table.submissions}
    wrong = []
    for sample in samples:
        scores = found.get(sample.student, {})
        for cell, expected in sample.expected.items():
            score = scores.get(cell)
            got = score.auto_score if score is not None else None
            if score is None or got != expected or (expected is None and not score.needs_manual):
                wrong.append(Mismatch(sample.student, cell, expected, got))
    return wrong
