"""`gabarito demo` as somebody sees it who tries it out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gabarito.course import Course
from gabarito.demo import run
from gabarito.demo.run import Mismatch
from tests.cli.commands import Ended, Gabarito
from tests.demo.courses import write_demo_course


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return write_demo_course(tmp_path_factory.mktemp("demo"))


def _demo(gabarito: Gabarito, course: Course, *arguments: str) -> Ended:
    return gabarito("--course", str(course.root), "demo", "small", "--size", "4", "--jobs", "1", *arguments)


def test_everything_is_shown(gabarito: Gabarito, course: Course) -> None:
    done = _demo(gabarito, course)
    assert done.code == 0
    text = " ".join(done.output.split())
    for said in (
        "releasing small",
        "handing in 4 notebooks",
        "small: 4 submissions, 10 points.",
        "small: 4 graded, 0 unchanged, 0 not graded;",
        "All 24 scores of 4 students are the known ones.",
        "in all, from release to feedback.",
        "What to look at next",
        "gabarito report small --csv",
    ):
        assert said in text
    page = next(line.strip() for line in done.output.splitlines() if line.strip().startswith("feedback/"))
    assert (course.root / page).is_file()


def test_json_and_a_wrong_score(gabarito: Gabarito, course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    def compare(*arguments: Any) -> list[Mismatch]:
        return [Mismatch("ana", "why", None, 2.0), Mismatch("bo", "double-test", 1.5, 2.0)]

    monkeypatch.setattr(run, "compare", compare)
    done = _demo(gabarito, course, "--json")
    assert (done.code, done.errors) == (1, "")
    told = json.loads(done.output)
    assert told["statuses"] == {"graded": 4}
    assert told["mismatches"][1] == {"student": "bo", "cell": "double-test", "expected": 1.5, "found": 2.0}
    assert all(Path(p).is_file() for p in told["pages"])
    shown = " ".join(_demo(gabarito, course).output.split())
    assert "2 of 24 scores are not the known ones:" in shown
    assert "ana why: must be left to a person, is 2" in shown
    assert "bo double-test: must be 1.5, is 2" in shown


def test_an_assignment_without_known_answers(gabarito: Gabarito, course: Course, tmp_path: Path) -> None:
    done = gabarito("--course", str(course.root), "demo", "other")
    assert done.code == 1
    assert "'other'" in done.errors
    assert "small" in done.errors
