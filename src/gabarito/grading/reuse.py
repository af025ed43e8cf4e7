"""What has to be run of a job, when reports of the same content are known, and what becomes of it.

A known report is taken as it is; so is one that is just being computed for somebody else. Where only tests have
changed, those are run that the change concerns, after all that they may depend on, and the other verdicts stay. What
is run so is run once for all in whose notebooks it is the same. Of a new notebook, those tests are run that no other
one with the same answers has passed.
`docs/store.md` has the rule.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from gabarito.engine.worker import ungraded
from gabarito.grading.keys import Keys, Surroundings, VerdictKeys, keys_of, part_key, part_seed, test_keys
from gabarito.grading.passed import Passed, Reach, reaches_of
from gabarito.grading.score import ending
from gabarito.grading.store import Entry, Store, Whole
from gabarito.model import CellReport, Job, Origin, Outcome, Report, Role
from gabarito.notebook.confined import is_broken, parts_of
from gabarito.notebook.slices import slice_of

_ENDED = frozenset({Outcome.TIMEOUT, Outcome.MEMORY, Outcome.OUTPUT, Outcome.CRASHED, Outcome.NOT_RUN})
_SYNTAX = frozenset({"IndentationError", "SyntaxError", "TabError"})
# Part of the limit of a whole notebook above which parts of it are no longer run by themselves.
_NEAR = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done for a job: nothing where its report is there, else to run `job`, else to wait."""

    report: Report | None = None
    job: Job | None = None
    is_reused: bool = False
    """Whether the report is of the same content, and not put together from a part that was run."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a job that was run."""

    reports: tuple[tuple[str, Report, bool], ...] = ()
    """Reports by the keys of their jobs, and whether one of the same content gave it."""
    again: tuple[Job, ...] = ()
    """What must be run instead: a part did not end as it does in the whole, or not at all."""


@dataclass(slots=True)
class _Task:
    """A report that is being computed."""

    job: Job
    keys: Keys
    part: _Part | None
    waiting: list[Job] = field(default_factory=list)
    reaches: Mapping[str, Reach] = field(default_factory=dict)
    spared: frozenset[str] = frozenset()
    """Ids of the tests that it is run without."""
    may_spare: bool = True


@dataclass(frozen=True, slots=True)
class _Part:
    """A job without the tests whose verdicts are known."""

    job: Job
    last: Whole
    own: Mapping[int, CellReport]
    """How the cells that are no tests ended, by their place in the notebook."""
    known: Mapping[str, CellReport]
    """Verdicts by grade id, also of tests that are run again because another one depends on them."""
    key: str = ""
    """The name of what comes of it, where it is the same for all in whose notebooks this part is the same."""


@dataclass(slots=True)
class _Shared:
    """A part that is run once for several jobs."""

    waiting: list[_Task] = field(default_factory=list)
    report: Report | None = None


