"""Hand-ins found again, whoever wrote them."""

from __future__ import annotations

import os
import stat
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from nbgrader.coursedir import CourseDirectory

from gabarito.course import Course
from gabarito.errors import SubmissionError
from gabarito.exchange import find_submissions
from gabarito.exchange.kept import replace
from gabarito.exchange.submissions import ignored_names, reread
from tests.exchange.courses import make_course


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return make_course(tmp_path / "course")


def put(course: Course, student: str, name: str = "small.ipynb", content: str = "{}") -> Path:
    path = course.submitted / student / "small" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_nobody(course: Course) -> None:
    assert find_submissions(course, "small") == []
    with pytest.raises(SubmissionError, match="'ana' has handed in nothing for 'small'; nobody has yet"):
        find_submissions(course, "small", ["ana"])


def test_sorted_and_only_those_of_the_assignment(course: Course) -> None:
    for student in ("zoe", "ana", "bo"):
        put(course, student)
    (course.submitted / "eve" / "other").mkdir(parents=True)
    (course.submitted / "a-file").write_text("")
    assert [s.student for s in find_submissions(course, "small")] == ["ana", "bo", "zoe"]
    assert [s.student for s in find_submissions(course, "small", ["zoe", "bo"])] == ["bo", "zoe"]


def test_hidden_folders_are_no_students(course: Course) -> None:
    put(course, ".history")
    put(course, "ana")
    assert [s.student for s in find_submissions(course, "small")] == ["ana"]


def test_excluded_students(tmp_path: Path) -> None:
    course = make_course(tmp_path, "c.CourseDirectory.student_id_exclude = 'bo,zoe'")
    for student in ("zoe", "ana", "bo"):
        put(course, student)
    assert [s.student for s in find_submissions(course, "small")] == ["ana"]


def test_notebooks_files_and_what_is_left_out(course: Course) -> None:
    for name in (
        "small.ipynb",
        "other.ipynb",
        "plot.png",
        "data/a.csv",
        "data/nested.ipynb",
        ".ipynb_checkpoints/small-checkpoint.ipynb",
        "__pycache__/x.pyc",
        "x.pyc",
    ):
        put(course, "ana", name)
    put(course, "ana", "timestamp.txt", "2026-02-01 12:00:00.500000 UTC")
    secret = course.root / "secret"
    secret.write_text("hidden tests")
    (course.submitted / "ana" / "small" / "link").symlink_to(secret)
    (found,) = find_submissions(course, "small")
    folder = course.submitted / "ana" / "small"
    assert (found.assignment, found.folder) == ("small", folder)
    assert found.notebooks == {"small": folder / "small.ipynb", "other": folder / "other.ipynb"}
    assert found.files == {"plot.png": folder / "plot.png", "data/a.csv": folder / "data" / "a.csv"}
    assert found.timestamp == datetime(2026, 2, 1, 12, 0, 0, 500000)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-01 12:00:00.500000 UTC",
        "2026-02-01 14:00:00.500000 +0200",
        "2026-02-01T12:00:00.5Z",
        "2026-02-01",
        "2026-02-01 12:00:00 UTC",
        "2026-02-01 12:00:00.5 UTC",
        "2026-02-01 12:00:00.500000 CET",
        "  2026-02-01 12:00:00.500000 UTC\n",
        "\n",
    ],
)
def test_times_are_read_as_nbgrader_reads_them(course: Course, text: str) -> None:
    path = put(course, "ana", "timestamp.txt", text)
    theirs = CourseDirectory(root=str(course.root)).get_existing_timestamp(str(path.parent))
    assert find_submissions(course, "small")[0].timestamp == theirs


@pytest.mark.parametrize(
    "text",
    [
        *("yesterday", "", "9" * 40, "2026-02-01 12:00:00 UTC x"),
        *("2026-02-30 12:00:00 UTC", "2026-02-01 12:61:00 UTC", "2026-02-01 24:00:00 UTC"),
    ],
)
def test_a_time_that_nobody_can_read_is_unknown(course: Course, text: str) -> None:
    put(course, "ana", "timestamp.txt", text)
    assert find_submissions(course, "small")[0].timestamp is None


def test_a_folder_without_a_notebook_is_a_hand_in_still(course: Course) -> None:
    put(course, "ana", "readme.md")
    (found,) = find_submissions(course, "small")
    assert found.notebooks == {}
    assert found.timestamp is None


@pytest.mark.parametrize(
    ("asked", "hint"),
    [("Ana-Lima", r"did you mean 'ana-lima'\?"), ("xyz", "2 others have"), ("ana-lina", "did you mean 'ana-lima'")],
)
def test_an_unknown_student(course: Course, asked: str, hint: str) -> None:
    put(course, "ana-lima")
    put(course, "bo")
    with pytest.raises(SubmissionError, match=hint):
        find_submissions(course, "small", [asked])


def test_an_unknown_student_beside_one(course: Course) -> None:
    put(course, "bo")
    with pytest.raises(SubmissionError, match="one other student has"):
        find_submissions(course, "small", ["ana-lima"])


def test_one_that_has_changed_since_it_was_found(course: Course) -> None:
    put(course, "ana", "helper.py")
    (found,) = find_submissions(course, "small")
    replace(found.folder, {"timestamp.txt": b"2026-02-01 12:00:00 UTC", "small.ipynb": b"{}"})
    assert reread(found, ignored_names(course)) == find_submissions(course, "small")[0] != found
    assert reread(found, ignored_names(course)).files == {}


def test_a_folder_that_nobody_may_read(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    put(course, "ana")
    closed = {put(course, "bo").parent, put(course, "eve").parent}

    def looked_at(path: Path) -> bool:
        if path == course.submitted / "eve" / "small":
            raise PermissionError(13, "Permission denied", str(path))
        return path.exists() and stat.S_ISDIR(path.stat().st_mode)

    def listed(path: Any) -> Any:
        if Path(path) in closed:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    scandir = os.scandir
    monkeypatch.setattr(Path, "is_dir", looked_at)
    monkeypatch.setattr(os, "scandir", listed)
    found = {each.student: each for each in find_submissions(course, "small")}
    assert found["ana"].problem == ""
    for student in ("bo", "eve"):
        folder = course.submitted / student / "small"
        assert found[student].problem == f"{folder} can't be read (Permission denied); check its permissions"
        assert not found[student].notebooks
