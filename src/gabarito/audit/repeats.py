"""The solution run many times: with other random numbers, other numbers of threads, and on a busy machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gabarito.audit.bench import Bench
from gabarito.audit.looks import Looks
from gabarito.audit.reading import draws, seeds
from gabarito.audit.statistics import Rate
from gabarito.model import CellReport, Job, Outcome, Report, Role

_LOADED = 3  # one run of so many is on a busy machine
_AT_ONCE = 50  # draws in one process
_STUDENTS = (Role.PLAIN, Role.ANSWER, Role.MANUAL)


@dataclass(frozen=True, slots=True)
class Repeats:
    """How many runs, and which numbers they start from."""

    runs: int
    draws: int
    seed: int
    draw_seconds: float
    """CPU seconds that the draws of one test may take."""

    def calm(self, bench: Bench) -> Iterator[Job]:
        """Runs of the whole notebook, with numbers of threads in turn."""
        counts = thread_counts()
        for turn in range(self.runs - self.loaded_runs):
            yield bench.job(f"calm/{turn}", seed=self.seed + 1 + turn, threads=counts[turn % len(counts)])

    def loaded(self, bench: Bench) -> Iterator[Job]:
        """Runs of the whole notebook that are meant for a busy machine."""
        counts = thread_counts()
        for turn in range(self.loaded_runs):
            seed = self.seed + 1 + self.runs + turn
            yield bench.job(f"loaded/{turn}", seed=seed, threads=counts[turn % len(counts)])

    @property
    def loaded_runs(self) -> int:
        """How many runs are done on a busy machine."""
        return self.runs // _LOADED

    def drawn(self, bench: Bench, looks: Looks) -> Iterator[Job]:
        """Runs of a test and the answers it needs, many in one process: for tests whose verdict rests on chance."""
        for test in bench.chains.tests():
            cell = bench.cells[test]
            if not self.draws or cell.id in looks.solved or cell.id in looks.not_alone or not _is_random(bench, test):
                continue
            report = looks.alone[cell.id]
            cost = sum(c.cpu_seconds for c in report.cells if c.index in _again(bench, test))
            count = min(self.draws, max(1, int(self.draw_seconds / max(cost, 1e-3))))
            for first in range(0, count, _AT_ONCE):
                often = min(_AT_ONCE, count - first)
                needed = sorted(bench.chains.needed(test))
                again = [bench.cells[i] for i in needed if i in _again(bench, test)]
                once = [bench.cells[i] for i in needed if i not in _again(bench, test)]
                seed = self.seed + 1_000_000 + 1000 * first  # far apart: tests in it have seeds of their own
                yield bench.job_of(f"drawn/{test}/{first}", [*once, *again * often], seed=seed)

    def rates(self, bench: Bench, reports: Mapping[str, Report], kind: str) -> dict[str, Rate]:
        """Failures of each test in the runs of this kind (`calm`, `loaded` or `drawn`)."""
        found: dict[str, Rate] = {}
        for key, report in reports.items():
            if key.startswith(f"{bench.name}/{kind}/"):
                for cell in report.cells:
                    if cell.id in bench.points and cell.outcome is not Outcome.NOT_RUN:
                        failed = Rate(int(bench.has_failed(cell)), 1)
                        found[cell.id] = found.get(cell.id, Rate(0, 0)) + failed
        if kind == "drawn":  # one that can't be repeated in one process says nothing about chance
            found = {test: rate for test, rate in found.items() if 2 * rate.failures < rate.runs}
        return found


def thread_counts() -> tuple[int, ...]:
    """Numbers of threads that torch is given in turn."""
    return tuple(sorted({1, 2, len(os.sched_getaffinity(0))}))


def messages(bench: Bench, reports: Mapping[str, Report]) -> dict[str, CellReport]:
    """One failure of each test that failed in a run, by grade id."""
    found: dict[str, CellReport] = {}
    for key, report in reports.items():
        if key.split("/")[-2] in ("calm", "loaded") or "/drawn/" in key:
            for cell in report.cells:
                if cell.id in bench.points and cell.outcome is not Outcome.NOT_RUN and bench.has_failed(cell):
                    found.setdefault(cell.id, cell)
    return found


def _again(bench: Bench, test: int) -> frozenset[int]:
    """The cells that are run again with each draw."""
    students = (i for i in bench.chains.needed(test) if bench.cells[i].role in _STUDENTS)
    return frozenset(students) | {test}


def _is_random(bench: Bench, test: int) -> bool:
    sources = [bench.cells[i].source for i in bench.chains.needed(test)]
    return any(map(draws, sources)) and not any(map(seeds, sources))
