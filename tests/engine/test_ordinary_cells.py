"""Test cells as instructors write them for nbgrader: the right answer passes each, and an empty one fails each."""

from __future__ import annotations

import importlib.util

import pytest

from gabarito.model import Outcome
from tests.engine.lessons import LIMITS, Bench
from tests.submissions.exercises import Exercise, load_exercises, make_job, scores

EXERCISES = load_exercises("cells")


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_the_right_answer_passes_and_an_empty_one_fails(exercise: Exercise, bench: Bench) -> None:
    for package in exercise.about.get("needs", "").split():
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")

    job = make_job([exercise], others="right", limits=LIMITS)
    report = bench.grade([exercise], job)
    assert [(c.id, c.message) for c in report.cells if c.outcome is not Outcome.PASSED] == []
    assert set(scores(job, report).values()) == {1.0}

    empty = make_job([exercise], others="wrong", limits=LIMITS)
    assert set(scores(empty, bench.grade([exercise], empty)).values()) == {0.0}


def test_there_are_enough_of_them() -> None:
    assert len(EXERCISES) >= 30
    assert all(e.answers and e.about["about"] for e in EXERCISES)
