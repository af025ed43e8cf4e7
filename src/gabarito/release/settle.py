"""Contracts settled: together they give the points that one process for everything gives.

A test in shared mode may need what an earlier test has imported or defined in the checker, which it can't see. And a
test may give points to a notebook without answers only where it runs beside it. So the solution and the notebook
without answers are run with the contracts and without any, and where a test gives other points, modes change till it
doesn't.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nbformat import NotebookNode

from gabarito.grading.score import score_cell
from gabarito.model import CellReport, Contract, JobCell, Mode, Outcome, Role
from gabarito.notebook.names import names_of

Reporter = Callable[[Sequence[JobCell], Mapping[str, Contract]], Mapping[str, CellReport]]
"""Runs cells with contracts, and says how each test ended."""

_TIMES = 3
_OTHERWISE = "in two processes the {what} gets other points than in one"
_LATER = "the test “{later}”, which runs in shared mode, needs what this one defines"


def settle(
    contracts: Mapping[str, Contract],
    solved: Sequence[JobCell],
    unsolved: Sequence[JobCell],
    points: Mapping[str, float],
    report: Reporter,
) -> dict[str, Contract]:
    """The contracts, with as many tests in shared mode as it takes.

    Args:
        solved: the cells to run, with the solution.
        unsolved: the same without; none where that doesn't matter.
        points: what each test is worth.
        report: runs cells.
    """
    found = dict(contracts)
    if all(contract.mode is Mode.SHARED for contract in found.values()):
        return found
    nothing: dict[str, Contract] = {name: Contract(mode=Mode.SHARED) for name in found}
    for what, cells in (("solution", solved), ("notebook without answers", unsolved)):
        if not cells:
            continue
        while differing := _steadily_differing(cells, found, nothing, points, report):
            found = _changed(found, differing, cells, _OTHERWISE.format(what=what))
            if all(contract.mode is Mode.SHARED for contract in found.values()):
                return found
    return found


def _steadily_differing(
    cells: Sequence[JobCell],
    found: Mapping[str, Contract],
    nothing: Mapping[str, Contract],
    points: Mapping[str, float],
    report: Reporter,
) -> list[str]:
    """Tests that give other points with the contracts than without any, each time: chance and load are no reason."""
    differing: list[str] | None = None
    for _ in range(_TIMES):
        with_contracts, without = (_scores(report(cells, each), points) for each in (found, nothing))
        now = _differing(with_contracts, without)
        differing = now if differing is None else [name for name in differing if name in now]
        if not differing:
            return []
    return differing or []


def _scores(reports: Mapping[str, CellReport], points: Mapping[str, float]) -> dict[str, float | None]:
    graded = {name: r for name, r in reports.items() if r.outcome is not Outcome.UNGRADED}
    return {name: score_cell(report, points.get(name, 0.0)).auto_score for name, report in graded.items()}


def _differing(scores: Mapping[str, float | None], wanted: Mapping[str, float | None]) -> list[str]:
    return [name for name, score in wanted.items() if name in scores and scores[name] != score]


def _changed(
    contracts: Mapping[str, Contract], differing: Sequence[str], cells: Sequence[JobCell], why: str
) -> dict[str, Contract]:
    """The contracts with at least one more test in shared mode; the same where there is none to change."""
    found = dict(contracts)
    apart = {name for name in differing if found[name].mode is Mode.TWO_PROCESS}
    for name in apart:
        found[name] = Contract(mode=Mode.SHARED, reason=why)
    if apart:
        return found
    tests = [cell for cell in cells if cell.role is Role.TEST and cell.id in found]
    for name in differing:
        place = next(i for i, cell in enumerate(tests) if cell.id == name)
        earlier = [cell for cell in tests[:place] if found[cell.id].mode is Mode.TWO_PROCESS]
        for cell in _needed(tests[place], tests[:place], earlier) or earlier:
            found[cell.id] = Contract(mode=Mode.SHARED, reason=_LATER.format(later=name))
    if found == dict(contracts):  # it rests on something else, such as chance
        return {name: Contract(mode=Mode.SHARED, reason=why) for name in found}
    return found


def _needed(test: JobCell, before: Sequence[JobCell], candidates: Sequence[JobCell]) -> list[JobCell]:
    """The candidates that bind a name which the test needs, itself or through another test before it."""
    names = {cell.id: names_of(NotebookNode(cell_type="code", source=cell.source)) for cell in (*before, test)}
    needs = set(names[test.id].needs)
    for cell in reversed(before):
        if names[cell.id].binds & needs:
            needs |= names[cell.id].needs
    return [cell for cell in candidates if names[cell.id].binds & needs]
