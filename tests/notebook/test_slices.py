"""What of a notebook is run for some of its tests."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from gabarito.model import Contract, JobCell, Mode, Role
from gabarito.notebook.influence import read_influences
from gabarito.notebook.slices import Slice, slice_of

IMPORTS = "import torch\nimport math"
ROLES = {"given": Role.GIVEN, "answer": Role.ANSWER, "plain": Role.PLAIN, "test": Role.TEST}


def _slice(*cells: tuple[str, str], tests: Collection[str] = ("t",), failed: Collection[str] = ()) -> Slice | None:
    """Of cells `("given", source)`, `("answer", source)` called `a2` and so on, and last `("test f", source)`."""
    made = [JobCell(index=0, id="imports", role=Role.GIVEN, source=IMPORTS)]
    for number, (kind, source) in enumerate(cells, 1):
        role, *fetch = kind.split()
        contract = Contract(mode=Mode.TWO_PROCESS, fetch=tuple(fetch)) if role == "test" else None
        name = "t" if number == len(cells) else f"{role[0]}{number}"
        made.append(JobCell(index=number, id=name, role=ROLES[role], source=source, contract=contract))
    known = read_influences(made)
    return slice_of(made, tests, known, {c.id for c in made if c.role is not Role.TEST and c.id not in failed})


def _sources(found: Slice | None) -> dict[str, str]:
    assert found is not None
    return {cell.id: cell.source for cell in found.cells if cell.id != "imports"}


def test_only_what_the_test_reaches() -> None:
    found = _slice(
        ("answer", "A = torch.randn(2)\nB = A + 1"),
        ("answer", "def f(x):\n    return g(x)"),
        ("test A", "assert A.sum()"),
        ("plain", "print(f(A))"),
        ("answer", "def g(x):\n    return x\n\n\ndef h(x):\n    return A"),
        ("test f", "assert f(1) == 1"),
    )
    assert _sources(found) == {
        "a2": "def f(x):\n    return g(x)",
        "a5": "def g(x):\n    return x",
        "t": "assert f(1) == 1",
    }
    assert found is not None
    assert not found.draws


def test_lines_stay_where_they_are() -> None:
    found = _slice(
        ("answer", "# mine\nn = 1\n\n@torch.no_grad()\ndef f(x):\n    return x  # so\n\n\nm = f(n)"), ("test f", "f(1)")
    )
    assert _sources(found)["a1"] == "\n\n\n@torch.no_grad()\ndef f(x):\n    return x  # so"


def test_what_may_change_an_object_is_run() -> None:
    found = _slice(
        ("answer", "data = []\nother = []"),
        ("answer", "more = data\ndef add(x):\n    more.append(x)"),
        ("answer", "add(1)\nother.append(2)"),
        ("answer", "other.append(3)"),
        ("test data", "assert data == [1]"),
    )
    assert _sources(found) == {
        "a1": "data = []",
        "a2": "more = data\ndef add(x):\n    more.append(x)",
        "a3": "add(1)",
        "t": "assert data == [1]",
    }


def test_statements_in_one_line_stay_together() -> None:
    found = _slice(("answer", "a = 1; b = 2\nc = 3"), ("test a", "assert a"))
    assert _sources(found)["a1"] == "a = 1; b = 2"


def test_a_cell_that_failed_is_run_whole_or_not_at_all() -> None:
    cells = (("answer", "a = 1\nb = 1 / 0\nc = 2"), ("answer", "d = 1\ne = 2"))
    assert _sources(_slice(*cells, ("test a", "assert a"), failed=["a1"])) == {"a1": cells[0][1], "t": "assert a"}
    assert _sources(_slice(*cells, ("test d", "assert d"), failed=["a1"])) == {"a2": "d = 1", "t": "assert d"}


def test_given_cells_stay_with_what_they_need() -> None:
    found = _slice(
        ("answer", "A = torch.ones(2)\nn = 3"),
        ("given", "print(A)"),
        ("answer", "def f(x):\n    return x"),
        ("test f", "assert f(1)"),
    )
    assert _sources(found) == {
        "a1": "A = torch.ones(2)",
        "g2": "print(A)",
        "a3": "def f(x):\n    return x",
        "t": "assert f(1)",
    }


def test_random_numbers_come_in_the_same_order() -> None:
    found = _slice(
        ("answer", "A = torch.randn(2)"),
        ("answer", "def f():\n    return torch.randn(2)\nC = 3"),
        ("answer", "B = f()"),
        ("test B", "assert B.sum() < 1"),
    )
    assert found is not None
    assert found.draws
    assert list(_sources(found)) == ["a1", "a2", "a3", "t"]
    given = _slice(("given", "A = torch.randn(2)"), ("answer", "def f(x):\n    return x"), ("test f", "assert f(1)"))
    assert given is not None
    assert not given.draws, "what a given cell draws makes no difference to the test"


def test_tests_that_it_may_depend_on() -> None:
    cells = (("answer", "def f(x):\n    return x"), ("test f", "n = f(2)"), ("test f", "m = 3"), ("test f", "f(n)"))
    assert list(_sources(_slice(*cells, tests=["t2", "t"]))) == ["a1", "t2", "t"]


@pytest.mark.parametrize(
    "cells",
    [
        (("answer", "def f(x):\n    return x"), ("plain", "%timeit f(1)"), ("test f", "assert f(1)")),
        (("answer", "def f(x):\n    return globals()"), ("test f", "assert f(1)")),
        (("answer", "def f(x):\n    return x"), ("test f", "import os\nassert f(1)")),
    ],
    ids=["magic", "looks-around", "test-that-nobody-can-follow"],
)
def test_what_nobody_can_follow(cells: tuple[tuple[str, str], ...]) -> None:
    assert _slice(*cells) is None


def test_what_comes_after_does_not_matter() -> None:
    cells = [
        JobCell(index=0, id="a", role=Role.ANSWER, source="def f(x):\n    return x"),
        JobCell(
            index=1,
            id="t",
            role=Role.TEST,
            source="assert f(1)",
            contract=Contract(mode=Mode.TWO_PROCESS, fetch=("f",)),
        ),
        JobCell(index=2, id="b", role=Role.ANSWER, source="exec('')"),
    ]
    assert slice_of(cells[:2], {"t"}, read_influences(cells), {"a"}) is not None
