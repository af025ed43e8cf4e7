"""What a cell is worth: nbgrader's rule, from an engine's report to points."""

from __future__ import annotations

import math
import re

import msgspec

from gabarito.errors import EngineError
from gabarito.model import CellReport, Outcome, RecordCell, Role

# numpy 2 prints its numbers as np.float64(0.5); nbgrader, which reads the text, gives full points for that.
_NUMPY_NUMBER = re.compile(r"np\.(?:float|int|uint|longdouble|longlong|ulonglong|intc|uintc)\d*\((?P<number>[^()]*)\)")
_ROUNDING = 1e-9

Ending = tuple[Outcome, str, float | None]
"""An outcome, the name of the exception's class, and a partial score."""


class Score(msgspec.Struct, frozen=True):
    """Points of one graded cell: `auto_score` is None where a person has to decide."""

    auto_score: float | None
    needs_manual: bool
    problem: str = ""
    """An instructor's error, as one sentence that names the cell and says what to do; else empty."""
    fault: str = ""
    """The impossible score, and what is wrong with it; else empty."""


def score_cell(report: CellReport, points: float) -> Score:
    """The score of a test cell that is worth `points`.

    As nbgrader does: a cell that passed gets full points, unless its last expression is a number, which is then
    the score; whatever else happened gives zero. Unlike nbgrader, stderr is no failure, a NumPy number is a number,
    and one that is NaN, negative or above `points` is the instructor's error: nobody gets full points for it, and a
    person decides.

    Raises:
        EngineError: the outcome is `ungraded`; there is nothing to record.
    """
    if report.outcome is Outcome.UNGRADED:
        raise EngineError(
            f"cell {report.id!r} was not graded: {report.message or 'no reason was given'}; "
            "nothing is recorded for this submission, grade it again"
        )
    if report.outcome is not Outcome.PASSED:
        return Score(0.0, needs_manual=False)
    number = partial_credit(report)
    if number is None:
        return Score(points, needs_manual=False)
    slack = _ROUNDING * max(1.0, points)
    if -slack <= number <= points + slack:
        return Score(min(max(number, 0.0), points) + 0.0, needs_manual=False)  # + 0.0: no -0.0
    fault = _fault(number, points)
    return Score(None, needs_manual=True, problem=_problem(report, fault, points), fault=fault)


def partial_credit(report: CellReport) -> float | None:
    """The number that a cell's last expression is; None where it is none."""
    return None if report.value is None else _number(report.value)


def ending(report: CellReport) -> Ending:
    """How a cell ended, as far as points rest on it; what else it shows may be drawn by chance."""
    return report.outcome, report.error, partial_credit(report) if report.mode is not None else None


def score_by_hand(cell: RecordCell, *, unanswered: bool) -> Score | None:
    """The score of a cell that no test decides, or None where the gradebook keeps no automatic score for it.

    As in nbgrader: an answer that was left as released gets zero, any other waits for a person. Tasks, and cells
    that aren't graded, have no automatic score.
    """
    if cell.role is Role.MANUAL:
        return Score(0.0, needs_manual=False) if unanswered else Score(None, needs_manual=True)
    if cell.role is Role.TEST and cell.cell_type != "code":
        return Score(None, needs_manual=True)
    return None


def _number(text: str) -> float | None:
    text = text.strip()
    if match := _NUMPY_NUMBER.fullmatch(text):
        text = match["number"]
    try:
        return float(text)
    except ValueError:
        return None


def _fault(number: float, points: float) -> str:
    worth = f"{points:g} point" + ("" if points == 1 else "s")
    if math.isnan(number):
        return "not a number (NaN)"
    if number < 0:
        return f"{number:g}, which is below zero"
    return f"{number:g}, more than the {worth} that the cell is worth"


def possible_end(points: float) -> str:
    """What to do about a test that ends with an impossible score."""
    return f"end it with a number from 0 to {points:g}, or with none for full points"


def _problem(report: CellReport, fault: str, points: float) -> str:
    return (
        f"Test cell {report.id!r} ended with a score of {fault}; {possible_end(points)}, release it and grade again. "
        "Until then a person has to score it."
    )
