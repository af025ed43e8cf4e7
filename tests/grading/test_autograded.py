from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.utils import determine_grade, parse_utc

from gabarito.errors import SubmissionError
from gabarito.grading.autograded import MadeFrom, autograded_notebook, read_made_from, write_autograded
from gabarito.grading.score import score_cell
from gabarito.model import CellReport, Mode, Origin, Outcome, Report, Role
from gabarito.notebook.cells import grade_id, role_of
from tests.gradebook import factories

STREAM = {"output_type": "stream", "name": "stdout", "text": "hello\n"}
ERROR = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": ["ValueError: no"]}


def _value(text: str) -> dict[str, Any]:
    return {"output_type": "execute_result", "data": {"text/plain": text}, "metadata": {}, "execution_count": None}


def _made(cells: Mapping[str, CellReport | dict[str, Any]], notes: tuple[str, ...] = ()) -> NotebookNode:
    notebook = factories.executed()
    places = {grade_id(c): i for i, c in enumerate(notebook.cells)}
    reports = [CellReport(index=places[name], id=name, **values) for name, values in cells.items()]  # type: ignore[arg-type]
    report = Report(
        key="abc",
        cells=tuple(reports),
        origin=Origin(engine="e1", sandbox="podman", image="abc"),
        notes=("The kernel said hello.",),
    )
    made = autograded_notebook(notebook, report, factories.record().notebooks[0], notes)
    nbformat.validate(made)
    return made


def _cell(notebook: NotebookNode, name: str) -> NotebookNode:
    return next(c for c in notebook.cells if grade_id(c) == name)


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.UNGRADED])
@pytest.mark.parametrize("outputs", [(), (STREAM,), (ERROR,), (STREAM, _value("1.5")), (_value("'ok'"),)])
def test_nbgrader_reads_the_same_score(outcome: Outcome, outputs: tuple[dict[str, Any], ...]) -> None:
    value = next((o["data"]["text/plain"] for o in outputs if o["output_type"] == "execute_result"), None)
    made = _made({"test-half": {"outcome": outcome, "outputs": outputs, "value": value}})
    cell = _cell(made, "test-half")
    report = CellReport(index=0, id="test-half", outcome=outcome, value=value)
    assert determine_grade(cell)[0] == score_cell(report, 3).auto_score
    assert any(o.output_type == "error" for o in cell.outputs) == (outcome is not Outcome.PASSED)


def test_outputs_counts_and_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    made = _made(
        {
            "setup": {"outcome": Outcome.PASSED, "outputs": (STREAM,)},
            "double": {"outcome": Outcome.ERROR, "outputs": (ERROR,), "message": "no", "error": "ValueError"},
            "test-double": {
                "outcome": Outcome.TIMEOUT,
                "message": "It took more than 30 s.",
                "in_hidden": 0,
                "mode": Mode.SHARED,
            },
            "half": {"outcome": Outcome.NOT_RUN},
            "test-half": {"outcome": Outcome.NOT_RUN, "message": "An earlier cell broke the notebook."},
            "test-partial": {"outcome": Outcome.PASSED, "outputs": (_value("1"),)},
        },
        notes=("Cell “setup” was put back.",),
    )
    counts = {grade_id(c): c.execution_count for c in made.cells if c.cell_type == "code"}
    assert counts == {
        "setup": 1,
        "double": 2,
        "test-double": 3,
        "half": None,
        "test-half": None,
        "test-partial": 4,
        "plot": None,
    }
    assert _cell(made, "test-partial").outputs[0].execution_count == 4
    assert _cell(made, "half").outputs == []
    assert _cell(made, "test-double").outputs[0].ename == "TimeLimit"
    assert _cell(made, "test-half").outputs[0].traceback == ["NotRun: An earlier cell broke the notebook."]
    assert made.metadata.gabarito.key == "abc"
    assert (made.metadata.gabarito.sandbox, made.metadata.gabarito.image) == ("podman", "abc")
    assert made.metadata.gabarito.notes == ["Cell “setup” was put back.", "The kernel said hello."]
    about = _cell(made, "test-double").metadata.gabarito
    assert (about.outcome, about.in_hidden, about.mode) == ("timeout", 0, "shared")
    assert "mode" not in _cell(made, "test-half").metadata.gabarito
    assert [h.title for h in about.hidden] == ["large inputs"]
    assert [c.source for c in made.cells] == [c.source for c in factories.executed().cells]
    assert all(c.metadata.nbgrader.checksum for c in made.cells if role_of(c) is not Role.PLAIN)


def test_what_students_put_into_our_metadata_goes() -> None:
    notebook = factories.executed()
    notebook.metadata["gabarito"] = {"key": "forged"}
    notebook.cells[0].metadata["gabarito"] = notebook.cells[5].metadata["gabarito"] = {"outcome": "passed"}
    notebook.cells[5].outputs = [nbformat.from_dict(STREAM)]
    made = autograded_notebook(notebook, Report(key="real", cells=()), factories.record().notebooks[0])
    assert made.metadata.gabarito.key == "real"
    assert all("gabarito" not in c.metadata for c in made.cells)
    assert made.cells[5].outputs == []
    assert notebook.metadata.gabarito.key == "forged"


