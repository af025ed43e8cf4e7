"""Regions that nbgrader's markers cut out of a cell: solutions, hidden tests, mark schemes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from gabarito.model import HiddenRegion


class Kind(StrEnum):
    """What a marked region holds."""

    SOLUTION = "solution"
    HIDDEN = "hidden tests"
    MARK_SCHEME = "mark scheme"


@dataclass(frozen=True, slots=True)
class Delimiters:
    """Begin and end marker of each kind. The defaults are those of nbgrader, where each one is an option."""

    solution: tuple[str, str] = ("BEGIN SOLUTION", "END SOLUTION")
    hidden: tuple[str, str] = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
    mark_scheme: tuple[str, str] = ("BEGIN MARK SCHEME", "END MARK SCHEME")

    def pairs(self) -> tuple[tuple[Kind, str, str], ...]:
        """Kind, begin and end marker, in the order in which nbgrader clears them."""
        return (
            (Kind.SOLUTION, *self.solution),
            (Kind.HIDDEN, *self.hidden),
            (Kind.MARK_SCHEME, *self.mark_scheme),
        )


NBGRADER = Delimiters()
_NO_LETTERS = re.compile(r"[\W_\d]+")
_ALIKE = 0.85  # “END OF SOLUTION” and “BEGIN SOLUTON” are, “BEGIN TESTS” is not


@dataclass(frozen=True, slots=True)
class Region:
    """Lines `first` to `last` of a cell, counted from 1, markers included."""

    kind: Kind
    first: int
    last: int
    title: str = ""


@dataclass(frozen=True, slots=True)
class MarkerFault:
    """A marker that has no partner, or stands where it can't."""

    line: int
    message: str
    advice: str


def scan(source: str, delimiters: Delimiters = NBGRADER) -> tuple[tuple[Region, ...], tuple[MarkerFault, ...]]:
    """The whole regions of a cell in order, and what is wrong with the markers that make none.

    As in nbgrader, a marker counts wherever it stands in a line. Unlike nbgrader, an end without a begin is a fault,
    and so is a region that begins inside one of another kind; but a mark scheme inside a solution goes out with it.
    """
    regions: list[Region] = []
    faults: list[MarkerFault] = []
    opened: tuple[Kind, int, str] | None = None
    for number, line in enumerate(source.split("\n"), start=1):
        found = _marker(line, delimiters)
        if found is None:
            continue
        kind, begins, title = found
        if kind is Kind.MARK_SCHEME and opened is not None and opened[0] is Kind.SOLUTION:
            continue
        if begins and opened is None:
            opened = (kind, number, title)
        elif begins and opened is not None:
            faults.append(_nested(kind, number, opened, delimiters))
        elif opened is not None and kind is opened[0]:
            regions.append(Region(kind, opened[1], number, opened[2]))
            opened = None
        else:
            faults.append(_stray_end(kind, number, opened, delimiters))
    if opened is not None:
        begin, end = _pair(opened[0], delimiters)
        faults.append(
            MarkerFault(
                opened[1], f"“{begin}” is never closed", f"add a line with “{end}” after the last line of the region"
            )
        )
    return tuple(regions), tuple(sorted(faults, key=lambda f: f.line))


def hidden_regions(source: str, delimiters: Delimiters = NBGRADER) -> tuple[HiddenRegion, ...]:
    """The hidden tests of a cell in order; a title is what follows a colon on the begin marker's line."""
    hidden = (r for r in scan(source, delimiters)[0] if r.kind is Kind.HIDDEN)
    return tuple(
        HiddenRegion(region.first, region.last, region.title or f"hidden test {number}")
        for number, region in enumerate(hidden, start=1)
    )


def has_marker(text: str, delimiters: Delimiters = NBGRADER) -> bool:
    """Whether any marker stands anywhere in the text."""
    return any(marker in text for _, *pair in delimiters.pairs() for marker in pair)


def near_markers(source: str, delimiters: Delimiters = NBGRADER) -> Iterator[tuple[int, str, str]]:
    """Lines outside of regions that look like a marker and are none: number, text, and the marker that may be meant.

    nbgrader finds nothing there, and students get what was to be cut out.
    """
    regions, _ = scan(source, delimiters)
    inside = {number for region in regions for number in range(region.first, region.last + 1)}
    markers = {marker: _letters(marker) for _, *pair in delimiters.pairs() for marker in pair}
    longest = 2 * max(map(len, markers))
    for number, line in enumerate(source.split("\n"), start=1):
        if number in inside or _marker(line, delimiters) is not None:
            continue
        text = line.split(":", 1)[0].strip()
        plain = _letters(text)
        if len(plain) > longest:
            continue
        ratio, marker = max((SequenceMatcher(None, plain, letters).ratio(), m) for m, letters in markers.items())
        if ratio >= _ALIKE:
            yield number, text, marker


def _letters(text: str) -> str:
    return _NO_LETTERS.sub(" ", text).strip().casefold()


def _marker(line: str, delimiters: Delimiters) -> tuple[Kind, bool, str] | None:
    """Kind, whether it begins a region, and the title, of the marker in this line."""
    for kind, begin, end in delimiters.pairs():
        if begin in line:
            after = line.split(begin, 1)[1].lstrip()
            return kind, True, after[1:].strip() if after.startswith(":") else ""
        if end in line:
            return kind, False, ""
    return None


def _pair(kind: Kind, delimiters: Delimiters) -> tuple[str, str]:
    return next((begin, end) for k, begin, end in delimiters.pairs() if k is kind)


def _nested(kind: Kind, line: int, opened: tuple[Kind, int, str], delimiters: Delimiters) -> MarkerFault:
    begin, _ = _pair(kind, delimiters)
    outer, end = _pair(opened[0], delimiters)
    return MarkerFault(
        line,
        f"“{begin}” stands inside the region that “{outer}” opened in line {opened[1]}",
        f"close that region with “{end}” before this line",
    )


def _stray_end(kind: Kind, line: int, opened: tuple[Kind, int, str] | None, delimiters: Delimiters) -> MarkerFault:
    begin, end = _pair(kind, delimiters)
    if opened is None:
        return MarkerFault(line, f"“{end}” closes nothing", f"add “{begin}” before the region, or remove this line")
    outer, outer_end = _pair(opened[0], delimiters)
    return MarkerFault(
        line,
        f"“{end}” stands inside the region that “{outer}” opened in line {opened[1]}",
        f"close that region with “{outer_end}” first, or remove this line",
    )