class Reuse:
    """Plans the jobs of one run; several threads may ask."""

    def __init__(self, store: Store, around: Surroundings, *, force: bool = False) -> None:
        """`force` computes anew what the store has, every test of it, once for all who handed in the same."""
        self.store = store
        self._around = around
        self._force = force
        self._fresh: set[str] = set()
        self._tasks: dict[str, _Task] = {}
        self._running: dict[str, str] = {}
        self._shared: dict[str, _Shared] = {}
        self._parts: dict[str, Report] = {}
        self._verdicts: dict[str, VerdictKeys] = {}
        self._passed = Passed()
        self._lock = threading.Lock()
        self.shortened = 0
        """How many reports were completed by running a part of the job."""
        self.shared = 0
        """How many of these by a part that was run for another one."""
        self.spared = 0
        """How many tests were not run, since another notebook with the same answers had passed them."""

    @property
    def waiting(self) -> int:
        """How many jobs wait for what is run for another one."""
        twins = sum(len(task.waiting) for task in self._tasks.values())
        return twins + sum(len(shared.waiting) for shared in self._shared.values())

    def ran(self, key: str, report: Report) -> Report:
        """What was run for a job that has this report: of one that was run in part, only that. It is asked once."""
        return self._parts.pop(key, report)

    def keys_of(self, job: Job) -> Keys:
        """The names of what is to be known about this job."""
        return keys_of(job, self._around)

    def plan(self, job: Job, keys: Keys) -> Plan:
        """What is to be done for this job, of these names."""
        with self._lock:
            if (task := self._tasks.get(keys.whole)) is not None:
                task.waiting.append(job)
                return Plan()
            part = entry = None
            if not self._force or keys.whole in self._fresh:
                entry = self.store.get(keys.base)
                if entry is not None and (report := self._known(job, keys, entry)) is not None:
                    self._verdicts.pop(keys.whole, None)
                    return Plan(report=report, is_reused=True)
                part = self._part(job, keys, entry) if entry is not None else None
            task = self._tasks[keys.whole] = _Task(job, keys, part)
            return self._begun(task, entry)

    def _begun(self, task: _Task, entry: Entry | None = None) -> Plan:
        """What is to be done for a new task; `entry` is what the store has of it, where that was just read."""
        job, part = task.job, task.part
        if part is not None and part.key:
            shared = self._shared.get(part.key)
            if shared is None:
                self._shared[part.key] = _Shared()
            elif shared.report is None:
                shared.waiting.append(task)
                return Plan()
            elif (report := self._taken_over(task, shared.report, entry)) is not None:
                return Plan(report=report)
            else:
                part = task.part = None
        self._running[job.key] = task.keys.whole
        self.shortened += part is not None
        return Plan(job=part.job if part is not None else job)

    def trimmed(self, job: Job) -> Job:
        """A job that `plan` gave, without the tests that others have passed by now; to be asked when its turn comes."""
        with self._lock:
            task = self._tasks[self._running[job.key]]
            if task.part is not None or not task.may_spare or self._force:
                return job
            influences = self._tests(task.job, task.keys).influences
            task.reaches = task.reaches or reaches_of(task.job, task.keys, influences)
            task.spared = spared = self._passed.spared(task.reaches, influences)
        return replace(job, cells=tuple(c for c in job.cells if c.id not in spared or c.role is not Role.TEST))

    def take(self, job: Job, report: Report) -> Taken:
        """What the report of a job that `plan` gave is good for; it is kept unless our own machinery failed."""
        with self._lock:
            task = self._tasks[self._running[job.key]]
            is_graded = all(cell.outcome is not Outcome.UNGRADED for cell in report.cells)
            more = self._others(task.part.key, report if is_graded else None) if task.part is not None else Taken()
            if is_graded:
                if task.part is not None and not _agrees(task, task.part, report):
                    task.part = None
                    self.shortened -= 1
                    return Taken(more.reports, (task.job, *more.again))
                if task.part is not None or task.spared:
                    self._parts[job.key] = report
                if task.spared:
                    completed = self._completed(task, report)
                    if completed is None:
                        task.may_spare, task.spared = False, frozenset()
                        del self._parts[job.key]
                        return Taken(again=(task.job,))
                    report = completed
                report = self._keep(task, report)
                self._fresh.add(task.keys.whole)
            elif len(report.cells) < len(task.job.cells):
                why = next(cell.message for cell in report.cells if cell.outcome is Outcome.UNGRADED)
                report = ungraded(task.job, why.removeprefix("not graded: "))
            del self._tasks[task.keys.whole], self._running[job.key]
        mine = (job.key, replace(report, key=job.key), False)
        return Taken((mine, *_twins(task, report), *more.reports), more.again)

    def _others(self, key: str, report: Report | None) -> Taken:
        """What becomes of those who wait for a part of this name; without a report each of them runs its own."""
        if not key:
            return Taken()
        waiting = self._shared[key].waiting
        if report is None:
            del self._shared[key]
        else:
            self._shared[key] = _Shared(report=report)
        reports: list[tuple[str, Report, bool]] = []
        again = []
        for task in waiting:
            found = self._taken_over(task, report) if report is not None else None
            if found is not None:
                reports += [(task.job.key, found, False), *_twins(task, found)]
                continue
            if report is not None:
                task.part = None
            plan = self._begun(task)
            if plan.job is not None:
                again.append(plan.job)
        return Taken(tuple(reports), tuple(again))

    def _taken_over(self, task: _Task, found: Report, entry: Entry | None = None) -> Report | None:
        """The complete report, where a part that was run for another job is good for this one."""
        part = task.part
        assert part is not None
        cells = (
            replace(cell, index=own.index, id=own.id) for cell, own in zip(found.cells, part.job.cells, strict=True)
        )
        report = replace(found, key=task.job.key, cells=tuple(cells))
        if not _agrees(task, part, report):
            return None
        self.shortened += 1
        self.shared += 1
        del self._tasks[task.keys.whole]
        self._fresh.add(task.keys.whole)
        return replace(self._keep(task, report, entry), cpu_seconds=0.0, wall_seconds=0.0)

    def _tests(self, job: Job, keys: Keys) -> VerdictKeys:
        """Names of the verdicts of this job, which are asked for until it has its report."""
        if keys.whole not in self._verdicts:
            self._verdicts[keys.whole] = test_keys(job, keys)
        return self._verdicts[keys.whole]

    def _known(self, job: Job, keys: Keys, entry: Entry) -> Report | None:
        """The report, if nothing has to be run for it."""
        if entry.whole(keys.whole) is None:
            if (last := _last(entry)) is None:
                return None
            names = self._tests(job, keys).names
            if any(name not in entry.tests for name in names.values()):
                return None
            entry = entry.with_whole(replace(last, key=keys.whole, tests=dict(names)), {})
            self.store.put(entry)
        return known_report(job, keys, entry)

    def _part(self, job: Job, keys: Keys, entry: Entry) -> _Part | None:
        """What is left of the job, or None where all of it must be run."""
        if (last := _last(entry)) is None:
            return None
        tests = self._tests(job, keys)
        known = {i: entry.tests[name] for i, name in tests.names.items() if name in entry.tests}
        needed = {i for i in tests.names if i not in known}
        needed |= {other for i in needed for other in tests.influences.meets[i]}
        end = max(n for n, cell in enumerate(job.cells) if cell.id in needed and cell.role is Role.TEST)
        before = job.cells[: end + 1]
        own = dict(zip((c.index for c in job.cells if c.role is not Role.TEST), last.cells, strict=True))
        passed = {c.id for c in before if c.role is not Role.TEST and own[c.index].outcome is Outcome.PASSED}
        part = _Part(job, last, own, known)
        is_alone = any(not file.given for file in job.files)
        if is_alone or (found := slice_of(before, needed, tests.influences, passed)) is None:
            if len(needed) == len(tests.names):
                return None
            cells = (c for c in before if c.role is not Role.TEST or c.id in needed)
            return dataclasses.replace(part, job=replace(job, cells=tuple(cells)))
        part = dataclasses.replace(part, job=replace(job, cells=found.cells))
        if found.draws:
            return part
        key = part_key(part.job, keys)
        return dataclasses.replace(part, key=key, job=replace(part.job, seed=part_seed(key, self._around)))

    def _completed(self, task: _Task, report: Report) -> Report | None:
        """The report with the tests that were not run; None where the notebook might have ended before one of them."""
        if _has_ended(report):
            return None
        found = self._passed.completed(task.job, report, task.reaches)
        if found is None or not _is_far(task.job, _seconds(task, found)) or not _is_read_alike(task.job, found):
            return None
        return found

    def _keep(self, task: _Task, report: Report, entry: Entry | None = None) -> Report:
        """The complete report, written into the store: into `entry`, where that was just read."""
        job, keys, part = task.job, task.keys, task.part
        found = {cell.index: cell for cell in report.cells}
        ran = {cell.id: found[cell.index] for cell in job.cells if cell.role is Role.TEST and cell.index in found}
        cpu_seconds = _seconds(task, report)
        self.spared += len(task.spared)
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
        is_divisible = _is_far(job, cpu_seconds) and not _has_ended(report) and _is_read_alike(job, report)
        if part is None:
            ids = task.reaches.keys() - task.spared
            tests = {c.index: task.reaches[c.id] for c in job.cells if c.role is Role.TEST and c.id in ids}
            self._passed.learn(tests, report, is_whole=is_divisible)
        names = dict(self._tests(job, keys).names) if is_divisible else {i: f"{keys.whole} {i}" for i in ran}
        self._verdicts.pop(keys.whole, None)
        whole = Whole(
            key=keys.whole,
            cells=own,
            tests=names,
            origin=report.origin,
            cpu_seconds=cpu_seconds,
            is_divisible=is_divisible,
        )
        entry = entry or self.store.get(keys.base) or Entry(key=keys.base, wholes=(), tests={})
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


