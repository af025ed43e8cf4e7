from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output
from nbgrader.utils import determine_grade

from gabarito.errors import EngineError
from gabarito.grading.score import Score, score_by_hand, score_cell
from gabarito.model import CellReport, Outcome, RecordCell, Role

FAILURES = [o for o in Outcome if o not in {Outcome.PASSED, Outcome.UNGRADED}]


def _report(outcome: Outcome = Outcome.PASSED, value: str | None = None) -> CellReport:
    return CellReport(index=3, id="test-matmul", outcome=outcome, value=value)


def _as_nbgrader_sees_it(value: str | None, points: float) -> NotebookNode:
    outputs = [] if value is None else [new_output("execute_result", data={"text/plain": value}, execution_count=1)]
    meta = {"grade": True, "solution": False, "locked": True, "points": points, "grade_id": "test-matmul"}
    return new_code_cell("…", outputs=outputs, metadata={"nbgrader": meta})


@pytest.mark.parametrize(
    "value", [None, "0", "0.25", "2", "2.0", "1e-3", "'ok'", "True", "None", "[1, 2]", "tensor(0.5)"]
)
def test_scores_equal_those_of_nbgrader(value: str | None) -> None:
    expected, _ = determine_grade(_as_nbgrader_sees_it(value, 2))
    assert score_cell(_report(value=value), 2) == Score(expected, needs_manual=False)


@pytest.mark.parametrize("outcome", FAILURES)
@pytest.mark.parametrize("value", [None, "2"])
def test_whatever_did_not_pass_is_zero(outcome: Outcome, value: str | None) -> None:
    assert score_cell(_report(outcome, value), 2) == Score(0.0, needs_manual=False)


def test_what_was_not_graded_has_no_score() -> None:
    report = CellReport(index=0, id="test-matmul", outcome=Outcome.UNGRADED, message="the worker vanished")
    with pytest.raises(EngineError, match="'test-matmul' was not graded: the worker vanished; nothing is recorded"):
        score_cell(report, 2)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("nan", r"not a number \(NaN\)"),
        ("-1", "-1, which is below zero"),
        ("-inf", "-inf, which is below zero"),
        ("inf", "inf, more than the 2 points"),
        ("2.5", "2.5, more than the 2 points"),
        ("np.float64(nan)", r"not a number \(NaN\)"),
    ],
)
def test_a_number_out_of_range_is_the_instructors_error(value: str, said: str) -> None:
    score = score_cell(_report(value=value), 2)
    assert (score.auto_score, score.needs_manual) == (None, True)
    assert re.search(f"'test-matmul' ended with a score of {said}", score.problem)
    assert "end it with a number from 0 to 2" in score.problem


@pytest.mark.parametrize("value", ["np.float64(0.5)", "np.float32(0.5)", " 0.5\n"])
def test_a_numpy_number_is_a_number(value: str) -> None:
    assert score_cell(_report(value=value), 2) == Score(0.5, needs_manual=False)


@pytest.mark.parametrize(("value", "expected"), [(repr(0.1 + 0.2 + 0.7), 1.0), ("-0.0", 0.0), ("-1e-17", 0.0)])
def test_rounding_errors_are_forgiven(value: str, expected: float) -> None:
    score = score_cell(_report(value=value), 1)
    assert score.auto_score == expected
    assert math.copysign(1, score.auto_score) == 1


_VALUES = (
    st.none() | st.text() | st.floats().map(repr) | st.floats().map("np.float64({!r})".format) | st.integers().map(str)
)


@given(st.sampled_from([Outcome.PASSED, *FAILURES]), _VALUES, st.floats(0, 1000))
def test_a_score_is_from_zero_to_the_points_or_open(outcome: Outcome, value: str | None, points: float) -> None:
    score = score_cell(_report(outcome, value), points)
    if score.auto_score is None:
        assert score.needs_manual
        assert score.problem
    else:
        assert 0 <= score.auto_score <= points
        assert not score.needs_manual
        assert not score.problem


@given(st.floats(0, 100), st.floats(0, 1))
def test_partial_credit_is_the_number(points: float, share: float) -> None:
    assert score_cell(_report(value=repr(points * share)), points).auto_score == points * share


@pytest.mark.parametrize(
    ("role", "cell_type", "unanswered", "expected"),
    [
        (Role.MANUAL, "markdown", True, Score(0.0, needs_manual=False)),
        (Role.MANUAL, "code", False, Score(None, needs_manual=True)),
        (Role.TEST, "markdown", False, Score(None, needs_manual=True)),
        (Role.TEST, "code", False, None),
        (Role.TASK, "markdown", True, None),
        (Role.ANSWER, "code", True, None),
    ],
)
def test_cells_without_a_test(role: Role, cell_type: str, unanswered: bool, expected: Score | None) -> None:
    cell = RecordCell(id="x", role=role, cell_type=cell_type, source="", checksum="", points=2)
    assert score_by_hand(cell, unanswered=unanswered) == expected
