"""Receipts: the course's seal, and what it still has of a hand-in."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from gabarito.course import Course
from gabarito.errors import CourseError, SubmissionError
from gabarito.exchange import Receipt, submit
from gabarito.exchange.receipt import read_receipt, verify
from tests.exchange.courses import make_course, save
from tests.notebook.released import release, small_source, solve

RELEASED, RECORD = release(small_source())
SOLVED = solve(RELEASED)
TIME = datetime(2026, 11, 20, 9, 30, 15, 250, tzinfo=UTC)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return make_course(tmp_path / "course", small=(RECORD,))


def hand_in(course: Course, tmp_path: Path, notebook: Any = SOLVED, time: datetime = TIME) -> Receipt:
    return submit(course, save(notebook, tmp_path / "small.ipynb"), "ana", now=time)


def test_a_receipt_of_ours_is_known_after_it_was_written_down(course: Course, tmp_path: Path) -> None:
    receipt = hand_in(course, tmp_path)
    (tmp_path / "receipt.json").write_bytes(msgspec.json.encode(receipt))
    verified = verify(course, read_receipt(tmp_path / "receipt.json"))
    assert (verified.is_ours, verified.is_current, verified.kept) == (True, True, ("submitted/ana/small",))


def test_the_receipt_of_an_earlier_hand_in_leads_to_where_that_is_kept(course: Course, tmp_path: Path) -> None:
    first = hand_in(course, tmp_path)
    second = hand_in(course, tmp_path, RELEASED, datetime(2026, 11, 21, tzinfo=UTC))
    assert second.earlier is not None
    verified = verify(course, first)
    assert (verified.is_ours, verified.is_current, verified.kept) == (True, False, (second.earlier,))


def test_a_repeated_hand_in_has_the_same_seal(course: Course, tmp_path: Path) -> None:
    first = hand_in(course, tmp_path)
    again = hand_in(course, tmp_path, time=datetime(2026, 11, 25, tzinfo=UTC))
    assert (again.repeated, again.seal) == (True, first.seal)


@pytest.mark.parametrize(
    "change",
    [
        {"student": "bo"},
        {"assignment": "other"},
        {"notebook": "other.ipynb"},
        {"time": datetime(2026, 11, 19, tzinfo=UTC)},
        {"sha256": "0" * 64},
        {"size": 1},
        {"seal": ""},
        {"seal": "ä"},
        {"student": "../../ana", "assignment": "../small"},
        {"student": "", "assignment": "", "notebook": ""},
    ],
)
def test_a_receipt_that_was_changed_is_not_ours(course: Course, tmp_path: Path, change: dict[str, Any]) -> None:
    verified = verify(course, replace(hand_in(course, tmp_path), **change))
    assert not verified.is_ours
    assert verified.is_current == bool(set(change) <= {"size", "seal"} or change.get("student") == "../../ana")


def test_another_course_has_another_seal(course: Course, tmp_path: Path) -> None:
    verified = verify(make_course(tmp_path / "other", small=(RECORD,)), hand_in(course, tmp_path))
    assert (verified.is_ours, verified.kept) == (False, ())


def test_who_cannot_read_the_secret_hands_in_without_a_seal(course: Course, tmp_path: Path) -> None:
    course.secret_path.parent.mkdir(mode=0o700)
    course.secret_path.write_text("nonsense")
    receipt = hand_in(course, tmp_path)
    assert receipt.seal == ""
    with pytest.raises(CourseError, match="damaged"):
        verify(course, receipt)


@pytest.mark.parametrize(("content", "words"), [(None, "check its name"), ("[]", "is no receipt"), ("{", "no receipt")])
def test_what_is_no_receipt_is_said(tmp_path: Path, content: str | None, words: str) -> None:
    if content is not None:
        (tmp_path / "r.json").write_text(content)
    with pytest.raises(SubmissionError, match=words):
        read_receipt(tmp_path / "r.json")


def test_the_secret_is_nobody_elses(course: Course, tmp_path: Path) -> None:
    hand_in(course, tmp_path)
    assert os.stat(course.secret_path).st_mode & 0o077 == 0
