"""The secret from which seeds are made: drawn once, kept to itself, never taken along."""

from __future__ import annotations

import shutil
import stat
import subprocess
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

import gabarito.grading.bulk
import gabarito.grading.secret
from gabarito.course import Course
from gabarito.errors import CourseError
from gabarito.grading.bulk import grade
from gabarito.grading.secret import course_secret
from gabarito.model import Job, Report
from tests.grading.courses import hand_in, run_jobs_here, solved, write_course


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return write_course(tmp_path)


def test_it_is_drawn_once_and_the_owners_alone(course: Course) -> None:
    assert not course.secret_path.exists()
    secret = course_secret(course)
    assert len(secret) == 32
    assert course_secret(course) == secret
    assert stat.S_IMODE(course.secret_path.stat().st_mode) == 0o600
    assert sorted(p.name for p in course.secret_path.parent.iterdir()) == [".gitignore", "secret"]


def test_each_course_has_its_own(course: Course, tmp_path: Path) -> None:
    assert course_secret(course) != course_secret(write_course(tmp_path / "other"))


def test_all_that_draw_at_the_same_time_get_the_same(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    barrier, draw = Barrier(8), gabarito.grading.secret._draw

    def together(path: Path) -> None:
        barrier.wait()  # each has seen that there is none
        draw(path)

    monkeypatch.setattr(gabarito.grading.secret, "_draw", together)
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(course_secret, [course] * 8))) == 1


def test_what_a_killed_process_left_is_no_secret(course: Course) -> None:
    course.secret_path.parent.mkdir()
    left = course.secret_path.with_suffix(".new")
    left.write_text("ab")
    left.chmod(0o644)
    course_secret(course)
    assert not left.exists()
    assert stat.S_IMODE(course.secret_path.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "ab", "x" * 64, "ü" * 64, "ab" * 33])
def test_a_damaged_one_is_not_used(course: Course, text: str) -> None:
    course_secret(course)
    course.secret_path.write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match=r"secret is damaged: it is not 64 hexadecimal digits; put back a copy, or"):
        course_secret(course)
    assert course.secret_path.read_text(encoding="utf-8") == text


def test_one_that_cannot_be_read_or_made_is_told(course: Course) -> None:
    course.secret_path.parent.write_text("a file where the folder must be")
    with pytest.raises(CourseError, match=r"secret can’t be used \(File exists\); grading makes"):
        course_secret(course)
    course.secret_path.parent.unlink()
    course.secret_path.mkdir(parents=True)
    with pytest.raises(CourseError, match=r"secret can’t be used \(Is a directory\)"):
        course_secret(course)


def test_git_does_not_take_it_along(course: Course) -> None:
    git = shutil.which("git")
    if git is None:
        pytest.skip("no git")
    course_secret(course)
    subprocess.run([git, "init", "--quiet"], cwd=course.root, check=True)
    found = subprocess.run([git, "status", "--porcelain", "-uall"], cwd=course.root, check=True, capture_output=True)
    assert b"nbgrader_config.py" in found.stdout
    assert b".gabarito" not in found.stdout


def test_grading_draws_it_where_student_code_cannot_look(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden: list[str] = []
    jobs_seen: list[Job] = []

    def run_jobs(jobs: Iterable[Job], *, hide: Iterable[str], **settings: Any) -> Iterator[tuple[Job, Report]]:
        hidden.extend(hide)
        for job, report in run_jobs_here(jobs):
            jobs_seen.append(job)
            yield job, report

    monkeypatch.setattr(gabarito.grading.bulk, "run_jobs", run_jobs)
    hand_in(course, "ana", small=solved(course))
    grade(course, "small")
    grade(course, "small", force=True)
    assert any(course.secret_path.is_relative_to(folder) for folder in hidden)
    first, again = jobs_seen
    assert (first.seed, first.key) == (again.seed, again.key)
    course.secret_path.unlink()
    assert grade(course, "small").by_status() == {"known": 1}, "whoever loses it need not grade everybody again"
    grade(course, "small", force=True)
    assert jobs_seen[-1].key == first.key
    assert jobs_seen[-1].seed != first.seed
