from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

import gabarito.cli.release as command
from gabarito.cli.app import app
from gabarito.course import Course
from gabarito.errors import CourseError, SourceError
from gabarito.model import AssignmentContract, Mode
from gabarito.release import Release
from gabarito.release.weak_lines import WeakLine
from tests.release.factories import graded, lesson, notebook, run_here, write_course, write_notebook


@pytest.fixture(autouse=True)
def _without_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine has its own tests; here the notebooks run in this process."""
    import gabarito.release

    real = gabarito.release.release
    monkeypatch.setattr(gabarito.release, "release", lambda *args, **options: real(*args, **options, run=run_here))


def _run(course: Course, *words: str) -> Result:
    return CliRunner().invoke(app, ["--course", str(course.root), "release", *words])


def _width(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setattr(command, "console", Console(width=width))


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return write_course(tmp_path, "c.Gabarito.two_process = False", ps1=notebook(*lesson()))


def test_says_what_was_written_and_what_each_cell_is_worth(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    _width(monkeypatch, 80)
    result = _run(course, "ps1")
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.output.splitlines()]
    assert "cell points hidden solved empty" in lines
    assert "test-double 2 2 2 0" in lines
    assert "essay 4 by hand" in lines
    assert "total 10.5" in lines
    assert "Released ps1, 10.5 points:" in lines
    assert "release/ps1/ps1.ipynb" in lines
    assert "grader_tests/ps1/record.json and 2 test files beside it, not for students" in lines
    assert "warning" not in result.output


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_narrow_terminal_is_enough(course: Course, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    _width(monkeypatch, width)
    write_notebook(
        course.source / "ps1" / "ps1.ipynb", notebook(*lesson(), graded("a-rather-long-name-of-a-test", "assert 1"))
    )
    result = _run(course, "ps1")
    table = result.output.split(" tests run ")[0]
    assert max(len(line.rstrip()) for line in table.splitlines()) <= width
    assert "a-rather" in table


def test_a_warning_says_where_and_what_to_do(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    _width(monkeypatch, 300)
    cells = (*lesson(), graded("free", "assert math.pi > 3\ndef test_it():\n    assert 0"))
    write_notebook(course.source / "ps1" / "ps1.ipynb", notebook(*cells))
    result = _run(course, "ps1")
    assert result.exit_code == 0
    assert "warning: ps1.ipynb, cell 9 (free), line 2: the test function “test_it” is defined but" in result.output
    assert "warning: ps1.ipynb, cell 9 (free): the notebook without any answer gets 1 of 1 point" in result.output


def test_brackets_in_a_message_are_shown(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    _width(monkeypatch, 300)
    cells = lesson()
    cells[5].source = "assert double(0.5) == 2, '[bold]not[/bold] [1, 2]'"
    write_notebook(course.source / "ps1" / "ps1.ipynb", notebook(*cells))
    assert "AssertionError: [bold]not[/bold] [1, 2];" in _run(course, "ps1", "--force").output


def test_strict_refuses_and_force_does_not(course: Course) -> None:
    cells = lesson()
    cells[5].source = "assert double(0.5) == 2"
    write_notebook(course.source / "ps1" / "ps1.ipynb", notebook(*cells))
    result = _run(course, "ps1", "--strict")
    assert isinstance(result.exception, SourceError)
    assert result.exception.exit_code == 1
    assert not course.release.exists()
    assert _run(course, "ps1", "--force").exit_code == 0
    assert course.release.exists()


def test_an_unknown_assignment_is_an_error(course: Course) -> None:
    result = _run(course, "ps9")
    assert isinstance(result.exception, CourseError)


def test_json_has_everything(course: Course) -> None:
    result = _run(course, "ps1", "--json")
    found: dict[str, Any] = json.loads(result.output)
    assert (found["assignment"], found["released"], found["points"], found["findings"]) == ("ps1", True, 10.5, [])
    assert found["cells"][0] == {
        "notebook": "ps1",
        "id": "test-double",
        "role": "test",
        "points": 2.0,
        "hidden": 2,
        "solved": 2.0,
        "unsolved": 0.0,
        "mode": "shared",
        "reason": "c.Gabarito.two_process is off",
    }
    assert found["cells"][2]["mode"] is None
    assert (found["modes"], found["weak_lines"]) == ({"shared": 2}, [])
    assert found["written"][:2] == ["release/ps1/ps1.ipynb", "grader_tests/ps1/record.json"]


def test_json_lists_the_faults_of_a_refused_source(course: Course) -> None:
    cells = (*lesson(), graded("t", "assert 1\n### BEGIN HIDDEN TESTS"))
    write_notebook(course.source / "ps1" / "ps1.ipynb", notebook(*cells))
    result = _run(course, "ps1", "--json")
    assert result.exit_code == 1
    found = json.loads(result.output)
    assert found["released"] is False
    assert [(f["rule"], f["severity"], f["place"]) for f in found["findings"]] == [
        ("marker", "refuse", "ps1.ipynb, cell 9 (t), line 2")
    ]


def test_submissions_are_mentioned(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    import gabarito.release

    _width(monkeypatch, 200)
    real = gabarito.release.release
    for count, words in ((1, "1 submission is in the gradebook"), (3, "3 submissions are in the gradebook")):
        with monkeypatch.context() as patch:
            patch.setattr(gabarito.release, "release", lambda *a, n=count, **o: replace(real(*a, **o), submissions=n))
            assert words in _run(course, "ps1").output


def _with(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """Let the release say these things."""
    import gabarito.release

    real = gabarito.release.release

    def changed(*args: Any, **options: Any) -> Release:
        done = real(*args, **options)
        cells = tuple(replace(c, **changes["cells"].get(c.id, {})) for c in done.cells)
        return replace(done, **{**changes, "cells": cells})

    monkeypatch.setattr(gabarito.release, "release", changed)


CONTRACT = AssignmentContract(assignment="ps1", notebooks=())
APART = {"mode": Mode.TWO_PROCESS, "reason": ""}
SHARED = {"mode": Mode.SHARED, "reason": "the solution [itself] fails"}
CHEAT = "where a submission that wants to can cheat (see docs/security.md)"


@pytest.mark.parametrize(
    ("contract", "cells", "notebooks", "lines"),
    [
        (None, {}, ("ps1",), [f"2 tests run in shared mode, {CHEAT}: c.Gabarito.two_process is off."]),
        (
            CONTRACT,
            {"test-double": APART, "test-half": APART},
            ("ps1",),
            ["2 tests run in two processes, apart from student code."],
        ),
        (
            CONTRACT,
            {"test-double": APART, "test-half": {"mode": None}},
            ("ps1",),
            ["1 test runs in two processes, apart from student code."],
        ),
        (
            CONTRACT,
            {"test-double": APART, "test-half": SHARED},
            ("ps1",),
            [
                f"1 of 2 tests run in two processes, 1 in shared mode, {CHEAT}:",
                "  test-half: the solution [itself] fails",
            ],
        ),
        (
            CONTRACT,
            {"test-double": SHARED, "test-half": APART},
            ("ps1", "ps2"),
            [
                f"1 of 2 tests run in two processes, 1 in shared mode, {CHEAT}:",
                "  ps1.ipynb, test-double: the solution [itself] fails",
            ],
        ),
        (None, {"test-double": {"mode": None}, "test-half": {"mode": None}}, ("ps1",), []),
    ],
)
def test_tests_are_told_by_mode(
    course: Course,
    monkeypatch: pytest.MonkeyPatch,
    contract: AssignmentContract | None,
    cells: dict[str, Any],
    notebooks: tuple[str, ...],
    lines: list[str],
) -> None:
    _width(monkeypatch, 200)
    _with(monkeypatch, contract=contract, cells=cells, notebooks=notebooks)
    output, written = _run(course, "ps1").output.split("points without any answer\n\n")[1].split("Released")
    assert ("record.json, contract.json and 1 test file beside it" in written) == (contract is not None)
    assert output.splitlines() == ([*lines, ""] if lines else [])


WEAK = WeakLine(notebook="ps1", cell="test-half", line=3, source="assert v == w[1]", operations=("eq",))


def test_lines_that_rest_on_student_code_are_told(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    _width(monkeypatch, 200)
    _with(monkeypatch, weak_lines=(WEAK,), cells={})
    result = _run(course, "ps1", "--strict")
    assert result.exit_code == 0, "it is told, and refused by nobody"
    told = result.output.split("warning: ")[1].split("Released")[0]
    assert told.splitlines() == [
        "the verdict of 1 line rests on student code:",
        "  test-half, line 3: assert v == w[1]",
        f"    {WEAK.meaning}; {WEAK.advice}",
        "",
    ]
    (found,) = json.loads(_run(course, "ps1", "--json").output)["weak_lines"]
    assert found == {
        "notebook": "ps1",
        "cell": "test-half",
        "line": 3,
        "source": "assert v == w[1]",
        "operations": ["eq"],
        "meaning": WEAK.meaning,
        "advice": WEAK.advice,
    }
    _with(monkeypatch, weak_lines=(WEAK, WEAK), cells={}, notebooks=("ps1", "ps2"))
    told = _run(course, "ps1").output
    assert "warning: the verdict of 2 lines rests on student code:" in told
    assert "  ps1.ipynb, test-half, line 3: assert v == w[1]" in told


def test_help_has_an_example() -> None:
    result = CliRunner().invoke(app, ["release", "--help"], terminal_width=100)
    text = re.sub(r"\x1b\[[0-9;]*m", "", result.output)
    assert "gabarito release differentiable --strict" in " ".join(text.split())
    for option in ("--force", "--strict", "--json", "ASSIGNMENT"):
        assert option in text
