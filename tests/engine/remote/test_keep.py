"""What student code changed is put back, where the reference solution does not change it."""

from __future__ import annotations

import copy
from collections import Counter
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from gabarito.engine.remote.keep import Kept, can_change, restorer
from gabarito.engine.remote.policy import ELSEWHERE, Policy, ViolationError
from gabarito.engine.remote.random_states import random_states
from gabarito.engine.remote.spoil import spoil
from tests.engine.remote.pair import LABEL, Pair
from tests.engine.remote.test_spoil import containers, same


class Account:
    """An instance of a class of the test's."""

    def __init__(self) -> None:
        self.balance = 3


@pytest.mark.parametrize(
    "value",
    [
        np.arange(3.0),
        np.array(3.0),
        np.arange(6.0)[1:4],
        torch.ones(2, requires_grad=True),
        torch.arange(6.0)[1:4],
        torch.from_numpy(np.arange(3.0)),
        *containers(),
    ],
)
def test_everything_that_can_change_is_put_back(value: Any) -> None:
    before = copy.deepcopy(value)
    restore = restorer(value)
    for _ in spoil(value):
        pass
    assert not same(value, before)
    restore(value)
    assert same(value, before)
    assert can_change(value)


def test_attributes_and_memory_are_put_back() -> None:
    account, tensor, seen = Account(), torch.arange(3.0), torch.arange(3.0)
    view = seen[1:]
    things = account, tensor, seen, iter("x")
    restores = [restorer(each) for each in things]
    seen.zero_()
    account.balance, tensor.data, seen.data = 0, torch.zeros(1), torch.ones(5)
    for restore, each in zip(restores, things, strict=True):
        restore(each)
    assert (account.balance, tensor.tolist()) == (3, [0.0, 1.0, 2.0])
    assert (seen.tolist(), view.tolist()) == ([0.0, 1.0, 2.0], [1.0, 2.0])


def test_a_value_that_nobody_can_change() -> None:
    fixed: tuple[Any, ...] = (
        5,
        1.0,
        True,
        "x",
        b"x",
        None,
        np,
        len,
        can_change,
        int,
        range(3),
        frozenset(),
        (1, "x"),
        np.float64(1),
    )
    assert not any(map(can_change, fixed))
    assert can_change((1, []))
    assert can_change(Account())
    with Pair("def f(x): return x") as pair:
        assert not can_change(pair["f"])


def test_the_first_change_counts_and_what_is_gone_is_forgotten() -> None:
    shared: dict[int, Any] = {}
    kept = Kept(shared.get)
    whole, memory = [1, 2], np.arange(4.0)
    weights = torch.arange(4.0)
    shared |= {1: SimpleNamespace(oid=1, obj=whole), 2: SimpleNamespace(oid=2, obj=memory[2:])}
    shared |= {3: SimpleNamespace(oid=3, obj=[5]), 64: SimpleNamespace(oid=64, obj=weights[2:])}
    changes = {2: lambda: memory.fill(9), 3: shared[3].obj.clear, 64: weights.zero_}
    for number, change in [(1, whole.clear), (1, whole.clear), *changes.items()]:
        kept.keep(shared[number])
        change()
    kept.accept([shared[3]])
    lost = shared.pop(3).obj
    del shared[2], shared[64]
    for number in range(4, 60):  # no longer shared, each at once
        kept.keep(SimpleNamespace(oid=number, obj=[number]))
    assert len(kept._before) < 40
    kept.restore()
    assert (whole, memory.tolist(), lost) == ([1, 2], [9, 9, 2, 3], [])
    assert weights.tolist() == [0, 0, 2, 3]
    whole.clear()
    kept.restore()
    assert whole == []


CELLS = """
kept = []
def look(*x): kept.extend(x)
def change(x): x.clear()
def later():
    for each in kept: each.clear() if hasattr(each, "clear") else setattr(each, "balance", 0)
"""


def _again(pair: Pair, **policy: Any) -> Policy:
    """Begin another test."""
    found = Policy(LABEL, {n: frozenset({"call"}) for n in range(9)}, **policy)
    pair.checker.obey(found, pair.checker.process)
    return found


def test_between_tests_everything_is_put_back_but_what_the_solution_changes() -> None:
    with Pair(CELLS, allowed={1: frozenset({"call"})}, keeps=True) as pair:
        one, two, letters = [1], [2], Counter("ab")
        pair.test("look(one, letters)", one=one, letters=letters)
        policy = _again(pair, changes={1: frozenset({"0"})})
        pair.test("change(two)", two=two)
        pair.test("\nlater()")
        assert (one, two, len(letters)) == ([], [], 0)
        assert not policy.violation
        pair.checker.restore()
        assert (one, two, letters) == ([1], [], Counter("ab"))
        pair.test("later()")
        pair.names["look"] = None
        assert one == []


def test_a_change_of_what_an_earlier_test_handed_over_is_a_violation_where_it_is_needed() -> None:
    account = Account()
    account.__class__.__module__ = "__main__"
    for value, lent in (([1], frozenset()), (Counter("a"), frozenset()), (account, frozenset({"setattr balance"}))):
        with Pair(CELLS, keeps=True, lent=lent) as pair:
            pair.test("look(value)", value=value)
            _again(pair, earlier=True, lent=lent)
            with pytest.raises(ViolationError, match="something that it was given before"):
                pair.test("later()")
            _again(pair, earlier=True, lent=lent, changes={1: frozenset({ELSEWHERE})})
            pair.test("later()")


KEEPING = """
__kept = []
def look(*x): __kept.extend(x)
def later():
    for each in __kept: each.__setitem__(0, 9)
"""


