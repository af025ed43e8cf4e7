from __future__ import annotations

import os
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import event
from sqlalchemy.orm import Session

from gabarito.course import Course
from gabarito.errors import CourseError, GradebookError
from gabarito.gradebook.result import NotebookResult, SubmissionResult
from gabarito.gradebook.rows import Rows
from gabarito.gradebook.table import read_table
from gabarito.gradebook.writer import open_gradebook
from gabarito.grading.score import Score
from gabarito.model import Role
from tests.gradebook import factories


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return factories.course(tmp_path)


def _query(course: Course, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(course.root / "gradebook.db")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_one_transaction_and_few_statements_a_submission(course: Course) -> None:
    statements: list[str] = []
    commits: list[object] = []
    with open_gradebook(course) as gradebook:
        gradebook.register(factories.record())
        engine = gradebook.database.engine
        event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
        event.listen(engine, "commit", commits.append)
        gradebook.record(factories.result("ana", {}))
    assert len(commits) == 1
    assert len(statements) <= 24, "\n".join(statements)


def test_no_table_that_grows_with_the_class_is_looked_through(tmp_path: Path) -> None:
    course = factories.course(tmp_path)
    late = factories.result("ana", {}).notebooks
    statements: list[tuple[str, Any]] = []
    with open_gradebook(course) as gradebook:
        gradebook.register(factories.record())
        with Gradebook(course.db_url) as theirs:
            theirs.update_or_create_assignment("ps1", duedate="2026-01-01 12:00:00 UTC")
        engine = gradebook.database.engine
        event.listen(engine, "before_cursor_execute", lambda *args: statements.append((args[2], args[3])))
        for day in (2, 3):
            gradebook.record(SubmissionResult("ana", "ps1", datetime(2026, 1, day), late))
    connection = sqlite3.connect(course.root / "gradebook.db")
    plans = {
        step[3]
        for statement, parameters in statements
        if statement.startswith(("SELECT", "UPDATE", "DELETE"))
        for step in connection.execute(
            f"EXPLAIN QUERY PLAN {statement}", parameters[0] if isinstance(parameters, list) else parameters
        )
    }
    connection.close()
    assert any("sum(" in statement for statement, _ in statements)
    assert {p.split()[1] for p in plans if p.startswith("SCAN")} <= {"notebook", "base_cell"}


def test_a_missing_notebook_gets_zero_until_it_is_handed_in(course: Course) -> None:
    with open_gradebook(course) as gradebook:
        gradebook.record(factories.result("ana", {}, notebooks=["two"]))
        with Gradebook(course.db_url) as theirs:
            missing = theirs.find_submission_notebook("one", "ps1", "ana")
            assert {(g.auto_score, g.needs_manual_grade) for g in missing.grades} == {(0.0, False)}
            assert {c.auto_comment for c in missing.comments} == {None}
        gradebook.record(factories.result("ana", {"test-double": 2}))
        with Gradebook(course.db_url) as theirs:
            task = theirs.find_grade("task", "one", "ps1", "ana")
            assert (task.auto_score, task.needs_manual_grade) == (None, True)
            assert theirs.find_grade("test-double", "one", "ps1", "ana").auto_score == 2


@pytest.mark.parametrize("missing", ["one", "two"])
def test_answers_of_a_notebook_that_is_there_and_of_one_that_is_missing(tmp_path: Path, missing: str) -> None:
    answers = {name: [factories.labelled(Role.ANSWER, f"answer-{name}", "x = 1")] for name in ("one", "two")}
    course = factories.course(tmp_path, release=factories.record(notebooks=answers))
    (there,) = {"one", "two"} - {missing}
    silent = NotebookResult({}, unanswered=frozenset({f"answer-{there}"}))
    for _ in range(2):
        with open_gradebook(course) as gradebook:
            gradebook.record(SubmissionResult("ana", "ps1", None, {there: silent}))
        with Gradebook(course.db_url) as theirs:
            found = {
                n.name: [c.auto_comment for c in n.comments] for n in theirs.find_submission("ps1", "ana").notebooks
            }
        assert found == {there: ["No response."], missing: [None]}


def test_a_task_that_a_person_scored_keeps_its_score(course: Course) -> None:
    with open_gradebook(course) as gradebook:
        gradebook.record(factories.result("ana", {}))
        with Gradebook(course.db_url) as theirs:
            task = theirs.find_grade("task", "one", "ps1", "ana")
            task.manual_score, task.needs_manual_grade = 4, False
            theirs.db.commit()
        gradebook.record(factories.result("ana", {}))
        with Gradebook(course.db_url) as theirs:
            task = theirs.find_grade("task", "one", "ps1", "ana")
            assert (task.manual_score, task.needs_manual_grade) == (4, False)


def test_an_instructors_error_waits_for_a_person(course: Course) -> None:
    scores = {"test-double": Score(None, needs_manual=True, problem="…")}
    whole = factories.result("ana", {}).notebooks["one"]
    result = SubmissionResult("ana", "ps1", None, {"one": NotebookResult({**whole.scores, **scores})})
    with open_gradebook(course) as gradebook:
        gradebook.record(result)
    cell = read_table(course, "ps1").submissions[0].scores["one", "test-double"]
    assert (cell.auto_score, cell.needs_manual, cell.score) == (None, True, 0)


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (SubmissionResult("ana", "ps1", None, {"nine": NotebookResult({})}), "notebook 'nine' of ana isn't part of"),
        (SubmissionResult("ana", "ps1", None, {"one": NotebookResult({})}), "test cell 'test-double' .* has no score"),
        (factories.result("ana", {"test-half": float("nan")}), "'test-half' .* can't have the score nan"),
        (factories.result("ana", {"test-half": 3.5}), "must be a number from 0 to 3"),
        (factories.result("ana", {"test-half": -1}), "must be a number from 0 to 3"),
    ],
)
def test_a_result_that_makes_no_sense_is_refused_whole(course: Course, result: SubmissionResult, message: str) -> None:
    with open_gradebook(course) as gradebook, pytest.raises(GradebookError, match=message):
        gradebook.record(result)
    assert _query(course, "SELECT * FROM student") == []
    assert _query(course, "SELECT * FROM submitted_assignment") == []


