"""A class graded in bulk: what is recorded, what is skipped, and what stops nobody else."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook

import gabarito.grading.bulk
from gabarito.course import Course
from gabarito.engine.worker import ungraded
from gabarito.errors import CourseError, EngineError, GradebookError, SubmissionError
from gabarito.gradebook.table import read_table
from gabarito.gradebook.writer import GradebookWriter, open_gradebook
from gabarito.grading.bulk import grade
from gabarito.grading.result import Graded, GradeRun, Status
from gabarito.model import Job, Mode, Outcome, Report, Role
from gabarito.notebook.cells import grade_id
from gabarito.notebook.restore import Restored, restore
from tests.grading.courses import hand_in, publish, released, run_jobs_here, scores, solved, write_course
from tests.notebook.released import cell, small_source, source_notebook

FULL = {"double-test": 2.0, "total-test": 1.0, "total-kept": 1.0, "triple-test": 2.0, "why": None, "plot": None}
ODD = "Zoë 'O\"Neil' [b]李 & <i>; $(x)"


def statuses(run: GradeRun) -> dict[str, str]:
    return {s.student: s.status.value for s in run.submissions}


def told(run: GradeRun, student: str) -> Graded:
    return next(s for s in run.submissions if s.student == student)


# A whole class, through the real engine


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, GradeRun]:
    course = write_course(tmp_path_factory.mktemp("class"))
    (course.release / "small" / "numbers.txt").write_text("6")
    right = solved(course)
    hand_in(course, "ana", small=right)
    hand_in(course, "hidden-fails", small=solved(course, double="double = lambda x: abs(2 * x)"))
    hand_in(course, "untouched", small=released(course))
    hand_in(course, "empty-notebook", small=nbformat.v4.new_notebook())
    hand_in(course, "syntax-error", small=solved(course, triple="def triple(x)\n    return 3 * x"))
    hand_in(course, "ends-itself", small=solved(course, total="import os\nos._exit(0)"))
    hand_in(course, "endless", small=solved(course, total="x = [1, 2, 3]\nwhile True: pass"))
    hand_in(
        course,
        "warns",
        small=solved(course, double="import sys\ndef double(x):\n    print(1, file=sys.stderr)\n    return 2 * x"),
    )
    hand_in(course, ODD, small=right)
    files = hand_in(
        course, "own-data", small=solved(course, triple="def triple(x):\n    return 3 * int(open('mine.txt').read())")
    )
    (files / "mine.txt").write_text("2")
    files = hand_in(
        course, "given-data", small=solved(course, triple="def triple(x):\n    return int(open('numbers.txt').read())")
    )
    (files / "numbers.txt").write_text("7")
    hand_in(course, "cut-short", small=nbformat.writes(right).encode()[:500])
    hand_in(course, "binary", small=bytes(range(256)))
    hand_in(course, "empty-file", small=b"")
    hand_in(course, "no-notebook")
    hand_in(course, "other-name", homework=right)
    files = hand_in(course, "a-link")
    (files / "small.ipynb").symlink_to(course.submitted / "ana" / "small" / "small.ipynb")
    files = hand_in(course, "too-large")
    with (files / "small.ipynb").open("wb") as file:
        file.truncate(101 << 20)
    files = hand_in(course, "large-files", small=right)
    for name in ("a.bin", "b.bin"):
        with (files / name).open("wb") as file:
            file.truncate(129 << 20)
    return course, grade(course, "small", workers=2)


def test_every_submission_has_its_score(graded: tuple[Course, GradeRun]) -> None:
    course, run = graded
    expected = {
        "ana": FULL,
        "hidden-fails": FULL | {"double-test": 0.0},
        "untouched": dict.fromkeys(FULL, 0.0) | {"total-kept": 1.0, "plot": None},
        "empty-notebook": dict.fromkeys(FULL, 0.0) | {"plot": None},
        "syntax-error": FULL | {"triple-test": 0.0},
        "ends-itself": FULL | dict.fromkeys(["total-test", "total-kept", "triple-test"], 0.0),
        "endless": FULL | {"total-test": 0.0},
        "warns": FULL,
        ODD: FULL,
        "own-data": FULL,
        "given-data": FULL,
    }
    assert {s: scores(course, s) for s in expected} == expected
    assert {s.student for s in read_table(course, "small").submissions} == set(expected)
    for student, cells in expected.items():
        assert told(run, student).points == sum(p or 0 for p in cells.values())
        assert told(run, student).max_points == 6
        assert told(run, student).needs_manual


def test_every_submission_has_its_outcomes(graded: tuple[Course, GradeRun]) -> None:
    _, run = graded
    outcomes = {s.student: {c.id: c.outcome for c in s.cells} for s in run.submissions}
    assert set(outcomes["warns"].values()) == {Outcome.PASSED}
    assert outcomes["hidden-fails"]["double-test"] is Outcome.FAILED
    assert outcomes["untouched"]["double-test"] is Outcome.ERROR
    assert outcomes["ends-itself"]["triple-test"] is Outcome.NOT_RUN
    assert told(run, "endless").stopped == (Outcome.TIMEOUT,)
    assert told(run, "ends-itself").stopped == (Outcome.CRASHED,)
    assert run.by_stopped() == {Outcome.TIMEOUT: 1, Outcome.CRASHED: 1}
    assert run.by_outcome()[Outcome.NOT_RUN] == 3
    assert any("No cell" in note for note in told(run, "empty-notebook").notes)
    assert run.workers == 2


def test_every_test_that_ran_has_its_mode(graded: tuple[Course, GradeRun]) -> None:
    course, run = graded
    ran = run.by_outcome().total() - run.by_outcome()[Outcome.NOT_RUN]
    assert run.by_mode() == {Mode.SHARED: ran}, "there is no contract"
    assert run.shared_tests() == ["double-test", "total-test", "total-kept", "triple-test"]
    found = read_table(course, "small").submission("ends-itself")
    assert found is not None
    modes = {cell: score.mode for (_, cell), score in found.scores.items()}
    assert (modes["double-test"], modes["triple-test"], modes["why"]) == (Mode.SHARED, None, None)


@pytest.mark.parametrize(
    ("student", "why"),
    [
        ("cut-short", "small.ipynb is cut short"),
        ("binary", "small.ipynb is no notebook: it is not text"),
        ("empty-file", "small.ipynb is empty"),
        ("no-notebook", "small holds no notebook; this assignment needs small.ipynb"),
        (
            "other-name",
            "small holds no notebook of this assignment, but homework.ipynb; this assignment needs small.ipynb",
        ),
        ("a-link", "small holds no notebook; this assignment needs small.ipynb"),
        ("too-large", "small.ipynb has 101 MiB, more than the 100 that are taken"),
        ("large-files", "its files are larger than 256 MiB together (b.bin is the first too many)"),
    ],
)
def test_what_cannot_be_read_is_told_and_not_recorded(graded: tuple[Course, GradeRun], student: str, why: str) -> None:
    course, run = graded
    assert told(run, student).status is Status.UNREADABLE
    assert why in told(run, student).message
    assert not (course.autograded / student).exists()
    assert not run.is_complete


def test_autograded_folders_are_as_graded(graded: tuple[Course, GradeRun]) -> None:
    course, _ = graded
    folder = course.autograded / "given-data" / "small"
    assert sorted(p.name for p in folder.iterdir()) == ["numbers.txt", "small.ipynb", "timestamp.txt"]
    assert (folder / "numbers.txt").read_text() == "6"
    notebook = nbformat.read(course.autograded / "hidden-fails" / "small" / "small.ipynb", as_version=4)
    (test,) = [c for c in notebook.cells if grade_id(c) == "double-test"]
    assert test.metadata.gabarito.outcome == "failed"
    assert test.metadata.gabarito.in_hidden == 0
    assert test.metadata.gabarito.mode == "shared"


def test_a_second_run_leaves_all_as_it_is(graded: tuple[Course, GradeRun]) -> None:
    course, first = graded
    again = grade(course, "small", workers=2)
    expected = {s: "known" if status == "graded" else status for s, status in statuses(first).items()}
    assert statuses(again) == expected
    assert again.by_outcome() == {}


# What is graded again, and what is not


@pytest.fixture
def course(tmp_path: Path, here: None) -> Course:
    course = write_course(tmp_path / "course")
    hand_in(course, "ana", small=solved(course))
    hand_in(course, "bo", small=solved(course, triple="triple = None"))
    return course


def _other_bytes(course: Course) -> None:
    hand_in(course, "bo", small=solved(course))


def _later(course: Course) -> None:
    hand_in(course, "bo", time="2026-01-11 10:00:00 UTC")


def _new_file(course: Course) -> None:
    (course.submitted / "bo" / "small" / "data.txt").write_text("1")


def _no_notebook(course: Course) -> None:
    (course.autograded / "bo" / "small" / "small.ipynb").unlink()


def _of_nbgrader(course: Course) -> None:
    path = course.autograded / "bo" / "small" / "small.ipynb"
    path.unlink()
    nbformat.write(solved(course), path)


@pytest.mark.parametrize("change", [_other_bytes, _later, _new_file, _no_notebook, _of_nbgrader])
def test_what_changed_is_graded_again(course: Course, change: Callable[[Course], None]) -> None:
    assert set(statuses(grade(course, "small")).values()) == {"graded"}
    change(course)
    assert statuses(grade(course, "small")) == {"ana": "known", "bo": "graded"}
    assert statuses(grade(course, "small")) == {"ana": "known", "bo": "known"}


def test_a_new_hand_in_has_its_own_score(course: Course) -> None:
    grade(course, "small")
    assert scores(course, "bo") == FULL | {"triple-test": 0.0}
    _other_bytes(course)
    grade(course, "small")
    assert scores(course, "bo") == FULL


def test_an_unreadable_new_hand_in_leaves_the_earlier_score(course: Course) -> None:
    grade(course, "small")
    hand_in(course, "bo", small=b"{")
    assert statuses(grade(course, "small")) == {"ana": "known", "bo": "unreadable"}
    assert scores(course, "bo") == FULL | {"triple-test": 0.0}


def test_a_changed_test_is_graded_again(course: Course) -> None:
    grade(course, "small")
    source = small_source()
    (test,) = [c for c in source.cells if grade_id(c) == "double-test"]
    test.source = test.source.replace("double(-1) == -2", "double(-1) == -3")
    publish(course, small=source)
    assert set(statuses(grade(course, "small")).values()) == {"graded"}
    assert scores(course, "ana") == FULL | {"double-test": 0.0}


def test_changed_points_are_graded_again(course: Course) -> None:
    grade(course, "small")
    source = small_source()
    (test,) = [c for c in source.cells if grade_id(c) == "double-test"]
    test.metadata.nbgrader.points = 5
    publish(course, small=source)
    assert set(statuses(grade(course, "small")).values()) == {"graded"}
    assert scores(course, "ana") == FULL | {"double-test": 5.0}


def test_limits_count_too(course: Course) -> None:
    grade(course, "small")
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text().replace("memory_mb = 300", "memory_mb = 400"))
    assert set(statuses(grade(gabarito.course.load_course(course.root), "small")).values()) == {"graded"}


ZERO = "c.LateSubmissionPlugin.penalty_method = 'zero'"


def _due(course: Course, time: str) -> None:
    with Gradebook(course.db_url) as theirs:
        theirs.update_or_create_assignment("small", duedate=f"2026-01-{time}:00 UTC")


def _again(course: Course, *lines: str) -> tuple[dict[str, str], dict[str, float]]:
    """Each one's status and late penalty in a run with these lines added to the configuration."""
    config = course.root / "nbgrader_config.py"
    config.write_text("\n".join([config.read_text(), *lines]))
    course = gabarito.course.load_course(course.root)
    found = statuses(grade(course, "small"))
    return found, {s.student: s.penalty for s in read_table(course, "small").submissions}


