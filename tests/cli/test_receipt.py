"""`gabarito receipt verify` as a teaching assistant sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import Gabarito
from tests.exchange.courses import make_course, save
from tests.notebook.released import release, small_source, solve

RELEASED, RECORD = release(small_source())
SOLVED = solve(RELEASED)


@pytest.fixture
def receipt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gabarito: Gabarito) -> Path:
    """What a student got, who stands in the course folder."""
    make_course(tmp_path / "course", small=(RECORD,))
    monkeypatch.chdir(tmp_path / "course")
    path = save(SOLVED, tmp_path / "small.ipynb")
    ended = gabarito("submit", str(path), "--student", "ana", "--receipt", "../receipt.json")
    assert (ended.code, json.loads((tmp_path / "receipt.json").read_text())["seal"] in ended.output) == (0, True)
    return tmp_path / "receipt.json"


def test_a_real_one(receipt: Path, gabarito: Gabarito) -> None:
    ended = gabarito("receipt", "verify", str(receipt))
    assert (ended.code, ended.output.splitlines()[0][:50]) == (
        0,
        "real: ana handed in small.ipynb of small on 2026-1"[:50],
    )
    assert "It is what counts now: submitted/ana/small/small.ipynb" in ended.output


def test_one_of_an_earlier_hand_in(receipt: Path, gabarito: Gabarito, tmp_path: Path) -> None:
    gabarito("submit", str(save(RELEASED, tmp_path / "small.ipynb")), "--student", "ana")
    ended = gabarito("receipt", "verify", str(receipt))
    assert ended.code == 0
    assert "An earlier hand-in: submitted/.history/ana/small/" in ended.output


@pytest.mark.parametrize(("change", "words"), [({"size": 1}, "not real:"), ({"seal": ""}, "not sealed:")])
def test_one_that_is_not(receipt: Path, gabarito: Gabarito, change: dict[str, object], words: str) -> None:
    receipt.write_text(json.dumps({**json.loads(receipt.read_text()), **change}))
    ended = gabarito("receipt", "verify", str(receipt))
    assert ended.code == 1
    assert words in ended.output


def test_one_of_a_notebook_that_is_gone(receipt: Path, gabarito: Gabarito, tmp_path: Path) -> None:
    (tmp_path / "course" / "submitted" / "ana" / "small" / "small.ipynb").unlink()
    ended = gabarito("receipt", "verify", str(receipt))
    assert "No notebook with this content and time is kept here." in ended.output


def test_json(receipt: Path, gabarito: Gabarito) -> None:
    told = json.loads(gabarito("receipt", "verify", str(receipt), "--json").output)
    assert (told["is_ours"], told["kept"], told["receipt"]["student"]) == (True, ["submitted/ana/small"], "ana")


def test_nothing_is_handed_in_where_the_receipt_cannot_be_kept(
    receipt: Path, gabarito: Gabarito, tmp_path: Path
) -> None:
    path = save(RELEASED, tmp_path / "small.ipynb")
    ended = gabarito("submit", str(path), "--student", "bo", "--receipt", "nowhere/receipt.json")
    assert (ended.code, "nothing was handed in" in ended.errors) == (2, True)
    assert not (tmp_path / "course" / "submitted" / "bo").exists()
