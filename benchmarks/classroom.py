"""A class of hand-ins in a course folder of its own, and the same cells as plain text for the floor."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat

from gabarito.course import CONFIG_NAME, Course, load_course
from gabarito.demo.plan import load_plan
from gabarito.demo.run import make_class
from gabarito.demo.sample import Sample
from gabarito.exchange import find_submissions, submit
from gabarito.grading.prepare import given_files, prepare
from gabarito.grading.secret import course_secret
from gabarito.model import Role
from gabarito.notebook.cells import grade_id
from gabarito.release import release

ASSIGNMENT = "differentiable"
# What the worker imports beside the notebook's own imports, so that the floor has it warm, too.
_LATER = ("gabarito.testing", "torch._dynamo", "torch.testing", "torch.distributed.tensor")


@dataclass(frozen=True, slots=True)
class Classroom:
    """A released assignment, and hand-ins of a class that no grader has seen yet."""

    course: Course
    """Released, with everybody's hand-in; copies of it are graded."""
    assignment: str
    students: tuple[str, ...]
    """Sorted; those whose hand-in means something to every grader."""
    names: Mapping[str, str]
    """Of the sample that a student has handed in."""
    wild: tuple[str, ...]
    """Names of the samples left out because only a grader with limits gets past them."""
    copied: tuple[str, ...]
    """Names of the samples left out because a cell was copied with its grade id: nbgrader stops at the first of them,
    and grades nobody after it."""
    nameless: tuple[str, ...]
    """Names of the samples left out because no cell has its grade id any more: nbgrader finds nothing to score in them,
    and otter, which keeps no cell of the assignment's own, would be compared on them alone."""
    expected: Mapping[str, Mapping[str, float]]
    """Points that each automatically graded cell of a student must get."""

    def copy(self, folder: Path, students: Iterable[str]) -> Course:
        """A fresh course in `folder` in which only these students have handed in."""
        root = self.course.root
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(root, folder, ignore=lambda at, names: ["submitted"] if Path(at) == root else [])
        for student in students:
            shutil.copytree(self.course.submitted / student, folder / "submitted" / student)
        return load_course(folder)

    def notebook(self, student: str) -> Path:
        """What a student has handed in."""
        return self.course.submitted / student / self.assignment / f"{self.assignment}.ipynb"

    def cells(self) -> dict[str, Any]:
        """Everybody's restored cells with their seed, and what must be imported to run them: the floor's input."""
        record = self.course.record(self.assignment)
        given, secret = given_files(self.course, self.assignment), course_secret(self.course)
        submissions = []
        for submission in find_submissions(self.course, self.assignment, self.students):
            for job in prepare(self.course, record, submission, given, {}, secret=secret).jobs.values():
                cells = [cell.source for cell in job.cells]
                submissions.append({"student": submission.student, "seed": job.seed, "cells": cells})
        return {"imports": [*(i for n in record.notebooks for i in n.imports), *_LATER], "submissions": submissions}


def make_classroom(source: Course, folder: Path, size: int, assignment: str = ASSIGNMENT) -> Classroom:
    """Release an assignment in a copy of a course, and let a class of `size` invented students hand in there."""
    folder.mkdir(parents=True)
    for kind in (source.source, source.grader_tests):
        shutil.copytree(kind / assignment, folder / kind.name / assignment)
    shutil.copy(source.root / CONFIG_NAME, folder)
    for name, data in source.data().items():
        (folder / name).symlink_to(data)
    course = load_course(folder)
    release(course, assignment)
    record = course.record(assignment)
    plan = load_plan(course.grader_tests / assignment / "answers" / "class" / "notebooks.toml")
    samples = make_class(course, assignment, size)
    wild = [s for s in samples if set(s.answers) & set(plan.alone)]
    copied = [s for s in samples if s not in wild and _has_copies(s)]
    nameless = [s for s in samples if s not in wild and not any(_grade_ids(s))]
    tame = [s for s in samples if s not in wild and s not in copied and s not in nameless]
    with TemporaryDirectory() as name:
        path = Path(name, f"{assignment}.ipynb")
        for sample in tame:
            path.write_bytes(sample.notebook)
            submit(course, path, sample.student, assignment=assignment)
    tests = {c.id for n in record.notebooks for c in n.cells if c.role is Role.TEST}
    return Classroom(
        course=course,
        assignment=assignment,
        students=tuple(s.student for s in tame),
        names={s.student: s.name for s in tame},
        wild=tuple(s.name for s in wild),
        copied=tuple(s.name for s in copied),
        nameless=tuple(s.name for s in nameless),
        expected={s.student: _expected(s, tests) for s in tame},
    )


def spread_out(students: Sequence[str], count: int) -> tuple[str, ...]:
    """So many of the students, evenly spaced."""
    count = min(count, len(students))
    return tuple(students[i * len(students) // count] for i in range(count))


def _has_copies(sample: Sample) -> bool:
    return any(count > 1 for found, count in Counter(_grade_ids(sample)).items() if found)


def _grade_ids(sample: Sample) -> list[str | None]:
    return [grade_id(cell) for cell in nbformat.reads(sample.notebook.decode(), as_version=4).cells]


def _expected(sample: Sample, tests: set[str]) -> dict[str, float]:
    return {cell: points for cell, points in sample.expected.items() if points is not None and cell in tests}