@pytest.fixture
def late_class(course: Course) -> Course:
    """`ana` handed in on the 10th at ten o'clock, `bo` two days later; nobody is late yet."""
    hand_in(course, "bo", time="2026-01-12 10:00:00 UTC")
    grade(course, "small")
    return course


def test_another_due_date_concerns_those_who_are_late(late_class: Course) -> None:
    course = late_class
    _due(course, "13 10:00")
    assert _again(course, ZERO) == ({"ana": "known", "bo": "known"}, {"ana": 0, "bo": 0})
    _due(course, "11 10:00")
    assert _again(course) == ({"ana": "known", "bo": "graded"}, {"ana": 0, "bo": 4})
    assert _again(course) == ({"ana": "known", "bo": "known"}, {"ana": 0, "bo": 4})
    _due(course, "10 09:00")
    assert _again(course) == ({"ana": "graded", "bo": "graded"}, {"ana": 6, "bo": 4})
    _due(course, "13 10:00")
    assert _again(course) == ({"ana": "graded", "bo": "graded"}, {"ana": 0, "bo": 0})


def test_an_extension_concerns_its_student(late_class: Course) -> None:
    course = late_class
    _due(course, "10 09:00")
    assert _again(course, ZERO)[1] == {"ana": 6, "bo": 4}
    with Gradebook(course.db_url) as theirs:
        theirs.grant_extension("small", "ana", hours=1)
    assert _again(course) == ({"ana": "graded", "bo": "known"}, {"ana": 0, "bo": 4})


