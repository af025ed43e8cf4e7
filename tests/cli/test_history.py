"""`gabarito history` as an instructor sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from gabarito.course import Course
from gabarito.grading import bulk
from gabarito.grading.bulk import grade
from tests.cli.commands import Ended, Gabarito
from tests.grading.courses import hand_in, run_jobs_here, solved, write_course
from tests.notebook.released import small_source


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    monkeypatch.setattr(bulk, "run_jobs", run_jobs_here)
    course = write_course(tmp_path, small=small_source(), other=small_source())
    for student in ("ana", "bo"):
        hand_in(course, student, small=solved(course), other=solved(course, "other"))
    grade(course, "small")
    return course


def _history(gabarito: Gabarito, course: Course, *arguments: str) -> Ended:
    return gabarito("--course", str(course.root), "history", *arguments, width=100)


def test_what_has_changed(gabarito: Gabarito, course: Course) -> None:
    assert _history(gabarito, course, "small").output == (
        "Verdicts that changed: 0; first ones, which --all shows: 16.\n"
    )
    hand_in(course, "bo", small=solved(course, triple="triple = None"))
    grade(course, "small")
    done = _history(gabarito, course, "small")
    assert done.code == 0
    head, row, end = done.output.splitlines()
    assert head.endswith(" UTC: the submission changed")
    assert row.split() == ["bo", "triple-test", "2", "→", "0", "passed", "→", "error"]
    assert end.startswith("Verdicts that changed: 1;")
    every = _history(gabarito, course, "small", "--all", "--student", "ana").output
    assert "graded for the first time" in every
    assert "ana  other  double-test  – → 2  – → passed" in every
    assert "bo" not in every


def test_json(gabarito: Gabarito, course: Course) -> None:
    told = json.loads(_history(gabarito, course, "small", "--json").output)
    assert len(told) == 16
    assert told[0]["at"].endswith("Z")
    assert told[0] | {"at": ""} == {
        "at": "",
        "student": "ana",
        "assignment": "small",
        "notebook": "small",
        "cell": "double-test",
        "score_before": None,
        "score_after": 2.0,
        "outcome_before": "",
        "outcome_after": "passed",
        "why": ["graded for the first time"],
    }


def test_nothing_is_known(gabarito: Gabarito, course: Course) -> None:
    done = _history(gabarito, course, "small", "--student", "cy")
    assert (done.code, "doesn't know a student 'cy'" in done.errors) == (1, True)
    with Gradebook(course.db_url) as gradebook:
        gradebook.add_student("cy")
    assert _history(gabarito, course, "small", "--student", "cy").output == "No verdict of 'small' is known here yet.\n"
    done = _history(gabarito, course, "smal")
    assert (done.code, "did you mean 'small'?" in done.errors) == (1, True)
