"""A release that fails, wherever it does, leaves everything as it was."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gabarito.course import Course
from gabarito.errors import CourseError, GabaritoError, GradebookError
from gabarito.release import release
from gabarito.release.swap import Swap, recover
from tests.release.factories import given, graded, lesson, notebook, run_here, write_course, write_notebook


class _Injected(BaseException):
    """Not an Exception, as an interrupt isn't one."""


def _state(course: Course) -> dict[str, Any]:
    files = {
        str(p.relative_to(course.root)): p.read_bytes()
        for p in sorted(course.root.rglob("*"))
        if p.is_file() and p.name != "gradebook.db"
    }
    folders = sorted(str(p.relative_to(course.root)) for p in course.root.rglob("*") if p.is_dir())
    rows: list[Any] = []
    if (course.root / "gradebook.db").exists():
        database = sqlite3.connect(course.root / "gradebook.db")
        tables = ("assignment", "notebook", "base_cell", "grade_cells", "solution_cells", "task_cells", "source_cell")
        rows = [row for table in tables for row in database.execute(f"select * from {table}")]
        database.close()
    return {"files": files, "folders": folders, "rows": rows}


def _course(root: Path, *, released: bool) -> Course:
    course = write_course(root, ps1=notebook(*lesson()))
    if released:
        (course.source / "ps1" / "data.txt").write_text("old")
        release(course, "ps1", run=run_here)
        (course.source / "ps1" / "data.txt").unlink()
        (course.source / "ps1" / "new.txt").write_text("new")
        cells = [*lesson()[:4], given("more", "1"), graded("test-more", "assert double(3) == 6")]
        write_notebook(course.source / "ps1" / "ps1.ipynb", notebook(*cells))
    return course


_STEPS = {
    "reading": "gabarito.release.release.check_sources",
    "converting": "gabarito.release.draft.convert",
    "searching for leaks": "gabarito.release.release._leaks",
    "recording": "gabarito.release.draft.make_record",
    "trying out": "gabarito.release.release.try_out",
    "making test files": "gabarito.release.release.otter_files",
    "opening the gradebook": "gabarito.gradebook.database.open_database",
    "registering": "gabarito.release.registered.register_release",
    "writing files": "gabarito.release.swap.Swap.files",
    "writing one file": "gabarito.release.swap.Path.write_bytes",
    "swapping the folder": "gabarito.release.swap.Swap.folder",
    "moving one file": "gabarito.release.swap.Swap._move",
    "moving the folder": "gabarito.release.swap.shutil.move",
}
# How often a step goes well first: the scratch gradebook comes before the real one, the first file before the second.
_KEEP = {"opening the gradebook": 1, "writing one file": 1, "moving one file": 1}


# Until the gradebook is opened everything lies aside; from there on it matters when a step fails, and over what.
_LATE = list(_STEPS)[list(_STEPS).index("opening the gradebook") :]
_CASES = [
    (step, when, released)
    for step in _STEPS
    for when in ("before", "after")
    for released in (False, True)
    if step in _LATE or (when == "after" and released)
]


@pytest.mark.parametrize(("step", "when", "released"), _CASES)
def test_a_failure_at_any_step_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, when: str, released: bool
) -> None:
    course = _course(tmp_path, released=released)
    before = _state(course)
    with monkeypatch.context() as patch:
        _break(patch, _STEPS[step], after=when == "after", keep=_KEEP.get(step, 0))
        with pytest.raises(_Injected):
            release(course, "ps1", run=run_here)
    assert _state(course) == before
    done = release(course, "ps1", run=run_here)
    assert all(path.is_file() for path in done.written)
    assert {p.name for p in (course.release / "ps1").iterdir()} == {"ps1.ipynb", *(["new.txt"] if released else [])}


def _break(patch: pytest.MonkeyPatch, target: str, *, after: bool, keep: int) -> None:
    """Let the function at `target` raise, once, after it went well `keep` times."""
    import importlib

    names = target.split(".")
    for cut in range(len(names) - 1, 0, -1):
        try:
            owner: Any = importlib.import_module(".".join(names[:cut]))
        except ImportError:
            continue
        break
    for name in names[cut:-1]:
        owner = getattr(owner, name)
    real: Callable[..., Any] = getattr(owner, names[-1])
    calls: list[None] = []

    def broken(*args: Any, **options: Any) -> Any:
        calls.append(None)
        if len(calls) != keep + 1:
            return real(*args, **options)
        if after:
            real(*args, **options)
        raise _Injected

    patch.setattr(owner, names[-1], broken)


