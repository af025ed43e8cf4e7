"""The class of `gabarito demo`: what students really hand in is all there."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from gabarito.audit.answers import KnownAnswer, load_answers
from gabarito.demo.plan import ClassPlan, load_plan
from gabarito.demo.sample import Sample, build_class
from gabarito.notebook.markers import has_marker
from tests.notebook.released import release

COURSE = Path(__file__).parents[2]
ANSWERS = COURSE / "grader_tests" / "differentiable" / "answers"


@pytest.fixture(scope="module")
def answers() -> tuple[KnownAnswer, ...]:
    return load_answers(ANSWERS)


@pytest.fixture(scope="module")
def plan() -> ClassPlan:
    return load_plan(ANSWERS / "class" / "notebooks.toml")


@pytest.fixture(scope="module")
def samples(answers: tuple[KnownAnswer, ...], plan: ClassPlan) -> tuple[Sample, ...]:
    source = nbformat.read(COURSE / "source" / "differentiable" / "differentiable.ipynb", as_version=4)
    released, record = release(source, "differentiable")
    return build_class(source, released, record, answers, plan, size=40)


def test_forty_students_hand_in_every_wrong_answer(
    samples: tuple[Sample, ...], answers: tuple[KnownAnswer, ...], plan: ClassPlan
) -> None:
    assert len(samples) == 40
    used = {a for s in samples for a in s.answers}
    assert {f"{a.exercise}/{a.name}" for a in answers if not a.right} <= used
    assert {n.name for n in plan.notebook} <= {s.name for s in samples}


@pytest.mark.parametrize(
    "answer",
    [
        "stable-log-exp/naive",
        "stable-log-exp/log-of-one-plus-exp",
        "update-c/rebound",
        "matmul/loop-of-the-exercise-before",
        "chain-rule/no-detach",
        "chain-rule/accumulated-gradient",
        "row-by-row/syntax-error",
        "chain-rule/exception",
        "chain-rule/endless-loop",
        "gaussians/warns-on-stderr",
        "row-by-row/progress-bar",
    ],
)
def test_mistakes_of_real_students(samples: tuple[Sample, ...], answer: str) -> None:
    assert any(answer in s.answers for s in samples)


def test_points_add_up(samples: tuple[Sample, ...]) -> None:
    totals = {s.name: sum(points or 0 for points in s.expected.values()) for s in samples}
    assert totals["everything-solved"] == totals["everything-solved-otherwise"] == totals["cells-moved"] > 0
    assert totals["empty"] == totals["unsolved"] == 0
    assert 0 < totals["unfinished"] < totals["everything-solved"]


def test_nothing_of_the_instructor_is_handed_in(samples: tuple[Sample, ...]) -> None:
    for sample in samples:
        sources = [c.source for c in nbformat.reads(sample.notebook.decode(), as_version=4).cells]
        assert not any(has_marker(source) for source in sources), sample.name
        assert not any("**1 point**" in s for s in sources), sample.name