def test_written_whole_and_found_again(tmp_path: Path) -> None:
    folder = tmp_path / "autograded" / "ana" / "ps1"
    made = _made({})
    write_autograded(folder, {"one": made, "two": made}, [("data/x.csv", b"1")], datetime(2024, 2, 3, 10, 30, 5))
    assert read_made_from(folder / "one.ipynb").key == "abc"
    assert parse_utc((folder / "timestamp.txt").read_text()) == datetime(2024, 2, 3, 10, 30, 5)
    assert (folder / "data" / "x.csv").read_bytes() == b"1"
    assert (folder / "one.ipynb").stat().st_mode & 0o777 == 0o444
    assert nbformat.read(folder / "one.ipynb", as_version=4) == made
    write_autograded(
        folder, {"one": made}, [("data", b"2"), ("timestamp.txt", b"2024-01-01 UTC")], datetime(2024, 2, 3)
    )
    assert sorted(p.name for p in folder.rglob("*")) == ["data", "one.ipynb", "timestamp.txt"]
    assert (folder / "timestamp.txt").read_text() == "2024-01-01 UTC"


def test_a_kill_leaves_the_old_notebook_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_autograded(tmp_path, {"one": _made({})})
    before = (tmp_path / "one.ipynb").read_bytes()

    def killed(source: object, target: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            write_autograded(tmp_path, {"one": _made({"setup": {"outcome": Outcome.PASSED}})})
    assert [p.name for p in tmp_path.iterdir()] == ["one.ipynb"]
    assert (tmp_path / "one.ipynb").read_bytes() == before


def test_what_a_killed_writer_left_is_swept(tmp_path: Path) -> None:
    (tmp_path / ".gabarito-x1").write_bytes(b"half a note")
    (tmp_path / "link").symlink_to(tmp_path.parent)
    write_autograded(tmp_path, {"one": _made({})})
    assert [p.name for p in tmp_path.iterdir()] == ["one.ipynb"]


def test_files_that_are_as_they_should_be_are_left_alone(tmp_path: Path) -> None:
    files = [("same.txt", b"1"), ("longer.txt", b"1"), ("other.txt", b"1"), ("writable.txt", b"1"), ("link.txt", b"1")]
    write_autograded(tmp_path, {}, files)
    for name in ("longer.txt", "other.txt", "link.txt"):
        (tmp_path / name).unlink()
    (tmp_path / "longer.txt").write_text("12")
    (tmp_path / "other.txt").write_text("2")
    (tmp_path / "link.txt").symlink_to("same.txt")
    for name in ("longer.txt", "other.txt"):
        (tmp_path / name).chmod(0o444)
    (tmp_path / "writable.txt").chmod(0o644)
    before = (tmp_path / "same.txt").stat().st_ino
    write_autograded(tmp_path, {}, files)
    assert (tmp_path / "same.txt").stat().st_ino == before
    found = {
        path.name: (path.is_symlink(), path.read_bytes(), path.stat().st_mode & 0o777) for path in tmp_path.iterdir()
    }
    assert found == {name: (False, b"1", 0o444) for name, _ in files}


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "."])
def test_files_stay_in_their_folder(tmp_path: Path, path: str) -> None:
    with pytest.raises(SubmissionError, match="leads out of its folder"):
        write_autograded(tmp_path / "a", {}, [(path, b"")])
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("content", [None, "", "{", "[]", "{}", '{"metadata": {}}', '{"metadata": {"gabarito": 3}}'])
def test_no_key_in_what_is_not_ours(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "one.ipynb"
    if content is not None:
        path.write_text(content)
    assert read_made_from(path) == MadeFrom()


@pytest.mark.parametrize("odd", [{}, {"n": 2**70}, {"deep": [[], {}, [1.5, -1e-7, None]], "Ü": "“\\n\u2028\x00"}])
def test_the_file_is_the_one_that_nbformat_writes(tmp_path: Path, odd: dict[str, Any]) -> None:
    many = {"output_type": "stream", "name": "stdout", "text": "one\ntwo\r\nthree"}
    figure = {"output_type": "display_data", "data": {"image/png": "aGk=\n", "text/html": "<b>\n</b>"}, "metadata": {}}
    made = _made({"setup": {"outcome": Outcome.PASSED, "outputs": (many, figure, _value("[1,\n 2]"))}})
    made.metadata["odd"] = nbformat.from_dict(odd)
    write_autograded(tmp_path, {"one": made})
    assert json.loads((tmp_path / "one.ipynb").read_bytes()) == json.loads(nbformat.writes(made))
    assert nbformat.read(tmp_path / "one.ipynb", as_version=4) == made
