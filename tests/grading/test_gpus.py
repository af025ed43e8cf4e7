"""Which assignments get a GPU, which one, and what is said where there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gabarito.course import Course
from gabarito.engine.gpu import Gpu
from gabarito.errors import EngineError, UsageError
from gabarito.exchange import find_submissions
from gabarito.grading import gpus as module
from gabarito.grading.bulk import grade
from gabarito.grading.gpus import gpu_shares, has_timed_tests, wants_gpu
from gabarito.grading.prepare import prepare
from gabarito.model import Role
from tests.grading.courses import hand_in, released, write_course
from tests.notebook.released import cell, source_notebook

_GIB = 1 << 30
_GPUS = (Gpu("0", "GPU-a", "A", 8 * _GIB), Gpu("1", "GPU-b", "B", 24 * _GIB))
_USES = "device = 'cuda'"


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> list[Gpu]:
    """The GPUs there are; take some away for a machine with fewer."""
    there = list(_GPUS)
    monkeypatch.setattr("gabarito.engine.gpu.devices.find_gpus", lambda: tuple(there))
    return there


def _course(
    root: Path, config: str = "", given: str = "x = 1", test: str = "assert x == 1", answer: str = ""
) -> Course:
    source = source_notebook(
        cell(Role.GIVEN, given, "given"),
        cell(Role.ANSWER, f"### BEGIN SOLUTION\n{answer}\n### END SOLUTION", "answer"),
        cell(Role.TEST, test, "test", points=1),
    )
    return write_course(root, config, small=source)


def _indexes(course: Course, gpus: str | None = None) -> str:
    return "".join(share.gpu.index for share in gpu_shares(course, course.record("small"), gpus))


def test_an_assignment_that_mentions_no_gpu_gets_none(tmp_path: Path) -> None:
    course = _course(tmp_path, answer=_USES)
    assert _indexes(course) == ""
    assert not wants_gpu(course.record("small"))


@pytest.mark.parametrize("cells", [{"given": _USES}, {"test": _USES}])
def test_an_assignment_whose_own_cells_mention_one_gets_all(tmp_path: Path, cells: dict[str, str]) -> None:
    assert _indexes(_course(tmp_path, **cells)) == "01"


def test_an_assignment_that_requires_one_gets_all(tmp_path: Path) -> None:
    assert _indexes(_course(tmp_path, "c.Gabarito.require_gpu = ['small']")) == "01"


def test_gpus_that_somebody_names_are_used_for_every_assignment(tmp_path: Path) -> None:
    course = _course(tmp_path, "c.Gabarito.gpus = '1'")
    assert _indexes(course) == "1"
    assert _indexes(course, "0") == "0"
    assert _indexes(course, "none") == ""


def test_slots_and_budget_are_the_courses(tmp_path: Path) -> None:
    course = _course(tmp_path, "c.Gabarito.gpu_slots = 2\nc.Gabarito.gpu_memory_mb = 1000", given=_USES)
    shares = gpu_shares(course, course.record("small"))
    assert [(share.gpu.index, share.budget_bytes >> 20) for share in shares] == [("0", 1000), ("1", 1000)] * 2


def test_the_library_is_not_asked_for_an_assignment_without_a_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "choose_gpus", lambda value, **settings: pytest.fail("it was asked"))
    assert _indexes(_course(tmp_path)) == ""


def test_nothing_is_run_or_recorded_where_a_required_gpu_is_missing(
    tmp_path: Path, machine: list[Gpu], monkeypatch: pytest.MonkeyPatch
) -> None:
    course = _course(tmp_path, "c.Gabarito.require_gpu = ['small']")
    hand_in(course, "ana", small=released(course))
    machine.clear()
    monkeypatch.setattr("gabarito.grading.bulk.run_jobs", lambda jobs, **settings: pytest.fail("it was run"))
    with pytest.raises(EngineError, match="'small' requires a GPU"):
        grade(course, "small")
    with pytest.raises(UsageError, match="--gpus none"):
        grade(course, "small", gpus="none")
    assert not Path(course.db_url.removeprefix("sqlite:///")).exists()
    assert not course.autograded.exists()


def _graded(course: Course, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> tuple[Any, dict[str, Any]]:
    """The run of two submissions, and what the pool was given."""
    from tests.grading.courses import run_jobs_here

    given: dict[str, Any] = {}

    def run(jobs: Any, **settings: Any) -> Any:
        given.update(settings)
        return run_jobs_here(jobs)

    monkeypatch.setattr("gabarito.grading.bulk.run_jobs", run)
    for student in ("ana", "bo", "cy"):
        hand_in(course, student, small=released(course))
    return grade(course, "small", **settings), given


def test_a_run_says_on_which_gpus_it_was_and_has_no_more_workers_than_shares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, given = _graded(_course(tmp_path, given=_USES), monkeypatch, workers=3)
    assert run.gpus == ("0 (A, 8192 MiB)", "1 (B, 24576 MiB)")
    assert (run.workers, given["workers"], run.lacks_gpu) == (2, 2, False)
    assert [share.gpu for share in given["gpus"]] == list(_GPUS)


def test_a_gpu_without_a_worker_was_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, _ = _graded(_course(tmp_path, given=_USES), monkeypatch, workers=1)
    assert run.gpus == ("0 (A, 8192 MiB)",)


def test_a_run_says_that_a_gpu_was_missing(tmp_path: Path, machine: list[Gpu], monkeypatch: pytest.MonkeyPatch) -> None:
    machine.clear()
    run, given = _graded(_course(tmp_path, given=_USES), monkeypatch)
    assert (run.gpus, run.lacks_gpu, given["gpus"]) == ((), True, ())


def test_a_run_that_needs_none_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, _ = _graded(_course(tmp_path), monkeypatch)
    assert (run.gpus, run.lacks_gpu) == ((), False)


@pytest.mark.parametrize("is_timed", [True, False])
def test_a_job_with_timed_tests_is_marked(tmp_path: Path, is_timed: bool) -> None:
    course = _course(tmp_path, test="assert_faster(f, than=g, by=2)" if is_timed else "assert f(1) == 1")
    record = course.record("small")
    hand_in(course, "ana", small=released(course))
    (submission,) = find_submissions(course, "small", [])
    (job,) = prepare(course, record, submission, {}, {}, secret=b"s").jobs.values()
    assert job.exclusive is is_timed
    assert has_timed_tests(record.notebooks[0]) is is_timed
