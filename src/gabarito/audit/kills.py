"""Wrong answers tried on the tests: mutants of the solution, and the known answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from gabarito.audit.answers import KnownAnswer
from gabarito.audit.bench import Bench
from gabarito.audit.looks import Looks
from gabarito.audit.mutants import Mutant, mutants_of
from gabarito.audit.result import Fate, TestedAnswer, TestedMutant
from gabarito.model import Job, Limits, Report

_TIMES_SLOWER = 10.0  # than the solution, and a mutant is taken for one that never ends
_AT_LEAST = 3.0  # CPU seconds
_IDLE = 5.0
_ROUNDING = 1e-9
_LOOKING_AT_WORK = ("assert_faster", "assert_scaling", "assert_no_call", "count_operations", "assert_peak_memory")


@dataclass(frozen=True, slots=True)
class Exercise:
    """One answer cell, with everything that its tests need."""

    bench: Bench
    answer: int
    only: frozenset[int] | None
    """The cells to run; None for all, where fewer don't give what all give."""
    limits: Limits

    @property
    def id(self) -> str:
        """Grade id of the answer cell."""
        return self.bench.cells[self.answer].id

    @property
    def source(self) -> str:
        """The solution."""
        return self.bench.cells[self.answer].source

    def own_tests(self) -> list[str]:
        """Grade ids of its tests."""
        return [self.bench.cells[t].id for t in self.bench.chains.own_tests(self.answer)]

    def points(self) -> float:
        """Points of its tests."""
        return sum(self.bench.points.get(test, 0.0) for test in self.own_tests())

    def mutants(self) -> tuple[Mutant, ...]:
        """Every mutant of its solution."""
        sources = [self.bench.cells[t].source for t in self.bench.chains.own_tests(self.answer)]
        is_timed = any(word in source for source in sources for word in _LOOKING_AT_WORK)
        return mutants_of(self.id, self.source, self.bench.draft.delimiters, is_timed=is_timed)

    def marks(self) -> dict[str, str]:
        """The mutants that the cell's metadata calls equivalent, by id, each with the reason where one is given."""
        found = self.bench.made.solved.cells[self.answer].metadata.get("gabarito", {})
        marks = found.get("equivalent_mutants", {}) if isinstance(found, dict) else {}
        if isinstance(marks, dict):
            return {str(mark): str(reason) for mark, reason in marks.items()}
        return {str(mark): "" for mark in marks} if isinstance(marks, list) else {}


def exercises_of(bench: Bench, looks: Looks) -> list[Exercise]:
    """The answers that tests check."""
    return [_exercise(bench, looks, answer) for answer in bench.chains.answers()]


def _exercise(bench: Bench, looks: Looks, answer: int) -> Exercise:
    tests = bench.chains.tests_after(answer)
    whole = not tests or any(bench.cells[t].id in looks.not_alone for t in tests)
    only = None if whole else bench.chains.needed(answer, *tests)
    slowest = max((cell.cpu_seconds for cell in looks.report.cells), default=0.0)
    limits = bench.draft.limits
    shorter = replace(
        limits,
        cell_cpu_seconds=min(limits.cell_cpu_seconds, max(_AT_LEAST, _TIMES_SLOWER * slowest)),
        idle_seconds=min(limits.idle_seconds, _IDLE),
    )
    return Exercise(bench, answer, only, shorter)


def mutant_jobs(exercise: Exercise, mutants: Iterable[Mutant], seed: int) -> Iterator[Job]:
    """The solution with the same seed, and each mutant."""
    sources = {"": exercise.source} | {mutant.id: mutant.source for mutant in mutants}
    for name, source in sources.items():
        yield exercise.bench.job(
            f"mutant/{exercise.id}/{name}",
            seed=seed,
            only=exercise.only,
            sources={exercise.answer: source},
            limits=exercise.limits,
        )


def read_mutants(
    exercise: Exercise, mutants: Iterable[Mutant], reports: Mapping[str, Report]
) -> Iterator[TestedMutant]:
    """What became of each mutant. A test that takes points from the solution says nothing."""
    bench, marks = exercise.bench, exercise.marks()
    useless = bench.failed(reports[f"{bench.name}/mutant/{exercise.id}/"]).keys()
    for mutant in mutants:
        failed = bench.failed(reports[f"{bench.name}/mutant/{exercise.id}/{mutant.id}"])
        by = tuple(test for test in bench.points if test in failed and test not in useless)
        unnoticed = Fate.EQUIVALENT if mutant.id in marks else Fate.SURVIVED
        fate = Fate.KILLED if by else unnoticed
        yield TestedMutant(notebook=bench.name, mutant=mutant, fate=fate, by=by, is_marked=mutant.id in marks)


def answer_jobs(exercises: Iterable[Exercise], answers: Iterable[KnownAnswer], seed: int) -> Iterator[Job]:
    """Each known answer in the place of the solution."""
    for exercise, answer in _pairs(exercises, answers):
        yield exercise.bench.job(
            f"answer/{exercise.id}/{answer.name}",
            seed=seed,
            only=_cells_for(exercise, answer),
            sources={exercise.answer: answer.source},
        )


def read_answers(
    exercises: Iterable[Exercise], answers: Iterable[KnownAnswer], reports: Mapping[str, Report]
) -> Iterator[TestedAnswer]:
    """What each known answer got."""
    for exercise, answer in _pairs(exercises, answers):
        bench = exercise.bench
        report = reports[f"{bench.name}/answer/{exercise.id}/{answer.name}"]
        wrong = []
        for cell in report.cells:
            points = bench.points.get(cell.id)
            if points is None:
                continue
            expected, score = answer.scores.get(cell.id, points), bench.score(cell)
            if score is None or abs(score - expected) > _ROUNDING:
                wrong.append((cell.id, expected, score))
        yield TestedAnswer(
            notebook=bench.name,
            exercise=exercise.id,
            name=answer.name,
            right=answer.right,
            why=answer.why,
            wrong_scores=tuple(wrong),
            by=tuple(bench.failed(report)),
        )


def _pairs(exercises: Iterable[Exercise], answers: Iterable[KnownAnswer]) -> Iterator[tuple[Exercise, KnownAnswer]]:
    known = {exercise.id: exercise for exercise in exercises}
    return ((known[answer.exercise], answer) for answer in answers if answer.exercise in known)


def _cells_for(exercise: Exercise, answer: KnownAnswer) -> frozenset[int] | None:
    """What an answer needs may be other cells than what the solution needs."""
    if exercise.only is None:
        return None
    chains = exercise.bench.with_source(exercise.answer, answer.source)
    tests = {*exercise.bench.chains.tests_after(exercise.answer), *chains.tests_after(exercise.answer)}
    return exercise.only | chains.needed(exercise.answer, *tests)