def test_an_unreleased_assignment_is_refused(course: Course) -> None:
    with open_gradebook(course) as gradebook, pytest.raises(CourseError, match="has not been released"):
        gradebook.record(SubmissionResult("ana", "other", None))


def test_unknown_students_may_be_kept_out(tmp_path: Path) -> None:
    course = factories.course(tmp_path, "c.Autograde.create_student = False")
    with open_gradebook(course) as gradebook:
        with pytest.raises(GradebookError, match="nbgrader db student add ana"):
            gradebook.record(factories.result("ana", {}))
        with Gradebook(course.db_url) as theirs:
            theirs.add_student("ana")
        gradebook.record(factories.result("ana", {}))
    assert [s.student for s in read_table(course, "ps1").submissions] == ["ana"]


def test_points_that_changed_at_a_later_release_are_taken_over(course: Course) -> None:
    changed = factories.cells()
    changed[3] = factories.labelled(Role.TEST, "test-double", "assert double(3) == 6", 7)
    two = [factories.labelled(Role.TEST, "test-two", "assert True", 2)]
    with open_gradebook(course) as gradebook:
        gradebook.record(factories.result("ana", {"test-double": 2}))
        gradebook.register(factories.record(notebooks={"one": changed, "two": two}))
    assert read_table(course, "ps1").exercises[0].max_score == 7
    assert _query(course, "SELECT source FROM source_cell WHERE name = 'test-double'") == [("assert double(3) == 6",)]


def test_cells_that_were_not_released_are_named(course: Course) -> None:
    fewer = [c for c in factories.cells() if c.metadata.get("nbgrader", {}).get("grade_id") != "test-half"]
    two = [factories.labelled(Role.TEST, "test-two", "assert True", 2)]
    with open_gradebook(course) as gradebook:
        gradebook.register(factories.record())
        with pytest.raises(GradebookError, match="a cell of 'ps1' that was not released: 'test-half'"):
            gradebook.register(factories.record(notebooks={"one": fewer, "two": two}))
        with pytest.raises(GradebookError, match="a notebook of 'ps1' that was not released: 'two'"):
            gradebook.register(factories.record(notebooks={"one": factories.cells()}))


def test_the_course_id_of_the_configuration_gets_its_row(tmp_path: Path) -> None:
    course = factories.course(tmp_path, "c.CourseDirectory.course_id = 'deep'")
    with open_gradebook(course) as gradebook:
        gradebook.register(factories.record())
    with open_gradebook(course):
        pass
    assert _query(course, "SELECT id FROM course ORDER BY id") == [("deep",), ("default_course",)]
    assert _query(course, "SELECT course_id FROM assignment") == [("deep",)]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ('{}["penalty"]', r"KeyError: 'penalty'\); mend the plug-in .*Broken, or c\.AssignLatePenalties\.plugin_class"),
        ("float('nan')", "ValueError: nan is no number of points"),
        ("'1'", "TypeError"),
    ],
)
def test_a_late_penalty_plugin_that_fails_leaves_nothing_behind(tmp_path: Path, answer: str, told: str) -> None:
    config = f"""
from nbgrader.plugins import LateSubmissionPlugin
class Broken(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return {answer}
c.AssignLatePenalties.plugin_class = Broken
"""
    course = factories.course(tmp_path, config)
    with open_gradebook(course) as gradebook:
        gradebook.register(factories.record())
        with Gradebook(course.db_url) as theirs:
            theirs.update_or_create_assignment("ps1", duedate="2024-01-01 00:00:00 UTC")
        with pytest.raises(GradebookError, match=rf"late penalty of ana can't be computed \({told}"):
            gradebook.record(factories.result("ana", {}))
    assert _query(course, "SELECT * FROM submitted_assignment") == []


def test_a_kill_in_the_middle_leaves_nothing_behind(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_gradebook(course) as gradebook:
        gradebook.record(factories.result("ana", {"test-half": 3}))
    before = read_table(course, "ps1")
    write = Rows.write

    def write_and_die(self: Rows, session: Session) -> None:
        write(self, session)
        os._exit(7)

    pid = os.fork()
    if not pid:
        monkeypatch.setattr(Rows, "write", write_and_die)
        with open_gradebook(course) as gradebook:
            gradebook.record(factories.result("ana", {}))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    assert read_table(course, "ps1") == before
    with open_gradebook(course) as gradebook:
        gradebook.record(factories.result("ana", {}))
    assert read_table(course, "ps1").submissions[0].score == 0
