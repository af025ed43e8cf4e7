"""A first look: each test with the solution, without any, alone, and with its assertions watched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gabarito.audit.bench import Bench
from gabarito.audit.reading import assertions, reached, watched
from gabarito.model import CellReport, Job, Report, Role


@dataclass(frozen=True, slots=True)
class Looks:
    """What the first look showed, by grade id of the test."""

    report: Report
    """Of the whole notebook with its solution."""
    solved: Mapping[str, CellReport]
    """Tests that take points from the solution."""
    unsolved: frozenset[str]
    """Tests that give points to the notebook without any answer."""
    alone: Mapping[str, Report]
    """Each test with only the cells that it needs."""
    not_alone: Mapping[str, CellReport]
    """Tests that pass with all cells and not alone."""
    unreached: Mapping[str, tuple[int, ...]]
    """Lines of assertions that didn't run."""
    asserting: frozenset[str]
    """Tests of which at least one assertion ran, or that have none to watch."""


def first_looks(bench: Bench, seed: int) -> Iterator[Job]:
    """The jobs of a first look."""
    yield from short_looks(bench, seed)
    for test in bench.chains.tests():
        yield bench.job(f"alone/{test}", seed=seed, only=bench.chains.needed(test))


def short_looks(bench: Bench, seed: int) -> Iterator[Job]:
    """The three that tell most."""
    yield bench.job("solved", seed=seed)
    yield bench.job("unsolved", seed=seed, solved=False)
    sources = {i: watched(c.source) for i, c in bench.cells.items() if c.role is Role.TEST and assertions(c.source)}
    yield bench.job("watched", seed=seed, sources=sources)


def read_looks(bench: Bench, reports: Mapping[str, Report]) -> Looks:
    """What the reports of the jobs say; those of `short_looks` are enough.

    Raises:
        EngineError: our own machinery failed.
    """
    whole = reports[f"{bench.name}/solved"]
    solved = bench.failed(whole)
    without = reports[f"{bench.name}/unsolved"]
    unsolved = {c.id for c in without.cells if c.id in bench.points and (bench.score(c) or 0.0) > 0}
    unsolved |= {c.id for c in without.cells if bench.points.get(c.id) == 0 and not bench.has_failed(c)}
    alone = {
        bench.cells[test].id: reports[f"{bench.name}/alone/{test}"]
        for test in bench.chains.tests()
        if f"{bench.name}/alone/{test}" in reports
    }
    not_alone = {
        test: failed[test]
        for test, report in alone.items()
        if test not in solved and test in (failed := bench.failed(report))
    }
    unreached, asserting = _reached(bench, reports[f"{bench.name}/watched"])
    return Looks(whole, solved, frozenset(unsolved), alone, not_alone, unreached, frozenset(asserting))


def _reached(bench: Bench, report: Report) -> tuple[dict[str, tuple[int, ...]], set[str]]:
    unreached: dict[str, tuple[int, ...]] = {}
    asserting: set[str] = set()
    for test in bench.chains.tests():
        cell, ended = bench.cells[test], report.cell(test)
        known = assertions(cell.source)
        texts = (o.get("text", "") for o in (ended.outputs if ended is not None else ()))
        seen = reached("".join(texts))
        if seen is None or seen or not known:
            asserting.add(cell.id)
        if seen is not None and len(seen) < len(known):
            unreached[cell.id] = tuple(node.lineno for n, node in enumerate(known) if n not in seen)
    return unreached, asserting
