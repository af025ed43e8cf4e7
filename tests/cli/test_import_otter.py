from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import Gabarito
from tests.compat.otter_notebooks import write_lesson


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "nbgrader_config.py").write_text("c = get_config()\n")
    write_lesson(tmp_path)
    monkeypatch.chdir(tmp_path / "course")
    return tmp_path / "course"


def test_it_says_what_it_wrote_and_what_to_look_at(course: Path, gabarito: Gabarito) -> None:
    done = gabarito("import-otter", "../vectors.ipynb", width=70)
    assert (done.code, done.errors) == (0, "")
    first, *lines = done.output.splitlines()
    assert first == "Imported vectors, 5 questions, 11.5 points:"
    assert lines[0] == "  source/vectors/vectors.ipynb"
    assert "  • cell 4: left out, as otter leaves it out: it begins with “# IGNORE”" in done.output
    assert lines[-1] == "Next: gabarito release vectors"


def test_as_json_under_another_name(course: Path, gabarito: Gabarito) -> None:
    told = json.loads(gabarito("import-otter", "../vectors.ipynb", "--as", "ps1", "--json").output)
    assert (told["assignment"], told["questions"], told["points"]) == ("ps1", 5, 11.5)
    assert told["written"][0] == "source/ps1/vectors.ipynb"
    assert told["notes"][0] == {"cell": None, "message": "the assignment 'vectors' is called 'ps1' here"}
    assert (course / "source" / "ps1" / "heights.csv").exists()


def test_nothing_is_overwritten_without_force(course: Path, gabarito: Gabarito) -> None:
    gabarito("import-otter", "../vectors.ipynb")
    (course / "source" / "vectors" / "vectors.ipynb").write_text("mine")
    done = gabarito("import-otter", "../vectors.ipynb")
    assert done.code == 1
    assert "source/vectors/vectors.ipynb: already there" in done.errors
    assert gabarito("import-otter", "../vectors.ipynb", "--force").code == 0


def test_an_autograder_is_for_one_assignment(course: Path, gabarito: Gabarito) -> None:
    for names in ((), ("a", "b")):
        done = gabarito("export", *names, "--format", "gradescope")
        assert done.code == 2
        assert "an autograder is for one assignment" in done.errors
    done = gabarito("export", "a", "--format", "otter", "--partial")
    assert (done.code, "has no use for --partial" in done.errors) == (2, True)
