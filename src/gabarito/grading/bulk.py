"""Bulk grading: every submission of an assignment restored, run, scored and recorded, one independent of the other."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from gabarito.course import Course
from gabarito.engine import run_jobs
from gabarito.engine.gpu import GpuShare
from gabarito.engine.pool import Elsewhere
from gabarito.engine.sandbox import Choice, Sandbox
from gabarito.engine.schedule import Rank
from gabarito.errors import CourseError, EngineError, GabaritoError, GradebookError, SubmissionError, reason
from gabarito.exchange import Submission, find_submissions
from gabarito.exchange.submissions import TIMESTAMP, ignored_names, reread
from gabarito.gradebook.adopted import released
from gabarito.gradebook.database import is_locked, open_database
from gabarito.gradebook.late import Lateness, read_lateness
from gabarito.gradebook.result import NotebookResult, SubmissionResult
from gabarito.gradebook.writer import GradebookWriter, open_gradebook
from gabarito.grading.autograded import (
    MadeFrom,
    autograded_notebook,
    discard_autograded,
    read_made_from,
    read_seconds,
    write_autograded,
)
from gabarito.grading.cluster import cluster_of
from gabarito.grading.estimate import Estimates
from gabarito.grading.gpus import gpu_shares, wants_gpu
from gabarito.grading.keys import surroundings
from gabarito.grading.lock import alone
from gabarito.grading.prepare import HandIns, Prepared, given_files, hand_ins, prepare
from gabarito.grading.result import Graded, GradeRun, Status, TestCell, unique
from gabarito.grading.reuse import Reuse
from gabarito.grading.score import Score, score_cell
from gabarito.grading.secret import course_secret
from gabarito.grading.spent import spent_in
from gabarito.grading.store import open_store
from gabarito.model import (
    AssignmentContract,
    Basis,
    CellReport,
    Job,
    NotebookContract,
    NotebookRecord,
    Outcome,
    ReleaseRecord,
    Report,
    Role,
)

_LOCKED_IN_A_ROW = 3
_MOST_WAITING = 64
# More than are held ready, wait and run on one machine: each one beyond, as on a large cluster, is restored twice.
_MOST_PREPARED = 256
_STOPPED = frozenset({Outcome.TIMEOUT, Outcome.MEMORY, Outcome.OUTPUT, Outcome.CRASHED})

OnGraded = Callable[[Graded], None]


def grade(
    course: Course,
    assignment: str,
    *,
    students: Collection[str] = (),
    notebooks: Collection[str] = (),
    workers: int | None = None,
    gpus: str | None = None,
    force: bool = False,
    preview: bool = False,
    sandbox: str = "",
    cluster: str = "",
    on_start: Callable[[int], None] = lambda count: None,
    on_graded: OnGraded = lambda graded: None,
) -> GradeRun:
    """Grade what was handed in and record it; one broken submission never stops the others.

    A submission of which nothing has changed since it was graded is skipped; what its late penalty depends on counts
    too. Recording is one transaction, and the autograded notebook follows by write-and-rename; a run that was killed
    anywhere goes on when it is started again, and several runs at the same time take turns at recording.

    What the course's store knows is not computed again, nor is the same content twice: see `gabarito.grading.reuse`.

    Args:
        students: only these; all where it is empty.
        notebooks: only these, by name without `.ipynb`; scores of the others stay. All where it is empty.
        workers: how many notebooks run at the same time; by default one for each core that this process may use. On
            GPUs no more run than have a share of one.
        gpus: `auto`, `none` or indexes such as `0,1`; by default the course's setting. See `gpu_shares`.
        force: grade again what is unchanged or in the store, too.
        preview: record nothing, and leave the autograded notebooks alone; the reports go into the store.
        sandbox: what workers run in, instead of what the course says.
        cluster: where workers run instead of on this machine: the address of a Dask scheduler, or `local`, `slurm` or
            `kubernetes` to start one. `workers` means nothing then.
        on_start: called once, with the number of submissions.
        on_graded: called after each submission, in the order in which they end.

    An assignment that nbgrader alone released is taken from the gradebook; its tests run in shared mode.

    Raises:
        CourseError: the assignment has not been released or has no notebook of these names, or the course's secret
            can't be read or made.
        UsageError: `gpus` or `cluster` has a value that can't be meant here, or there is no sandbox of this name.
        SubmissionError: one of `students` has handed in nothing.
        GradebookError: the gradebook can't be read or written; what was recorded before stays.
        EngineError: the sandbox can't be used, no worker can be started, a GPU is required and there is none, or no
            machine of the cluster can be used.
    """
    began = time.monotonic()
    record, adopted = released(course, assignment)
    contract = AssignmentContract(assignment=assignment, notebooks=()) if adopted else course.contract(assignment)
    part = _part(record, notebooks)
    away = cluster_of(course, record, cluster, gpus, sandbox) if cluster else None
    shares = () if away else gpu_shares(course, record, gpus)
    submissions = find_submissions(course, assignment, students)
    on_start(len(submissions))
    workers = max(1, min(workers or len(os.sched_getaffinity(0)), len(submissions)))
    if shares:
        workers = min(workers, len(shares))
    choice = Choice(away.sandbox) if away else course.sandbox(sandbox, uses_gpu=bool(shares))
    weak: set[str] = away.weak if away else set()
    said: set[str] = away.said if away else set()
    done: list[Graded] = []

    store, secret = open_store(course), course_secret(course)
    preload = course.preload(record)
    away_gpu = bool(away and away.uses_gpu)
    around = surroundings(course, choice.sandbox, shares, preload, secret, uses_other_gpu=away_gpu)
    reuse = Reuse(store, around, force=force)

    with _gradebook(course, record, preview=preview) as (gradebook, lateness):
        given = given_files(course, assignment)
        desk = _Desk(
            course,
            record,
            part,
            gradebook,
            contract.current(part),
            given,
            hand_ins(course, part, given, contract),
            lateness,
            secret,
            preload,
            choice.sandbox,
            reuse,
            shares,
            force,
            away.opened if away else None,
        )
        try:
            with closing(desk.grade(submissions, workers, weak, said)) as results:
                for graded in results:
                    done.append(graded)
                    on_graded(graded)
        except EngineError as e:
            if not done:
                raise
            raise EngineError(
                f"{e}\n{len(done)} of {len(submissions)} submissions were done before that, and their scores stay; "
                "run the command again to go on with the others"
            ) from e

    return GradeRun(
        assignment=assignment,
        submissions=tuple(sorted(done, key=lambda g: g.student)),
        weak=tuple(sorted(weak)),
        said=tuple(sorted(said)),
        sandbox=choice.sandbox.name,
        image=choice.sandbox.image,
        lacks=dict(choice.sandbox.lacks),
        passed_over=choice.passed_over,
        wall_seconds=time.monotonic() - began,
        workers=away.slots if away else workers,
        cluster=cluster,
        nodes=away.nodes if away else 0,
        gpus=tuple(unique(str(share.gpu) for share in shares[:workers])),
        adopted=adopted,
        lacks_gpu=not shares and not away_gpu and wants_gpu(record),
        shortened=reuse.shortened,
        shared=reuse.shared,
        spared=reuse.spared,
        store_problems=tuple(store.problems),
    )


@contextmanager
def _gradebook(
    course: Course, record: ReleaseRecord, *, preview: bool
) -> Iterator[tuple[GradebookWriter | None, Lateness]]:
    """The open gradebook, with the release in it, and its times; for a preview it is only read."""
    if preview:
        database = open_database(course.db_url, writable=False)
        try:
            lateness = read_lateness(database, course, record.assignment)
        finally:
            database.close()
        yield None, lateness
        return
    with open_gradebook(course) as gradebook:
        gradebook.register(record)
        yield gradebook, read_lateness(gradebook.database, course, record.assignment)


def _part(record: ReleaseRecord, notebooks: Collection[str]) -> ReleaseRecord:
    """The record with these notebooks only."""
    if not notebooks:
        return record
    chosen = tuple(n for n in record.notebooks if n.name in notebooks)
    if not chosen:
        there = ", ".join(n.name for n in record.notebooks) or "none"
        raise CourseError(
            f"{record.assignment!r} has no notebook {' or '.join(sorted(notebooks))} (there are: {there}); "
            "correct the name"
        )
    return msgspec.structs.replace(record, notebooks=chosen)


@dataclass(slots=True)
class _Open:
    """A submission on its way: the reports that are still missing, and those that are there."""

    submission: Submission
    prepared: Prepared | None
    """None where it is made again when it is needed: too many were waiting."""
    keys: Mapping[str, str]
    """Of its jobs, by the notebook's name."""
    hand_ins: Mapping[str, str]
    """Digests of the files that it was made from, likewise."""
    bases: Mapping[str, Basis]
    missing: set[str]
    restore_seconds: float
    reports: dict[str, Report] = field(default_factory=dict)
    reused: int = 0
    """How many of its reports were known."""


