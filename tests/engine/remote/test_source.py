"""`inspect.getsource` of a student's objects answers from the cells that were handed in."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from gabarito.engine.remote.source import answer_inspect, find_source
from tests.engine.remote.pair import Pair

CELLS = """x = 1

@staticmethod
def f(a):
    return a

class C:
    def m(self): pass
g = h = lambda x: x + 1
async def later(): pass
"""


def _found(*sources: str, name: str) -> str | None:
    found = find_source(sources, name)
    return None if found is None else found[0][found[1]]


def test_definitions_are_found_with_their_decorators() -> None:
    assert _found(CELLS, name="f") == "@staticmethod\n"
    assert _found(CELLS, name="C") == "class C:\n"
    assert _found(CELLS, name="m") == "    def m(self): pass\n"
    assert _found(CELLS, name="h") == "g = h = lambda x: x + 1\n"
    assert _found(CELLS, name="later") == "async def later(): pass\n"
    assert _found(CELLS, name="x") is None


def test_the_last_definition_counts_and_cells_that_are_no_python_are_passed_over() -> None:
    sources = ("def f(): return 1", "def f(): return 2\nx.y = lambda: 1", "%magic\ndef f(): return 3", "f(")
    assert _found(*sources, name="f") == "def f(): return 2\n"
    assert _found(*sources, name="y") is None


def test_one_that_stands_free_counts_before_one_within_something_else() -> None:
    free, within = "def f(): return 1", "if False:\n    def f(): return 2"
    for sources in ((free, within), (within, free)):
        assert _found(*sources, name="f") == free
    assert _found(within, name="f") == "    def f(): return 2"


@pytest.fixture
def sources() -> Iterator[list[str]]:
    known: Any = inspect.findsource
    cells: list[str] = []
    answer_inspect(cells)
    yield cells
    inspect.findsource = known


def test_inspect_shows_the_cells(sources: list[str]) -> None:
    cells = "def f(a):\n    return a + 1\n\nclass C:\n    def m(self): pass\ndef lost(): pass"
    with Pair(cells) as pair:
        sources.append(cells)
        f, c = pair["f"], pair["C"]
        assert inspect.getsource(f) == "def f(a):\n    return a + 1\n"
        assert inspect.getsource(c).startswith("class C:\n    def m")
        assert inspect.getsource(c().m).strip() == "def m(self): pass"
        assert "assert inspect" in inspect.getsource(test_inspect_shows_the_cells)
        sources.clear()
        with pytest.raises(OSError, match="no cell of the notebook defines f"):
            inspect.getsource(f)
