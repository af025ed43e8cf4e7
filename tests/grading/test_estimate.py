"""What was measured, and what is guessed from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gabarito.engine import run_jobs
from gabarito.engine.schedule import Rank
from gabarito.grading.autograded import read_seconds
from gabarito.grading.bulk import _Desk, grade
from gabarito.grading.estimate import Estimates
from gabarito.model import Job, JobCell, Role
from tests.grading.courses import hand_in, solved, write_course


def _job(size: int) -> Job:
    return Job(key="", cells=(JobCell(index=0, id="a", role=Role.PLAIN, source="#" * size),))


def test_without_anything_the_larger_one_takes_longer() -> None:
    estimates = Estimates()
    assert estimates.seconds("a", _job(2)) > estimates.seconds("a", _job(1)) > 0


def test_others_in_this_run_say_what_a_byte_takes() -> None:
    estimates = Estimates()
    estimates.learn("a", _job(10), 5.0)
    estimates.learn("a", _job(30), 3.0)
    assert estimates.seconds("a", _job(100)) == 20.0
    assert estimates.seconds("b", _job(100)) == Estimates().seconds("b", _job(100))
    assert estimates.seconds("a", _job(100), earlier=7.5) == 7.5


def test_what_the_same_student_took_is_read_from_what_was_graded(
    tmp_path: Path, here: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = write_course(tmp_path)
    path = course.autograded / "ana" / "small" / "small.ipynb"
    hand_in(course, "ana", small=solved(course))
    assert read_seconds(path) is None
    grade(course, "small")
    text = path.read_text()
    assert text.count('"cpu_seconds": 0.0') > 1
    path.chmod(0o600)
    path.write_text(text.replace('"cpu_seconds": 0.0', '"cpu_seconds": 40.5', 2))
    assert read_seconds(path) == 81.0
    ranks = []
    rank = _Desk._rank

    def recorded(self: _Desk, job: Job) -> Rank:
        ranks.append(rank(self, job))
        return ranks[-1]

    monkeypatch.setattr("gabarito.grading.bulk.run_jobs", run_jobs)
    monkeypatch.setattr(_Desk, "_rank", recorded)
    grade(course, "small", force=True)
    assert [(r.seconds, r.turn) for r in ranks] == [(81.0, 0)]