@dataclass(slots=True)
class _Desk:
    """Where submissions become jobs, and reports become records; the one writer of a run."""

    course: Course
    record: ReleaseRecord
    part: ReleaseRecord
    """What of it this run grades."""
    gradebook: GradebookWriter | None
    """None where nothing is recorded."""
    contracts: Mapping[str, NotebookContract]
    given: Mapping[str, bytes]
    hand_ins: HandIns
    lateness: Lateness
    secret: bytes
    preload: Sequence[str]
    sandbox: Sandbox
    reuse: Reuse
    gpus: Sequence[GpuShare] = ()
    force: bool = False
    elsewhere: Elsewhere | None = None
    _open: dict[str, tuple[_Open, str]] = field(default_factory=dict)
    """Submissions on their way, with the notebook's name, by the key of its job."""
    _estimates: Estimates = field(default_factory=Estimates)
    _ready: deque[Graded] = field(default_factory=deque)
    """What ended while jobs were being taken."""
    _again: list[Job] = field(default_factory=list)
    """Jobs of which a part was run, or waited for, in vain."""
    _locked: int = 0
    """How many submissions in a row could not be recorded because another program held the gradebook."""

    def grade(
        self, submissions: Sequence[Submission], workers: int, weak: set[str], said: set[str]
    ) -> Generator[Graded, None, None]:
        """Each submission as it ends."""
        jobs: Iterable[Job | None] = self._jobs(submissions)
        while jobs:
            ran = run_jobs(
                jobs,
                workers=workers,
                preload=self.preload,
                hide=[str(self.course.root)],
                data=self.course.data(),
                limits=self.course.limits,
                sandbox=self.sandbox,
                gpus=self.gpus,
                weak=weak,
                said=said,
                rank=self._rank,
                trim=self.reuse.trimmed,
                elsewhere=self.elsewhere,
            )
            with closing(ran):
                for job, report in ran:
                    yield from self._flush()
                    self._estimates.learn(self._open[job.key][1], job, report.cpu_seconds)
                    taken = self.reuse.take(job, report)
                    for key, found, is_reused in taken.reports:
                        yield from self._arrived(key, found, is_reused=is_reused)
                    self._again += taken.again
            yield from self._flush()
            jobs, self._again = self._again, []

    def _rank(self, job: Job) -> Rank:
        """When a job's turn comes: by what it took before, and by its place among the student's notebooks."""
        entry, name = self._open[job.key]
        earlier = read_seconds(self._folder(entry.submission) / f"{name}.ipynb")
        return Rank(self._estimates.seconds(name, job, earlier), list(entry.keys).index(name))

    def _jobs(self, submissions: Sequence[Submission]) -> Iterator[Job | None]:
        """Jobs of what has to be run; they are taken as workers need them, so that few submissions are in memory."""
        ignored = ignored_names(self.course)
        for submission in (reread(found, ignored) for found in submissions):
            if self.reuse.waiting >= _MOST_WAITING:
                yield None
            yield from self._jobs_of(submission)

    def _jobs_of(self, submission: Submission) -> Iterator[Job]:
        """Jobs of one submission; what needs none is finished here."""
        began = time.perf_counter()
        try:
            digests = self.hand_ins.digests(submission, self._late(submission))
            before = {} if self.force else self._recorded(submission)
            if before and {name: found.hand_in for name, found in before.items()} == digests:
                self._ready.append(Graded(student=submission.student, status=Status.KNOWN))
                return
            prepared = self._prepare(submission)
        except SubmissionError as e:
            self._ready.append(Graded(student=submission.student, status=Status.UNREADABLE, message=str(e)))
            return
        except Exception as e:  # a fault of ours, which must not stop the others
            self._ready.append(_failed(submission.student, "prepared", e))
            return
        keys = {name: job.key for name, job in prepared.jobs.items()}
        if before and {name: found.key for name, found in before.items()} == keys:
            self._ready.append(Graded(student=submission.student, status=Status.KNOWN))
            return
        names = {name: self.reuse.keys_of(job) for name, job in prepared.jobs.items()}
        bases = {name: found.basis for name, found in names.items()}
        restored = time.perf_counter() - began
        entry = _Open(submission, prepared, keys, digests, bases, set(keys), restored)
        for name, job in prepared.jobs.items():
            self._open[job.key] = entry, name
            plan = self.reuse.plan(job, names[name])
            if plan.report is not None:
                self._ready += self._arrived(job.key, plan.report, is_reused=plan.is_reused)
            elif plan.job is not None:
                yield plan.job
        if len(self._open) > _MOST_PREPARED:
            entry.prepared = None

    def _late(self, submission: Submission) -> str:
        return self.lateness.basis(submission.student, submission.timestamp)

    def _prepare(self, submission: Submission) -> Prepared:
        return prepare(
            self.course,
            self.part,
            submission,
            self.given,
            self.contracts,
            secret=self.secret,
            late=self._late(submission),
        )

    def _flush(self) -> Iterator[Graded]:
        while self._ready:
            yield self._ready.popleft()

    def _arrived(self, key: str, report: Report, *, is_reused: bool) -> Iterator[Graded]:
        """Take in the report of one job; the submission is finished by its last one."""
        entry, name = self._open.pop(key)
        entry.missing.discard(name)
        entry.reports[name] = report
        entry.reused += is_reused
        if not entry.missing:
            yield self._finish(entry)

    def _recorded(self, submission: Submission) -> dict[str, MadeFrom]:
        """What its autograded notebooks were made from, by name; empty where their scores aren't in the gradebook."""
        if submission.student not in self.lateness.graded:
            return {}
        if submission.timestamp not in (None, self.lateness.graded[submission.student]):
            return {}  # another gradebook than the one that was written, such as an old copy put back
        found = {path.stem: path for path in self._folder(submission).glob("*.ipynb")}
        return {name: read_made_from(path) for name, path in found.items() if name not in self._untouched()}

    def _untouched(self) -> frozenset[str]:
        """Notebooks of the assignment that this run leaves as they are."""
        return frozenset(n.name for n in self.record.notebooks) - {n.name for n in self.part.notebooks}

    def _folder(self, submission: Submission) -> Path:
        return self.course.autograded / submission.student / self.record.assignment

    def _finish(self, entry: _Open) -> Graded:
        """Score and record a submission whose reports are all there, or say why not.

        Raises:
            GradebookError: the gradebook is out of reach, for the others too.
        """
        try:
            graded = self._score(entry)
            self._locked = 0
            return graded
        except Exception as e:
            if isinstance(e, GradebookError) and isinstance(e.__cause__, SQLAlchemyError):
                # A lock that was held for long concerns this submission only, unless it is never given back.
                self._locked += 1
                if not is_locked(e.__cause__) or self._locked > _LOCKED_IN_A_ROW:
                    raise
            return _failed(entry.submission.student, "recorded", e)

    def _score(self, entry: _Open) -> Graded:
        student = entry.submission.student
        failed = [c.message for r in entry.reports.values() for c in r.cells if c.outcome is Outcome.UNGRADED]
        if failed:
            return Graded(student=student, status=Status.UNGRADED, message=failed[0])
        tests: list[TestCell] = []
        problems: list[str] = []
        results: dict[str, NotebookResult] = {}
        prepared = entry.prepared or self._prepare(entry.submission)
        if {name: job.key for name, job in prepared.jobs.items()} != entry.keys:
            raise SubmissionError("its files have changed while it was graded; run the command again")
        for name, restored in prepared.restored.items():
            notebook = self.record.notebook(name)
            assert notebook is not None
            scores = _scores(notebook, entry.reports[name])
            results[name] = NotebookResult(
                scores={i: s for i, (s, _) in scores.items()},
                unanswered=restored.unanswered,
                modes={i: r.mode for i, (_, r) in scores.items() if r.mode is not None},
                origin=entry.reports[name].origin,
                outcomes={i: r.outcome for i, (_, r) in scores.items()},
                basis=entry.bases[name],
                is_forced=self.force,
            )
            problems += [s.problem for s, _ in scores.values() if s.problem]
            tests += [_test_cell(notebook, cell_id, s, r) for cell_id, (s, r) in scores.items()]
        began = time.perf_counter()
        if self.gradebook is not None:
            self._record(self.gradebook, entry, prepared, results)
        recorded = time.perf_counter() - began
        reports = entry.reports.values()
        ran = self.reuse.ran
        runs = [(prepared.jobs[name], ran(entry.keys[name], report)) for name, report in entry.reports.items()]
        return Graded(
            student=student,
            status=Status.GRADED,
            cells=tuple(tests),
            notes=tuple(n for r in prepared.restored.values() for n in r.notes),
            problems=tuple(unique(problems)),
            stopped=tuple(_stopped(prepared, entry.reports)),
            needs_manual=bool(problems) or self._waits(prepared),
            reused=entry.reused,
            cpu_seconds=sum(r.cpu_seconds for r in reports),
            wall_seconds=sum(r.wall_seconds for r in reports),
            spent=spent_in(runs, restore=entry.restore_seconds, record=recorded),
        )

    def _waits(self, prepared: Prepared) -> bool:
        """Whether an answer waits for a person."""
        return any(
            cell.role is Role.TASK or (cell.role is Role.MANUAL and cell.id not in prepared.restored[n.name].unanswered)
            for n in self.record.notebooks
            if n.name in prepared.restored
            for cell in n.cells
        )

    def _record(
        self, gradebook: GradebookWriter, entry: _Open, prepared: Prepared, results: Mapping[str, NotebookResult]
    ) -> None:
        """First the gradebook, then the notebooks: a notebook that is there says that its scores are.

        So the notebooks of an earlier grading go before its scores do.
        """
        submission = entry.submission
        made = {}
        for name, restored in prepared.restored.items():
            notebook = self.record.notebook(name)
            assert notebook is not None
            report = entry.reports[name]
            made[name] = autograded_notebook(
                restored.notebook, report, notebook, restored.notes, entry.hand_ins.get(name, "")
            )
        folder = self._folder(submission)
        # What one process writes beside the gradebook, another would sweep away.
        with alone(self.course.autograded):
            discard_autograded(folder, self._untouched())
            gradebook.record(
                SubmissionResult(
                    student=submission.student,
                    assignment=self.record.assignment,
                    timestamp=submission.timestamp,
                    notebooks=results,
                    untouched=self._untouched(),
                )
            )
            files = [(f.path, f.content) for f in prepared.files if f.path != TIMESTAMP]
            if submission.stamp is not None:
                files.append((TIMESTAMP, submission.stamp))
            write_autograded(folder, made, files, submission.timestamp, keep=self._untouched())


