"""The audit of an assignment's tests: are they stable, do they look at everything, do they notice wrong answers?"""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from gabarito.audit.answers import KnownAnswer, load_answers
from gabarito.audit.bench import Bench, run_all
from gabarito.audit.faults import Finder, ordered, with_score
from gabarito.audit.kills import (
    Exercise,
    answer_jobs,
    exercises_of,
    mutant_jobs,
    read_answers,
    read_mutants,
)
from gabarito.audit.load import busy
from gabarito.audit.looks import Looks, first_looks, read_looks
from gabarito.audit.mutants import Mutant
from gabarito.audit.repeats import Repeats, messages
from gabarito.audit.result import Audit, AuditedTest, Fate, Fault, TestedAnswer, TestedMutant
from gabarito.audit.statistics import Rate
from gabarito.course import Course
from gabarito.engine import kept_workers
from gabarito.errors import SourceError
from gabarito.model import AssignmentContract, Job, Report, Role
from gabarito.release.draft import Draft, learn_contracts, make_draft
from gabarito.release.sources import read_sources
from gabarito.release.trial import Runner

_NONE = Rate(0, 0)

OnStage = Callable[[str, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How thorough an audit is."""

    runs: int = 30
    """Runs of the whole notebook, a third of them on a busy machine."""
    draws: int = 1000
    """Runs of each test that rests on random numbers, at most."""
    draw_seconds: float = 5.0
    """CPU seconds for the draws of one test, at most."""
    min_score: float = 0.95
    """The least share of mutants that tests must notice."""


def audit(
    course: Course,
    assignment: str,
    *,
    depth: Depth | None = None,
    seed: int = 0,
    workers: int | None = None,
    sandbox: str = "",
    run: Runner | None = None,
    on_stage: OnStage = lambda _sentence, _jobs: None,
    on_done: Callable[[], None] = lambda: None,
) -> Audit:
    """Everything that can be found out about an assignment's tests by running wrong and right answers.

    The source is taken as it is now, released or not. Nothing in the course is changed.

    Args:
        seed: where all random numbers start from; the same gives the same audit, but for what a clock decides.
        workers: notebooks at the same time; by default one for each core.
        sandbox: what the notebooks run in, instead of what the course says.
        run: what runs the notebooks, instead of workers that are kept till the end of the audit.
        on_stage: is told what is done next, and how many notebooks that takes.
        on_done: is called after each of them.

    Raises:
        CourseError: there is no such assignment, or its known answers can't be read.
        SourceError: a notebook can't be read or converted, or none is in Python.
        EngineError: the sandbox can't be used, or the notebooks could not be run.
        UsageError: there is no sandbox of this name.
    """
    started = time.monotonic()
    read_sources(course, assignment)  # for its errors
    answers = _answers(course, assignment)
    with TemporaryDirectory(prefix="gabarito-audit-") as folder, kept_workers() as keeping:
        draft = make_draft(course, assignment, Path(folder), sandbox, run or keeping)
        if not draft.python_notebooks():
            raise SourceError(f"{assignment!r} has no notebook in Python: an audit reads and changes Python code only")
        if course.options.two_process:
            on_stage("learning what each test may ask of student code", 0)
            draft = replace(draft, contract=_contract(course, draft))
        auditor = _Auditor(draft, answers, depth or Depth(), seed, workers or _cores(), on_stage, on_done)
        return auditor.audit(started)


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _answers(course: Course, assignment: str) -> tuple[KnownAnswer, ...]:
    folder = course.grader_tests / assignment / "answers"
    return load_answers(folder) if any(folder.glob("*.toml")) else ()


def _contract(course: Course, draft: Draft) -> AssignmentContract:
    """The released contract where it is that of the source as it is now, else a new one."""
    known = course.contract(draft.assignment)
    if all(known.tests(record) for _, record in draft.notebooks() if any(c.role is Role.TEST for c in record.cells)):
        return known
    return learn_contracts(draft)


class _Auditor:
    """One audit on its way."""

    def __init__(
        self,
        draft: Draft,
        answers: Sequence[KnownAnswer],
        depth: Depth,
        seed: int,
        workers: int,
        on_stage: OnStage,
        on_done: Callable[[], None],
    ) -> None:
        self._draft, self._answers, self._depth, self._seed, self._workers = draft, answers, depth, seed, workers
        self._on_stage, self._on_done = on_stage, on_done
        self._benches = [Bench(draft, made, record) for made, record in draft.python_notebooks()]
        self._repeats = Repeats(depth.runs, depth.draws, seed, depth.draw_seconds)
        self._loads = self._repeats.loaded_runs * len(self._benches)

    def audit(self, started: float) -> Audit:
        reports = self._run("running each test alone", (j for b in self._benches for j in first_looks(b, self._seed)))
        looks = [read_looks(bench, reports) for bench in self._benches]
        exercises = [exercises_of(bench, seen) for bench, seen in zip(self._benches, looks, strict=True)]
        mutants = [[(e, e.mutants()) for e in found] for found in exercises]
        jobs: list[Job] = []
        for bench, seen, found, mutated in zip(self._benches, looks, exercises, mutants, strict=True):
            jobs += self._repeats.calm(bench)
            jobs += self._repeats.drawn(bench, seen)
            jobs += _with_all_cells(bench, seen, self._seed)
            jobs += (job for e, made in mutated for job in mutant_jobs(e, made, self._seed))
            jobs += answer_jobs(found, self._answers, self._seed)
        reports |= self._run("running the solution, mutants of it and known answers", jobs)
        if self._loads:
            with busy():
                loaded = (job for bench in self._benches for job in self._repeats.loaded(bench))
                reports |= self._run("running the solution on a busy machine", loaded)
        parts = [
            self._part(bench, seen, found, mutated, reports)
            for bench, seen, found, mutated in zip(self._benches, looks, exercises, mutants, strict=True)
        ]
        return self._whole(parts, reports, started)

    def _run(self, sentence: str, jobs: Iterable[Job]) -> dict[str, Report]:
        all_jobs = list(jobs)
        self._on_stage(sentence, len(all_jobs))
        return run_all(self._draft, all_jobs, self._workers, self._on_done)

    def _part(
        self,
        bench: Bench,
        looks: Looks,
        exercises: Sequence[Exercise],
        mutants: Sequence[tuple[Exercise, tuple[Mutant, ...]]],
        reports: dict[str, Report],
    ) -> _Part:
        tried = [m for e, made in mutants for m in read_mutants(e, made, reports)]
        answers = list(read_answers(exercises, self._answers, reports))
        own = {key: report for key, report in reports.items() if key.startswith(f"{bench.name}/")}
        tests = list(self._tests(bench, looks, tried, answers, own))
        finder, failures = Finder(bench), messages(bench, own)
        mended = {t: t not in bench.failed(own[f"{bench.name}/cells/{t}"]) for t in looks.not_alone}
        faults = [*finder.of_looks(looks), *finder.of_reading(), *finder.of_sharing(looks, mended)]
        faults += (fault for test in tests for fault in finder.of_test(test, failures.get(test.id)))
        faults += [*finder.of_mutants(exercises, tried, tests), *finder.of_answers(answers)]
        return _Part(tests, tried, answers, faults)

    def _tests(
        self,
        bench: Bench,
        looks: Looks,
        mutants: Sequence[TestedMutant],
        answers: Sequence[TestedAnswer],
        reports: dict[str, Report],
    ) -> Iterable[AuditedTest]:
        rates = {kind: self._repeats.rates(bench, reports, kind) for kind in ("calm", "loaded", "drawn")}
        killed = Counter(test for m in mutants for test in m.by)
        caught = Counter(test for a in answers for test in a.by if not a.right)
        seconds = {cell.id: cell.cpu_seconds for cell in looks.report.cells}
        for test, points in bench.points.items():
            yield AuditedTest(
                notebook=bench.name,
                id=test,
                points=points,
                mode=bench.contract(test).mode,
                calm=rates["calm"].get(test, _NONE),
                loaded=rates["loaded"].get(test, _NONE),
                drawn=rates["drawn"].get(test, _NONE),
                cpu_seconds=seconds.get(test, 0.0),
                mutants=killed[test],
                answers=caught[test],
            )

    def _whole(self, parts: Sequence[_Part], reports: dict[str, Report], started: float) -> Audit:
        runs = [
            [r for key, r in reports.items() if key == f"{b.name}/solved" or key.startswith(f"{b.name}/calm/")]
            for b in self._benches
        ]
        made = Audit(
            assignment=self._draft.assignment,
            seed=self._seed,
            tests=tuple(t for part in parts for t in part.tests),
            mutants=tuple(m for part in parts for m in part.mutants),
            answers=tuple(a for part in parts for a in part.answers),
            faults=(),
            min_score=self._depth.min_score,
            submission_cpu_seconds=sum(statistics.median(r.cpu_seconds for r in of_one) for of_one in runs),
            submission_wall_seconds=sum(statistics.median(r.wall_seconds for r in of_one) for of_one in runs),
            wall_seconds=0.0,
        )
        stake = sum(
            {(m.notebook, t.id): t.points for m in made.mutants if m.fate is Fate.SURVIVED for t in made.tests}.values()
        )
        faults = with_score((f for part in parts for f in part.faults), made.score, self._depth.min_score, stake)
        return replace(made, faults=ordered(faults), wall_seconds=time.monotonic() - started)


@dataclass(frozen=True, slots=True)
class _Part:
    """What was found out about one notebook."""

    tests: list[AuditedTest]
    mutants: list[TestedMutant]
    answers: list[TestedAnswer]
    faults: list[Fault]


def _with_all_cells(bench: Bench, looks: Looks, seed: int) -> Iterable[Job]:
    """Tests that fail alone, with all cells that are no tests."""
    others = {i for i, cell in bench.cells.items() if cell.role is not Role.TEST}
    for test in looks.not_alone:
        index = bench.index(test)
        assert index is not None
        yield bench.job(f"cells/{test}", seed=seed, only=others | {index})
