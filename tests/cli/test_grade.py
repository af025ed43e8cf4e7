"""`gabarito grade` as an instructor sees it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from gabarito.cli import grade as command
from gabarito.cli import progress
from gabarito.course import Course
from gabarito.engine.worker import ungraded
from gabarito.errors import EngineError
from gabarito.grading import bulk
from gabarito.grading.result import Graded, GradeRun, Status, TestCell
from gabarito.model import Job, Mode, Outcome, Report, Role
from tests.cli.commands import Ended, Gabarito
from tests.grading.courses import hand_in, released, run_jobs_here, solved, write_course
from tests.notebook.released import cell, source_notebook


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    monkeypatch.setattr(bulk, "run_jobs", run_jobs_here)
    course = write_course(tmp_path)
    hand_in(course, "ana", small=solved(course))
    hand_in(course, "bo", small=solved(course, triple="triple = None"))
    return course


def _grade(gabarito: Gabarito, course: Course, *arguments: str, width: int = 80) -> Ended:
    return gabarito("--course", str(course.root), "grade", "small", *arguments, width=width)


def test_a_class(gabarito: Gabarito, course: Course) -> None:
    done = _grade(gabarito, course)
    assert done.code == 0
    text = " ".join(done.output.split())
    assert "small: 2 graded, 0 unchanged, 0 not graded;" in text
    assert "7 passed" in text
    assert "1 error the student’s code raised an exception" in text
    assert "2 submissions have answers that a person grades, in formgrader." in text
    assert "2/2" in done.errors
    again = _grade(gabarito, course)
    assert (again.code, again.output.split(";")[0]) == (0, "small: 0 graded, 2 unchanged, 0 not graded")
    assert "1 graded, 0 unchanged" in _grade(gabarito, course, "--force", "--student", "bo").output


def test_json(gabarito: Gabarito, course: Course) -> None:
    hand_in(course, "cy", small=b"{")
    done = _grade(gabarito, course, "--json", "--jobs", "1")
    assert (done.code, done.errors) == (1, "")
    told = json.loads(done.output)
    assert told["statuses"] == {"graded": 2, "unreadable": 1}
    assert told["outcomes"] == {"passed": 7, "error": 1}
    assert told["modes"] == {}
    assert (told["assignment"], told["workers"]) == ("small", 1)
    ana, bo, cy = told["submissions"]
    assert [c["points"] for c in ana["cells"]] == [2.0, 1.0, 1.0, 2.0]
    assert bo["cells"][3] | {"message": ""} == {
        "notebook": "small",
        "id": "triple-test",
        "outcome": "error",
        "points": 0.0,
        "max_points": 2.0,
        "message": "",
        "mode": None,
    }
    assert (cy["status"], cy["cells"]) == ("unreadable", [])
    assert cy["message"].startswith("small.ipynb is cut short")


@pytest.mark.parametrize(
    ("shared", "words"),
    [
        ((), None),
        (("a", "b"), "2 of 4 tests ran in shared mode (a, b), where a submission that wants to can cheat;"),
        (("b", "b"), "2 of 4 tests ran in shared mode (b), where a submission that wants to can cheat;"),
        (("a", "b", "c", "d"), "All 4 tests ran in shared mode, where a submission that wants to can cheat;"),
    ],
)
def test_tests_in_shared_mode_are_told(
    monkeypatch: pytest.MonkeyPatch, shared: tuple[str, ...], words: str | None
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(command, "console", Console(file=stream, width=400))
    modes = [*[(name, Mode.SHARED) for name in shared], *[("x", Mode.TWO_PROCESS)] * (4 - len(shared)), ("y", None)]
    cells = [
        TestCell(notebook="small", id=name, outcome=Outcome.PASSED, points=1.0, max_points=1.0, mode=mode)
        for name, mode in modes
    ]
    run = GradeRun(
        assignment="small",
        submissions=tuple(Graded(student=f"s{n}", status=Status.GRADED, cells=(c,)) for n, c in enumerate(cells)),
        wall_seconds=1.0,
    )
    command.show_run(run)
    told = stream.getvalue()
    if words is None:
        assert "shared" not in told
    else:
        assert f"{words} see docs/security.md.\n" in told
    assert run.by_mode().total() == 4


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"sandbox": "podman", "image": "0123456789abcdef"}, "sandbox: podman, image 0123456789ab"),
        ({"sandbox": "bubblewrap", "lacks": {"memory-limit": "memory [is] watched"}}, "· memory [is] watched"),
        ({"sandbox": "process"}, "sandbox: none, a plain process; good for development, not for a class"),
        ({"sandbox": "process", "passed_over": (("podman", "no [image]"),)}, "· not podman: no [image]"),
    ],
)
def test_the_sandbox_is_told(monkeypatch: pytest.MonkeyPatch, about: dict[str, Any], words: str) -> None:
    stream = io.StringIO()
    for name in ("console", "stderr"):
        monkeypatch.setattr(command, name, Console(file=stream, width=400))
    command.show_run(
        GradeRun(assignment="small", submissions=(Graded(student="s", status=Status.KNOWN),), wall_seconds=1.0, **about)
    )
    assert words in stream.getvalue()


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"shortened": 1}, "1 notebook needed only the tests that a change concerns.\n"),
        ({"spared": 1}, "1 test was not run: other notebooks with the same answers had passed.\n"),
        ({"spared": 412}, "412 tests were not run: other notebooks with the same answers had passed.\n"),
        (
            {"shortened": 9, "shared": 7},
            "; 7 of them had the same answers to these as another one, and were not run.\n",
        ),
    ],
)
def test_what_ran_in_part_is_told(monkeypatch: pytest.MonkeyPatch, about: dict[str, Any], words: str) -> None:
    stream = io.StringIO()
    for name in ("console", "stderr"):
        monkeypatch.setattr(command, name, Console(file=stream, width=400))
    graded = (Graded(student="s", status=Status.GRADED),)
    command.show_run(GradeRun(assignment="small", submissions=graded, wall_seconds=1.0, **about))
    assert words in stream.getvalue()


def test_json_of_nothing(gabarito: Gabarito, course: Course, tmp_path: Path) -> None:
    fresh = write_course(tmp_path / "fresh")
    done = _grade(gabarito, fresh, "--json")
    assert (done.code, json.loads(done.output)["submissions"]) == (0, [])


def test_nobody(gabarito: Gabarito, course: Course, tmp_path: Path) -> None:
    done = _grade(gabarito, write_course(tmp_path / "fresh"))
    assert (done.code, done.output) == (0, "Nobody has handed in 'small' yet.\n")


def test_what_was_not_graded_is_exit_code_1(
    gabarito: Gabarito, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_jobs(jobs: Iterable[Job], **settings: Any) -> Iterator[tuple[Job, Report]]:
        for job, _ in run_jobs_here(jobs):
            yield job, ungraded(job, "the worker [ended]")

    hand_in(course, "cy", small=b"{")
    hand_in(course, "dee [x]")
    monkeypatch.setattr(bulk, "run_jobs", run_jobs)
    done = _grade(gabarito, course)
    assert done.code == 1
    text = " ".join(done.output.split())
    assert "0 graded, 0 unchanged, 4 not graded" in text
    assert "unreadable: cy: small.ipynb is cut short" in text
    assert "unreadable: dee [x]: " in text
    assert "ungraded: bo: not graded: the worker [ended]" in text
    assert "Nothing is recorded for unreadable submissions: ask the students to hand in again." in text
    assert "Nothing is recorded for ungraded submissions: run the command again." in text
    assert "3 not graded" in done.errors or "4 not graded" in done.errors


def test_instructors_mistakes_are_exit_code_1(gabarito: Gabarito, course: Course, tmp_path: Path) -> None:
    fresh = write_course(tmp_path / "fresh", small=source_notebook(cell(Role.TEST, "7", "test-seven", points=1)))
    for student in ("ana", "bo"):
        hand_in(fresh, student, small=released(fresh))
    done = _grade(gabarito, fresh)
    assert done.code == 1
    assert done.output.count("mend the tests:") == 1
    assert "Test cell 'test-seven' ended with a score of 7" in " ".join(done.output.split())


def test_an_unknown_student(gabarito: Gabarito, course: Course) -> None:
    done = _grade(gabarito, course, "--student", "anna")
    assert (done.code, done.output) == (1, "")
    assert done.errors == "error: student 'anna' has handed in nothing for 'small'; did you mean 'ana'?\n"


def _run(**changes: Any) -> GradeRun:
    graded = [
        Graded(student=f"a-student-with-a-long-name-{n}", status=status, message=message, **changes)
        for n, (status, message) in enumerate(
            [
                (Status.GRADED, ""),
                (Status.UNREADABLE, "small.ipynb is cut short: it breaks off in the middle; save it again"),
                (Status.UNGRADED, "not graded: the worker gave no sign of life for 700 s"),
            ]
        )
    ]
    return GradeRun(
        assignment="differentiable",
        submissions=tuple(graded),
        weak=("student code runs with your own rights: it can use the network, and read and change your files",),
        wall_seconds=12.3,
        workers=2,
    )


def test_the_students_whose_cells_were_stopped_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(command, "console", Console(file=stream, width=400))
    ended = [(Outcome.TIMEOUT, Outcome.TIMEOUT), (Outcome.CRASHED,), *[(Outcome.TIMEOUT,)] * 5, ()]
    tests = (TestCell(notebook="small", id="x", outcome=Outcome.PASSED, points=1.0, max_points=1.0),)
    submissions = [
        Graded(student=f"s{n} [b]", status=Status.GRADED, cells=tests, stopped=stopped)
        for n, stopped in enumerate(ended)
    ]
    command.show_run(GradeRun(assignment="small", submissions=tuple(submissions), wall_seconds=1.0))
    assert (
        "stopped or ended the notebook: 7 timeout (s0 [b], s2 [b], s3 [b], s4 [b], s5 [b] and 1 more), "
        "1 crashed (s1 [b])."
    ) in stream.getvalue()


def test_a_sentence_is_one_line_where_no_terminal_is(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(command, "console", Console(file=stream, width=30))
    stopped = (Outcome.TIMEOUT,)
    tests = (TestCell(notebook="small", id="x", outcome=Outcome.PASSED, points=1.0, max_points=1.0),)
    command.show_run(_run(cells=tests, stopped=stopped, needs_manual=True))
    lines = stream.getvalue().splitlines()
    assert "3 submissions have answers that a person grades, in formgrader." in lines
    assert "Nothing is recorded for unreadable submissions: ask the students to hand in again." in lines
    assert any(line.startswith("Students’ own cells that were stopped") and line.endswith(").") for line in lines)


@pytest.mark.parametrize("width", [30, 40, 80])
def test_the_summary_fits_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    stream = io.StringIO()
    terminal = Console(file=stream, width=width, force_terminal=True, color_system=None)
    for name in ("console", "stderr"):
        monkeypatch.setattr(command, name, terminal)
    stopped = (Outcome.TIMEOUT, Outcome.MEMORY, Outcome.CRASHED, Outcome.OUTPUT)
    tests = (TestCell(notebook="small", id="x", outcome=Outcome.TIMEOUT, points=0.0, max_points=1.0),)
    command.show_run(_run(cells=tests, stopped=stopped, needs_manual=True, problems=("Test cell 'x' is wrong. " * 4,)))
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    text = " ".join(stream.getvalue().split())
    for said in ("1 graded, 0 unchanged, 2 not graded", "not isolated:", "mend the tests:", "3 timeout", "not graded:"):
        assert said in text


def test_the_progress_bar_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    terminal = Console(file=stream, width=80, force_terminal=True, color_system=None)
    monkeypatch.setattr(progress, "stderr", terminal)
    with progress.progress_bar() as (on_start, on_graded):
        on_start(2)
        on_graded(Graded(student="ana", status=Status.GRADED))
        on_graded(Graded(student="bo", status=Status.UNREADABLE))
    shown = stream.getvalue()
    assert "0/2" in shown
    last = shown[shown.rindex("grading") :]
    assert "2/2" in last
    assert "/min" in last
    assert "1 not graded" in last


def test_no_progress_bar_beside_json(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(progress, "stderr", Console(file=stream, force_terminal=True))
    with progress.progress_bar(hidden=True) as (on_start, on_graded):
        on_start(1)
        on_graded(Graded(student="ana", status=Status.GRADED))
    assert stream.getvalue() == ""


# For programs


def test_events_are_lines_of_json(gabarito: Gabarito, course: Course, tmp_path: Path) -> None:
    hand_in(course, "cy", small=b"{")
    path = tmp_path / "events"
    assert _grade(gabarito, course, "--events", str(path)).code == 1
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert [line["event"] for line in lines] == ["started", *["submission"] * 3, "finished"]
    assert (lines[0]["assignment"], lines[0]["submissions"]) == ("small", 3)
    seen = {line["student"]: line for line in lines[1:4]}
    assert [line["done"] for line in lines[1:4]] == [1, 2, 3]
    assert (seen["bo"]["status"], seen["bo"]["outcomes"]) == ("graded", {"passed": 3, "error": 1})
    assert (seen["bo"]["points"], seen["bo"]["max_points"]) == (4.0, 6.0)
    assert min(seen["bo"]["spent"]["restore"], seen["bo"]["spent"]["record"]) > 0
    assert seen["cy"]["message"].startswith("small.ipynb is cut short")
    assert lines[-1]["statuses"] == {"graded": 2, "unreadable": 1}
    assert lines[-1]["is_complete"] is False
    printed = _grade(gabarito, course, "--events", "-")
    assert (printed.code, printed.errors) == (1, "")
    again = [json.loads(line) for line in printed.output.splitlines()]
    assert {line.get("status") for line in again} == {None, "known", "unreadable"}


def test_a_run_that_is_given_up_says_so(
    gabarito: Gabarito, course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(jobs: Iterable[Job], **settings: Any) -> Iterator[tuple[Job, Report]]:
        raise EngineError("no worker can be started")
        yield

    monkeypatch.setattr(bulk, "run_jobs", broken)
    done = _grade(gabarito, course, "--events", str(tmp_path / "events"), "--log", str(tmp_path / "log"))
    assert (done.code, done.errors.splitlines()[-1]) == (1, "error: no worker can be started")
    for path in ("events", "log"):
        last = json.loads((tmp_path / path).read_bytes().splitlines()[-1])
        assert last["error"] == "EngineError: no worker can be started"


def test_the_log_grows_and_knows_what_needs_a_person(gabarito: Gabarito, course: Course, tmp_path: Path) -> None:
    hand_in(course, "cy", small=b"{")
    path = tmp_path / "log"
    for _ in range(2):
        _grade(gabarito, course, "--log", str(path), "--force")
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert [line["message"] for line in lines] == ["started", *["submission"] * 3, "finished"] * 2
    assert {line["student"]: line["level"] for line in lines if "student" in line} == {
        "ana": "info",
        "bo": "info",
        "cy": "warning",
    }
    assert {line["logger"] for line in lines} == {"gabarito.grading.events"}


@pytest.mark.parametrize("ending", ["svg", "html"])
def test_the_summary_is_drawn(gabarito: Gabarito, course: Course, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"summary.{ending}"
    done = _grade(gabarito, course, "--summary", str(path))
    assert "reading and restoring notebooks" in done.output
    assert "where it went" in done.output
    drawn = path.read_text().replace("&#160;", " ")
    assert drawn.startswith("<svg" if ending == "svg" else "<!DOCTYPE html>")
    assert "2 graded" in drawn
    assert "recording" in drawn
    silent = _grade(gabarito, course, "--summary", str(path), "--json")
    assert json.loads(silent.output)["statuses"] == {"known": 2}
    assert "2 unchanged" in path.read_text().replace("&#160;", " ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--summary", "x.png"), "--summary x.png ends neither in .svg nor in .html"),
        (("--events", "-", "--json"), "--json and --events - both print to stdout"),
    ],
)
def test_what_cannot_be_written_is_refused(
    gabarito: Gabarito, course: Course, arguments: tuple[str, ...], words: str
) -> None:
    done = _grade(gabarito, course, *arguments)
    assert (done.code, words in done.errors) == (2, True)
    assert not course.autograded.exists()
