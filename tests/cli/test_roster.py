"""`gabarito roster` as a teaching assistant sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import Gabarito
from tests.exchange.courses import make_course

TABLE = "id,first_name,last_name,email\nana,Ana,[Lima],ana@uni.pt\nbo,,,\n"


@pytest.fixture(autouse=True)
def _course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make_course(tmp_path / "course").root)
    Path("students.csv").write_text(TABLE)


def test_an_empty_roster(gabarito: Gabarito) -> None:
    assert "The roster is empty; run gabarito roster import" in gabarito("roster", "list").output


def test_import_and_list(gabarito: Gabarito) -> None:
    ended = gabarito("roster", "import", "students.csv", "--dry-run")
    assert (
        ended.output.splitlines()[-1] == "2 new, 0 changed, 0 as they were, 0 removed (dry run: nothing was written)."
    )
    ended = gabarito("roster", "import", "students.csv")
    assert ended.output.splitlines() == [
        "new      ana (Ana [Lima])",
        "new      bo",
        "2 new, 0 changed, 0 as they were, 0 removed.",
    ]
    ended = gabarito("roster", "list")
    assert [line.split() for line in ended.output.splitlines()] == [
        ["id", "first_name", "last_name", "email", "lms_user_id"],
        ["ana", "Ana", "[Lima]", "ana@uni.pt"],
        ["bo"],
        [],
        ["Students:", "2"],
    ]
    assert [p["id"] for p in json.loads(gabarito("roster", "list", "--json").output)] == ["ana", "bo"]


def test_changes_and_who_is_missing(gabarito: Gabarito) -> None:
    gabarito("roster", "import", "students.csv")
    Path("students.csv").write_text("id,last_name\nana,Ek\n")
    ended = gabarito("roster", "import", "students.csv")
    assert ended.output.splitlines() == [
        "changed  ana: last_name: '[Lima]' → 'Ek'",
        "0 new, 1 changed, 0 as they were, 0 removed.",
        "In the roster, but not in the table; they stay: bo.",
    ]
    ended = gabarito("roster", "import", "students.csv", "--remove-missing")
    assert ended.output.splitlines() == ["removed  bo", "0 new, 0 changed, 1 as they were, 1 removed."]


def test_json(gabarito: Gabarito) -> None:
    told = json.loads(gabarito("roster", "import", "students.csv", "--json").output)
    assert [p["id"] for p in told["added"]] == ["ana", "bo"]
    assert (told["updated"], told["unchanged"], told["dry_run"]) == ([], 0, False)


def test_a_bad_line(gabarito: Gabarito) -> None:
    Path("students.csv").write_text(TABLE + "ana,,,\n")
    ended = gabarito("roster", "import", "students.csv")
    assert ended.code == 1
    assert "students.csv, line 4: id 'ana' is that of line 2, too" in ended.errors
    assert "The roster is empty" in gabarito("roster", "list").output


def test_another_column(gabarito: Gabarito) -> None:
    ended = gabarito("roster", "import", "students.csv", "--id", "mail")
    assert (ended.code, "did you mean 'email'?" in ended.errors) == (2, True)
    Path("students.csv").write_text("id,email\n1,ana@uni.pt\n")
    assert "new      ana@uni.pt" in gabarito("roster", "import", "students.csv", "--id", "email").output