def test_a_full_disk_is_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = _course(tmp_path, released=True)
    before = _state(course)

    def full(path: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(CourseError, match=r"can’t be written .No space left on device.*nothing was released"):
        release(course, "ps1", run=run_here)
    monkeypatch.undo()
    assert _state(course) == before


def test_a_commit_that_fails_takes_the_files_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError
    from sqlalchemy.orm import SessionTransaction

    course = _course(tmp_path, released=True)
    before = _state(course)
    real = SessionTransaction.commit
    failed: list[int] = []

    def full(self: Any, *args: Any, **options: Any) -> None:
        if (course.release / "ps1" / "new.txt").exists():
            failed.append(1)
            raise OperationalError("COMMIT", {}, Exception("database or disk is full"))
        real(self, *args, **options)

    monkeypatch.setattr(SessionTransaction, "commit", full)
    with pytest.raises(GradebookError, match="free some disk space"):
        release(course, "ps1", run=run_here)
    assert failed
    assert _state(course) == before


def test_a_locked_gradebook_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gabarito.gradebook import database as module

    course = _course(tmp_path, released=True)
    before = _state(course)
    real = module.open_database
    monkeypatch.setattr(module, "open_database", lambda url, **options: real(url, **options, patience=0.01))
    holder = sqlite3.connect(course.root / "gradebook.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(GradebookError, match="another program holds it"):
            release(course, "ps1", run=run_here)
    finally:
        holder.close()
    assert _state(course) == before


def test_two_releases_at_once_do_not_mix(tmp_path: Path) -> None:
    course = _course(tmp_path, released=False)
    holder = os.open(course.root, os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    try:
        with pytest.raises(CourseError, match="another release is running"):
            release(course, "ps1", run=run_here)
    finally:
        os.close(holder)
    release(course, "ps1", run=run_here)


def test_what_a_killed_release_left_behind_is_cleared(tmp_path: Path) -> None:
    course = _course(tmp_path, released=True)
    left = course.root / ".gabarito-release-killed"
    left.mkdir()
    (left / "gradebook.db").write_text("hidden tests")
    aside = course.release / ".ps1.old-killed"
    aside.mkdir()
    (course.release / "ps1").rename(aside / "old")
    tests = course.grader_tests / "ps1" / "tests"
    (tests / "test-half.py").rename(tests / ".test-half.py.gabarito-old")
    (tests / ".test-new.py.gabarito-new").write_text("half a te")
    recover(course.release / "ps1", course.grader_tests / "ps1")
    assert (course.release / "ps1" / "data.txt").read_text() == "old"
    assert sorted(p.name for p in tests.iterdir()) == ["test-double.py", "test-half.py"]
    release(course, "ps1", run=run_here)
    assert [p.name for p in course.release.iterdir()] == ["ps1"]
    assert not left.exists()


def test_a_retried_write_starts_from_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    from gabarito.release import registered

    course = _course(tmp_path, released=True)
    failed: list[int] = []
    register = registered.register_release

    def once(*args: Any) -> int:
        if failed:
            assert (course.release / "ps1" / "data.txt").read_text() == "old"
        return register(*args)

    swap = Swap.folder

    def locked(self: Swap, new: Path, target: Path) -> None:
        swap(self, new, target)
        if not failed:
            failed.append(1)
            raise OperationalError("COMMIT", {}, Exception("database is locked"))

    monkeypatch.setattr(registered, "register_release", once)
    monkeypatch.setattr(Swap, "folder", locked)
    release(course, "ps1", run=run_here)
    assert failed
    assert {p.name for p in course.release.rglob("*")} == {"ps1", "ps1.ipynb", "new.txt"}


def test_swap_moves_back_even_what_was_copied_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new, target = tmp_path / "new", tmp_path / "out" / "target"
    new.mkdir()
    (new / "a").write_text("new")
    target.mkdir(parents=True)
    (target / "a").write_text("old")

    def half(source: Path, goal: Path) -> None:
        shutil.copytree(source, goal)
        raise OSError("disk full")

    swap = Swap()
    monkeypatch.setattr("gabarito.release.swap.shutil.move", half)
    with pytest.raises(OSError, match="disk full"):
        swap.folder(new, target)
    swap.undo()
    assert (target / "a").read_text() == "old"
    assert (new / "a").read_text() == "new"
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["target"]


def test_an_error_of_ours_is_one_message(tmp_path: Path) -> None:
    course = _course(tmp_path, released=False)
    (course.root / "gradebook.db").write_text("this is no database, but it is long enough to look at")
    with pytest.raises(GabaritoError, match="damaged or no SQLite database"):
        release(course, "ps1", run=run_here)
    assert not course.release.exists()
