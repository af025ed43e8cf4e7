"""`gabarito regrade` as an instructor sees it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from gabarito.course import Course
from gabarito.gradebook.table import read_table
from gabarito.grading import bulk
from gabarito.grading.bulk import grade
from tests.cli.commands import Ended, Gabarito
from tests.grading.courses import hand_in, publish, run_jobs_here, scores, solved, write_course
from tests.notebook.released import small_source


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """Graded; then the test of `double` was made to ask for something else."""
    monkeypatch.setattr(bulk, "run_jobs", run_jobs_here)
    course = write_course(tmp_path)
    hand_in(course, "ana", small=solved(course))
    hand_in(course, "bo", small=solved(course, double="double = lambda x: 2 * abs(x)"))
    grade(course, "small")
    _ask_for_another_sign(course)
    return course


def _ask_for_another_sign(course: Course) -> None:
    source = small_source()
    source.cells[4].source = source.cells[4].source.replace("double(-1) == -2", "double(-1) == 2")
    publish(course, small=source)


def _regrade(gabarito: Gabarito, course: Course, *arguments: str) -> Ended:
    return gabarito("--course", str(course.root), "regrade", "small", *arguments, width=100)


def _state(course: Course) -> tuple[dict[str, float | None], ...]:
    return scores(course, "ana"), scores(course, "bo")


def test_a_look(gabarito: Gabarito, course: Course) -> None:
    before = _state(course)
    done = _regrade(gabarito, course, "--diff")
    assert done.code == 0
    assert "ana      double-test   2 → 0  passed → failed" in done.output
    assert "bo       double-test   0 → 2  failed → passed" in done.output
    assert "small, totals: 1 up, 1 down, 0 the same." in done.output
    assert "ana      6 → 4  -2" in done.output
    assert _state(course) == before
    assert _regrade(gabarito, course, "--diff").output == done.output


def test_those_whose_verdicts_stay_are_counted(gabarito: Gabarito, course: Course) -> None:
    hand_in(course, "cleo", small=solved(course, double="double = None"))
    grade(course, "small")
    publish(course, small=small_source())
    grade(course, "small")
    _ask_for_another_sign(course)
    assert "small, totals: 1 up, 1 down, 1 the same." in _regrade(gabarito, course, "--diff").output


def test_recording_it(gabarito: Gabarito, course: Course) -> None:
    done = _regrade(gabarito, course, "--yes")
    assert done.code == 0
    assert done.output.index("double-test") < done.output.index("2 graded")
    assert "2 known reports reused" in done.output
    assert [s["double-test"] for s in _state(course)] == [0.0, 2.0]
    again = _regrade(gabarito, course, "--yes")
    assert (again.code, "No verdict of small changes." in again.output) == (0, True)


@pytest.mark.parametrize(("said", "code"), [("y\n", 0), ("n\n", 1)])
def test_asking(gabarito: Gabarito, course: Course, monkeypatch: pytest.MonkeyPatch, said: str, code: int) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

        def readline(self, *size: int) -> str:
            return said

        def __iter__(self) -> Terminal:
            return self

    before = _state(course)
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda prompt: said.strip())
    done = _regrade(gabarito, course)
    assert done.code == code
    assert "double-test" in done.output
    assert (_state(course) == before) is bool(code)
    assert ("nothing was recorded" in done.errors) is bool(code)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "add --yes to record it, or --diff to look"),
        (("--json",), "add --yes to record it, or --diff to look"),
        (("--diff", "--yes"), "--diff and --yes exclude each other"),
    ],
)
def test_wrong_commands(gabarito: Gabarito, course: Course, arguments: tuple[str, ...], words: str) -> None:
    done = _regrade(gabarito, course, *arguments)
    assert (done.code, words in " ".join(done.errors.split())) == (2, True)


def test_json(gabarito: Gabarito, course: Course) -> None:
    done = _regrade(gabarito, course, "--diff", "--json", "--student", "ana")
    assert (done.code, done.errors) == (0, "")
    told = json.loads(done.output)
    assert told["tests"] == [
        {
            "student": "ana",
            "notebook": "small",
            "cell": "double-test",
            "points_before": 2.0,
            "points_after": 0.0,
            "outcome_before": "passed",
            "outcome_after": "failed",
            "by_hand": False,
        }
    ]
    assert told["totals"] == [{"student": "ana", "before": 6.0, "after": 4.0}]
    assert (told["gain"], told["lose"], told["not_graded"]) == ([], ["ana"], {})
    done = _regrade(gabarito, course, "--yes", "--json")
    assert json.loads(done.output)["run"]["statuses"] == {"graded": 2}
    assert [s["double-test"] for s in _state(course)] == [0.0, 2.0]


def test_points_of_a_person_stay(gabarito: Gabarito, course: Course) -> None:
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as gradebook:
        row = gradebook.find_grade("double-test", "small", "small", "ana")
        row.manual_score = 1.5
        gradebook.db.commit()
    done = _regrade(gabarito, course, "--yes")
    assert "2 → 0 ✎" in done.output
    assert "a person's points count there, and stay" in done.output
    assert "1 up, 0 down, 1 the same" in done.output
    found = read_table(course, "small").submission("ana")
    assert found is not None
    assert found.scores["small", "double-test"].score == 1.5


def test_who_is_new_or_unreadable(gabarito: Gabarito, course: Course) -> None:
    hand_in(course, "cy", small=solved(course))
    hand_in(course, "di", small=b"{")
    done = _regrade(gabarito, course, "--diff")
    assert done.code == 1
    assert "unreadable: di: small.ipynb is cut short" in done.output
    assert "1 new" in done.output
    assert "cy       – → 4" in done.output


def test_several_notebooks_and_tests_to_mend(gabarito: Gabarito, course: Course) -> None:
    source = small_source()
    source.cells[4].source += "\n99"
    publish(course, small=source, other=source)
    hand_in(course, "ana", other=solved(course, "other"))
    done = _regrade(gabarito, course, "--diff")
    assert done.code == 1
    assert "mend the tests:" in done.output
    assert "Notebook" in done.output
    assert "2 → –" in done.output
