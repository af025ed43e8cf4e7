from __future__ import annotations

from pathlib import Path

import pytest

import gabarito.grading.bulk
from gabarito.course import Course
from gabarito.grading.bulk import grade
from gabarito.model import Role
from tests.grading.courses import hand_in, released, run_jobs_here, solved, write_course
from tests.notebook.released import cell, small_source, source_notebook


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run notebooks in this process: for tests of what becomes of reports."""
    monkeypatch.setattr(gabarito.grading.bulk, "run_jobs", run_jobs_here)


@pytest.fixture
def small_class(tmp_path: Path, here: None) -> Course:
    """One student is new, with two notebooks and a file; one was graded before and has handed in again."""
    other = source_notebook(cell(Role.TEST, "assert True", "other-test", points=4))
    course = write_course(tmp_path / "small", small=small_source(), other=other)
    folder = hand_in(course, "bo", small=released(course), other=released(course, "other"))
    (folder / "old.txt").write_text("old")
    grade(course, "small")
    (folder / "old.txt").unlink()
    hand_in(course, "bo", time=None, small=solved(course), other=None)
    (hand_in(course, "ana", small=solved(course), other=released(course, "other")) / "data.txt").write_text("1")
    hand_in(course, "zoe", small=b"{")
    return course
