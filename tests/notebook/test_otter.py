"""The stand-in for otter's client library."""

from __future__ import annotations

from typing import Any

import pytest

from gabarito.model import JobCell, JobFile, Role
from gabarito.notebook.otter import with_client


def _cells(*sources: str) -> list[JobCell]:
    return [JobCell(index=n, id=str(n), role=Role.PLAIN, source=source) for n, source in enumerate(sources)]


@pytest.mark.parametrize(
    ("source", "there"),
    [
        ("import otter", True),
        ("x = 1\nif x:\n    from otter import Notebook", True),
        ("import otterly", False),
        ("# import otter", False),
        ("grader.check('q1')", False),
    ],
)
def test_it_is_there_where_it_is_imported(source: str, there: bool) -> None:
    beside = (JobFile("a.csv", b""),)
    assert [f.path for f in with_client(_cells("x", source), beside)] == ["a.csv"] + ["otter.py"] * there


@pytest.mark.parametrize("path", ["otter.py", "otter/__init__.py"])
def test_a_module_of_that_name_stays(path: str) -> None:
    files = (JobFile(path, b""),)
    assert with_client(_cells("import otter"), files) is files


def test_it_does_nothing() -> None:
    (file,) = with_client(_cells("import otter"), ())
    names: dict[str, Any] = {}
    exec(file.content, names)
    grader = names["Notebook"]("x.ipynb", tests_dir="t")
    assert repr(grader.check("q1")) == "q1: its tests run by themselves when the notebook is graded"
    assert grader.check_all() is grader.export(pdf=False) is grader.to_pdf() is grader.run_plugin("x") is None
    assert file.given