def test_another_rule_for_penalties_concerns_those_who_are_late(late_class: Course) -> None:
    course = late_class
    _due(course, "11 10:00")
    assert _again(course) == ({"ana": "known", "bo": "graded"}, {"ana": 0, "bo": 0})
    assert _again(course, ZERO) == ({"ana": "known", "bo": "graded"}, {"ana": 0, "bo": 4})
    rule = """
from nbgrader.plugins import BasePlugin
class PerDay(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return total_seconds_late / 86400
c.AssignLatePenalties.plugin_class = PerDay
"""
    assert _again(course, rule) == ({"ana": "known", "bo": "graded"}, {"ana": 0, "bo": 1})
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text().replace("/ 86400", "/ 43200"))
    assert _again(course) == ({"ana": "known", "bo": "graded"}, {"ana": 0, "bo": 2})
    assert _again(course) == ({"ana": "known", "bo": "known"}, {"ana": 0, "bo": 2})


def test_a_rule_that_cannot_be_loaded_is_told_when_it_is_needed(late_class: Course) -> None:
    course = late_class
    _due(course, "11 10:00")
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "\nc.AssignLatePenalties.plugin_class = 'absent.Rule'\n")
    run = grade(gabarito.course.load_course(course.root), "small")
    assert statuses(run) == {"ana": "known", "bo": "ungraded"}
    assert "the late penalty of bo can't be computed" in told(run, "bo").message


