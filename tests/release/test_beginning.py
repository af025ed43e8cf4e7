"""First cells that run once for all submissions: found and tried at release, used when a class is graded."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import nbformat
import pytest

from gabarito.course import Course, load_course
from gabarito.exchange import find_submissions
from gabarito.grading.prepare import given_files, prepare
from gabarito.model import NotebookContract
from gabarito.release import release
from tests.release.factories import answer, given, graded, notebook, plain, write_course

LOAD = "numbers = [*map(int, open('numbers.txt'))]"
ANSWER = "### BEGIN SOLUTION\ndef total():\n    return sum(numbers)\n### END SOLUTION"
CONFIG = 'c.Gabarito.sandbox = "process"'


def _released(root: Path, first: str, *, test: str = "assert total() == 6") -> tuple[Course, NotebookContract]:
    cells = (given("load", first), answer("a", ANSWER), graded("t", test))
    course = write_course(root, CONFIG, ps=notebook(*cells))
    (course.source / "ps" / "numbers.txt").write_text("1\n2\n3\n")
    done = release(course, "ps", force=True)
    assert done.contract is not None
    return load_course(course.root), done.contract.notebooks[0]


def test_a_cell_that_loads_data_is_run_once(tmp_path: Path) -> None:
    _, contract = _released(tmp_path, LOAD)
    assert (contract.beginning, contract.alone) == (("load",), "")


@pytest.mark.parametrize(
    "first", ["import math\nnumbers = [1, 2, 3]", "def load():\n    '''Data.'''\n    return open('x')"]
)
def test_cells_without_work_are_not_worth_it(first: str, tmp_path: Path) -> None:
    _, contract = _released(tmp_path, f"{first}\nnumbers = [1, 2, 3]")
    assert (contract.beginning, contract.alone) == ((), "")


@pytest.mark.parametrize(
    ("first", "test", "why"),
    [
        (f"import random\nrandom.seed(1)\n{LOAD}", "assert total() == 6", "they draw random numbers, or seed them"),
        (
            f"import os\n{LOAD}\nstarted = os.getpid()",
            "import os\nassert started == os.getpid()\nassert total() == 6",
            "“t” ends otherwise where they run once for all",
        ),
        ("%%bash\ntrue", "assert 1", "they start threads or processes that go on"),
    ],
)
def test_what_ends_otherwise_is_run_anew(first: str, test: str, why: str, tmp_path: Path) -> None:
    _, contract = _released(tmp_path, first, test=test)
    assert (contract.beginning, contract.alone) == ((), why)


def test_a_submission_shares_what_it_has_in_common(tmp_path: Path) -> None:
    course, _ = _released(tmp_path, LOAD)
    solved = (given("load", LOAD), answer("a", ANSWER), graded("t", "assert total() == 6"))
    for student, cells in (
        ("own-cell-first", (plain("x = 1"), *solved)),
        ("as-released", solved),
        ("own-file", solved),
    ):
        folder = course.root / "submitted" / student / "ps"
        folder.mkdir(parents=True)
        nbformat.write(notebook(*deepcopy(cells)), folder / "ps.ipynb")
    (course.root / "submitted" / "own-file" / "ps" / "more.txt").write_text("x")
    record = course.record("ps")
    contracts = course.contract("ps").current(record)
    found = {
        submission.student: prepare(course, record, submission, given_files(course, "ps"), contracts, secret=b"s").jobs[
            "ps"
        ]
        for submission in find_submissions(course, "ps", ())
    }
    assert {student: job.beginning for student, job in found.items()} == {
        "own-cell-first": 0,
        "as-released": 1,
        "own-file": 0,
    }
