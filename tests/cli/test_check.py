"""`gabarito check` as a student sees it."""

from __future__ import annotations

import json
from pathlib import Path

from nbformat import from_dict
from nbformat.v4 import new_code_cell

from tests.cli.commands import Gabarito
from tests.exchange.courses import save
from tests.exchange.test_check import lesson, put, solved


def test_a_table_of_tests(tmp_path: Path, gabarito: Gabarito) -> None:
    notebook = lesson()
    notebook.cells[3].source += "\n# [red]mine"
    ended = gabarito("check", str(put(tmp_path, notebook)), width=200)
    assert ended.code == 1
    lines = [" ".join(line.split()) for line in ended.output.splitlines()]
    assert lines[0].startswith("small.ipynb, as saved on 20")
    assert lines[2:4] == ["test-two error 0 of 2 NameError: name 'two' is not defined", "test-file passed 0.5 of 1"]
    assert lines[4:] == [
        "two error: NotImplementedError",
        "Cell 'test-file' is not as you were given it; it is put back when your notebook is graded.",
        "1 of 2 tests pass: 0.5 of 3 points. More tests may run when it is graded. One answer is read by a person.",
    ]


def test_json_and_the_exit_code(tmp_path: Path, gabarito: Gabarito) -> None:
    notebook = solved()
    why = notebook.cells[4]
    notebook.cells[3:] = [why, from_dict({**why, "id": "another"}), new_code_cell("two")]
    ended = gabarito("check", str(put(tmp_path, notebook)), "--json")
    told = json.loads(ended.output)
    assert (ended.code, told["manual"], [test["points"] for test in told["tests"]]) == (0, 2, [2.0])
    ended = gabarito("check", str(tmp_path / "small.ipynb"))
    assert ended.output.splitlines()[-1].endswith("2 answers are read by a person.")


def test_what_is_no_notebook(tmp_path: Path, gabarito: Gabarito) -> None:
    (tmp_path / "x.ipynb").write_text("")
    ended = gabarito("check", str(tmp_path / "x.ipynb"))
    assert (ended.code, "x.ipynb is empty" in ended.errors) == (1, True)
    ended = gabarito("check", str(save(solved(), tmp_path / "deep" / "small.ipynb")))
    assert ended.code == 1
    assert "No module named 'helper'" in " ".join(ended.output.split())
