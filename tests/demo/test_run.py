"""The whole way of a small class: every stage is there, and a wrong score is noticed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gabarito.course import Course
from gabarito.demo.run import Demo, Mismatch, compare, make_class, run_demo
from gabarito.errors import CourseError
from gabarito.gradebook.table import read_table
from gabarito.grading.result import Status
from tests.demo.courses import write_demo_course
from tests.grading.courses import hand_in, solved, write_course
from tests.notebook.released import small_source


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, Demo, list[str]]:
    course = write_demo_course(tmp_path_factory.mktemp("demo"))
    stages: list[str] = []
    counts: list[int] = []
    seen: list[str] = []
    demo = run_demo(
        course,
        "small",
        size=6,
        workers=1,
        on_stage=stages.append,
        on_start=counts.append,
        on_graded=lambda graded: seen.append(graded.student),
    )
    assert counts == [6]
    assert sorted(seen) == [s.student for s in demo.samples]
    return course, demo, stages


def test_every_score_is_the_known_one(done: tuple[Course, Demo, list[str]]) -> None:
    _, demo, _ = done
    assert demo.mismatches == ()
    assert demo.run.by_status() == {Status.GRADED: 6}
    assert {s.name for s in demo.samples} == {"solved", "unsolved", "mixed"}
    assert {a for s in demo.samples for a in s.answers} >= {"double/squared", "triple/doubled"}


def test_every_stage_left_its_folder(done: tuple[Course, Demo, list[str]]) -> None:
    course, demo, stages = done
    assert [s.split()[0] for s in stages] == ["releasing", "handing", "grading", "writing"]
    students = {s.student for s in demo.samples}
    for folder in (course.autograded, course.feedback):
        assert {p.name for p in folder.iterdir()} == students
    assert {p.name for p in course.submitted.iterdir() if not p.name.startswith(".")} == students
    assert [p.parts[-3:] for p in demo.pages] == [(s, "small", "small.html") for s in sorted(students)]
    assert demo.release.assignment == "small"
    assert {s.student for s in demo.table.submissions} == students


def test_a_second_time_and_other_students(done: tuple[Course, Demo, list[str]]) -> None:
    course, first, _ = done
    hand_in(course, "a-real-student", small=solved(course))
    again = run_demo(course, "small", size=6, workers=1)
    assert again.samples == first.samples
    assert again.mismatches == ()
    assert again.run.by_status() == {Status.GRADED: 6}
    assert read_table(course, "small").submission("a-real-student") is None


def test_a_wrong_score_is_noticed(done: tuple[Course, Demo, list[str]]) -> None:
    _, demo, _ = done
    sample = next(s for s in demo.samples if s.name == "solved")
    wrong = replace(sample, expected={**sample.expected, "double-test": 1.0, "why": 0.0})
    assert compare((wrong,), demo.table) == [
        Mismatch(sample.student, "double-test", 1.0, 2.0),
        Mismatch(sample.student, "why", 0.0, None),
    ]
    unsolved = next(s for s in demo.samples if s.name == "unsolved")
    by_hand = replace(unsolved, expected={"why": None, "absent": 1.0})
    assert compare((by_hand,), demo.table) == [
        Mismatch(unsolved.student, "why", None, 0.0),
        Mismatch(unsolved.student, "absent", 1.0, None),
    ]
    assert compare((replace(sample, student="nobody", expected={"why": None}),), demo.table) == [
        Mismatch("nobody", "why", None, None)
    ]


def test_an_assignment_without_answers(tmp_path: Path) -> None:
    course = write_demo_course(tmp_path)
    with pytest.raises(CourseError, match="has not been released"):
        make_class(course, "small", 4)
    with pytest.raises(CourseError, match="other"):
        run_demo(course, "other", size=4)


def test_an_assignment_of_two_notebooks(tmp_path: Path) -> None:
    course = write_course(tmp_path, one=small_source(), two=small_source())
    with pytest.raises(CourseError, match="'small' has 2 notebooks; a sample class is made of one only"):
        make_class(course, "small", 4)
