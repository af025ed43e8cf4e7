"""Tests' sources as code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import CodeType
from typing import Any

import pytest

from gabarito.engine.statements import perform, split


@pytest.fixture(autouse=True)
def traced() -> Iterator[None]:
    """Statements of tests run without trace functions; that of the coverage of later tests must be there again."""
    before = sys.gettrace()
    yield
    sys.settrace(before)


def _codes(source: str, *, in_one: bool) -> Iterator[CodeType]:
    codes = split(source, "<test>", in_one=in_one)
    assert codes is not None
    return codes


@pytest.mark.parametrize("in_one", [False, True])
@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("", None),
        ("x = 1", None),
        ("x = 1\nx + 1", 2),
        ("x = 1\nx + 1;", None),
        ("x = 1\nx + 1; # quiet", None),
        ("'a word'", "a word"),
        ("from __future__ import annotations\ndef f(x: nothing): pass\nf.__annotations__", {"x": "nothing"}),
    ],
)
def test_the_last_expression_is_the_value(source: str, value: object, in_one: bool) -> None:
    names: dict[str, Any] = {}
    assert perform([_codes(source, in_one=in_one)], names) == value


@pytest.mark.parametrize("in_one", [False, True])
def test_what_follows_a_statement_that_fails_does_not_run(in_one: bool) -> None:
    names: dict[str, Any] = {}
    with pytest.raises(ZeroDivisionError) as caught:
        perform([_codes("a = 1\nb = 1 / 0\nc = 1\nc", in_one=in_one)], names)
    assert [entry.lineno + 1 for entry in caught.traceback if str(entry.path) == "<test>"] == [2]
    assert ("a" in names, "c" in names) == (True, False)


@pytest.mark.parametrize("in_one", [False, True])
@pytest.mark.parametrize("source", ["await x", "y = 1\nasync with x: pass\ny"])
def test_what_waits_is_for_ipython(source: str, in_one: bool) -> None:
    assert split(source, "<test>", in_one=in_one) is None


@pytest.mark.parametrize("in_one", [False, True])
@pytest.mark.parametrize("source", ["x = ", "return 1", "x = 1\nfrom __future__ import annotations"])
def test_what_is_no_python_is_said(source: str, in_one: bool) -> None:
    with pytest.raises(SyntaxError):
        split(source, "<test>", in_one=in_one)


def test_statements_come_one_by_one_where_a_student_could_look() -> None:
    assert len(list(_codes("a = 1\nb = 2\nb", in_one=False))) == 3
    assert len(list(_codes("a = 1\nb = 2\nb", in_one=True))) == 2
