"""The graders that are compared: each grades some students of a class and says what it cost."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.classroom import ASSIGNMENT, Classroom
from benchmarks.measure import Cost, measure
from gabarito.course import CONFIG_NAME, Course
from gabarito.gradebook.table import read_table

_BIN = Path(sys.executable).parent


@dataclass(frozen=True, slots=True)
class Result:
    """What grading cost, and whether the work was done."""

    cost: Cost
    graded: int
    """Submissions that got scores."""
    agreeing: int
    """Scores that are what the sample must get…"""
    scores: int
    """…of so many."""
    otherwise: tuple[str, ...] = ()
    """Students of whom a score is another one, or missing."""


Grader = Callable[[Classroom, Sequence[str], Path], Result]
"""Grades these students, with a folder for its files."""


def grade_with_gabarito(
    room: Classroom,
    students: Sequence[str],
    folder: Path,
    *,
    workers: int | None = None,
    every_test: bool = False,
) -> Result:
    """`gabarito grade`, one command for all; `every_test`: nothing is taken over from others with the same answers."""
    course = room.copy(folder / "course", students)
    options = [*(["--jobs", str(workers)] if workers else []), *(["--force"] if every_test else [])]
    command = [_BIN / "gabarito", "--course", course.root, "grade", ASSIGNMENT, *options]
    cost = measure(command, folder=folder, environment=_environment(room))
    return _judged(cost, room, students, _gradebook_scores(course))


def grade_with_nbgrader(room: Classroom, students: Sequence[str], folder: Path) -> Result:
    """`nbgrader autograde`, one command for all; it ends with status 1 where it can't grade one of them."""
    course = room.copy(folder / "course", students)
    with (course.root / CONFIG_NAME).open("a") as config:
        config.write("\nc.Gabarito.nbgrader = False  # with nbgrader's own engine\n")
    command = [_BIN / "nbgrader", "autograde", ASSIGNMENT]
    cost = measure(command, folder=course.root, environment=_environment(room), statuses=(0, 1))
    if any('"gabarito": {' in path.read_text() for path in course.autograded.rglob("*.ipynb")):
        raise RuntimeError("gabarito graded where nbgrader was to be measured")
    return _judged(cost, room, students, _gradebook_scores(course))


def grade_with_otter(room: Classroom, students: Sequence[str], folder: Path) -> Result:
    """`otter run`, one command for each."""
    archive = folder / "autograder.zip"
    tests = room.course.grader_tests / ASSIGNMENT / "tests"
    none = ["--no-config", "--no-requirements", "--no-environment"]
    environment = _environment(room)
    measure([_BIN / "otter", "generate", "-t", tests, "-o", archive, *none], folder=folder, environment=environment)
    total, found = Cost(0.0, 0.0), {}
    for student in students:
        out = folder / student
        out.mkdir()
        command = [_BIN / "otter", "run", "--no-logo", "-a", archive, "-o", out, room.notebook(student)]
        total += measure(command, folder=out, environment=environment)
        found[student] = _otter_scores(out / "results.json")
    return _judged(total, room, students, found)


@dataclass(frozen=True, slots=True)
class Floor:
    """What the cells alone cost, of each student, and what it took to get warm."""

    start: Cost
    students: Mapping[str, Cost]

    def of(self, students: Sequence[str]) -> Cost:
        """The cells of these students, without the start."""
        return sum((self.students[s] for s in students), Cost(0.0, 0.0))


def run_floor(room: Classroom, cells: Path, folder: Path) -> tuple[Floor, Cost]:
    """The same cells in one warm process, and the cost of that process as a whole."""
    target = folder / "floor.json"
    command = [sys.executable, Path(__file__).with_name("floor.py"), cells, target]
    whole = measure(command, folder=folder, environment=_environment(room))
    found = json.loads(target.read_text())
    return Floor(Cost(**found["start"]), {s: Cost(**c) for s, c in found["submissions"].items()}), whole


def _environment(room: Classroom) -> dict[str, str]:
    """The same for everybody: this Python first, one thread for numeric libraries, a home without settings."""
    home = room.course.root.parent / "home"
    home.mkdir(exist_ok=True)
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TZ", "PYTHONPATH") if name in os.environ}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    path = os.pathsep.join((str(_BIN), os.environ.get("PATH", os.defpath)))
    return {"PATH": path, "HOME": str(home), **kept, **threads}


def _gradebook_scores(course: Course) -> dict[str, dict[str, float]]:
    return {
        s.student: {place[1]: c.auto_score for place, c in s.scores.items() if c.auto_score is not None}
        for s in read_table(course, ASSIGNMENT).submissions
    }


def _judged(cost: Cost, room: Classroom, students: Sequence[str], found: Mapping[str, Mapping[str, float]]) -> Result:
    wanted = [(s, cell, points) for s in students for cell, points in room.expected[s].items()]
    wrong = [s for s, cell, points in wanted if found.get(s, {}).get(cell) != points]
    return Result(
        cost=cost,
        graded=sum(bool(found.get(s)) for s in students),
        agreeing=len(wanted) - len(wrong),
        scores=len(wanted),
        otherwise=tuple(sorted(set(wrong))),
    )


def _otter_scores(path: Path) -> dict[str, float]:
    """Points by test; what otter tells a student of the public tests has none."""
    if not path.exists():
        return {}
    told = json.loads(path.read_text(encoding="utf-8"))
    return {test["name"]: test["score"] for test in told.get("tests", ()) if "score" in test}