@pytest.mark.parametrize("manners", [{"strict": True}, {"earlier": True}])
@pytest.mark.parametrize(
    ("value", "holds", "is_theirs"),
    [
        ("[1, 2]", False, True),
        ("[1, 2]", True, False),
        ("np.arange(3.0)", False, True),
        ("np.arange(3.0)", True, False),
        ("np.arange(3.0)[:2]", False, False),
        ("torch.arange(3.0)", False, True),
        ("torch.arange(3.0)", True, False),
        ("torch.arange(3000.0)", False, True),
        ("torch.arange(3.0)[:2]", False, False),
        ("torch.from_numpy(np.arange(3.0))", False, False),
    ],
)
def test_what_no_test_can_see_any_more_is_the_students(
    value: str, holds: bool, is_theirs: bool, manners: dict[str, bool]
) -> None:
    with Pair(KEEPING, keeps=True) as pair:
        kept = pair.test(f"value = {value}\nlook(value)\nheld = [value] if {holds} else 0\ndel value")["held"]
        policy = _again(pair, **manners)
        if not is_theirs:
            with pytest.raises(ViolationError, match="something that it was given before"):
                pair.test("later()")
            return
        pair.test("later()\nlater()")
        pair.checker.restore()
        pair.test("later()")
        assert (kept, policy.violation) == (0, "")
        assert pair.names["__kept"][0][0] == 9


def test_a_storage_that_a_test_holds_shows_what_is_in_it() -> None:
    for value in ("torch.arange(3.0)", "torch.arange(3000.0)"):
        with Pair(KEEPING, keeps=True) as pair:
            held = pair.test(f"value = {value}\nlook(value)\nheld = value.untyped_storage()\ndel value")["held"]
            _again(pair, earlier=True)
            with pytest.raises(ViolationError, match="something that it was given before"):
                pair.test("later()")
            pair.checker.restore()
            assert torch.empty(0).set_(held)[0] == 0


@pytest.mark.parametrize("held", ["value.detach()", "value.data", "value.numpy()", "value[1:]"])
def test_who_moves_a_tensor_away_is_not_free_to_change_what_it_lay_in(held: str) -> None:
    cells = KEEPING + "\n    for each in __kept: each.data = torch.ones(3)"
    with Pair(cells, keeps=True) as pair:
        seen = pair.test(f"value = torch.arange(1.0, 4.0)\nlook(value)\nheld = {held}\ndel value")["held"]
        before = seen.tolist()
        _again(pair, earlier=True)
        heap = pair.student.session.heap
        pair.student.session._forgotten = lambda: tuple(heap.collect())  # type: ignore[method-assign]
        with pytest.raises(ViolationError, match="something that it was given before"):
            pair.test("later()")
        pair.checker.restore()
        assert seen.tolist() == before


BESIDE = """
__kept = []
def look(x): __kept.append(x)
def later():
    (x,) = __kept
    x[:] = 9
    known = __heap.known(x)
    known.agree()
    known.buffer.cover = None
    return x[...]
"""


@pytest.mark.parametrize("value", [np.arange(4.0), torch.arange(4.0), torch.from_numpy(np.arange(4.0))])
def test_what_is_written_beside_a_value_of_the_tests_is_seen_and_put_back(value: Any) -> None:
    with Pair(BESIDE, allowed={n: frozenset({"call"}) for n in range(9)}, keeps=True) as pair:
        pair.names["__heap"] = pair.student.session.heap
        pair.test("look(value)\nseen = later()", value=value)
        assert value.tolist() == [9, 9, 9, 9]
        _again(pair, earlier=True)
        pair.checker.restore()
        assert value.tolist() == [0, 1, 2, 3]
        with pytest.raises(ViolationError, match="something that it was given before"):
            pair.test("later()")


def test_between_tests_what_no_test_can_see_stays() -> None:
    with Pair(KEEPING, allowed={n: frozenset({"call"}) for n in range(9)}, keeps=True) as pair:
        one = [1]
        pair.test("look(one, [2])\nlater()", one=one)
        assert one == [9]
        pair.checker.restore()
        pair.test("look()")
        assert pair.names["__kept"] == [[1], [9]]


@pytest.mark.parametrize(("is_before", "what"), [(True, "something that it was given before"), (False, "argument 1")])
def test_what_changes_while_random_numbers_are_handed_on_is_seen(is_before: bool, what: str) -> None:
    def lie(states: Any) -> Any:
        if (states is not None) is is_before:
            for each in pair.names["kept"]:
                each.clear()
        return random_states() if states is None else None

    allowed = {n: frozenset({"call"}) for n in range(9)}
    with (
        Pair(CELLS, allowed=allowed, strict=True, random=True, handlers={"random": lie}) as pair,
        pytest.raises(ViolationError, match=f"changed {what}"),
    ):
        pair.test("look(value)\nlook()", value=[1])


def test_what_a_test_hands_over_itself_is_not_of_an_earlier_one() -> None:
    with Pair(CELLS, keeps=True) as pair:
        policy = _again(pair, earlier=True)
        value = [1]
        pair.test("look(value)\nlater()", value=value)
        assert (value, policy.violation) == ([], "")


def test_nothing_is_put_back_where_no_test_needs_it() -> None:
    with Pair(CELLS) as pair:
        value = [1]
        pair.test("change(value)", value=value)
        pair.checker.restore()
        assert value == []


def test_all_that_was_handed_over_is_spoilt() -> None:
    with Pair(CELLS) as pair:
        value: list[Any] = [1]
        letters = Counter("ab")
        pair.test("look(value, letters)", value=value, letters=letters)
        pair.checker.spoil_all()
        assert (value, len(letters)) == ([None], 0)
