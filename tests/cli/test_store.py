"""`gabarito store` as an instructor sees it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gabarito.course import Course
from gabarito.grading import bulk, verify
from gabarito.grading.bulk import grade
from gabarito.grading.store import open_store
from gabarito.model import Job, Outcome, Report
from tests.cli.commands import Ended, Gabarito
from tests.grading.courses import hand_in, run_jobs_here, solved, write_course


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """Two entries: one of them is of a hand-in that was replaced."""
    for module in (bulk, verify):
        monkeypatch.setattr(module, "run_jobs", run_jobs_here)
    monkeypatch.setenv("GABARITO_SANDBOX", "process")
    course = write_course(tmp_path)
    hand_in(course, "ana", small=solved(course))
    grade(course, "small")
    hand_in(course, "ana", small=solved(course, triple="triple = None"))
    hand_in(course, "bo", small=b"{")
    hand_in(course, "cy", small=solved(course, triple="triple = None"))
    grade(course, "small")
    return course


def _store(gabarito: Gabarito, course: Course, *arguments: str) -> Ended:
    return gabarito("--course", str(course.root), "store", *arguments, width=200)


def test_info(gabarito: Gabarito, course: Course) -> None:
    done = _store(gabarito, course, "info")
    assert done.output.splitlines()[0] == str(open_store(course).folder)
    assert done.output.splitlines()[1].startswith("2 entries, ")
    told = json.loads(_store(gabarito, course, "info", "--json").output)
    assert (told["entries"], told["bytes"] > 0) == (2, True)


def test_gc(gabarito: Gabarito, course: Course) -> None:
    assert _store(gabarito, course, "gc", "--dry-run").output.startswith("1 entry would be removed (")
    assert _store(gabarito, course, "gc", "--older-than", "1").output.startswith("0 entries removed")
    told = json.loads(_store(gabarito, course, "gc", "--json").output)
    assert (told["removed"], told["kept"], told["dry_run"]) == (1, 1, False)
    assert grade(course, "small").by_status()["known"] == 2  # type: ignore[index]
    path = next((course.autograded / "ana").rglob("*.ipynb"))
    path.unlink()
    assert grade(course, "small").reused == 1, "what is recorded is still there"


def test_verify(gabarito: Gabarito, course: Course) -> None:
    done = _store(gabarito, course, "verify", "--sample", "5")
    assert done.code == 0
    assert "2 entries with 2 reports and 8 verdicts of tests; 0 damaged" in done.output
    assert "1 report computed again; cells that ended otherwise: 0" in done.output
    path = next(open_store(course).paths())
    path.write_bytes(b"no entry")
    done = _store(gabarito, course, "verify")
    assert done.code == 1
    assert f"damaged: {path} is no entry" in done.output
    told = json.loads(_store(gabarito, course, "verify", "--json").output)
    assert (told["entries"], told["damaged"][0][0]) == (1, str(path))


def test_a_report_that_comes_out_otherwise(gabarito: Gabarito, course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    def otherwise(jobs: Iterable[Job], **settings: Any) -> Iterator[tuple[Job, Report]]:
        for job, report in run_jobs_here(jobs):
            cells = tuple(replace(c, outcome=Outcome.FAILED) if c.id == "double-test" else c for c in report.cells)
            yield job, replace(report, cells=cells)

    monkeypatch.setattr(verify, "run_jobs", otherwise)
    done = _store(gabarito, course, "verify", "--sample", "1")
    assert done.code == 1
    assert "otherwise: small, ana, double-test: passed is stored, failed was found" in done.output
    told = json.loads(_store(gabarito, course, "verify", "--sample", "1", "--json").output)
    assert told["sample"]["count"] == 1
    assert told["sample"]["differences"][0]["found"] == "failed"


def test_an_unreadable_entry(gabarito: Gabarito, course: Course) -> None:
    path = next(open_store(course).paths())
    path.unlink()
    path.mkdir()
    assert "can't be read (Is a directory)" in _store(gabarito, course, "verify").output
