"""The history of verdicts: what is noted, and why."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from gabarito.course import Course
from gabarito.errors import GradebookError
from gabarito.gradebook.history import Change, Why, read_bases, read_history, reasons
from gabarito.gradebook.result import SubmissionResult
from gabarito.gradebook.writer import open_gradebook
from gabarito.model import Basis, Outcome
from tests.gradebook import factories

BASIS = Basis(
    submission="s",
    given="g",
    limits="l",
    engine="e",
    seeds="r",
    tests={"test-double": "1", "test-half": "2"},
    stored="k",
)
FIRST = {"test-double": 2.0, "test-half": 0.0, "test-partial": 0.0}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return factories.course(tmp_path)


def _result(
    basis: Basis | None = BASIS, *, student: str = "ana", is_forced: bool = False, **scores: float
) -> SubmissionResult:
    """A submission whose tests got these points; `double=0` is a failed test."""
    given = FIRST | {f"test-{name}": points for name, points in scores.items()}
    result = factories.result(student, {**given, "test-two": 1.0})
    outcomes = {name: Outcome.PASSED if points else Outcome.FAILED for name, points in given.items()}
    one = replace(result.notebooks["one"], outcomes=outcomes, basis=basis, is_forced=is_forced)
    return replace(result, notebooks={**result.notebooks, "one": one})


def _record(course: Course, *results: SubmissionResult) -> None:
    with open_gradebook(course) as gradebook:
        for result in results:
            gradebook.record(result)


def _later(course: Course, student: str = "ana") -> list[Change]:
    """Changes but for first verdicts."""
    return [c for c in read_history(course, "ps1", [student]) if not c.is_first]


def test_a_first_verdict(course: Course) -> None:
    _record(course, _result(), _result(student="bo"))
    found = read_history(course, "ps1", ["ana"])
    assert {c.student for c in read_history(course, "ps1")} == {"ana", "bo"}
    double = next(c for c in found if c.cell == "test-double")
    assert (double.score_before, double.score_after) == (None, 2.0)
    assert (double.outcome_before, double.outcome_after, double.why) == ("", "passed", (Why.FIRST,))
    assert double.at.tzinfo is None
    assert {c.cell for c in found} >= set(FIRST)
    assert "essay" not in {c.cell for c in found}, "no test decides it"
    assert [b.stored for b in read_bases(course)] == ["k", "k"]


def test_the_same_verdict_again_is_no_change(course: Course) -> None:
    _record(course, _result(), _result(), _result(is_forced=True), _result(replace_basis(engine="other")))
    assert _later(course) == []


def replace_basis(**parts: str) -> Basis:
    return msgspec.structs.replace(BASIS, **parts)


@pytest.mark.parametrize(
    ("basis", "why"),
    [
        (replace_basis(submission="x"), [Why.SUBMISSION]),
        (msgspec.structs.replace(BASIS, tests={**BASIS.tests, "test-double": "x"}), [Why.TEST]),
        (msgspec.structs.replace(BASIS, tests={**BASIS.tests, "test-half": "x"}), [Why.OTHER_TESTS]),
        (replace_basis(given="x"), [Why.GIVEN]),
        (replace_basis(limits="x"), [Why.LIMITS]),
        (replace_basis(engine="x"), [Why.ENGINE]),
        (replace_basis(seeds="x"), [Why.SEEDS]),
        (replace_basis(submission="x", limits="x"), [Why.SUBMISSION, Why.LIMITS]),
        (BASIS, [Why.POINTS]),
        (None, [Why.AGAIN]),
    ],
)
def test_why(course: Course, basis: Basis | None, why: list[Why]) -> None:
    _record(course, _result(), _result(basis, double=0.0))
    (change,) = _later(course)
    assert (change.cell, change.score_before, change.score_after) == ("test-double", 2.0, 0.0)
    assert (change.outcome_before, change.outcome_after) == ("passed", "failed")
    assert list(change.why) == why
    _record(course, _result())
    assert [c.score_after for c in _later(course)] == [0.0, 2.0], "nothing goes away"


def test_force_is_a_reason_where_there_is_no_other(course: Course) -> None:
    _record(course, _result(), _result(double=0.0, is_forced=True))
    assert [c.why for c in _later(course)] == [(Why.FORCED,)]
    _record(course, _result(replace_basis(limits="x"), is_forced=True))
    assert _later(course)[-1].why == (Why.LIMITS,)
    _record(course, _result(None, double=1.0, is_forced=True))
    assert _later(course)[-1].why == (Why.FORCED,)


def test_a_notebook_that_is_missing_now(course: Course) -> None:
    result = _result()
    _record(course, result, replace(result, notebooks={"two": result.notebooks["two"]}))
    (change,) = [c for c in _later(course) if c.cell == "test-double"]
    assert (change.score_after, change.outcome_after, change.why) == (0.0, "", (Why.SUBMISSION,))
    assert [b.stored for b in read_bases(course)] == []


def test_reasons_name_only_what_differs() -> None:
    assert reasons(BASIS, BASIS, "test-double") == []


def test_what_is_not_recorded_is_not_noted(course: Course) -> None:
    _record(course, _result())
    with pytest.raises(GradebookError):
        _record(course, _result(double=99.0))
    assert _later(course) == []


def test_what_another_version_kept(course: Course) -> None:
    _record(course, _result())
    connection = sqlite3.connect(course.root / "gradebook.db")
    connection.execute("UPDATE gabarito_basis SET basis = '{}'")
    connection.commit()
    connection.close()
    assert read_bases(course) == []
    _record(course, _result(double=0.0))
    assert [c.why for c in _later(course)] == [(Why.AGAIN,)]
    assert read_bases(course) == [BASIS]


def test_an_old_gradebook(course: Course) -> None:
    _record(course, _result())
    connection = sqlite3.connect(course.root / "gradebook.db")
    for name in ("gabarito_history", "gabarito_basis"):
        connection.execute(f"DROP TABLE {name}")
    connection.commit()
    connection.close()
    assert read_history(course, "ps1") == []
    assert read_bases(course) == []
    _record(course, _result(double=0.0))
    change = next(c for c in read_history(course, "ps1") if c.cell == "test-double")
    assert (change.score_before, change.outcome_before, change.why) == (2.0, "", (Why.AGAIN,))
