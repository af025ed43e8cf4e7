"""What of a notebook has to be run for some of its tests: the rest can make no difference to them.

Two hand-ins that have the same answer to one exercise have the same such slice for its tests, whatever else is in them.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from gabarito.model import JobCell, Role
from gabarito.notebook.confined import LUCK, Part
from gabarito.notebook.influence import Influences


@dataclass(frozen=True, slots=True)
class Slice:
    """The cells to run for some tests."""

    cells: tuple[JobCell, ...]
    """In order, the tests among them. Lines of an answer that make no difference are empty."""
    draws: bool
    """Whether what the tests look at may rest on random numbers of the student's process, or on the clock there."""


def slice_of(
    cells: Sequence[JobCell], tests: Collection[str], known: Influences, passed: Collection[str]
) -> Slice | None:
    """What has to be run for these tests; None where that is everything before them, as far as anybody can tell.

    All given cells stay, since tests may need what they make in the checker; of the student's cells, statements that
    these tests and given cells reach.

    Args:
        cells: all code cells of a notebook, up to the last of the tests.
        tests: ids of the tests, with those that they may depend on.
        passed: ids of the student's cells that ran to their end. Of any other, nobody knows which statement raised.
    """
    wanted = [known.tests.get(cell.id) for cell in cells if cell.role is Role.TEST and cell.id in tests]
    program = known.program
    own = [cell for cell in cells if cell.role is not Role.TEST]
    if len(own) > program.cells or not all(wanted):
        return None
    ends = list(itertools.accumulate(program.counts[: len(own)]))
    places = [range(end - count, end) for count, end in zip(program.counts, ends, strict=False)]
    groups = list(_inseparable(own, places, program.parts, passed))
    needs = {name for test in wanted if test is not None for name in test.reached.names}
    looked_at = _grown(known, needs, set(), groups)
    given = {i for cell, place in zip(own, places, strict=True) if cell.role is Role.GIVEN for i in place}
    kept = _grown(known, needs, given, groups)
    found = []
    parts = dict(zip((cell.index for cell in own), places, strict=True))
    for cell in cells:
        if cell.role is Role.TEST:
            if cell.id in tests:
                found.append(cell)
        elif cell.role is Role.GIVEN:
            found.append(cell)
        elif lines := _lines(program.parts[i].lines for i in parts[cell.index] if i in kept):
            found.append(cell if cell.id not in passed else replace(cell, source=_only(cell.source, lines)))
    draws = any(not program.parts[i].uses.isdisjoint(LUCK) for i in looked_at)
    return Slice(tuple(found), draws)


def _inseparable(
    own: Sequence[JobCell], places: Sequence[range], parts: Sequence[Part], passed: Collection[str]
) -> Iterable[frozenset[int]]:
    """Statements that are run together or not at all."""
    for cell, place in zip(own, places, strict=True):
        if cell.role is not Role.GIVEN and cell.id not in passed:
            yield frozenset(place)
            continue
        for one, other in itertools.pairwise(place):
            if parts[one].lines[1] >= parts[other].lines[0]:
                yield frozenset({one, other})


def _grown(known: Influences, names: Collection[str], first: set[int], groups: Collection[frozenset[int]]) -> set[int]:
    """All statements that these names and statements reach, with those that can't be separated from them."""
    kept = set(first)
    while True:
        kept |= known.program.reached(names, kept).parts
        more = {i for group in groups if not kept.isdisjoint(group) for i in group}
        if more <= kept:
            return kept
        kept |= more


def _lines(spans: Iterable[tuple[int, int]]) -> set[int]:
    return {line for first, last in spans for line in range(first, last + 1)}


def _only(source: str, lines: Collection[int]) -> str:
    """The source with these lines alone, each where it stands."""
    kept = [line if n in lines else "" for n, line in enumerate(source.split("\n"), 1)]
    return "\n".join(kept[: max(lines)])
