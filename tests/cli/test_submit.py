"""`gabarito submit` as a student sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from nbformat.v4 import new_notebook
from typer.testing import CliRunner

import gabarito.cli.submit  # noqa: F401
from gabarito.cli.app import app
from gabarito.errors import SubmissionError
from tests.exchange.courses import make_course, save
from tests.notebook.released import release, small_source, solve

RELEASED, RECORD = release(small_source())
SOLVED = solve(RELEASED)


@pytest.fixture
def course(tmp_path: Path) -> str:
    return str(make_course(tmp_path / "course", small=(RECORD,)).root)


def run(course: str, *arguments: str) -> str:
    result = CliRunner().invoke(app, ["--course", course, "submit", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_a_receipt(course: str, tmp_path: Path) -> None:
    output = run(course, str(save(SOLVED, tmp_path / "small.ipynb")), "--student", "ana-lima")
    assert "Handed in small.ipynb" in output
    for word in ("ana-lima", "SHA-256", "UTC", "bytes", "submitted/ana-lima/small"):
        assert word in output
    assert "Please look" not in output
    assert "before" not in output


def test_what_is_odd(course: str, tmp_path: Path) -> None:
    path = save(new_notebook(), tmp_path / "small [final].ipynb")
    output = run(course, str(path), "--student", "ana", "--assignment", "small")
    assert "Please look at this" in output
    assert "'small [final].ipynb'" in output
    assert "No cell of 'small' is in this notebook" in output


def test_again(course: str, tmp_path: Path) -> None:
    path = save(RELEASED, tmp_path / "small.ipynb")
    run(course, str(path), "--student", "ana")
    assert "the same as the last hand-in; its time stands" in run(course, str(path), "--student", "ana")
    output = run(course, str(save(SOLVED, path)), "--student", "ana")
    assert "submitted/.history/ana/small/" in output


def test_json(course: str, tmp_path: Path) -> None:
    (tmp_path / "plot.png").write_bytes(b"x")
    path = save(SOLVED, tmp_path / "small.ipynb")
    receipt = json.loads(run(course, str(path), "--student", "ana", "--with", str(tmp_path / "plot.png"), "--json"))
    assert receipt["student"] == "ana"
    assert receipt["files"] == ["plot.png"]
    assert receipt["noticed"] == []
    assert receipt["time"].endswith("Z")
    assert len(receipt["sha256"]) == 64


def test_what_cannot_be_read(course: str, tmp_path: Path) -> None:
    (tmp_path / "small.py").write_text("x = 1")
    result = CliRunner().invoke(app, ["--course", course, "submit", str(tmp_path / "small.py"), "--student", "ana"])
    assert isinstance(result.exception, SubmissionError)


def test_help_has_an_example() -> None:
    result = CliRunner().invoke(app, ["submit", "--help"])
    assert "gabarito submit differentiable.ipynb --student ana-lima" in result.output