@pytest.mark.parametrize("gone", ["deleted", "an old copy"])
def test_another_gradebook_is_filled_again(course: Course, gone: str) -> None:
    grade(course, "small")
    book = course.root / "gradebook.db"
    shutil.copy(book, course.root / "copy.db")
    hand_in(course, "bo", small=solved(course), time="2026-01-11 10:00:00 UTC")
    grade(course, "small")
    book.unlink()
    if gone == "an old copy":
        shutil.copy(course.root / "copy.db", book)
    again = statuses(grade(course, "small"))
    assert again == {"ana": "graded" if gone == "deleted" else "known", "bo": "graded"}
    assert scores(course, "bo") == scores(course, "ana") == FULL


def test_force_and_single_students(course: Course) -> None:
    seen: list[str] = []
    counts: list[int] = []
    run = grade(
        course, "small", students=["bo"], on_start=counts.append, on_graded=lambda graded: seen.append(graded.student)
    )
    assert (statuses(run), seen, counts, run.workers) == ({"bo": "graded"}, ["bo"], [1], 1)
    assert read_table(course, "small").submission("ana") is None
    assert statuses(grade(course, "small")) == {"ana": "graded", "bo": "known"}
    assert statuses(grade(course, "small", force=True, students=["ana", "bo"])) == {"ana": "graded", "bo": "graded"}


def test_an_unknown_student(course: Course) -> None:
    with pytest.raises(SubmissionError, match="student 'anna' has handed in nothing for 'small'; did you mean 'ana'"):
        grade(course, "small", students=["bo", "anna"])
    assert not (course.root / "gradebook.db").exists()


def test_an_unknown_assignment(course: Course) -> None:
    (course.source / "small").mkdir(parents=True)
    with pytest.raises(CourseError, match="there is no assignment 'smal'; did you mean 'small'"):
        grade(course, "smal")


def test_nobody_handed_in(tmp_path: Path, here: None) -> None:
    run = grade(write_course(tmp_path), "small")
    assert (run.submissions, run.is_complete) == ((), True)


# Two notebooks, and files beside them


