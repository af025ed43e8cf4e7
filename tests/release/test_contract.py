"""The reasons for shared mode, which are committed: they must be the same each time, and readable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from gabarito.model import CellReport, Contract, Job, Limits, Mode, NotebookRecord, Outcome, Report
from gabarito.release.contract import learn_contract
from gabarito.release.convert import convert
from gabarito.release.record import make_record
from gabarito.release.sources import delimiters_of
from tests.release.factories import answer, graded, notebook, write_course


def _learned(folder: Path, report: CellReport | None) -> Contract:
    """The contract of a test whose run in two processes ends so."""
    source = notebook(
        answer("double", "### BEGIN SOLUTION\nx = 2\n### END SOLUTION"), graded("test-x", "assert x == 2")
    )
    course = write_course(folder, ps1=source)
    scratch = folder / "scratch"
    scratch.mkdir()
    converted = convert(course, "ps1", scratch)
    record: NotebookRecord = make_record("ps1", converted.notebooks, delimiters_of(course)).notebooks[0]

    def run(
        jobs: Iterable[Job], *, workers: int = 1, preload: Sequence[str] = (), **settings: object
    ) -> Iterator[tuple[Job, Report]]:
        for job in jobs:
            yield job, Report(key=job.key, cells=() if report is None else (report,))

    found = learn_contract(converted.notebooks[0].solved, record, (), Limits(), run)
    return found.tests["test-x"]


def _failed(message: str, error: str = "AssertionError") -> CellReport:
    return CellReport(index=1, id="test-x", outcome=Outcome.FAILED, message=message, error=error)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("f is 1.4 times as fast; at least 5 is asked", "f is … times as fast; at least … is asked"),
        ("Mismatched: 3 / 100\n  by 1.2e-05 at (0, 7)", "Mismatched: … / … by … at (…, …)"),
        ("<Net object at 0x7f3a1b2c> is no conv2d of x3", "<Net object at …> is no conv2d of x3"),
        ("a" * 300, "a" * 300),
        ("a" * 301, "a" * 300 + " …"),
    ],
)
def test_what_differs_from_run_to_run_is_left_out(tmp_path: Path, message: str, told: str) -> None:
    contract = _learned(tmp_path, _failed(message))
    assert contract == Contract(mode=Mode.SHARED, reason=f"in two processes the solution itself fails: {told}")


def test_a_violation_keeps_its_line(tmp_path: Path) -> None:
    message = "line 3 of the test met a class named Net"
    assert _learned(tmp_path, _failed(message, "ViolationError")).reason.endswith(message)


def test_a_test_that_was_not_run(tmp_path: Path) -> None:
    assert _learned(tmp_path, None).reason == "in two processes the solution itself fails: it was not run"
