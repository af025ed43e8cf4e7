"""`gabarito collect` as a teaching assistant sees it."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from gabarito.course import load_course
from gabarito.gradebook.roster import Person, import_people
from tests.cli.commands import Gabarito
from tests.exchange.archives import save_folder, save_zip
from tests.exchange.courses import make_course
from tests.notebook.released import release, small_source, solve

RELEASED, RECORD = release(small_source())
WORK = nbformat.writes(solve(RELEASED)).encode()


@pytest.fixture(autouse=True)
def _course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = make_course(tmp_path / "course", small=(RECORD,))
    import_people(
        course, [Person(id="ana", first_name="Ana", last_name="Lima"), Person(id="bo", first_name="Bo", last_name="Ek")]
    )
    monkeypatch.chdir(course.root)
    save_zip(
        Path("moodle.zip"), {f"{who}_assignsubmission_file_small.ipynb": WORK for who in ("Ana Lima_1", "Bo Ek_2")}
    )


def test_all_is_well(gabarito: Gabarito) -> None:
    ended = gabarito("collect", "small", "moodle.zip")
    assert ended.code == 0
    assert [line.split() for line in ended.output.splitlines()] == [
        ["Student", "Hand-in", "Time", "(UTC)"],
        ["ana", "collected", "–"],
        ["bo", "collected", "–"],
        [],
        ["small,", "laid", "out", "as", "moodle:", "2", "collected."],
    ]
    assert Path("submitted/bo/small/small.ipynb").read_bytes() == WORK


def test_dry_run(gabarito: Gabarito) -> None:
    ended = gabarito("collect", "small", "moodle.zip", "--dry-run")
    assert (ended.code, "2 collected (dry run: nothing was written)." in ended.output) == (0, True)
    assert not Path("submitted").exists()


def test_somebody_nobody_knows(gabarito: Gabarito) -> None:
    save_zip(
        Path("moodle.zip"), {"Ana [Lima]_1_assignsubmission_file_a.ipynb": WORK, "Zoe_2_assignsubmission_file_b": b""}
    )
    ended = gabarito("collect", "small", "moodle.zip")
    assert ended.code == 1
    assert "unmatched: Zoe_2: nobody in the roster is called so" in ended.output
    assert "collect again with --map FILE.csv, or put the roster right" in ended.output
    Path("map.csv").write_text("name,student\nZoe_2,bo\n")
    ended = gabarito("collect", "small", "moodle.zip", "--map", "map.csv")
    assert ended.code == 1
    assert "refused: Zoe_2 (bo): no notebook came in, but 'b'; 'small' has small.ipynb" in ended.output
    assert "what was collected from these students before stays" in ended.output
    assert "unmatched" not in ended.output


def test_late_new_odd_and_of_other_assignments(gabarito: Gabarito) -> None:
    with Gradebook(load_course(Path.cwd()).db_url) as gradebook:
        gradebook.add_assignment("small", duedate="2026-02-01 12:00:00 UTC")
    save_folder(
        Path("inbound"),
        {
            "zoe+small+2026-02-01 13:30:00.000000 UTC+Zm9vYmFyYmF6/small.ipynb": b"{",
            "ana+small+2026-02-01 11:30:00.000000 UTC+Zm9vYmFyYmF6/small.ipynb": WORK,
            "ana+large+2026-02-01 11:30:00.000000 UTC+Zm9vYmFyYmF6/large.ipynb": WORK,
        },
    )
    ended = gabarito("collect", "small", "inbound")
    assert ended.code == 0
    lines = [" ".join(line.split()) for line in ended.output.splitlines()]
    assert lines[1:3] == ["ana collected 2026-02-01 11:30:00", "zoe collected 2026-02-01 13:30:00 late by 1:30:00"]
    assert lines[5:8] == [
        "1 late; the due date is 2026-02-01 12:00:00 UTC.",
        "Files of other assignments, left alone: 1.",
        "Not in the roster yet, grading adds them: zoe.",
    ]
    assert lines[8].startswith("look: zoe: It can’t be graded: small.ipynb is cut short")


def test_late_as_canvas_says(gabarito: Gabarito) -> None:
    save_zip(Path("canvas.zip"), {"limaana_LATE_1_2_small.ipynb": WORK})
    lines = gabarito("collect", "small", "canvas.zip", "--layout", "canvas").output.splitlines()
    assert [lines[1].split(), lines[-1]] == [["ana", "collected", "–", "late"], "1 late."]


def test_json(gabarito: Gabarito) -> None:
    told = json.loads(gabarito("collect", "small", "moodle.zip", "--json").output)
    assert (told["layout"], told["assignment"], told["dry_run"]) == ("moodle", "small", False)
    assert [(e["student"], e["status"], e["time"]) for e in told["entries"]] == [
        ("ana", "collected", None),
        ("bo", "collected", None),
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("large", "moodle.zip"), 1, "'large' has not been released"),
        (("small", "absent.zip"), 1, "there is no file or folder absent.zip"),
        (("small", "moodle.zip", "--layout", "canvas"), 1, "no hand-in of 'small' named as canvas has it"),
        (("small", "moodle.zip", "--layout", "x"), 2, "--layout"),
        (("small", "moodle.zip", "--map", "moodle.zip"), 1, "isn't text in UTF-8"),
        (("small", "submitted"), 1, "there is no file or folder submitted"),
    ],
)
def test_mistakes(gabarito: Gabarito, arguments: tuple[str, ...], code: int, why: str) -> None:
    ended = gabarito("collect", *arguments)
    assert (ended.code, why in ended.errors) == (code, True), ended.errors
    assert not Path("submitted").exists()
