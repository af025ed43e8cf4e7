"""The lesson, and answers to it that are right but built differently from the instructor's own."""

from __future__ import annotations

from typing import Literal

import pytest

from gabarito.model import Outcome, Role
from tests.engine.lessons import LIMITS, Bench
from tests.submissions.exercises import (
    RightAnswer,
    exercises_of,
    load_exercises,
    load_right_answers,
    make_job,
    scores,
)

LESSON = load_exercises("lesson")


@pytest.mark.parametrize(("others", "points"), [("right", 1.0), ("wrong", 0.0)])
def test_the_lesson_gives_all_points_for_right_answers_and_none_for_wrong_ones(
    others: Literal["right", "wrong"], points: float, bench: Bench
) -> None:
    job = make_job(LESSON, others=others, limits=LIMITS)
    report = bench.grade(LESSON, job)
    assert set(scores(job, report).values()) == {points}
    roles = {c.index: c.role for c in job.cells}
    assert all(c.outcome is Outcome.PASSED for c in report.cells if roles[c.index] is not Role.TEST)


@pytest.mark.parametrize("answer", load_right_answers(), ids=lambda a: a.name)
def test_a_right_answer_gets_full_marks(answer: RightAnswer, bench: Bench) -> None:
    exercises = exercises_of(answer.exercise)
    assert answer.exercise in {c.id for e in exercises for c in e.cells}
    job = make_job(exercises, {answer.exercise: answer.source}, limits=LIMITS)
    report = bench.grade(exercises, job)

    assert [(c.id, c.message) for c in report.cells if c.outcome is not Outcome.PASSED] == []
    assert set(scores(job, report).values()) == {1.0}


def test_there_are_answers_to_every_exercise() -> None:
    assert {e.name for e in LESSON[1:]} == {a.exercise for a in load_right_answers()}
    assert len(load_right_answers()) >= 30
