from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gabarito.gradebook.page import Page, make_page
from gabarito.gradebook.table import read_table
from gabarito.gradebook.writer import open_gradebook
from gabarito.grading.autograded import autograded_notebook
from gabarito.model import CellReport, Outcome, Report
from gabarito.notebook.cells import grade_id
from tests.gradebook import factories


def _page(tmp_path: Path, cells: dict[str, dict[str, Any]]) -> Page:
    course = factories.course(tmp_path)
    with open_gradebook(course) as gradebook:
        gradebook.record(factories.result("ana", {}))
    notebook = factories.executed()
    places = {grade_id(c): i for i, c in enumerate(notebook.cells)}
    reports = tuple(CellReport(index=places[name], id=name, **values) for name, values in cells.items())
    record = factories.record().notebooks[0]
    made = autograded_notebook(notebook, Report(key="k", cells=reports), record)
    table = read_table(course, "ps1")
    return make_page(made, record.name, record, table.exercises, table.submissions[0])


NAME_ERROR = {"outcome": Outcome.ERROR, "message": "NameError: name 'double' is not defined", "error": "NameError"}


def test_a_test_says_that_the_answer_above_it_did_not_run_to_its_end(tmp_path: Path) -> None:
    stopped = {"outcome": Outcome.TIMEOUT, "message": "the cell was stopped after 8 s of CPU time, which is the limit"}
    page = _page(tmp_path, {"double": stopped, "test-double": NAME_ERROR})
    told = f"The answer above it, double, did not run to its end: {stopped['message']}."
    assert page.lines["test-double"].sentences == (NAME_ERROR["message"], told)


@pytest.mark.parametrize(
    ("answer", "test"),
    [
        ({"outcome": Outcome.PASSED}, NAME_ERROR),
        ({"outcome": Outcome.ERROR, "message": "in a hidden test: # hidden: large inputs"}, NAME_ERROR),
        ({"outcome": Outcome.ERROR, "message": "ValueError: late"}, {"outcome": Outcome.PASSED}),
    ],
    ids=["the answer ran", "it would show a hidden line", "the test passed"],
)
def test_else_it_says_nothing_of_the_answer(tmp_path: Path, answer: dict[str, Any], test: dict[str, Any]) -> None:
    page = _page(tmp_path, {"double": answer, "test-double": test})
    assert not any("did not run to its end" in s for s in page.lines["test-double"].sentences)


def test_an_answer_is_no_cause_of_what_stands_under_the_next_one(tmp_path: Path) -> None:
    page = _page(
        tmp_path,
        {
            "double": {"outcome": Outcome.ERROR, "message": "ValueError: late"},
            "half": {"outcome": Outcome.PASSED},
            "test-half": NAME_ERROR,
        },
    )
    assert page.lines["test-half"].sentences == (NAME_ERROR["message"],)
