from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from gabarito.course import Course
from gabarito.errors import CourseError, GradebookError
from gabarito.gradebook.feedback import write_feedback
from gabarito.gradebook.writer import open_gradebook
from gabarito.grading.autograded import autograded_notebook, write_autograded
from gabarito.model import CellReport, Outcome, Report
from gabarito.notebook.cells import grade_id
from tests.gradebook import factories

SECRETS = ["10**6", "secret size", "BEGIN HIDDEN", "END HIDDEN", "hidden: large"]
_FRAME = [
    "\x1b[36mCell\x1b[39m \x1b[32mIn[4]\x1b[39m\x1b[32m, line 1\x1b[39m",
    "\x1b[32m----> 1\x1b[39m \x1b[38;5;28;01massert\x1b[39;00m double(\x1b[32m2\x1b[39m) == 4",
    "\x1b[32m      2\x1b[39m ### BEGIN HIDDEN TESTS",
    "\x1b[32m      3\x1b[39m # hidden: large inputs",
    '\x1b[32m      4\x1b[39m \x1b[1massert\x1b[0m double(10**6) == 2 * 10**6, "the secret size is a million"',
]
TRACEBACK = [
    "\x1b[31m" + "-" * 75 + "\x1b[39m",
    "\x1b[31mAssertionError\x1b[39m                            Traceback (most recent call last)",
    "\n".join(_FRAME),
    "\x1b[31mAssertionError\x1b[39m: ",
]


def _stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def _error(name: str, value: str, traceback: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "output_type": "error",
        "ename": name,
        "evalue": value,
        "traceback": list(traceback) or [f"{name}: {value}"],
    }


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return factories.course(tmp_path)


def _graded(
    course: Course,
    cells: dict[str, dict[str, Any]],
    scores: dict[str, float] | None = None,
    notes: Sequence[str] = (),
    changes: dict[str, str] | None = None,
) -> NotebookNode:
    notebook = factories.executed(changes)
    places = {grade_id(c): i for i, c in enumerate(notebook.cells)}
    reports = tuple(CellReport(index=places[name], id=name, **values) for name, values in cells.items())
    made = autograded_notebook(notebook, Report(key="k", cells=reports), factories.record().notebooks[0], notes)
    write_autograded(course.autograded / "ana" / "ps1", {"one": made}, timestamp=datetime(2024, 2, 3, 10, 30))
    with open_gradebook(course) as gradebook:
        gradebook.record(factories.result("ana", scores or {}, {"plot"}))
    return made


def _page(course: Course) -> str:
    (written,) = write_feedback(course, "ps1")
    assert not written.problem
    (path,) = written.pages
    assert path == course.feedback / "ana" / "ps1" / "one.html"
    return path.read_text()


def _words(page: str) -> str:
    return re.sub(r"\s+", " ", BeautifulSoup(page.split("</head>")[1], "html.parser").get_text(" "))


def _assert_nothing_hidden(page: str) -> None:
    text = unescape(page)
    words = re.sub(r"\s+", "", BeautifulSoup(page, "html.parser").get_text(""))
    for secret in SECRETS:
        assert secret not in text
        assert secret.replace(" ", "") not in words


HIDDEN_FAILURES: list[tuple[dict[str, Any], str]] = [
    (
        {
            "outcome": Outcome.FAILED,
            "message": "AssertionError: the secret size is a million",
            "error": "AssertionError",
            "in_hidden": 0,
            "outputs": (
                _stream("called with 10**6"),
                _error("AssertionError", "the secret size is a million", TRACEBACK),
            ),
        },
        "Hidden test “large inputs” did not pass.",
    ),
    (
        {"outcome": Outcome.ERROR, "message": "10**6", "error": "ZeroDivisionError", "in_hidden": 0},
        "Hidden test “large inputs” did not pass. It stopped with ZeroDivisionError.",
    ),
    (
        {"outcome": Outcome.ERROR, "message": "10**6", "error": "SecretSizeError", "in_hidden": 0},
        "Hidden test “large inputs” did not pass.",
    ),
    (
        {"outcome": Outcome.TIMEOUT, "message": "The cell used more than 30 s of CPU time.", "in_hidden": 0},
        "Hidden test “large inputs” did not pass. The cell used more than 30 s of CPU time.",
    ),
    (
        {"outcome": Outcome.MEMORY, "message": "It used more than 4096 MiB.", "outputs": (_stream("10**6"),)},
        "It used more than 4096 MiB.",
    ),
    (
        {
            "outcome": Outcome.FAILED,
            "message": 'AssertionError: assert double(10**6) == 2 * 10**6, "the secret size is a million"',
            "error": "AssertionError",
            "outputs": (_error("AssertionError", "", TRACEBACK),),
        },
        "This test cell did not pass.",
    ),
    ({"outcome": Outcome.PASSED, "outputs": (_stream("called with 10**6"),), "value": "None"}, "passed"),
]


