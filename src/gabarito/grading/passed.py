"""Tests that another notebook with the same answers has passed, and that need not be run once more.

Only what passed is taken over: a test that fails is run for everybody, so that nobody fails by what another one did.
What rests on chance is taken over only where it passed each time, with other random numbers. `docs/store.md` has the
rule.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from msgspec.structs import replace

from gabarito.grading.keys import Keys, part_key
from gabarito.grading.score import Ending, ending
from gabarito.model import CellReport, Job, Outcome, Report, Role
from gabarito.notebook.influence import Influences
from gabarito.notebook.slices import slice_of

# How often a test that rests on chance must have passed. Of wrong answers that pass by chance, with a
# probability p, so many more pass by what others had: p³ (1 - p), 0.11 at most, however many hand them in.
_TIMES = 3


@dataclass(frozen=True, slots=True)
class Reach:
    """All of a notebook that can make a difference to one of its tests."""

    key: str
    """The same for all notebooks in which that is the same."""
    given: tuple[int, ...]
    """Where the instructor's cells among them stand in the notebook, in order, tests apart…"""
    own: tuple[int, ...]
    """…and the student's, of which some statements may make no difference if they run to their end."""
    draws: bool
    """Whether what the test looks at may rest on random numbers of the student's process, or on the clock there."""
    is_chance: bool
    """Whether its verdict may rest on any random numbers, or on the clock."""


@dataclass(slots=True)
class _Verdict:
    cell: CellReport
    endings: tuple[Ending, ...]
    """How the given cells that the test reaches ended; the student's passed."""
    times: int = 0
    """How many notebooks have passed it."""


@dataclass(slots=True)
class Passed:
    """What was passed in one run of `gabarito grade`."""

    _verdicts: dict[str, _Verdict] = field(default_factory=dict)
    _failed: set[str] = field(default_factory=set)
    """Keys of the tests that a notebook did not pass, or before which given cells ended otherwise: that is luck."""

    def spared(self, reaches: Mapping[str, Reach], influences: Influences) -> frozenset[str]:
        """Ids of the tests that need not be run: passed by another one, and seen by nothing that is run."""
        known = {test for test, reach in reaches.items() if self._is_known(reach)} & influences.unseen
        run = influences.meets.keys() - known
        run |= {other for test in run for other in influences.meets[test]}
        return frozenset(known - run)

    def completed(self, job: Job, report: Report, reaches: Mapping[str, Reach]) -> Report | None:
        """The report with the verdicts of the tests that were not run; None where a cell ended otherwise for them."""
        found = {cell.index: cell for cell in report.cells}
        for cell in job.cells:
            if cell.index not in found:
                reach = reaches[cell.id]
                verdict = self._verdicts[reach.key]
                if not self._is_known(reach) or _endings(found, reach) != verdict.endings:
                    return None
                found[cell.index] = replace(verdict.cell, index=cell.index)
        return replace(report, cells=tuple(found[cell.index] for cell in job.cells))

    def learn(self, tests: Mapping[int, Reach], report: Report, *, is_whole: bool) -> None:
        """Take note of the tests that a notebook has passed.

        Args:
            tests: what those tests reach that were run, by where they stand in the notebook.
            is_whole: whether the notebook ran to its end, far from its limits; else only what failed counts.
        """
        found = {cell.index: cell for cell in report.cells}
        for index, reach in tests.items():
            cell = found[index]
            if cell.outcome not in (Outcome.PASSED, Outcome.NOT_RUN):
                self._failed.add(reach.key)
            elif is_whole and _may_be_shown(cell, reach) and (endings := _endings(found, reach)) is not None:
                verdict = self._verdicts.setdefault(reach.key, _Verdict(cell, endings))
                verdict.times += 1
                if verdict.endings != endings:
                    self._failed.add(reach.key)

    def _is_known(self, reach: Reach) -> bool:
        verdict = self._verdicts.get(reach.key)
        if verdict is None or reach.key in self._failed:
            return False
        return not reach.is_chance or verdict.times >= _TIMES


def reaches_of(job: Job, keys: Keys, influences: Influences) -> dict[str, Reach]:
    """What each test reaches, by its id, but for those of which nobody can tell."""
    if any(not file.given for file in job.files):
        return {}
    found = {}
    passed = {cell.id for cell in job.cells if cell.role is not Role.TEST}
    for count, cell in enumerate(job.cells, 1):
        if cell.role is not Role.TEST:
            continue
        part = slice_of(job.cells[:count], {cell.id, *influences.meets[cell.id]}, influences, passed)
        if part is not None:
            cells = tuple(c if c.role is Role.TEST else replace(c, source=_form(c.source)) for c in part.cells)
            given = tuple(c.index for c in part.cells if c.role is Role.GIVEN)
            own = tuple(c.index for c in part.cells if c.role not in (Role.GIVEN, Role.TEST))
            is_chance = any(influences.tests[i].is_chance for i in (cell.id, *influences.meets[cell.id]))
            found[cell.id] = Reach(part_key(replace(job, cells=cells), keys), given, own, part.draws, is_chance)
    return found


def _may_be_shown(cell: CellReport, reach: Reach) -> bool:
    """Whether what a passed test shows may stand in another notebook: no number of points, and only what it printed.

    Warnings name lines, which may be other ones there; and so are random numbers.
    """
    printed = all(output.get("name") == "stdout" for output in cell.outputs)
    return cell.value is None and (not cell.outputs if reach.draws else printed)


def _endings(found: Mapping[int, CellReport], reach: Reach) -> tuple[Ending, ...] | None:
    """How the given cells that a test reaches ended; None where a cell of the student's did not run to its end.

    Then it may be that a statement which the test reaches was not run.
    """
    if any(found[i].outcome is not Outcome.PASSED for i in reach.own):
        return None
    return tuple(ending(found[i]) for i in reach.given)


@lru_cache(maxsize=4096)  # of a class most notebooks have the same cells
def _form(source: str) -> str:
    """What is the same for all who wrote the same code, whatever their blanks and comments."""
    try:
        return ast.dump(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # it is broken, too deep, or has too long a number
        return source
