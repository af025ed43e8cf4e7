"""Ids of students: names of all the world, and no tricks."""

from __future__ import annotations

import pytest

from gabarito.errors import UsageError
from gabarito.exchange.students import student_id


@pytest.mark.parametrize(
    "good", ["ana-lima", "s123456", "a.b@uni.edu", "João", "李雷", "O'Neil", "x", "a b", "a" * 128]
)
def test_names(good: str) -> None:
    assert student_id(good) == good


def test_accents_have_one_form() -> None:
    assert student_id("Joa\u0303o") == "Jo\u00e3o"


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("..", "begins with a dot"),
        (".", "begins with a dot"),
        (".history", "begins with a dot"),
        ("../bo", "begins with a dot"),
        ("a/../bo", "another folder"),
        ("/etc", "another folder"),
        ("a\\b", "another folder"),
        ("a+b", "separates the parts"),
        ("*", "pattern"),
        ("a?", "pattern"),
        ("[a]", "pattern"),
        ("a,b", "separates ids"),
        (" ana", "blank"),
        ("ana\n", "blank"),
        ("a\x00b", r"U\+0000"),
        ("a\nb", r"U\+000A"),
        ("a\u202eb", r"U\+202E"),
        ("a" * 129, "129 characters"),
        ("李" * 100, "100 characters"),
    ],
)
def test_tricks_and_slips(bad: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        student_id(bad)
