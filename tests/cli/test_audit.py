from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import gabarito.audit.audit
import gabarito.cli.audit as command
from gabarito.course import Course
from tests.cli.commands import Gabarito
from tests.release.factories import answer, graded, notebook, run_here, write_course, write_notebook


@pytest.fixture(autouse=True)
def _without_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    real = gabarito.audit.audit.audit
    monkeypatch.setattr(gabarito.audit.audit, "audit", lambda *a, **o: real(*a, **o, run=run_here))


_ANSWER = answer("x", "### BEGIN SOLUTION\nx = 3\n### END SOLUTION")


@pytest.fixture
def course(tmp_path: Path) -> Course:
    cells = (_ANSWER, graded("t", "assert x == 3", 2))
    return write_course(tmp_path, "c.Gabarito.two_process = False", ps1=notebook(*cells))


def _audit(gabarito: Gabarito, course: Course, *words: str) -> Any:
    return gabarito("--course", str(course.root), "audit", "ps1", "--runs", "1", *words)


def _weak(course: Course) -> None:
    """A test that no wrong answer fails."""
    write_notebook(course.source / "ps1" / "ps1.ipynb", notebook(_ANSWER, graded("t", "assert x > 2", 2)))


def test_good_tests_end_with_exit_code_0(gabarito: Gabarito, course: Course) -> None:
    ended = _audit(gabarito, course)
    assert ended.code == 0
    assert "1 of 1 mutants are noticed (100 %)." in ended.output
    assert ended.output.rstrip().endswith("Nothing has to be mended.")


def test_weak_tests_end_with_exit_code_1_and_a_list(gabarito: Gabarito, course: Course) -> None:
    _weak(course)
    ended = _audit(gabarito, course)
    assert ended.code == 1
    assert "survivor x, line 2 (2 points): no test notices “other number” (3 → 4)" in ended.output
    assert "    → compare with values that the number decides" in ended.output
    assert "1 to mend." in ended.output


def test_the_least_share_of_mutants_can_be_set(gabarito: Gabarito, course: Course) -> None:
    _weak(course)
    assert _audit(gabarito, course, "--min-score", "0").code == 0
    assert _audit(gabarito, course, "--min-score", "101").code == 2


def test_a_long_list_is_cut(gabarito: Gabarito, course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    _weak(course)
    monkeypatch.setattr(command, "_MOST_SHOWN", 1)
    assert "more: see them with --html FILE or --json" in _audit(gabarito, course).output


def test_json_has_everything(gabarito: Gabarito, course: Course) -> None:
    _weak(course)
    ended = _audit(gabarito, course, "--json", "--seed", "7")
    found = json.loads(ended.output)
    assert ended.code == 1
    assert (found["good"], found["seed"], found["mutation_score"], found["min_score"]) == (False, 7, 0.0, 0.95)
    assert found["mutants"] == {"killed": 0, "survived": 1, "equivalent": 0}
    assert found["tests"][0]["calm"] == {"failures": 0, "runs": 1, "low": 0.0, "high": pytest.approx(0.975)}
    assert found["tried"][0]["fate"] == "survived"
    assert {"kind", "points", "cell", "message", "advice", "must_be_mended"} <= found["faults"][0].keys()


def test_the_page_is_written(gabarito: Gabarito, course: Course, tmp_path: Path) -> None:
    page = tmp_path / "audit.html"
    ended = _audit(gabarito, course, "--html", str(page))
    assert ended.code == 0
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert list(tmp_path.glob(".audit*")) == []


@pytest.mark.parametrize("path", [".", "missing/audit.html"])
def test_a_page_that_can_t_be_written_is_refused_before_anything_runs(
    gabarito: Gabarito, course: Course, tmp_path: Path, path: str
) -> None:
    ended = _audit(gabarito, course, "--html", str(tmp_path / path))
    assert ended.code == 2
    assert "--html names" in ended.errors


def test_an_unknown_assignment_is_an_error(gabarito: Gabarito, course: Course) -> None:
    ended = gabarito("--course", str(course.root), "audit", "ps9")
    assert ended.code == 1
    assert "there is no assignment 'ps9'" in ended.errors
