"""Bulk grading: every submission of an assignment restored, run, scored and recorded, one independent of the other."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import closing
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
from gabarito.errors import CourseError, EngineError, GabaritoError, GradebookError, SubmissionError
from gabarito.exchange import Submission, find_submissions
from gabarito.exchange.submissions import TIMESTAMP
from gabarito.gradebook.adopted import released
from gabarito.gradebook.database import is_locked
from gabarito.gradebook.late import Lateness, read_lateness
from gabarito.gradebook.result import NotebookResult, SubmissionResult
from gabarito.gradebook.writer import GradebookWriter, open_gradebook
from gabarito.grading.autograded import (
    autograded_notebook,
    discard_autograded,
    read_key,
    read_seconds,
    write_autograded,
)
from gabarito.grading.cluster import cluster_of
from gabarito.grading.estimate import Estimates
from gabarito.grading.gpus import gpu_shares, wants_gpu
from gabarito.grading.lock import alone
from gabarito.grading.prepare import Prepared, given_files, prepare
from gabarito.grading.result import Graded, GradeRun, Status, TestCell, unique
from gabarito.grading.score import Score, score_cell
from gabarito.grading.secret import course_secret
from gabarito.grading.spent import spent_in
from gabarito.model import AssignmentContract, CellReport, Job, NotebookRecord, Outcome, ReleaseRecord, Report, Role

_LOCKED_IN_A_ROW = 3
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
    sandbox: str = "",
    cluster: str = "",
    on_start: Callable[[int], None] = lambda count: None,
    on_graded: OnGraded = lambda graded: None,
) -> GradeRun:
    """Grade what was handed in and record it; one broken submission never stops the others.

    A submission of which nothing has changed since it was graded is skipped; what its late penalty depends on counts
    too. Recording is one transaction, and the autograded notebook follows by write-and-rename; a run that was killed
    anywhere goes on when it is started again, and several runs at the same time take turns at recording.

    Args:
        students: only these; all where it is empty.
        notebooks: only these, by name without `.ipynb`; scores of the others stay. All where it is empty.
        workers: how many notebooks run at the same time; by default one for each core that this process may use. On
            GPUs no more run than have a share of one.
        gpus: `auto`, `none` or indexes such as `0,1`; by default the course's setting. See `gpu_shares`.
        force: grade again what is unchanged too.
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

    with open_gradebook(course) as gradebook:
        gradebook.register(record)
        lateness = read_lateness(gradebook.database, course, assignment)
        given = given_files(course, assignment)
        desk = _Desk(
            course,
            record,
            part,
            gradebook,
            contract,
            given,
            lateness,
            course_secret(course),
            choice.sandbox,
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
        lacks_gpu=not shares and not (away and away.uses_gpu) and wants_gpu(record),
    )


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

    prepared: Prepared
    missing: set[str]
    restore_seconds: float
    reports: dict[str, Report] = field(default_factory=dict)


