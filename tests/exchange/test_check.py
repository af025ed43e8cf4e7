"""A student's notebook run with its visible tests."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from gabarito.errors import SubmissionError
from gabarito.exchange import check as check_module
from gabarito.exchange.check import Checked, check
from gabarito.model import CellReport, Job, Outcome, Report, Role
from tests.exchange.courses import make_course, save
from tests.notebook.released import cell, release, source_notebook


def lesson() -> NotebookNode:
    """A notebook as students get it, with what they need to pass its tests in it."""
    return release(
        source_notebook(
            cell(Role.GIVEN, "import helper\nfrom pathlib import Path", "given"),
            cell(Role.ANSWER, "### BEGIN SOLUTION\ntwo = helper.two()\n### END SOLUTION", "two"),
            cell(Role.TEST, "assert two == 2", "test-two", points=2),
            cell(Role.TEST, "assert Path('numbers/one.txt').read_text() == '1'\n0.5", "test-file", points=1),
            cell(Role.MANUAL, "### BEGIN SOLUTION\nbecause\n### END SOLUTION", "why", points=3, markdown=True),
        )
    )[0]


def put(folder: Path, notebook: NotebookNode) -> Path:
    (folder / "numbers").mkdir(parents=True, exist_ok=True)
    (folder / "numbers" / "one.txt").write_text("1")
    (folder / "helper.py").write_text("def two():\n    return 2\n")
    return save(notebook, folder / "small.ipynb")


class Stub:
    """A stand-in for the engine, which says that every cell ended well."""

    def __init__(self, *cells: CellReport) -> None:
        self.cells = {report.index: report for report in cells}
        self.job = Job(key="", cells=())
        self.more: dict[str, Any] = {}

    def __call__(self, jobs: Iterable[Job], **more: Any) -> Iterator[tuple[Job, Report]]:
        (self.job,) = jobs
        self.more = more
        reports = [
            self.cells.get(c.index, CellReport(index=c.index, id=c.id, outcome=Outcome.PASSED)) for c in self.job.cells
        ]
        yield self.job, Report(key=self.job.key, cells=tuple(reports))


def solved() -> NotebookNode:
    notebook = lesson()
    notebook.cells[1].source = "two = helper.two()"
    return notebook


def said(checked: Checked) -> list[tuple[str, Outcome, float | None]]:
    return [(test.id, test.outcome, test.points) for test in checked.tests]


def test_the_engine_runs_it_with_what_lies_beside_it(tmp_path: Path) -> None:
    notebook = solved()
    notebook.cells.append(new_code_cell("open('made', 'w').write('x')\n1 / 0"))
    path = put(tmp_path / "work", notebook)
    checked = check(path)
    assert said(checked) == [("test-two", Outcome.PASSED, 2), ("test-file", Outcome.PASSED, 0.5)]
    assert [(t.cell, t.outcome) for t in checked.troubles] == [("cell 6, counted from the top", Outcome.ERROR)]
    assert (checked.noticed, checked.manual, checked.passes) == ((), 1, False)
    assert sorted(p.name for p in path.parent.iterdir()) == ["helper.py", "numbers", "small.ipynb"]


def test_an_unsolved_one_passes_nothing(tmp_path: Path) -> None:
    checked = check(put(tmp_path, lesson()))
    assert [test.outcome for test in checked.tests] == [Outcome.ERROR, Outcome.PASSED]
    assert [(t.cell, t.message) for t in checked.troubles] == [("two", "NotImplementedError")]


def test_a_cell_that_was_changed_is_told_of(tmp_path: Path) -> None:
    notebook = solved()
    notebook.cells[2].source = "pass"
    checked = check(put(tmp_path, notebook), Stub())
    assert checked.noticed == (
        "Cell 'test-two' is not as you were given it; it is put back when your notebook is graded.",
    )


def test_when_it_was_saved_is_told(tmp_path: Path) -> None:
    path = put(tmp_path, solved())
    os.utime(path, (1e9, 1e9))
    assert check(path, Stub()).saved == datetime.fromtimestamp(1e9, UTC)


def test_all_is_well_where_every_test_gives_its_points(tmp_path: Path) -> None:
    assert check(put(tmp_path, solved()), Stub()).passes
    odd = CellReport(index=3, id="test-file", outcome=Outcome.PASSED, value="7")
    checked = check(put(tmp_path, solved()), Stub(odd))
    assert checked.tests[1].points is None
    assert "a score of 7" in checked.tests[1].message


def test_packages_are_loaded_beforehand_and_modules_beside_it_are_not(tmp_path: Path) -> None:
    notebook = solved()
    notebook.cells.append(new_code_cell("import json, gabarito.testing, numbers.more\n%bad syntax ("))
    stub = Stub()
    check(put(tmp_path, notebook), stub)
    assert stub.more["preload"] == ("gabarito", "json", "pathlib")


def test_in_a_course_the_limits_and_the_data_are_the_courses(tmp_path: Path) -> None:
    config = "c.Gabarito.cell_cpu_seconds = 7.0\nc.Gabarito.data = ['pictures']"
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "large").write_text("x")
    make_course(tmp_path, config)
    stub = Stub()
    check(put(tmp_path, solved()), stub)
    assert (stub.job.limits.cell_cpu_seconds, stub.more["limits"].cell_cpu_seconds) == (7.0, 7.0)
    assert stub.more["data"] == {"pictures": str(tmp_path / "pictures")}
    assert "pictures/large" not in {file.path for file in stub.job.files}


def test_what_is_not_the_notebooks_own_is_left_out(tmp_path: Path) -> None:
    path = put(tmp_path, solved())
    for name in (
        ".git/config",
        ".hidden",
        "__pycache__/a.pyc",
        "env/pyvenv.cfg",
        "env/lib.py",
        "other.ipynb",
        "deep/x",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "link").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe")
    stub = Stub()
    check(path, stub)
    assert [file.path for file in stub.job.files] == ["helper.py", "deep/x", "numbers/one.txt"]


@pytest.mark.parametrize(("count", "size"), [(2, 1 << 30), (4, 1 << 10)])
def test_too_much_beside_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, size: int) -> None:
    monkeypatch.setattr(check_module, "_MOST_FILES", 3)
    path = put(tmp_path, solved())
    for number in range(count - 2):
        (tmp_path / f"{number}.txt").write_text("x")
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(size)
    with pytest.raises(SubmissionError, match="to a folder of its own"):
        check(path, Stub())


@pytest.mark.parametrize(
    ("notebook", "words"), [(new_notebook(cells=[new_code_cell("1")]), "has no tests"), (None, "there is no file")]
)
def test_what_cannot_be_checked_is_said(tmp_path: Path, notebook: NotebookNode | None, words: str) -> None:
    path = tmp_path / "x.ipynb"
    if notebook is not None:
        save(copy.deepcopy(notebook), path)
    with pytest.raises(SubmissionError, match=words):
        check(path, Stub())
