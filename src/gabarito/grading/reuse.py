"""What has to be run of a job, when reports of the same content are known, and what becomes of it.

A known report is taken as it is; so is one that is just being computed for somebody else. Where only tests have
changed, those are run that the change concerns, after all that they may depend on, and the other verdicts stay.
`docs/store.md` has the rule.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from gabarito.grading.keys import Keys, Surroundings, keys_of, test_keys
from gabarito.grading.score import partial_credit
from gabarito.grading.store import Entry, Store, Whole
from gabarito.model import CellReport, Job, Origin, Outcome, Report, Role

_ENDED = frozenset({Outcome.TIMEOUT, Outcome.MEMORY, Outcome.OUTPUT, Outcome.CRASHED, Outcome.NOT_RUN})
# Part of the limit of a whole notebook above which parts of it are no longer run by themselves.
_NEAR = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done for a job: nothing where its report is there, else to run `job`, else to wait."""

    report: Report | None = None
    job: Job | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a job that was run."""

    reports: tuple[tuple[str, Report, bool], ...] = ()
    """Reports by the keys of their jobs, and whether another one's run gave it."""
    again: Job | None = None
    """What must be run instead: a part did not end as it does in the whole."""


@dataclass(slots=True)
class _Task:
    """A report that is being computed."""

    job: Job
    keys: Keys
    part: _Part | None
    waiting: list[Job] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Part:
    """A job without the tests whose verdicts are known."""

    job: Job
    last: Whole
    known: Mapping[str, CellReport]
    """Verdicts by grade id, also of tests that are run again because another one depends on them."""


class Reuse:
    """Plans the jobs of one run; several threads may ask."""

    def __init__(self, store: Store, around: Surroundings, *, force: bool = False) -> None:
        """`force` computes anew what the store has, once for all who handed in the same."""
        self.store = store
        self._around = around
        self._force = force
        self._fresh: set[str] = set()
        self._tasks: dict[str, _Task] = {}
        self._running: dict[str, str] = {}
        self._lock = threading.Lock()
        self.shortened = 0
        """How many jobs were run without some of their tests."""

    def keys_of(self, job: Job) -> Keys:
        """The names of what is to be known about this job."""
        return keys_of(job, self._around)

    def plan(self, job: Job, keys: Keys) -> Plan:
        """What is to be done for this job, of these names."""
        with self._lock:
            if (task := self._tasks.get(keys.whole)) is not None:
                task.waiting.append(job)
                return Plan()
            part = None
            if not self._force or keys.whole in self._fresh:
                entry = self.store.get(keys.base)
                if entry is not None and (report := self._known(job, keys, entry)) is not None:
                    return Plan(report=report)
                part = _part(job, keys, entry) if entry is not None else None
            self._tasks[keys.whole] = _Task(job, keys, part)
            self._running[job.key] = keys.whole
            self.shortened += part is not None
            return Plan(job=part.job if part is not None else job)

    def take(self, job: Job, report: Report) -> Taken:
        """What the report of a job that `plan` gave is good for; it is kept unless our own machinery failed."""
        with self._lock:
            task = self._tasks[self._running[job.key]]
            if is_graded := all(cell.outcome is not Outcome.UNGRADED for cell in report.cells):
                if task.part is not None and not _agrees(task.part, report, task.job.limits.notebook_cpu_seconds):
                    task.part = None
                    self.shortened -= 1
                    return Taken(again=task.job)
                report = self._keep(task, report)
            del self._tasks[task.keys.whole], self._running[job.key]
            if is_graded:
                self._fresh.add(task.keys.whole)
        mine = (job.key, replace(report, key=job.key), False)
        return Taken(
            (mine, *((other.key, _fitted(other, report.cells, report.origin), True) for other in task.waiting))
        )

    def _known(self, job: Job, keys: Keys, entry: Entry) -> Report | None:
        """The report, if nothing has to be run for it."""
        if entry.whole(keys.whole) is None:
            if (last := _last(entry)) is None:
                return None
            names, _ = test_keys(job, keys)
            if any(name not in entry.tests for name in names.values()):
                return None
            entry = entry.with_whole(replace(last, key=keys.whole, tests=names), {})
            self.store.put(entry)
        return known_report(job, keys, entry)

    def _keep(self, task: _Task, report: Report) -> Report:
        """The complete report, written into the store."""
        job, keys, part = task.job, task.keys, task.part
        found = {cell.index: cell for cell in report.cells}
        ran = {cell.id: found[cell.index] for cell in job.cells if cell.role is Role.TEST and cell.index in found}
        cpu_seconds = report.cpu_seconds
        if part is None:
            own = tuple(found[cell.index] for cell in job.cells if cell.role is not Role.TEST)
        else:
            own, cpu_seconds = part.last.cells, cpu_seconds + part.last.cpu_seconds
            ran = {**ran, **part.known}
            report = replace(
                _assembled(job, own, ran, report.origin),
                cpu_seconds=report.cpu_seconds,
                wall_seconds=report.wall_seconds,
            )
        is_far = cpu_seconds <= _NEAR * job.limits.notebook_cpu_seconds
        is_divisible = is_far and not any(cell.outcome in _ENDED for cell in report.cells)
        names = test_keys(job, keys)[0] if is_divisible else {i: f"{keys.whole} {i}" for i in ran}
        whole = Whole(
            key=keys.whole,
            cells=own,
            tests=names,
            origin=report.origin,
            cpu_seconds=cpu_seconds,
            is_divisible=is_divisible,
        )
        entry = self.store.get(keys.base) or Entry(key=keys.base, wholes=(), tests={})
        self.store.put(entry.with_whole(whole, {names[i]: cell for i, cell in ran.items()}))
        return report