@pytest.mark.parametrize(("values", "said"), HIDDEN_FAILURES)
def test_a_hidden_test_shows_its_title_and_never_its_code(course: Course, values: dict[str, Any], said: str) -> None:
    made = _graded(course, {"test-double": values}, {"test-double": 2 if values["outcome"] == Outcome.PASSED else 0})
    assert "10**6" in str(made.cells)
    page = _page(course)
    _assert_nothing_hidden(page)
    assert said in _words(page).replace(" .", ".")
    assert "assert double(2) == 4" in _words(page).replace(" ( ", "(").replace(" )", ")")


def test_a_visible_failure_shows_its_line(course: Course) -> None:
    outputs = (_error("AssertionError", "", TRACEBACK),)
    _graded(course, {"test-double": {"outcome": Outcome.FAILED, "message": "wrong", "outputs": outputs}})
    page = _page(course)
    _assert_nothing_hidden(page)
    shown = BeautifulSoup(page, "html.parser").select_one(".output_error")
    assert shown is not None
    assert "----> 1 assert double(2) == 4" in shown.get_text()


def test_code_that_leaks_into_another_cell_is_withheld(course: Course) -> None:
    leak = 'got: assert double(10**6) == 2 * 10**6, "the secret size is a million"\n'
    html = {"output_type": "display_data", "data": {"text/html": leak.replace('"', "&quot;")}, "metadata": {}}
    outputs = (_stream("fine\n"), _stream(leak, "stderr"), html)
    _graded(
        course, {"half": {"outcome": Outcome.PASSED, "outputs": outputs}}, notes=[leak, "Cell “setup” was put back."]
    )
    page = _page(course)
    _assert_nothing_hidden(page)
    assert "fine" in page
    assert "Cell “setup” was put back." in page


def test_hidden_tests_stay_hidden_in_what_nbgrader_autograded(course: Course) -> None:
    made = _graded(course, {})
    for cell in made.cells:
        cell.metadata.pop("gabarito", None)
        if grade_id(cell) == "test-double":
            cell.source = cell.source.replace("double(0) == 0", "double(0) == 0  # since changed")
            cell.outputs = [factories.error_output("AssertionError", "the secret size is a million", *TRACEBACK)]
    factories.save(made, course.autograded / "ana" / "ps1" / "other.ipynb").replace(
        course.autograded / "ana" / "ps1" / "one.ipynb"
    )
    page = _page(course)
    _assert_nothing_hidden(page)
    assert "This test cell did not pass." in page


def test_scores_comments_and_outcomes(course: Course) -> None:
    _graded(
        course,
        {
            "double": {"outcome": Outcome.PASSED, "outputs": (_stream("warned\n", "stderr"),)},
            "test-double": {"outcome": Outcome.PASSED},
            "half": {"outcome": Outcome.ERROR, "message": "broken", "outputs": (_error("ValueError", "broken"),)},
            "test-half": {"outcome": Outcome.NOT_RUN, "message": "An earlier cell broke the notebook."},
            "test-partial": {"outcome": Outcome.PASSED, "value": "0.5"},
        },
        {"test-double": 2, "test-partial": 0.5},
        notes=["Cell “test-half” was missing and was put back."],
    )
    with Gradebook(course.db_url) as theirs:
        theirs.update_or_create_student("ana", first_name="Ana", last_name="Lima")
        theirs.update_or_create_assignment("ps1", duedate="2024-02-03 10:00:00 UTC")
        grade = theirs.find_grade("essay", "one", "ps1", "ana")
        grade.manual_score, grade.needs_manual_grade = 3, False
        theirs.find_comment(
            "essay", "one", "ps1", "ana"
        ).manual_comment = "Good, **but** <script>alert(1)</script> $x^2$."
        theirs.find_submission_notebook("one", "ps1", "ana").late_submission_penalty = 1.25
        theirs.db.commit()
    page = _page(course)
    soup = BeautifulSoup(page, "html.parser")
    rows = [re.sub(r"\s+", " ", row.get_text(" ")).strip() for row in soup.select("table.summary tr")]
    assert rows == [
        "test-double passed 2 / 2",
        "test-half did not run An earlier cell broke the notebook. 0 / 3",
        "test-partial partly passed 0.5 / 1",
        "essay scored Commented. 3 / 4",
        "plot no points Commented. 0 / 2",
        "task waits for a person – / 5",
    ]
    words = _words(page)
    assert "Ana Lima, handed in 3 February 2024, 10:30 UTC (late)" in words
    assert "4.25 of 17 points" in words
    assert "1.25 points were taken off" in words
    assert "a person still has to score a part of it" in words
    assert "Cell “test-half” was missing and was put back." in words
    assert "No response." in words
    assert "Hidden test “large inputs” passed." in words
    assert "<strong>but</strong>" in page
    assert len(soup.select(".comment math msup")) == 1


