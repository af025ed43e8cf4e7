"""Tests that another notebook with the same answers has passed, and that need not be run once more.

Only what passed is taken over: a test that fails is run for everybody, so that nobody fails by what another one did.
`docs/store.md` has the rule.
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


@dataclass(frozen=True, slots=True)
class Reach:
    """All of a notebook that can make a difference to one of its tests."""

    key: str
    """The same for all notebooks in which that is the same."""
    cells: tuple[int, ...]
    """Where its cells that are no tests stand in the notebook, in order."""


@dataclass(frozen=True, slots=True)
class _Verdict:
    cell: CellReport
    endings: tuple[Ending, ...]
    """How the cells that the test reaches ended."""


@dataclass(slots=True)
class Passed:
    """What was passed in one run of `gabarito grade`."""

    _verdicts: dict[str, _Verdict] = field(default_factory=dict)

    def spared(self, reaches: Mapping[str, Reach], influences: Influences) -> frozenset[str]:
        """Ids of the tests that need not be run: passed by another one, and seen by nothing that is run."""
        known = {test for test, reach in reaches.items() if reach.key in self._verdicts} & influences.unseen
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
                if tuple(ending(found[i]) for i in reach.cells) != verdict.endings:
                    return None
                found[cell.index] = replace(verdict.cell, index=cell.index)
        return replace(report, cells=tuple(found[cell.index] for cell in job.cells))

    def learn(self, reaches: Mapping[str, Reach], report: Report) -> None:
        """Take note of the tests that a notebook has passed, of which nothing is to be seen but that."""
        found = {cell.index: cell for cell in report.cells}
        for cell in report.cells:
            reach = reaches.get(cell.id) if cell.mode is not None else None
            if reach is not None and cell.outcome is Outcome.PASSED and cell.value is None and not cell.outputs:
                self._verdicts.setdefault(reach.key, _Verdict(cell, tuple(ending(found[i]) for i in reach.cells)))


def reaches_of(job: Job, keys: Keys, influences: Influences) -> dict[str, Reach]:
    """What each test reaches, by its id, but for those of which nobody can tell, and those that rest on chance."""
    if any(not file.given for file in job.files):
        return {}
    found = {}
    for count, cell in enumerate(job.cells, 1):
        if cell.role is not Role.TEST:
            continue
        part = slice_of(job.cells[:count], {cell.id, *influences.meets[cell.id]}, influences, ())
        if part is not None and not part.draws:
            cells = tuple(c if c.role is Role.TEST else replace(c, source=_form(c.source)) for c in part.cells)
            own = tuple(c.index for c in part.cells if c.role is not Role.TEST)
            found[cell.id] = Reach(part_key(replace(job, cells=cells), keys), own)
    return found


@lru_cache(maxsize=4096)  # of a class most notebooks have the same cells
def _form(source: str) -> str:
    """What is the same for all who wrote the same code, whatever their blanks and comments."""
    try:
        return ast.dump(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # it is broken, too deep, or has too long a number
        return source
