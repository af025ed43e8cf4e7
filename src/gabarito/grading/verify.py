"""Whether the store holds what it should: every entry read, and some of the reports computed again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from gabarito.course import Course
from gabarito.engine import run_jobs
from gabarito.errors import SubmissionError
from gabarito.exchange import find_submissions
from gabarito.grading.gpus import gpu_shares
from gabarito.grading.keys import keys_of, surroundings
from gabarito.grading.prepare import given_files, prepare
from gabarito.grading.result import unique
from gabarito.grading.reuse import known_report
from gabarito.grading.score import ending
from gabarito.grading.secret import course_secret
from gabarito.grading.store import DamagedError, Store, open_store, read_entry
from gabarito.model import CellReport, Job, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What reading the whole store has found."""

    entries: int
    reports: int
    verdicts: int
    damaged: tuple[tuple[str, str], ...]
    """Files that can't be used, each with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A cell that ended otherwise when a stored report was computed again."""

    assignment: str
    student: str
    notebook: str
    cell: str
    stored: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """What came of computing stored reports again."""

    count: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """A job of a current submission, and the report that the store has for it."""

    assignment: str
    student: str
    notebook: str
    job: Job
    report: Report


def verify(store: Store) -> Verified:
    """Read every entry and check its digest."""
    entries = reports = verdicts = 0
    damaged = []
    for path in store.paths():
        try:
            entry = read_entry(path)
        except (DamagedError, OSError) as e:
            damaged.append((str(path), str(e) if isinstance(e, DamagedError) else f"can't be read ({e.strerror})"))
            continue
        entries += 1
        reports += len(entry.wholes)
        verdicts += len(entry.tests)
    return Verified(entries=entries, reports=reports, verdicts=verdicts, damaged=tuple(damaged))


def sample(course: Course, count: int, *, sandbox: str = "", workers: int = 1) -> Sampled:
    """Compute some stored reports again, complete ones of current submissions, and compare how each cell ended.

    Args:
        count: how many, drawn by chance; all where there are fewer.
        sandbox: what workers run in, instead of what the course says.

    Raises:
        CourseError: a data folder is missing, or the course's secret can't be read.
        UsageError: there is no sandbox of this name.
        EngineError: the sandbox can't be used, or no worker can be started.
    """
    found: list[_Known] = []
    for path in sorted(course.grader_tests.glob("*/record.json")):
        found += _known(course, path.parent.name, sandbox)
    chosen = random.SystemRandom().sample(found, min(count, len(found)))
    differences: list[Difference] = []
    for assignment in unique(each.assignment for each in chosen):
        differences += _compared(
            course, assignment, [e for e in chosen if e.assignment == assignment], sandbox, workers
        )
    return Sampled(count=len(chosen), differences=tuple(differences))


def _known(course: Course, assignment: str, sandbox: str) -> Iterator[_Known]:
    record = course.record(assignment)
    contracts = course.contract(assignment).current(record)
    given, secret, store = given_files(course, assignment), course_secret(course), open_store(course)
    shares = gpu_shares(course, record)
    choice = course.sandbox(sandbox, uses_gpu=bool(shares))
    around = surroundings(course, choice.sandbox, shares, course.preload(record), secret)
    seen = set()
    for submission in find_submissions(course, assignment):
        try:
            prepared = prepare(course, record, submission, given, contracts, secret=secret)
        except SubmissionError:
            continue
        for name, job in prepared.jobs.items():
            keys = keys_of(job, around)
            entry = store.get(keys.base)
            report = known_report(job, keys, entry) if entry is not None else None
            if report is not None and keys.whole not in seen:
                seen.add(keys.whole)
                yield _Known(assignment, submission.student, name, job, report)


def _compared(
    course: Course, assignment: str, chosen: list[_Known], sandbox: str, workers: int
) -> Iterator[Difference]:
    record = course.record(assignment)
    shares = gpu_shares(course, record)
    by_key = {each.job.key: each for each in chosen}
    for job, report in run_jobs(
        [each.job for each in chosen],
        workers=min(workers, len(shares) or workers),
        preload=course.preload(record),
        hide=[str(course.root)],
        data=course.data(),
        limits=course.limits,
        sandbox=course.sandbox(sandbox, uses_gpu=bool(shares)).sandbox,
        gpus=shares,
    ):
        known = by_key[job.key]
        for stored, new in zip(known.report.cells, report.cells, strict=True):
            if ending(stored) != ending(new):
                yield Difference(
                    assignment=assignment,
                    student=known.student,
                    notebook=known.notebook,
                    cell=stored.id,
                    stored=_told(stored),
                    found=_told(new),
                )


def _told(cell: CellReport) -> str:
    outcome, error, credit = ending(cell)
    return outcome.value + (f" ({error})" if error else "") + (f" with {credit:g} points" if credit is not None else "")