def known_report(job: Job, keys: Keys, entry: Entry) -> Report | None:
    """The complete report of a job that an entry has, or None."""
    whole = entry.whole(keys.whole)
    if whole is None:
        return None
    return _assembled(job, whole.cells, {i: entry.tests[name] for i, name in whole.tests.items()}, whole.origin)


def _last(entry: Entry) -> Whole | None:
    return next((each for each in reversed(entry.wholes) if each.is_divisible), None)


def _part(job: Job, keys: Keys, entry: Entry) -> _Part | None:
    """What is left of the job, or None where all of it must be run."""
    if (last := _last(entry)) is None:
        return None
    names, meets = test_keys(job, keys)
    known = {i: entry.tests[name] for i, name in names.items() if name in entry.tests}
    needed = {i for i in names if i not in known}
    needed |= {other for i in needed for other in meets[i]}
    if len(needed) == len(names):
        return None
    end = max(n for n, cell in enumerate(job.cells) if cell.id in needed and cell.role is Role.TEST)
    cells = tuple(cell for cell in job.cells[: end + 1] if cell.role is not Role.TEST or cell.id in needed)
    return _Part(replace(job, cells=cells), last, known)


def _agrees(part: _Part, report: Report, notebook_cpu_seconds: float) -> bool:
    """Whether everything that ran and was known has ended as it was, and nothing was near a limit."""
    if any(cell.outcome in _ENDED for cell in report.cells):
        return False
    if part.last.cpu_seconds + report.cpu_seconds > _NEAR * notebook_cpu_seconds:
        return False
    own = iter(part.last.cells)
    for cell, found in zip(part.job.cells, report.cells, strict=True):
        known = next(own) if cell.role is not Role.TEST else part.known.get(cell.id)
        if known is not None and ending(known) != ending(found):
            return False
    return True


def ending(cell: CellReport) -> tuple[Outcome, str, float | None]:
    """How a cell ended, as far as points rest on it; what else it shows may be drawn by chance."""
    return cell.outcome, cell.error, partial_credit(cell) if cell.mode is not None else None


def _assembled(job: Job, own: Sequence[CellReport], tests: Mapping[str, CellReport], origin: Origin) -> Report:
    """A report of this job out of those of its cells, which may stand elsewhere in another notebook."""
    mine = iter(own)
    return _fitted(job, [tests[cell.id] if cell.role is Role.TEST else next(mine) for cell in job.cells], origin)


def _fitted(job: Job, cells: Sequence[CellReport], origin: Origin) -> Report:
    """These cells as a report of this job, whose cells may stand elsewhere in their notebook."""
    pairs = zip(job.cells, cells, strict=True)
    return Report(
        key=job.key,
        cells=tuple(replace(found, index=cell.index, id=cell.id) for cell, found in pairs),
        origin=origin,
    )
