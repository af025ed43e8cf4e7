from __future__ import annotations

from gabarito.audit.chains import Chains
from tests.release.factories import answer, given, graded, notebook, plain


def _chains() -> Chains:
    return Chains(
        notebook(
            given("setup", "import torch"),
            answer("a", "A = torch.ones(3)"),
            graded("test-a", "assert A.sum() == 3; limit = 3"),
            answer("b", "def b(x): return x + 1"),
            graded("test-b", "assert b(1) == 2"),
            answer("c", "C = b(A)"),
            graded("test-c", "assert C.sum() < limit + 4"),
            plain("plot = 1"),
            given("plots", "print(C)"),
        )
    )


def test_a_test_needs_what_its_names_need() -> None:
    chains = _chains()
    assert chains.needed(2) == {0, 1, 2, 7}
    assert chains.needed(4) == {0, 3, 4, 7}
    assert chains.needed(6) == {0, 1, 3, 5, 6, 7}


def test_a_change_is_seen_by_the_tests_below_that_need_it() -> None:
    chains = _chains()
    assert chains.answers() == [1, 3, 5]
    assert chains.tests_after(1) == [2, 6]
    assert chains.tests_after(3) == [4, 6]
    assert chains.own_tests(1) == [2]


def test_an_answer_without_tests_below_has_those_that_need_it() -> None:
    chains = Chains(notebook(answer("a", "A = 1"), answer("b", "B = 2"), graded("test", "assert A + B == 3")))
    assert chains.own_tests(0) == chains.own_tests(1) == [2]


def test_a_cell_that_uses_a_name_may_have_changed_it() -> None:
    chains = Chains(notebook(answer("a", "A = [1]"), answer("b", "A.append(2)"), graded("test", "assert len(A) == 2")))
    assert chains.needed(2) == {0, 1, 2}


def test_names_of_one_test_in_another_are_found() -> None:
    assert list(_chains().shared_by_tests()) == [(6, "limit", 2)]
    again = notebook(graded("t", "limit = 1"), graded("u", "limit = 2\nassert limit"), answer("v", "x = limit"))
    assert list(Chains(again).shared_by_tests()) == []