def test_a_notebook_that_is_taken_back_gets_zero(tmp_path: Path, here: None) -> None:
    other = source_notebook(cell(Role.TEST, "assert True", "other-test", points=4))
    course = write_course(tmp_path, small=small_source(), other=other)
    hand_in(course, "ana", small=solved(course), other=released(course, "other"))
    hand_in(course, "bo", other=released(course, "other"))
    run = grade(course, "small")
    assert statuses(run) == {"ana": "graded", "bo": "graded"}
    assert scores(course, "ana") == FULL | {"other-test": 4.0}
    assert scores(course, "bo") == dict.fromkeys(FULL, 0.0) | {"other-test": 4.0}
    assert not told(run, "bo").needs_manual
    hand_in(course, "ana", other=None)
    assert statuses(grade(course, "small")) == {"ana": "graded", "bo": "known"}
    assert scores(course, "ana") == FULL | {"other-test": 0.0}
    assert [p.name for p in (course.autograded / "ana" / "small").glob("*.ipynb")] == ["small.ipynb"]


@pytest.mark.parametrize(
    "setting",
    ["exclude_overwriting = {'small': ['data.txt']}", "exclude_overwriting.update({'small': ['data.txt']})"],
)
def test_a_students_file_may_be_kept(tmp_path: Path, here: None, setting: str) -> None:
    course = write_course(tmp_path, f"c.Autograde.{setting}")
    for name in ("data.txt", "more.txt"):
        (course.release / "small" / name).write_text("given")
        (hand_in(course, "ana", small=solved(course)) / name).write_text("theirs")
    grade(course, "small")
    folder = course.autograded / "ana" / "small"
    assert ((folder / "data.txt").read_text(), (folder / "more.txt").read_text()) == ("theirs", "given")


# Instructors' mistakes, people's scores


def test_impossible_partial_credit_is_reported_and_left_to_a_person(tmp_path: Path, here: None) -> None:
    tests = {"nan": "float('nan')", "negative": "-1", "too-much": "99", "half": "0.5", "full": "assert True"}
    course = write_course(
        tmp_path, small=source_notebook(*(cell(Role.TEST, s, name, points=1) for name, s in tests.items()))
    )
    hand_in(course, "ana", small=released(course))
    hand_in(course, "bo", small=released(course))
    run = grade(course, "small")
    assert run.is_complete
    assert [p.split("'")[1] for p in run.problems()] == ["nan", "negative", "too-much"]
    for student in ("ana", "bo"):
        assert told(run, student).needs_manual
        assert scores(course, student) == {"nan": None, "negative": None, "too-much": None, "half": 0.5, "full": 1.0}
        found = read_table(course, "small").submission(student)
        assert found is not None
        assert {c for (_, c), s in found.scores.items() if s.needs_manual} == {"nan", "negative", "too-much"}


def test_a_persons_score_outlives_a_regrade(course: Course) -> None:
    grade(course, "small")
    with Gradebook(course.db_url) as book:
        found = book.find_grade("why", "small", "small", "ana")
        found.manual_score, found.needs_manual_grade = 2.5, False
        found = book.find_grade("double-test", "small", "small", "ana")
        found.manual_score = 1.0
        book.db.commit()
    assert statuses(grade(course, "small")) == {"ana": "known", "bo": "known"}
    grade(course, "small", force=True)
    table = read_table(course, "small").submission("ana")
    assert table is not None
    why, double = table.scores["small", "why"], table.scores["small", "double-test"]
    assert (why.score, why.manual_score, why.needs_manual) == (2.5, 2.5, True)
    assert (double.score, double.auto_score) == (1.0, 2.0)


def test_a_data_folder_of_the_course_lies_beside_the_notebook(tmp_path: Path) -> None:
    course = write_course(
        tmp_path, "c.Gabarito.data = ['numbers']", small=source_notebook(cell(Role.TEST, _DATA_TEST, "data", points=1))
    )
    (tmp_path / "numbers").mkdir()
    (tmp_path / "numbers" / "six").write_text("6")
    hand_in(course, "ana", small=released(course))
    run = grade(course, "small")
    assert told(run, "ana").cells[0].outcome is Outcome.PASSED, told(run, "ana").cells[0].message
    assert (tmp_path / "numbers" / "six").read_text() == "6"


_DATA_TEST = """
import os
assert open("numbers/six").read() == "6"
try:
    open("numbers/six", "w")
except OSError:
    pass
else:
    assert os.geteuid() == 0, "it can be written"
"""


# When something of ours fails


