from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

import gabarito.cli.report
from gabarito.cli.app import app
from gabarito.course import Course
from gabarito.errors import GradebookError, UsageError
from gabarito.gradebook.table import CellScore, Exercise, ScoreTable, SubmissionScores
from gabarito.gradebook.writer import open_gradebook
from gabarito.model import Mode
from tests.gradebook import factories


@pytest.fixture
def course(tmp_path: Path) -> Course:
    course = factories.course(tmp_path)
    with open_gradebook(course) as gradebook:
        gradebook.record(factories.result("ana", {"test-double": 2, "test-partial": 0.5}, {"plot"}))
        gradebook.record(factories.result("bo", {"test-two": 2}))
    return course


def _run(course: Course, *arguments: str) -> str:
    result = CliRunner().invoke(app, ["--course", str(course.root), "report", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def _class(students: int, exercises: int, points: float = 3) -> ScoreTable:
    found = tuple(Exercise("deep", f"test-number-{i}", points, by_hand=False) for i in range(exercises))
    scores = [points, points / 3, 0.0]
    return ScoreTable(
        "deep",
        found,
        tuple(
            SubmissionScores(
                student=f"student-{n:03d}",
                name="",
                timestamp=datetime(2024, 2, 3),
                seconds_late=60.0 * (n == 1),
                scores={
                    e.place: CellScore(scores[(n + i) % 3], needs_manual=False, auto_score=1)
                    for i, e in enumerate(found)
                },
                comments={},
                penalties={"deep": 0.5 * (n == 1)},
            )
            for n in range(students)
        ),
    )


def _shown(table: ScoreTable, width: int) -> list[str]:
    stream = io.StringIO()
    gabarito.cli.report.show(table, Console(file=stream, width=width))
    return stream.getvalue().splitlines()


def test_every_student_and_exercise_is_there(course: Course) -> None:
    lines = [line.split() for line in _run(course, "ps1").splitlines()]
    assert ["Student", "1", "2", "3", "4", "5", "6", "7", "Total"] in lines
    assert ["ana", "2", "0", "0.5", "?", "0", "?", "0", "2.5", "?"] in lines
    assert ["bo", "0", "0", "0", "?", "?", "?", "2", "2", "?"] in lines
    assert ["points", "2", "3", "1", "4", "2", "5", "2", "19"] in lines
    assert ["mean", "%", "50", "0", "25", "–", "–", "–", "50", "12"] in lines
    assert ["4", "essay", "one", "4", "–", "scored", "by", "a", "person"] in lines


def test_json_has_everything(course: Course) -> None:
    data = json.loads(_run(course, "ps1", "--json"))
    assert data["max_score"] == 19
    assert [e["cell"] for e in data["exercises"]][:2] == ["test-double", "test-half"]
    ana = data["students"][0]
    assert (ana["student"], ana["score"], ana["needs_manual"], ana["seconds_late"]) == ("ana", 2.5, True, 0)
    assert ana["scores"][2] == {
        "notebook": "one",
        "cell": "test-partial",
        "score": 0.5,
        "needs_manual": False,
        "mode": None,
        "weak": True,
    }
    assert ana["weak_points"] == 2.5


def test_a_name_may_end_as_that_of_a_folder(course: Course) -> None:
    assert _run(course, "ps1/") == _run(course, "ps1")


def test_csv_is_empty_where_a_person_has_to_score(course: Course) -> None:
    rows = csv.DictReader(io.StringIO(_run(course, "ps1", "--csv")))
    assert [(r["one/essay"], r["needs_manual"]) for r in rows] == [("", "1"), ("", "1")]


def test_csv_has_a_line_per_student(course: Course) -> None:
    rows = list(csv.DictReader(io.StringIO(_run(course, "ps1", "--csv"))))
    assert [(r["student"], r["one/test-partial"], r["score"], r["max_score"]) for r in rows] == [
        ("ana", "0.5", "2.5", "19"),
        ("bo", "0", "2", "19"),
    ]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_large_class_fits_the_width(width: int) -> None:
    lines = _shown(_class(40, 16), width)
    assert max(len(line) for line in lines) <= width
    blocks = [line for line in lines if line.startswith("Student")]
    assert len(blocks) == 1 if width >= 120 else len(blocks) <= 3
    numbers = [n for line in blocks for n in line.split()[1:-1]]
    assert numbers == [str(n) for n in range(1, 17)]
    assert sum(line.startswith("student-") for line in lines) == 40 * len(blocks)


def test_sixteen_whole_scores_fit_eighty_columns_at_once() -> None:
    lines = _shown(_class(3, 16), 80)
    assert sum(line.startswith("Student") for line in lines) == 1


def test_late_students_are_marked() -> None:
    lines = _shown(_class(3, 2), 80)
    assert next(line for line in lines if line.startswith("student-001")).split() == [
        "student-001",
        "1",
        "0",
        "0.5",
        "L",
    ]
    assert any("handed in late (1); totals are less the late penalty (0.5 in all)" in line for line in lines)


def _with_modes(modes: list[Mode | None], scores: list[float]) -> ScoreTable:
    """One exercise, and a student for each of these modes and scores."""
    exercise = Exercise("deep", "test-x", 3, by_hand=False)
    students = [
        SubmissionScores(f"s{n}", "", None, 0, {exercise.place: CellScore(s, False, s, mode=mode)}, {}, {})
        for n, (mode, s) in enumerate(zip(modes, scores, strict=True))
    ]
    return ScoreTable("deep", (exercise,), tuple(students))


def test_points_from_shared_mode_are_marked() -> None:
    lines = _shown(_with_modes([Mode.SHARED, Mode.TWO_PROCESS, Mode.SHARED], [3, 2, 0]), 100)
    rows = [line.split() for line in lines if line.startswith("s")]
    assert rows == [["s0", "3*", "3"], ["s1", "2", "2"], ["s2", "0", "0"]]
    assert "1  test-x         3   1.7  shared mode" in lines
    (note,) = [line for line in lines if line.startswith("*")]
    assert (
        note
        == (
            "*  points from tests in shared mode (1): a submission that wants to can cheat there; see docs/security.md."
        )[: len(note)]
    )
    assert "another program" not in " ".join(lines)


def test_points_of_another_program_are_marked_too() -> None:
    told = " ".join(_shown(_with_modes([Mode.SHARED, Mode.TWO_PROCESS, None], [3, 2, 1]), 400))
    assert "*  points from tests in shared mode or graded by another program (2): a submission" in told


def test_no_marks_where_all_is_the_same() -> None:
    told = " ".join(_shown(_with_modes([Mode.SHARED, Mode.SHARED], [3, 0]), 400))
    assert "All points of tests are from tests in shared mode: a submission that wants to can cheat there;" in told
    assert "*" not in told
    told = " ".join(_shown(_with_modes([Mode.TWO_PROCESS, Mode.TWO_PROCESS], [3, 0]), 400))
    assert "shared" not in told
    assert "*" not in told


def test_json_and_csv_tell_the_mode(tmp_path: Path) -> None:
    course = factories.course(tmp_path)
    result = factories.result("ana", {"test-double": 2, "test-half": 3}, notebooks=["one"])
    modes = {"test-double": Mode.SHARED, "test-half": Mode.TWO_PROCESS}
    with open_gradebook(course) as gradebook:
        gradebook.record(replace(result, notebooks={"one": replace(result.notebooks["one"], modes=modes)}))
    (ana,) = json.loads(_run(course, "ps1", "--json"))["students"]
    assert [(s["mode"], s["weak"]) for s in ana["scores"][:3]] == [
        ("shared", True),
        ("two-process", False),
        (None, False),
    ]
    assert ana["weak_points"] == 2
    (row,) = csv.DictReader(io.StringIO(_run(course, "ps1", "--csv")))
    assert row["weak_points"] == "2"


def test_long_names_are_cut_and_missing_students_named() -> None:
    table = _class(1, 1)
    long = SubmissionScores("a-student-with-a-very-long-id", "", None, 0, {}, {}, {})
    lines = _shown(ScoreTable("deep", table.exercises, (long,), ("zoe",), ("gus", "hal")), 80)
    assert any(line.split() == ["a-student-with-a-…", "–", "0"] for line in lines)
    assert lines[-2:] == ["Handed in, not graded: gus, hal.", "Not handed in: zoe."]


def test_nothing_graded_says_what_to_do(course: Course, tmp_path: Path) -> None:
    fresh = factories.course(tmp_path / "fresh")
    with pytest.raises(GradebookError, match="no gradebook"):
        _run(fresh, "ps1")
    with open_gradebook(fresh) as gradebook:
        gradebook.register(factories.record())
    assert "run 'gabarito grade ps1'" in _run(fresh, "ps1")
    (fresh.submitted / "gus [x]" / "ps1").mkdir(parents=True)
    assert _run(fresh, "ps1").splitlines()[-1] == "Handed in, not graded: gus [x]."


def test_an_unreadable_hand_in_is_shown(course: Course) -> None:
    for student in ("ana", "gus"):
        (course.submitted / student / "ps1").mkdir(parents=True)
    assert _run(course, "ps1").splitlines()[-1] == "Handed in, not graded: gus."
    data = json.loads(_run(course, "ps1", "--json"))
    assert (data["not_graded"], data["missing"]) == (["gus"], [])


def test_no_name_is_a_formula_in_csv(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    table = _class(1, 1)
    student = replace(table.submissions[0], student="=1+HYPERLINK(a)", name="=cmd|' /C calc'!A0")
    monkeypatch.setattr("gabarito.gradebook.table.read_table", lambda *_: replace(table, submissions=(student,)))
    (row,) = csv.DictReader(io.StringIO(_run(course, "ps1", "--csv")))
    assert (row["student"], row["name"]) == ("'=1+HYPERLINK(a)", "'=cmd|' /C calc'!A0")


def test_json_and_csv_exclude_each_other(course: Course) -> None:
    with pytest.raises(UsageError, match="exclude each other"):
        _run(course, "ps1", "--json", "--csv")


def test_help_has_an_example() -> None:
    assert "gabarito report differentiable --csv" in CliRunner().invoke(app, ["report", "--help"]).stdout
