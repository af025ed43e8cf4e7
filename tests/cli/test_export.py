from __future__ import annotations

import json
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from gabarito.cli.export import _MAKERS, _OPTIONS, Format
from gabarito.gradebook.writer import open_gradebook
from tests.cli.commands import Ended, Gabarito
from tests.gradebook import factories


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gabarito: Gabarito) -> Gabarito:
    """`gabarito export …` in a course in which `ana` is graded and `bo` has handed in nothing."""
    course = factories.course(tmp_path)
    with open_gradebook(course) as gradebook:
        gradebook.record(factories.result("ana", {"test-double": 2}, {"essay", "plot"}))
    with Gradebook(course.db_url) as theirs:
        theirs.add_student("bo")
        theirs.find_grade("task", "one", "ps1", "ana").needs_manual_grade = False
        theirs.db.commit()
    monkeypatch.chdir(tmp_path)

    def export(*arguments: str, width: int = 80) -> Ended:
        return gabarito("export", *arguments, width=width)

    return export


def test_the_file_is_named_after_its_format_and_notes_go_to_stderr(run: Gabarito, tmp_path: Path) -> None:
    names = {"csv": "grades.csv", "canvas": "canvas.csv", "moodle": "moodle.csv", "json": "grades.json"}
    for kind, name in names.items():
        done = run("ps1", "--format", kind)
        assert (done.code, done.output) == (0, "")
        assert done.errors.startswith(f"{name} is written.\nnote: ps1: nothing handed in by 1 (bo): no score;")
        assert "ana" in (tmp_path / name).read_text()
    assert json.loads((tmp_path / "grades.json").read_text())["students"][0]["student"] == "ana"


def test_a_file_that_is_there_is_replaced_by_force_only(run: Gabarito, tmp_path: Path) -> None:
    (tmp_path / "grades.csv").write_text("precious")
    for arguments in ((), ("--to", "grades.csv")):
        done = run("ps1", *arguments)
        assert (done.code, done.output) == (2, "")
        assert "'grades.csv' is there already; replace it with --force" in done.errors
        assert (tmp_path / "grades.csv").read_text() == "precious"
    assert run("ps1", "--force").code == 0
    assert (tmp_path / "grades.csv").read_text().startswith("assignment,duedate,")


def test_a_dash_prints_it(run: Gabarito, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    done = run("--to", "-", "--missing", "zero")
    assert done.code == 0
    assert done.output.splitlines()[1:] == [
        "ps1,,2024-02-03 10:30:00,ana,,,,2,0,2,19",
        "ps1,,,bo,,,,0,0,0,19",
    ]
    assert done.errors == "note: ps1: nothing handed in by 1 (bo): 0 points.\n"
    assert sorted(tmp_path.iterdir()) == before


def test_a_template_is_filled(run: Gabarito, tmp_path: Path) -> None:
    (tmp_path / "canvas-export.csv").write_text("Student,ID,SIS Login ID,Section,Problem set 1 (4)\nA,1,ana,S,\n")
    done = run("ps1", "--format", "canvas", "--template", "canvas-export.csv", "--title", "ps1=Problem set 1")
    assert done.code == 0
    assert (tmp_path / "canvas.csv").read_text().splitlines()[1] == "A,1,ana,S,2"
    assert "in the gradebook and not in canvas-export.csv, left out: 1 (bo)." in done.errors


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("ps9",), 1, "did you mean 'ps1'?"),
        (("--format", "json", "--template", "x.csv"), 2, "--format json has no use for --template; it is for: canvas"),
        (("--format", "moodle", "--title", "ps1=x"), 2, "--format moodle has no use for --title; it is for: canvas"),
        (("--format", "canvas", "--title", "ps1"), 2, "--title 'ps1' is no NAME=TITLE"),
        (("--format", "canvas", "--template", "x.csv"), 2, "the template x.csv can't be read"),
        (("--to", "none/grades.csv"), 2, "there is no folder"),
        (("--format", "xls"), 2, "--format"),
    ],
)
def test_mistakes_are_told_and_nothing_is_written(
    run: Gabarito, tmp_path: Path, arguments: tuple[str, ...], code: int, told: str
) -> None:
    before = sorted(tmp_path.iterdir())
    done = run(*arguments)
    assert done.code == code
    assert told in done.errors
    assert sorted(tmp_path.iterdir()) == before


def test_every_format_has_a_maker_and_says_which_options_it_heeds() -> None:
    assert set(_MAKERS) == set(_OPTIONS) == set(Format)