def _failed(student: str, what: str, e: Exception) -> Graded:
    why = reason(e) if isinstance(e, GabaritoError | OSError) else f"{type(e).__name__}: {e}"
    return Graded(student=student, status=Status.UNGRADED, message=f"it could not be {what}: {why}")


def _stopped(prepared: Prepared, reports: Mapping[str, Report]) -> Iterator[Outcome]:
    tests = {
        (name, job_cell.index)
        for name, job in prepared.jobs.items()
        for job_cell in job.cells
        if job_cell.role is Role.TEST
    }
    for name, report in reports.items():
        for cell in report.cells:
            if cell.outcome in _STOPPED and (name, cell.index) not in tests:
                yield cell.outcome


def _scores(notebook: NotebookRecord, report: Report) -> dict[str, tuple[Score, CellReport]]:
    """Score and report of each code test, by grade id."""
    cells = {c.id: c for c in report.cells}
    wanted = (c for c in notebook.cells if c.role is Role.TEST and c.cell_type == "code")
    return {c.id: (score_cell(cells[c.id], c.points), cells[c.id]) for c in wanted}


def _test_cell(notebook: NotebookRecord, cell_id: str, score: Score, report: CellReport) -> TestCell:
    known = notebook.cell(cell_id)
    assert known is not None
    return TestCell(
        notebook=notebook.name,
        id=cell_id,
        outcome=report.outcome,
        points=score.auto_score,
        max_points=known.points,
        message=report.message,
        mode=report.mode,
    )
