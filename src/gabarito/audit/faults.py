"""From what was seen to what to do about it: the list that an audit ends with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from gabarito.audit.bench import Bench
from gabarito.audit.kills import Exercise
from gabarito.audit.looks import Looks
from gabarito.audit.reading import bound_in, timed_once, uses
from gabarito.audit.result import AuditedTest, Fate, Fault, TestedAnswer, TestedMutant
from gabarito.audit.statistics import percent
from gabarito.model import CellReport, Mode, Role
from gabarito.notebook.lint_tests import check_tests
from gabarito.notebook.markers import Kind, scan

_LONGEST_QUOTE = 160
_TWICE = 2  # failures on a busy machine, against none on a calm one


def ordered(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Most points at stake first; those that an audit fails for before those that are only told."""
    return tuple(
        sorted(
            faults,
            key=lambda f: (-f.points, not f.is_failure, f.notebook, f.order, f.line or 0, f.kind, f.message),
        )
    )


class Finder:
    """Makes the faults of one notebook."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def _fault(
        self,
        kind: str,
        cell: int | str,
        message: str,
        advice: str,
        *,
        points: float | None = None,
        line: int | None = None,
        told: bool = False,
    ) -> Fault:
        index = cell if isinstance(cell, int) else self._bench.index(cell)
        name = self._bench.cells[index].id if index is not None else str(cell)
        return Fault(
            kind=kind,
            is_failure=not told,
            points=self._bench.points.get(name, 0.0) if points is None else points,
            notebook=self._bench.name,
            cell=name,
            message=message,
            advice=advice,
            line=line,
            order=index or 0,
        )

    def of_looks(self, looks: Looks) -> Iterator[Fault]:
        """Tests that fail the solution, that pass nobody's answer, and that assert nothing."""
        for test, report in looks.solved.items():
            yield self._fault(
                "solution-fails",
                test,
                f"your own solution fails{_quoted(report)}",
                "correct the solution or the test",
            )
        silent = set()
        for fault in check_tests(self._bench.made.solved, self._bench.draft.delimiters):
            if fault.rule in ("no-assertion", "never-called", "not-a-score") and fault.index in self._bench.cells:
                silent.add(self._bench.cells[fault.index].id)
                yield self._fault(fault.rule, fault.index, fault.message, fault.advice, line=fault.line)
        for test in sorted(looks.unsolved):
            yield self._fault(
                "passes-unsolved",
                test,
                "the notebook without any answer gets points here",
                "let the test fail where nothing was answered: compare what the answer defines with a right value",
            )
        for test, lines in looks.unreached.items():
            if test in looks.asserting:
                yield self._fault(
                    "partly-reached",
                    test,
                    f"the assertion in line {_listed(lines)} never runs with your solution",
                    "take it out, or call the code that it stands in",
                    line=lines[0],
                    told=True,
                )
            elif test not in silent:
                yield self._fault(
                    "not-reached",
                    test,
                    f"no assertion runs with your solution (line {_listed(lines)})",
                    "call the code that the assertions stand in, and let none hang on a condition",
                    line=lines[0],
                )

    def of_reading(self) -> Iterator[Fault]:
        """What can be seen without running anything."""
        for test in self._bench.chains.tests():
            for line in timed_once(self._bench.cells[test].source):
                yield self._fault(
                    "one-shot-timing",
                    test,
                    "the verdict rests on a clock that is read once, so a busy machine fails right answers",
                    "write gabarito.testing.assert_faster(candidate, …, than=reference, by=…), which measures in turns",
                    line=line,
                )
        yield from self._unlooked()

    def _unlooked(self) -> Iterator[Fault]:
        bench = self._bench
        chains = bench.chains
        looked = {name for t in chains.tests() for name in chains.names[t].needs}
        looked |= {name for t in chains.tests() for name in bench.contract(bench.cells[t].id).fetch}
        for index, cell in bench.cells.items():
            if cell.role is not Role.ANSWER:
                continue
            points = sum(bench.points.get(bench.cells[t].id, 0.0) for t in chains.own_tests(index))
            for name in bound_in(cell.source, self._solution_lines(cell.source)):
                users = [i for i, names in chains.names.items() if name in names.needs]
                if name in looked or uses(cell.source, name):
                    continue
                where = f"; only cell {_cells(bench, users)} uses it" if users else ", and no other cell uses it"
                yield self._fault(
                    "unlooked-name",
                    index,
                    f"no test looks at {name!r}{where}",
                    f"test {name!r} as you test the other names of this answer",
                    points=points,
                    told=bool(users),
                )

    def _solution_lines(self, source: str) -> set[int]:
        regions = [r for r in scan(source, self._bench.draft.delimiters)[0] if r.kind is Kind.SOLUTION]
        if not regions:
            return set(range(1, source.count("\n") + 2))
        return {line for r in regions for line in range(r.first, r.last + 1)}

    def of_sharing(self, looks: Looks, mended: Mapping[str, bool]) -> Iterator[Fault]:
        """Tests that need what another test did.

        Args:
            mended: by test that fails alone, whether it passes with all cells that are no tests.
        """
        shared: dict[str, list[str]] = {}
        for index, name, earlier in self._bench.chains.shared_by_tests():
            shared.setdefault(self._bench.cells[index].id, []).append(f"{name!r} of {self._bench.cells[earlier].id}")
        for test in self._bench.points:
            names = _names(shared.get(test, []))
            if names:
                message = f"the test uses {names}, another test, and fails where that one stopped early"
            elif test in looks.not_alone and not mended.get(test, True):
                message = f"the test passes only after the tests before it{_quoted(looks.not_alone[test])}"
            else:
                continue
            yield self._fault(
                "shared-state", test, message, "define what the test needs in the test itself, or in a read-only cell"
            )

    def of_test(self, test: AuditedTest, failure: CellReport | None) -> Iterator[Fault]:
        """A test that fails the solution now and then, or that runs where a submission can cheat."""
        if test.rate.failures and test.rate.failures < test.rate.runs:
            calm = test.calm + test.drawn
            is_load = test.loaded.failures >= _TWICE and not calm.failures
            parts = [
                f"{name} {rate}"
                for name, rate in (
                    ("of whole runs", test.calm),
                    ("on a busy machine", test.loaded),
                    ("with other random numbers", test.drawn),
                )
                if rate.runs
            ]
            chance = percent(test.rate.estimate)
            yield self._fault(
                "flaky",
                test.id,
                f"the solution fails in {chance} of all runs: {'; '.join(parts)}"
                + (_quoted(failure) if failure is not None else ""),
                "measure with gabarito.testing.assert_faster, whose verdict doesn’t depend on who else is working"
                if is_load
                else "choose a bound that a right answer misses less than once in 10⁶ runs: for a mean of n draws "
                "5.5 deviations, 5.5 / n**0.5; or set a seed in the test",
            )
        if test.mode is Mode.SHARED:
            reason = self._bench.contract(test.id).reason
            yield self._fault(
                "shared-mode",
                test.id,
                "the test runs in the student’s process, where a submission that wants to can cheat"
                + (f" ({reason})" if reason else ""),
                "see docs/security.md for what keeps a test in shared mode",
                told=True,
            )

    def of_mutants(
        self, exercises: Sequence[Exercise], mutants: Sequence[TestedMutant], tests: Sequence[AuditedTest]
    ) -> Iterator[Fault]:
        """Wrong answers that no test notices, tests that notice none, and marks that are out of date."""
        for exercise in exercises:
            found = [m for m in mutants if m.mutant.cell == exercise.id]
            yield from (self._survivor(exercise, m) for m in found if m.fate is Fate.SURVIVED)
            for mark in sorted(exercise.marks().keys() - {m.mutant.id for m in found}):
                yield self._fault(
                    "stale-mark",
                    exercise.answer,
                    f"the metadata marks the mutant {mark}, which there is not",
                    "take the mark out of the cell’s metadata (gabarito.equivalent_mutants)",
                    points=0.0,
                    told=True,
                )
            for mutant in found:
                if mutant.is_marked and mutant.fate is Fate.KILLED:
                    yield self._fault(
                        "wrong-mark",
                        exercise.answer,
                        f"the metadata marks the mutant {mutant.mutant.id} as equivalent, "
                        f"but {_names(mutant.by)} notices it",
                        "take the mark out, or the test is too strict",
                        points=0.0,
                        told=True,
                    )
        yield from self._idle(tests, bool(mutants))

    def _survivor(self, exercise: Exercise, tested: TestedMutant) -> Fault:
        mutant = tested.mutant
        return self._fault(
            "survivor",
            exercise.answer,
            f"no test notices “{mutant.operator}” ({mutant.change}), mutant {mutant.id}",
            mutant.suggestion,
            points=exercise.points(),
            line=mutant.line,
            told=True,
        )

    def _idle(self, tests: Sequence[AuditedTest], has_mutants: bool) -> Iterator[Fault]:
        for test in tests:
            if has_mutants and not test.mutants and not test.answers:
                yield self._fault(
                    "catches-nothing",
                    test.id,
                    "no mutant and no known wrong answer fails this test",
                    "take it out, or write down a wrong answer that it is for (docs/instructor.md, Known answers)",
                    told=True,
                )

    def of_answers(self, answers: Iterable[TestedAnswer]) -> Iterator[Fault]:
        """Known answers that get other points than they should."""
        for answer in answers:
            for test, expected, found in answer.wrong_scores:
                kind = "right-answer-fails" if answer.right else "known-answer"
                got = "no score" if found is None else f"{found:g}"
                yield self._fault(
                    kind,
                    test,
                    f"the {'right' if answer.right else 'wrong'} answer {answer.exercise}/{answer.name} gets {got} "
                    f"instead of {expected:g} ({answer.why})",
                    "let the test accept it" if answer.right else "correct the test, or the score in the known answer",
                )


def with_score(faults: Iterable[Fault], score: float | None, least: float, points: float) -> list[Fault]:
    """The faults, and one more where tests notice too few mutants."""
    found = list(faults)
    if score is not None and score < least:
        first = next((f for f in ordered(found) if f.kind == "survivor"), None)
        assert first is not None
        found.append(
            replace(
                first,
                kind="mutation-score",
                is_failure=True,
                points=points,
                notebook="",
                cell="",
                line=None,
                message=f"tests notice {percent(score)} of the mutants, less than {percent(least)}",
                advice="write the tests suggested below, or mark mutants that deserve full marks as equivalent",
            )
        )
    return found


def _quoted(report: CellReport) -> str:
    text = " ".join((report.message or str(report.outcome)).split())
    return f": {text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + '…'}"


def _listed(lines: Sequence[int]) -> str:
    return ", ".join(map(str, lines))


def _names(ids: Sequence[str]) -> str:
    return ", ".join(ids)


def _cells(bench: Bench, cells: Sequence[int]) -> str:
    return ", ".join(bench.cells[i].id for i in cells)
