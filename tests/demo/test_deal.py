"""What of an instructor's answer a student hands in."""

from __future__ import annotations

import random

import pytest

from gabarito.audit.answers import KnownAnswer
from gabarito.demo.deal import Exercises, deal, solved_source
from gabarito.demo.plan import ClassPlan
from gabarito.notebook.markers import has_marker

SCHEME = "### BEGIN MARK SCHEME\n* **1 point** for a reason.\n### END MARK SCHEME"


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ("### BEGIN SOLUTION\nBecause.\n### END SOLUTION", "Because."),
        ("x = 1\n### BEGIN SOLUTION\ny = 2\n### END SOLUTION\nz = 3", "x = 1\ny = 2\nz = 3"),
        (f"### BEGIN SOLUTION\nBecause.\n\n{SCHEME}\n### END SOLUTION", "Because."),
        (f"### BEGIN SOLUTION\n{SCHEME}\nBecause.\n\nAnd so.\n### END SOLUTION", "Because.\n\nAnd so."),
        (f"Why?\n### BEGIN SOLUTION\nBecause.\n### END SOLUTION\n{SCHEME}\nThe end", "Why?\nBecause.\nThe end"),
        (f"### BEGIN SOLUTION\n{SCHEME}\nOne.\n{SCHEME}\nTwo.\n### END SOLUTION", "One.\nTwo."),
        ("Nothing is marked.\n", "Nothing is marked.\n"),
    ],
)
def test_no_marker_and_no_mark_scheme_is_handed_in(source: str, answer: str) -> None:
    assert solved_source(source) == answer
    assert not has_marker(solved_source(source))


def test_nobody_answers_an_exercise_otherwise_that_a_wrong_answer_takes_along() -> None:
    """“descent” fails where it uses a wrong “slope”; an answer that doesn't use it would pass."""
    exercises = Exercises(
        answers={"slope": "def slope(x): return 2 * x", "descent": "def descent(x): return x - slope(x)"},
        tests={"slope": ("test-slope",), "descent": ("test-descent",)},
        given=frozenset(),
        needs={"slope": frozenset({"slope"}), "descent": frozenset({"descent"})},
        by_hand=frozenset(),
    )
    wrong = KnownAnswer(
        "slope", "sign", False, "-", {"test-slope": 0.0, "test-descent": 0.0}, "def slope(x): return -x"
    )
    right = KnownAnswer("descent", "on-paper", True, "", {}, "def descent(x): return -x")
    known = {"slope/sign": wrong, "descent/on-paper": right}
    hands = deal(known, ClassPlan(), exercises, 200, random.Random(0))
    assert {frozenset(hand) for hand in hands} == {
        frozenset(),
        frozenset({"slope/sign"}),
        frozenset({"descent/on-paper"}),
    }
