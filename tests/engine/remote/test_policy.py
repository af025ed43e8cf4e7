"""What tests and student code may do with each other's objects, and what is said where they may not."""

from __future__ import annotations

import io
import types
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gabarito.engine.remote.policy import ELSEWHERE, Anything, Policy, ViolationError, line_in
from tests.engine.remote.pair import LABEL, Pair

CELLS = """
class Liar:
    def __eq__(self, other): return True
    def __bool__(self): return True
    def __len__(self): return 3
def f(x): return Liar()
def change(a, b=None, c=None):
    for each in (a, b, c):
        if each is not None: each.append(1)
kept = []
def keep(x): kept.append(x)
def later(): kept[0].append(2)
def deep(x): x[0]["k"].append(1)
def both(l, g):
    l.append(1)
    g()
    l.append(2)
def view(x): x[0] = 7
"""


def test_what_the_reference_did_is_recorded_by_line() -> None:
    with Pair(CELLS) as pair:
        pair.test("x = f(1)\nassert x == 2\n\nassert x and len(x) == 3")
        assert pair.policy.used == {1: {"call"}, 2: {"eq"}, 4: {"bool"}}
        assert pair.checker.may("suppress", None)
        assert pair.policy.used[0] == {"suppress"}


@pytest.mark.parametrize(
    ("operations", "says"),
    [
        (
            {1: {"call"}},
            "line 2 of the test met an instance of class Liar .*eq is not used .*allowed: plain values only",
        ),
        ({1: {"call"}, 2: {"lt", "getattr"}}, r"allowed: getattr, lt\)"),
        ({2: {"eq"}}, "line 1 of the test met a function named f"),
    ],
)
def test_a_violation_says_what_was_expected_and_is_not_forgotten(operations: dict[int, set[str]], says: str) -> None:
    allowed = {line: frozenset(words) for line, words in operations.items()}
    with Pair(CELLS, allowed=allowed) as pair:
        with pytest.raises(ViolationError, match=says):
            pair.test("x = f(1)\nassert x == 2")
        first = pair.policy.violation
        with pytest.raises(ViolationError):  # even what is allowed, and what is harmless
            pair.test("x = f(1)\nx == 2")
        assert pair.policy.violation == first
        assert not pair.checker.may("len", None)


def test_no_except_clause_swallows_a_violation() -> None:
    with Pair(CELLS, allowed={}) as pair:
        with pytest.raises(ViolationError):
            pair.test("try:\n    f(1)\nexcept Exception:\n    pass")
        pair.policy.violate("something else")
        assert "something else" not in pair.policy.violation