@dataclass(slots=True)
class _Desk:
    """Where submissions become jobs, and reports become records; the one writer of a run."""

    course: Course
    record: ReleaseRecord
    part: ReleaseRecord
    """What of it this run grades."""
    gradebook: GradebookWriter
    contract: AssignmentContract
    given: Mapping[str, bytes]
    lateness: Lateness
    secret: bytes
    sandbox: Sandbox
    gpus: Sequence[GpuShare] = ()
    force: bool = False
    elsewhere: Elsewhere | None = None
    _open: dict[str, tuple[_Open, str]] = field(default_factory=dict)
    """Submissions on their way, with the notebook's name, by the key of its job."""
    _estimates: Estimates = field(default_factory=Estimates)
    _ready: list[Graded] = field(default_factory=list)
    """What ended without being run."""
    _locked: int = 0
    """How many submissions in a row could not be recorded because another program held the gradebook."""

    def grade(
        self, submissions: Sequence[Submission], workers: int, weak: set[str], said: set[str]
    ) -> Generator[Graded, None, None]:
        """Each submission as it ends."""
        preload = [*self.course.options.preload, *(name for n in self.record.notebooks for name in n.imports)]
        jobs = self._jobs(submissions)
        ran = run_jobs(
            jobs,
            workers=workers,
            preload=unique(preload),
            hide=[str(self.course.root)],
            data=self.course.data(),
            limits=self.course.limits,
            sandbox=self.sandbox,
            gpus=self.gpus,
            weak=weak,
            said=said,
            rank=self._rank,
            elsewhere=self.elsewhere,
        )
        with closing(ran):
            for job, report in ran:
                yield from self._flush()
                entry, name = self._open.pop(job.key)
                entry.missing.discard(name)
                entry.reports[name] = report
                self._estimates.learn(name, job, report.cpu_seconds)
                if not entry.missing:
                    yield self._finish(entry)
        yield from self._flush()

    def _rank(self, job: Job) -> Rank:
        """When a job's turn comes: by what it took before, and by its place among the student's notebooks."""
        entry, name = self._open[job.key]
        earlier = read_seconds(self._folder(entry.prepared.submission) / f"{name}.ipynb")
        return Rank(self._estimates.seconds(name, job, earlier), list(entry.prepared.jobs).index(name))

    def _jobs(self, submissions: Sequence[Submission]) -> Iterator[Job]:
        """Jobs of what has to be run; they are taken as workers need them, so that few submissions are in memory."""
        for submission in submissions:
            began = time.perf_counter()
            try:
                late = self.lateness.basis(submission.student, submission.timestamp)
                prepared = prepare(
                    self.course, self.part, submission, self.given, self.contract, secret=self.secret, late=late
                )
            except SubmissionError as e:
                self._ready.append(Graded(student=submission.student, status=Status.UNREADABLE, message=str(e)))
                continue
            except Exception as e:  # a fault of ours, which must not stop the others
                self._ready.append(_failed(submission.student, "prepared", e))
                continue
            if not self.force and self._is_unchanged(prepared):
                self._ready.append(Graded(student=submission.student, status=Status.KNOWN))
                continue
            entry = _Open(prepared, set(prepared.jobs), time.perf_counter() - began)
            for name, job in prepared.jobs.items():
                self._open[job.key] = entry, name
                yield job

    def _flush(self) -> Iterator[Graded]:
        while self._ready:
            yield self._ready.pop(0)

    def _is_unchanged(self, prepared: Prepared) -> bool:
        """Whether the gradebook and the autograded notebooks are those of just this submission."""
        submission = prepared.submission
        if submission.student not in self.lateness.graded:
            return False
        if submission.timestamp not in (None, self.lateness.graded[submission.student]):
            return False  # another gradebook than the one that was written, such as an old copy put back
        folder = self._folder(submission)
        there = {path.stem for path in folder.glob("*.ipynb")} - self._untouched()
        if there != set(prepared.jobs):
            return False
        return all(read_key(folder / f"{name}.ipynb") == job.key for name, job in prepared.jobs.items())

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
            return _failed(entry.prepared.submission.student, "recorded", e)

    def _score(self, entry: _Open) -> Graded:
        student = entry.prepared.submission.student
        failed = [c.message for r in entry.reports.values() for c in r.cells if c.outcome is Outcome.UNGRADED]
        if failed:
            return Graded(student=student, status=Status.UNGRADED, message=failed[0])
        tests: list[TestCell] = []
        problems: list[str] = []
        results: dict[str, NotebookResult] = {}
        for name, restored in entry.prepared.restored.items():
            notebook = self.record.notebook(name)
            assert notebook is not None
            scores = _scores(notebook, entry.reports[name])
            results[name] = NotebookResult(
                scores={i: s for i, (s, _) in scores.items()},
                unanswered=restored.unanswered,
                modes={i: r.mode for i, (_, r) in scores.items() if r.mode is not None},
                origin=entry.reports[name].origin,
            )
            problems += [s.problem for s, _ in scores.values() if s.problem]
            tests += [_test_cell(notebook, cell_id, s, r) for cell_id, (s, r) in scores.items()]
        began = time.perf_counter()
        self._record(entry, results)
        recorded = time.perf_counter() - began
        reports = entry.reports.values()
        runs = [(entry.prepared.jobs[name], report) for name, report in entry.reports.items()]
        return Graded(
            student=student,
            status=Status.GRADED,
            cells=tuple(tests),
            notes=tuple(n for r in entry.prepared.restored.values() for n in r.notes),
            problems=tuple(unique(problems)),
            stopped=tuple(_stopped(entry)),
            needs_manual=bool(problems) or self._waits(entry.prepared),
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

    def _record(self, entry: _Open, results: Mapping[str, NotebookResult]) -> None:
        """First the gradebook, then the notebooks: a notebook that is there says that its scores are.

        So the notebooks of an earlier grading go before its scores do.
        """
        submission = entry.prepared.submission
        made = {}
        for name, restored in entry.prepared.restored.items():
            notebook = self.record.notebook(name)
            assert notebook is not None
            made[name] = autograded_notebook(restored.notebook, entry.reports[name], notebook, restored.notes)
        folder = self._folder(submission)
        # What one process writes beside the gradebook, another would sweep away.
        with alone(self.course.autograded):
            discard_autograded(folder, self._untouched())
            self.gradebook.record(
                SubmissionResult(
                    student=submission.student,
                    assignment=self.record.assignment,
                    timestamp=submission.timestamp,
                    notebooks=results,
                    untouched=self._untouched(),
                )
            )
            files = [(f.path, f.content) for f in entry.prepared.files if f.path != TIMESTAMP]
            if submission.stamp is not None:
                files.append((TIMESTAMP, submission.stamp))
            write_autograded(folder, made, files, submission.timestamp, keep=self._untouched())


def _failed(student: str, what: str, e: Exception) -> Graded:
    why = str(e) if isinstance(e, GabaritoError | OSError) else f"{type(e).__name__}: {e}"
    return Graded(student=student, status=Status.UNGRADED, message=f"it could not be {what}: {why}")


def _stopped(entry: _Open) -> Iterator[Outcome]:
    tests = {
        (name, job_cell.index)
        for name, job in entry.prepared.jobs.items()
        for job_cell in job.cells
        if job_cell.role is Role.TEST
    }
    for name, report in entry.reports.items():
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
