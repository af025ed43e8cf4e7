"""A disk that is full from one moment on: a real file system, in a mount namespace that only the test's child has."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from gabarito.course import Course
from gabarito.engine import system
from gabarito.errors import GabaritoError
from gabarito.gradebook.feedback import write_feedback
from gabarito.gradebook.table import read_table
from gabarito.grading.bulk import grade
from gabarito.grading.result import Status
from gabarito.notebook.cells import read_notebook
from tests.grading.children import at_moment, end_of, fork
from tests.grading.test_resume import copy_of, state

_DISK_BYTES = 8 << 20
_NOT_MOUNTED, _NEVER_FULL = 77, 3
Scores = dict[str, dict[tuple[str, str], float | None]]


def test_full_at_any_moment_of_grading(small_class: Course, tmp_path: Path) -> None:
    """Gradebook, store and autograded notebooks: what was there stays, what comes is whole, and space mends it."""
    _on_a_small_disk(tmp_path, lambda disk: _grade_on_full_disks(small_class, disk))


def test_full_at_any_moment_of_feedback(small_class: Course, tmp_path: Path) -> None:
    grade(small_class, "small", workers=1)
    assert [len(f.pages) for f in write_feedback(small_class, "small")] == [2, 1]
    _on_a_small_disk(tmp_path, lambda disk: _write_feedback_on_full_disks(small_class, disk))


def _grade_on_full_disks(given: Course, disk: Path) -> None:
    undisturbed = copy_of(given, disk / "course")
    before = _scores(undisturbed)
    grade(undisturbed, "small", workers=1)
    expected, after = state(undisturbed), _scores(undisturbed)
    assert before != after
    refused = 0
    for moment in itertools.count(1):
        course = copy_of(given, disk / "course")
        code = end_of(fork(lambda course=course, moment=moment: _grade_full_at(moment, course, disk)))  # type: ignore[misc]
        _check_what_is_there(course, before, after)
        (disk / "ballast").unlink(missing_ok=True)
        run = grade(course, "small", workers=1)
        assert {s.status for s in run.submissions} <= {Status.GRADED, Status.KNOWN, Status.UNREADABLE}
        assert state(course) == expected, f"full at moment {moment}"
        if code == _NEVER_FULL:
            break
        assert code in (0, 1)
        refused += code
    assert refused > 20


def _grade_full_at(moment: int, course: Course, disk: Path) -> None:
    """Grade while the disk is full from one moment on; ends with 1 where not all could be graded."""
    at_moment(moment, lambda: _fill(disk))
    try:
        run = grade(course, "small", workers=1)
    except (GabaritoError, OSError) as e:
        if not _says_so(str(e)):
            raise
        sys.exit(1)
    failed = [s for s in run.submissions if s.status is Status.UNGRADED]
    assert all(_says_so(s.message) for s in failed), failed
    if not (disk / "ballast").exists():
        sys.exit(_NEVER_FULL)
    sys.exit(1 if failed or run.store_problems else 0)


def _check_what_is_there(course: Course, before: Scores, after: Scores) -> None:
    """Each student has the scores of before or of after, and each autograded notebook is whole."""
    for student, found in _scores(course).items():
        assert found in (before.get(student), after[student])
    assert set(_scores(course)) >= set(before)
    for path in course.autograded.rglob("*.ipynb"):
        read_notebook(path.read_text(encoding="utf-8"), str(path))


def _write_feedback_on_full_disks(given: Course, disk: Path) -> None:
    course = copy_of(given, disk / "course")
    expected = _pages(course)
    refused = 0
    for moment in itertools.count(1):
        course = copy_of(given, disk / "course")
        for path in course.feedback.rglob("*.html"):
            path.write_text("of last time")
        code = end_of(fork(lambda course=course, moment=moment: _feedback_full_at(moment, course, disk)))  # type: ignore[misc]
        found = _pages(course)
        assert found.keys() == expected.keys()
        assert all(text in (expected[name], b"of last time") for name, text in found.items())
        (disk / "ballast").unlink(missing_ok=True)
        assert not any(f.problem for f in write_feedback(course, "small"))
        assert _pages(course) == expected, f"full at moment {moment}"
        if code == _NEVER_FULL:
            break
        assert code in (0, 1)
        refused += code
    assert refused > 3


def _feedback_full_at(moment: int, course: Course, disk: Path) -> None:
    at_moment(moment, lambda: _fill(disk))
    problems = [f.problem for f in write_feedback(course, "small") if f.problem]
    assert all(map(_says_so, problems)), problems
    if not (disk / "ballast").exists():
        sys.exit(_NEVER_FULL)
    sys.exit(1 if problems else 0)


def _pages(course: Course) -> dict[str, bytes]:
    return {str(p.relative_to(course.feedback)): p.read_bytes() for p in course.feedback.rglob("*") if p.is_file()}


def _scores(course: Course) -> Scores:
    return {
        s.student: {place: score.auto_score for place, score in s.scores.items()}
        for s in read_table(course, "small").submissions
    }


def _says_so(message: str) -> bool:
    return os.strerror(errno.ENOSPC) in message or "disk is full" in message


def _fill(disk: Path) -> None:
    """Leave not a byte."""
    with (disk / "ballast").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1 << 16))


def _on_a_small_disk(folder: Path, work: Callable[[Path], None]) -> None:
    """Do this in a child for which `folder / "disk"` is a small file system of its own."""
    disk = folder / "disk"
    disk.mkdir()

    def mounted() -> None:
        try:
            system.unshare(system.CLONE_NEWNS)
            system.mount(None, "/", None, system.MS_REC | system.MS_PRIVATE)
            system.mount("none", str(disk), "tmpfs", 0, f"size={_DISK_BYTES}")
        except OSError as e:
            if e.errno not in (errno.EPERM, errno.EACCES):
                raise
            sys.exit(_NOT_MOUNTED)
        signal.alarm(0)  # each of its own children has that limit
        try:
            work(disk)
        except BaseException:
            traceback.print_exc()
            raise

    said = folder / "said"
    code = end_of(fork(mounted, said))
    if code == _NOT_MOUNTED:
        pytest.skip("only root may mount a small file system")
    assert code == 0, said.read_text()