def _twins(task: _Task, report: Report) -> Iterator[tuple[str, Report, bool]]:
    for other in task.waiting:
        yield other.key, _fitted(other, report.cells, report.origin), True


def _seconds(task: _Task, report: Report) -> float:
    """CPU seconds of what was run, and of the tests that were not."""
    return report.cpu_seconds + sum(cell.cpu_seconds for cell in report.cells if cell.id in task.spared)


def _has_ended(report: Report) -> bool:
    """Whether a cell hit a limit, or the notebook ended before its end."""
    return any(cell.outcome in _ENDED for cell in report.cells)


def _is_far(job: Job, cpu_seconds: float) -> bool:
    """Whether a job that took so long is far from its limit, with whatever tests."""
    return cpu_seconds <= _NEAR * job.limits.notebook_cpu_seconds


def _agrees(task: _Task, part: _Part, report: Report) -> bool:
    """Whether everything that ran and was known has ended as it was, and nothing was near a limit."""
    if _has_ended(report) or not _is_far(task.job, part.last.cpu_seconds + report.cpu_seconds):
        return False
    for cell, found in zip(part.job.cells, report.cells, strict=True):
        known = part.own[cell.index] if cell.role is not Role.TEST else part.known.get(cell.id)
        if known is not None and ending(known) != ending(found):
            return False
    return True


def _is_read_alike(job: Job, report: Report) -> bool:
    """Whether each cell that is broken as it is read here was so where it was run."""
    for cell, found in zip(job.cells, report.cells, strict=True):
        is_given = cell.role in (Role.GIVEN, Role.TEST)
        has_none = parts_of(cell.source, is_given=is_given) == ()
        if has_none and found.error not in _SYNTAX and is_broken(cell.source):
            return False
    return True


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