def test_pages_load_and_run_nothing(course: Course) -> None:
    evil = '<script>alert(1)</script><img src="https://example.org/x.png" onerror="alert(2)"><b onclick="x()">bold</b>'
    html = {"output_type": "display_data", "data": {"text/html": evil, "text/plain": "…"}, "metadata": {}}
    script = {"output_type": "display_data", "data": {"application/javascript": "alert(3)"}, "metadata": {}}
    picture = {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo="}, "metadata": {}}
    _graded(
        course,
        {"plot": {"outcome": Outcome.PASSED, "outputs": (html, script, picture)}},
        changes={"essay": f"{evil}\n\n[a link](javascript:alert(4)) ![x](../../secret.png) <iframe src='/'></iframe>"},
    )
    page = _page(course)
    soup = BeautifulSoup(page, "html.parser")
    assert not soup.select("script, iframe, link, object, embed, form")
    assert [i["src"] for i in soup.select("img[src]")] == ["data:image/png;base64,iVBORw0KGgo="]
    assert not [t for t in soup.find_all() if any(a.startswith("on") for a in t.attrs)]
    assert "javascript:" not in page
    policy = soup.select_one("meta[http-equiv]")
    assert policy is not None
    assert str(policy["content"]).startswith("default-src 'none'")


def test_mark_schemes_are_not_shown(course: Course) -> None:
    task = "Describe.\n### BEGIN MARK SCHEME\n1 point for a word\n### END MARK SCHEME\nIn full."
    _graded(course, {}, changes={"task": task})
    page = _page(course)
    assert "1 point for a word" not in page
    assert "In full." in page


def test_a_page_is_replaced_and_stale_ones_go(course: Course) -> None:
    _graded(course, {"test-double": {"outcome": Outcome.PASSED}}, {"test-double": 2})
    first = _page(course)
    (course.feedback / "ana" / "ps1" / "gone.html").write_text("of an earlier release")
    _graded(course, {"test-double": {"outcome": Outcome.FAILED}})
    assert _page(course) != first
    assert sorted(p.name for p in (course.feedback / "ana" / "ps1").iterdir()) == ["one.html", "timestamp.txt"]


def test_one_damaged_notebook_stops_nobody_else(course: Course) -> None:
    _graded(course, {})
    with open_gradebook(course) as gradebook:
        for student in ("bo", "cy"):
            gradebook.record(factories.result(student, {}))
            (course.autograded / student / "ps1").mkdir(parents=True)
    (course.autograded / "bo" / "ps1" / "one.ipynb").write_text("{")
    written = {f.student: f for f in write_feedback(course, "ps1")}
    assert not written["ana"].problem
    assert "is not a readable notebook" in written["bo"].problem
    assert "has no notebook of this assignment" in written["cy"].problem


def test_a_page_that_cannot_be_written_is_named(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(prefix: str, dir: Path) -> None:  # noqa: A002 (mkstemp's own name)
        raise PermissionError(13, "Permission denied", f"{dir}/{prefix}x")

    _graded(course, {})
    monkeypatch.setattr(tempfile, "mkstemp", denied)
    (written,) = write_feedback(course, "ps1")
    assert written.problem == f"ana: {course.feedback / 'ana' / 'ps1' / 'one.html'}: Permission denied"


def test_students_are_chosen(course: Course) -> None:
    _graded(course, {})
    assert [f.student for f in write_feedback(course, "ps1", ["ana"])] == ["ana"]
    with pytest.raises(GradebookError, match="'zoe' has no graded submission of 'ps1'"):
        write_feedback(course, "ps1", ["zoe"])
    with pytest.raises(CourseError, match="has not been released"):
        write_feedback(course, "other")