def _fails_for(student: str) -> Callable[..., Iterator[tuple[Job, Report]]]:
    def run_jobs(jobs: Iterable[Job], **settings: Any) -> Iterator[tuple[Job, Report]]:
        for job, report in run_jobs_here(jobs, **settings):
            theirs = any("triple = None" in c.source for c in job.cells) == (student == "bo")
            yield job, ungraded(job, "the worker ended") if theirs else report

    return run_jobs


def test_what_the_engine_could_not_run_is_graded_next_time(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(gabarito.grading.bulk, "run_jobs", _fails_for("bo"))
        run = grade(course, "small")
    assert statuses(run) == {"ana": "graded", "bo": "ungraded"}
    assert told(run, "bo").message == "not graded: the worker ended"
    assert not run.is_complete
    assert read_table(course, "small").submission("bo") is None
    assert not (course.autograded / "bo").exists()
    assert statuses(grade(course, "small")) == {"ana": "known", "bo": "graded"}


@pytest.mark.parametrize("after", [0, 1])
def test_an_engine_that_goes_away_ends_the_run_and_the_next_goes_on(
    course: Course, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    def goes_away(jobs: Iterable[Job], **settings: Any) -> Iterator[tuple[Job, Report]]:
        yield from itertools.islice(run_jobs_here(jobs, **settings), after)
        raise EngineError("cannot connect to the daemon")

    with monkeypatch.context() as patch:
        patch.setattr(gabarito.grading.bulk, "run_jobs", goes_away)
        with pytest.raises(EngineError, match="cannot connect to the daemon") as caught:
            grade(course, "small")
    assert ("1 of 2 submissions were done before" in str(caught.value)) == bool(after)
    statuses_now = statuses(grade(course, "small"))
    assert sorted(statuses_now.values()) == ["graded"] * (2 - after) + ["known"] * after


def test_a_failed_regrade_leaves_the_earlier_score(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    grade(course, "small")
    before = (course.autograded / "bo" / "small" / "small.ipynb").read_bytes()
    monkeypatch.setattr(gabarito.grading.bulk, "run_jobs", _fails_for("bo"))
    assert statuses(grade(course, "small", force=True)) == {"ana": "graded", "bo": "ungraded"}
    assert scores(course, "bo") == FULL | {"triple-test": 0.0}
    assert (course.autograded / "bo" / "small" / "small.ipynb").read_bytes() == before


def test_a_fault_in_preparing_one_stops_nobody(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(submitted: Any, record: Any) -> Restored:
        if any("triple = None" in c.source for c in submitted.cells):
            raise KeyError("a fault")
        return restore(submitted, record)

    monkeypatch.setattr(gabarito.grading.prepare, "restore", broken)
    run = grade(course, "small")
    assert statuses(run) == {"ana": "graded", "bo": "ungraded"}
    assert told(run, "bo").message == "it could not be prepared: KeyError: 'a fault'"


def test_a_folder_that_cannot_be_written_stops_nobody(course: Course) -> None:
    course.autograded.mkdir()
    (course.autograded / "bo").write_text("a file in the folder's place")
    run = grade(course, "small")
    assert statuses(run) == {"ana": "graded", "bo": "ungraded"}
    folder = course.autograded / "bo" / "small"
    assert told(run, "bo").message == f"it could not be recorded: {folder}: Not a directory"
    os.unlink(course.autograded / "bo")
    assert statuses(grade(course, "small")) == {"ana": "known", "bo": "graded"}


def test_a_student_who_may_not_be_added_stops_nobody(tmp_path: Path, here: None) -> None:
    course = write_course(tmp_path, "c.Autograde.create_student = False")
    for student in ("ana", "bo"):
        hand_in(course, student, small=solved(course))
    with open_gradebook(course):
        pass
    with Gradebook(course.db_url) as book:
        book.add_student("bo")
    run = grade(course, "small")
    assert statuses(run) == {"ana": "ungraded", "bo": "graded"}
    assert "nbgrader db student add ana" in told(run, "ana").message


def test_a_gradebook_out_of_reach_ends_the_run(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    record = GradebookWriter.record

    def damaged(self: GradebookWriter, result: Any) -> None:
        if result.student == "bo":
            self.database.close()
            (course.root / "gradebook.db").write_bytes(b"no database at all" * 100)
        record(self, result)

    monkeypatch.setattr(GradebookWriter, "record", damaged)
    with pytest.raises(GradebookError, match="the file is damaged"):
        grade(course, "small")
