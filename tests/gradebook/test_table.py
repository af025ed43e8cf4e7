from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from gabarito.course import Course
from gabarito.errors import GradebookError
from gabarito.gradebook.table import CellScore, Exercise, ScoreTable, SubmissionScores, read_table
from gabarito.gradebook.writer import open_gradebook
from tests.gradebook import factories


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return factories.course(tmp_path)


def test_scores_comments_and_lateness(course: Course) -> None:
    with open_gradebook(course) as writer:
        writer.record(factories.result("ana", {"test-double": 2, "test-half": 3, "test-partial": 0.5}, {"plot"}))
        writer.record(factories.result("bo", {}))
        with Gradebook(course.db_url) as theirs:
            theirs.update_or_create_assignment("ps1", duedate="2024-02-03 10:00:00 UTC")
            theirs.add_student("cy", first_name="Cy", last_name="Young")
            grade = theirs.find_grade("essay", "one", "ps1", "ana")
            grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 3, 1, False
            theirs.find_comment("essay", "one", "ps1", "ana").manual_comment = "Good."
            theirs.db.commit()
        table = read_table(course, "ps1")
        with Gradebook(course.db_url) as theirs:
            expected = {s.student_id: s.score for s in theirs.assignment_submissions("ps1")}
            assert {s.student: s.score for s in table.submissions} == expected
    assert [e.cell for e in table.exercises] == [
        "test-double",
        "test-half",
        "test-partial",
        "essay",
        "plot",
        "task",
        "test-two",
    ]
    assert [e.by_hand for e in table.exercises] == [False, False, False, True, True, True, False]
    assert table.max_score == 19
    assert (table.missing, table.not_graded) == (("cy",), ())
    ana = table.submission("ana")
    assert ana is not None
    assert ana.score == 2 + 3 + 0.5 + 3 + 1
    assert ana.comments == {("one", "essay"): "Good.", ("one", "plot"): "No response."}
    assert ana.seconds_late == 30 * 60
    assert ana.needs_manual
    assert table.mean(table.exercises[0]) == 1
    assert table.submission("cy") is None


def test_a_missing_gradebook_is_not_created(course: Course) -> None:
    with pytest.raises(GradebookError, match=r"no gradebook .*gradebook\.db yet"):
        read_table(course, "ps1")
    assert not (course.root / "gradebook.db").exists()


def test_an_unknown_assignment_names_the_known_ones(course: Course) -> None:
    with open_gradebook(course) as writer:
        writer.register(factories.record())
    with pytest.raises(GradebookError, match=r"'ps9' \(it knows: ps1\); did you mean 'ps1'\?"):
        read_table(course, "ps9")
    with pytest.raises(GradebookError, match=r"'other' \(it knows: ps1\); release it first"):
        read_table(course, "other")
    assert read_table(course, "ps1").submissions == ()
    assert read_table(course, "ps1").mean(read_table(course, "ps1").exercises[0]) is None


def test_timestamps_are_those_of_the_submission(course: Course) -> None:
    with open_gradebook(course) as writer:
        writer.record(factories.result("ana", {}, timestamp=datetime(2024, 2, 3, 10, 30, 5, 7)))
    (ana,) = read_table(course, "ps1").submissions
    assert ana.timestamp == datetime(2024, 2, 3, 10, 30, 5, 7)
    assert ana.seconds_late == 0


def test_who_is_not_graded_and_who_has_not_handed_in(course: Course) -> None:
    with open_gradebook(course) as writer:
        writer.record(factories.result("ana", {}))
        with Gradebook(course.db_url) as theirs:
            for student in ("bo", "cy"):
                theirs.add_student(student)
    for student, assignment in [("ana", "ps1"), ("bo", "ps1"), ("hal", "ps1"), ("gus", "ps1"), ("zoe", "ps2")]:
        (course.submitted / student / assignment).mkdir(parents=True)
    table = read_table(course, "ps1")
    assert [s.student for s in table.submissions] == ["ana"]
    assert table.not_graded == ("bo", "gus", "hal")
    assert table.missing == ("cy",)


@pytest.mark.filterwarnings("ignore:Object of type <Submitted.*not in session:sqlalchemy.exc.SAWarning")
def test_an_extension_is_no_hand_in(course: Course) -> None:
    """nbgrader makes empty rows for a student who gets one."""
    with open_gradebook(course) as writer:
        writer.record(factories.result("ana", {}, timestamp=None))
        with Gradebook(course.db_url) as theirs:
            for student in ("bo", "cy", "dan"):
                theirs.add_student(student)
                theirs.add_submission("ps1", student)
                theirs.grant_extension("ps1", student, hours=1)
    (course.submitted / "cy" / "ps1").mkdir(parents=True)
    factories.save(factories.executed(), course.autograded / "dan" / "ps1" / "one.ipynb")
    table = read_table(course, "ps1")
    assert [s.student for s in table.submissions] == ["ana", "dan"]
    assert (table.not_graded, table.missing) == (("cy",), ("bo",))


ZERO, OPEN = CellScore(0, needs_manual=False, auto_score=0), CellScore(0, needs_manual=True)
TWO, LOOK_AGAIN = CellScore(2, False, manual_score=2), CellScore(1, True, auto_score=0, manual_score=1)


@pytest.mark.parametrize(
    ("scores", "by_hand", "mean"),
    [
        ([ZERO, OPEN, OPEN], True, None),
        ([ZERO, OPEN, TWO], True, 2),
        ([ZERO, LOOK_AGAIN, OPEN, TWO], True, 1.5),
        ([ZERO, TWO, TWO, ZERO], True, 1),
        ([ZERO, ZERO], True, 0),
        ([ZERO, OPEN, TWO], False, 1),
        ([OPEN], False, None),
        ([], True, None),
    ],
)
def test_automatic_zeros_count_when_nobody_waits_for_a_person(
    scores: list[CellScore], by_hand: bool, mean: float | None
) -> None:
    exercise = Exercise("one", "essay", 2, by_hand)
    submissions = [
        SubmissionScores(f"student-{n}", "", None, 0, {exercise.place: score}, {}, {}) for n, score in enumerate(scores)
    ]
    assert ScoreTable("ps1", (exercise,), tuple(submissions)).mean(exercise) == mean
