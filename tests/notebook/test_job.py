from __future__ import annotations

from nbformat.v4 import new_markdown_cell

from gabarito.model import HiddenRegion, JobCell, Role
from gabarito.notebook.job import job_cells
from tests.release.factories import answer, given, graded, notebook, plain


def test_code_cells_keep_their_place_role_and_hidden_tests() -> None:
    hidden = "### BEGIN HIDDEN TESTS: big\nassert f(9)\n### END HIDDEN TESTS"
    node = notebook(
        new_markdown_cell("text"), given("setup", "import math"), answer("f", "def f(x): ..."), graded("t", hidden),
        plain("f(1)"),
    )  # fmt: skip
    assert job_cells(node) == (
        JobCell(index=1, id="setup", role=Role.GIVEN, source="import math"),
        JobCell(index=2, id="f", role=Role.ANSWER, source="def f(x): ..."),
        JobCell(index=3, id="t", role=Role.TEST, source=hidden, hidden=(HiddenRegion(1, 3, "big"),)),
        JobCell(index=4, id="cell-4", role=Role.PLAIN, source="f(1)"),
    )


def test_a_cell_without_any_id_is_named_after_its_position() -> None:
    node = notebook(new_markdown_cell("text"), plain("1"))
    del node.cells[1]["id"]
    assert job_cells(node)[0].id == "cell-2"


def test_hidden_regions_can_come_from_elsewhere() -> None:
    known = (HiddenRegion(1, 1, "known"),)
    node = notebook(graded("t", "assert True"), answer("a", "x"))
    assert [cell.hidden for cell in job_cells(node, lambda cell: known)] == [known, ()]


def test_tests_that_look_at_a_clock_are_marked() -> None:
    node = notebook(
        given("given", "from gabarito.testing import assert_faster as quick"),
        plain("quick"),
        graded("plain", "assert True"),
        graded("timed", "quick(f, than=g, by=2)"),
    )
    assert [cell.id for cell in job_cells(node) if cell.timed] == ["timed"]