CHANGES = {
    "by position": ("change([])", {1: {"0"}}, "argument 1"),
    "by name": ("change([], c=[])", {1: {"0", "c"}}, "argument 1, argument 'c'"),
    "given before": ("l = []\nkeep(l)\nlater()", {3: {ELSEWHERE}}, "something that it was given before"),
    "both": ("l = []\nkeep(l)\ndef g(): later()\nchange(l, b=[])", {4: {"0", "b"}}, "argument 1, argument 'b'"),
    "deep": ("deep(({'k': []},))", {1: {"0"}}, "argument 1"),
    "too deep to be told": (
        "l = []\nkeep(l)\nfrom copy import copy\ndeep([{'k': l}])",
        {4: {"0"}},
        "argument 1",
    ),
    "an array": ("view(np.zeros(2))", {1: {"0"}}, "argument 1"),
    "a view of it": ("a = np.zeros(4)\nview(a[1:])", {2: {"0"}}, "argument 1"),
    "what a known view looks at": ("a = np.zeros(4)\nkeep(a)\nview(a[1:])", {3: {"0"}}, "argument 1"),
    "in a callback": (
        "def g(): change(None, b=[])\nl = []\nboth(l, g)",
        {3: {"0", "b"}},
        "argument 'b'",
    ),
    "a tensor": ("view(torch.zeros(2))", {1: {"0"}}, "argument 1"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_student_code_changed_is_seen(name: str) -> None:
    test, changes, says = CHANGES[name]
    with Pair(CELLS) as pair:
        pair.test(test)
        assert pair.policy.changed == changes
        calls = dict.fromkeys(range(9), frozenset({"call"}))
    with Pair(CELLS, allowed=calls, strict=True) as pair:
        with pytest.raises(ViolationError, match=says):
            pair.test(test)
        assert "needs what it hands over to stay as it is, but a function named" in pair.policy.violation
    known = {line: frozenset(places) for line, places in changes.items()}
    for settings in ({"strict": True, "changes": known}, {"strict": False}):
        with Pair(CELLS, allowed=calls, **settings) as pair:
            pair.test(test)


def test_what_lies_too_deep_is_elsewhere() -> None:
    deep = "def deep(x):\n    while x: last, x = x, x[0]\n    last.append([]) if last else x.append(1)"
    with Pair(deep) as pair:
        pair.test("deep([[[[[[[]]]]]]])")
        assert pair.policy.changed == {1: {ELSEWHERE}}


def test_arguments_are_spoilt_after_each_call_unless_it_changed_them() -> None:
    with Pair(CELLS, poisoned=True) as pair:
        seen = pair.test("l, m, a = [], [5], np.ones(1)\nchange(l)\nkeep(m)\nkeep(x=a)\nkeep.__name__")
        assert (seen["l"], seen["m"], seen["a"][0]) == ([1], [None], 2.0)
        pair.checker.mend()
        assert (seen["m"], seen["a"][0]) == ([5], 1.0)


class _Ours:
    """Stands for a class that a test defines."""

    __module__ = "__main__"
    kind = "x"

    def __init__(self) -> None:
        self.secret = 42

    def method(self) -> int:
        return self.secret


def _generator() -> Any:
    yield 1


@pytest.mark.parametrize(
    ("subject", "name", "lent"),
    [
        (_Ours(), "method", True),
        (_Ours(), "kind", True),
        (_Ours(), "secret", False),
        (_Ours(), "_x", False),
        (_Ours(), "__dict__", False),
        (_Ours(), "__class__", False),
        (_generator, "__name__", True),
        (_generator, "__globals__", False),
        (_generator, "__code__", False),
        (_generator, "attribute", False),
        (_Ours, "__name__", True),
        (_Ours, "__subclasses__", False),
        (_Ours().method, "__doc__", True),
        (_Ours().method, "__self__", False),
        (_generator(), "send", True),
        (_generator(), "gi_frame", False),
        (types, "FunctionType", False),
        (np.random.default_rng(1), "normal", True),
        (np.random.default_rng(1), "bit_generator", False),
        (torch.nn.Linear(1, 1), "weight", True),
        (io.StringIO(), "read", True),  # its class is one of _io, which is called io
        (Path("x"), "read_text", False),
        (partial(print), "func", False),
        (_Ours(), 5, False),
    ],
)
def test_what_student_code_may_read_of_a_tests_object(subject: Any, name: Any, lent: bool) -> None:
    policy = Policy(LABEL, {})
    if isinstance(subject, io.StringIO):
        lent = type(subject).__module__.partition(".")[0] in ("io",)
    if lent:
        policy.lend("getattr", subject, name)
    else:
        with pytest.raises(AttributeError, match="for student code"):
            policy.lend("getattr", subject, name)
    with pytest.raises(AttributeError, match="for student code"):
        policy.lend("setattr", subject, name)


def test_what_the_reference_read_of_a_tests_object_is_lent_afterwards() -> None:
    ours = _Ours()
    policy = Policy(LABEL)
    policy.lend("getattr", ours, "secret")
    policy.lend("setattr", ours, "secret")
    with pytest.raises(AttributeError):
        policy.lend("getattr", ours, "__dict__")
    assert policy.used_of_ours == {"getattr secret", "setattr secret"}
    after = Policy(LABEL, {}, frozenset({"getattr secret"}))
    after.lend("getattr", ours, "secret")
    with pytest.raises(AttributeError):
        after.lend("setattr", ours, "secret")


@pytest.mark.parametrize(
    ("subject", "lent"),
    [(_Ours(), True), (print, True), (np.zeros(1), True), (Path("x"), False), (types, False), (io.StringIO(), False)],
)
def test_what_student_code_may_call_or_use(subject: Any, lent: bool) -> None:
    policy = Policy(LABEL, {})
    if lent:
        policy.lend("call", subject)
    else:
        with pytest.raises(TypeError, match="is not for student code"):
            policy.lend("call", subject)


def test_the_outermost_line_of_the_test_counts() -> None:
    seen: list[int] = []
    source = "def g():\n    seen.append(line_in(label))\n\n\ng()"
    exec(compile(source, LABEL, "exec"), {"seen": seen, "line_in": line_in, "label": LABEL})
    assert seen == [5]
    assert line_in(LABEL) == 0


def test_the_students_end_protects_nothing() -> None:
    manners = Anything()
    assert manners.may("eq", None)
    manners.check("eq", None)
    manners.lend("getattr", None, "x")
