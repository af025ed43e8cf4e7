"""Where the cells of a submission belong: our cells in release order among the student's."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from nbformat import NotebookNode

from gabarito.model import RecordCell, Role
from gabarito.notebook.names import Names, names_of

THEIRS = frozenset({Role.PLAIN, Role.ANSWER, Role.MANUAL})


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One cell on its way to its place; `known` and `rank` tell which cell of the release it is, if any."""

    cell: NotebookNode
    known: RecordCell | None = None
    rank: int = -1
    """Position in the release record; -1 for a cell that isn't in it."""

    @property
    def is_theirs(self) -> bool:
        """Whether the student writes it."""
        return self.known is None or self.known.role in THEIRS


@dataclass(frozen=True, slots=True)
class Arranged:
    """Cells in their final order, and what was done to get there, as grade ids in release order."""

    pieces: tuple[Piece, ...]
    moved: tuple[str, ...]
    left: tuple[str, ...]
    """Answers that stand elsewhere than in the release, and have to."""


def arrange(found: Sequence[Piece], missing: Sequence[Piece]) -> Arranged:
    """The cells that a submission has, and those it lacks, in the order in which they are run.

    A notebook whose labelled cells stand in release order keeps it exactly. Otherwise

    1. a missing manually graded cell is put back after the nearest cell that precedes it in the release;
    2. the student's answers go back to release order, the fewest that will do. Nothing else that the student wrote
       moves, and an answer stays where it is if, put back, it or the cells it passes would lack a name they need:
       then the student moved it so that the notebook works;
    3. our cells (given, test and task) stand in release order, always, and each after every answer that precedes it
       in the release. One that is in order already, and not beyond the next answer, stays where the student has it.
       Any other one goes right after the nearest cell that precedes it in the release (with none, right before the
       first that follows it), or further down, as far as the next answer, where the names that it and the answer
       above it need are first bound: a student whose answer is spread over several cells gets it tested as a whole.

    So a test sees what it saw in a notebook that worked: the names it needs, and none that a later answer rebinds. One
    case is beyond this: an answer moved above an earlier one that needs it, where both bind a name that the tests read.

    Args:
        found: cells of the submission in its order, with no grade id twice.
        missing: cells to put back, of any role but `answer` and `plain`.
    """
    names = _NameTable()
    present = _with_manual(found, [m for m in missing if m.is_theirs])
    ours = sorted((p for p in (*present, *missing) if not p.is_theirs), key=_rank)
    theirs, shifted, left = _settle([p for p in present if p.is_theirs], ours, names)
    wanted = _wanted(present, theirs, shifted)
    steady = _rising([p for p in present if p in wanted])
    slots = _slots(theirs, ours, {p: wanted[p] for p in steady}, names)
    unmoved = list(accumulate((p not in shifted for p in theirs), initial=0))
    moved = [*shifted, *(p for p in wanted if p not in steady or unmoved[slots[p]] != unmoved[wanted[p]])]
    place = {p: i + 1 for i, p in enumerate(theirs)}
    woven = sorted((*theirs, *ours), key=lambda p: (place[p], 0) if p.is_theirs else (slots[p], 1))
    return Arranged(tuple(woven), _ids(moved), _ids(left))


class _NameTable:
    """Names of cells, parsed when first asked for: most notebooks never ask."""

    def __init__(self) -> None:
        self._known: dict[Piece, Names] = {}

    def of(self, piece: Piece) -> Names:
        if piece not in self._known:
            self._known[piece] = names_of(piece.cell)
        return self._known[piece]

    def bound_by(self, pieces: Iterable[Piece]) -> frozenset[str]:
        return frozenset().union(*(self.of(p).binds for p in pieces))

    def needed_by(self, pieces: Iterable[Piece]) -> frozenset[str]:
        return frozenset().union(*(self.of(p).needs for p in pieces))


def _with_manual(found: Sequence[Piece], missing: Sequence[Piece]) -> list[Piece]:
    pieces = list(found)
    for piece in sorted(missing, key=_rank):
        earlier = [i for i, p in enumerate(pieces) if 0 <= p.rank < piece.rank]
        later = [i for i, p in enumerate(pieces) if p.rank > piece.rank]
        if earlier:
            nearest = max(earlier, key=lambda i: pieces[i].rank)
            pieces.insert(nearest + 1, piece)
        else:
            pieces.insert(min(later, default=len(pieces)), piece)
    return pieces


def _settle(
    theirs: list[Piece], ours: Sequence[Piece], names: _NameTable
) -> tuple[list[Piece], list[Piece], list[Piece]]:
    """The student's cells with answers in release order where they may be; those moved; those that can't be."""
    moved: list[Piece] = []
    while True:
        settled = set(_rising([p for p in theirs if p.rank >= 0]))
        astray = sorted((p for p in theirs if p.rank >= 0 and p not in settled), key=_rank)
        back = [p for p in astray if _put_back(theirs, p, settled, ours, names)]
        moved += back
        if not back:
            return theirs, moved, astray


def _put_back(theirs: list[Piece], piece: Piece, settled: set[Piece], ours: Sequence[Piece], names: _NameTable) -> bool:
    """Move one answer, in `theirs`, to its place among the settled ones; False where that would take a name away."""
    now = theirs.index(piece)
    others = theirs[:now] + theirs[now + 1 :]
    later = [i for i, p in enumerate(others) if p in settled and p.rank > piece.rank]
    earlier = [i for i, p in enumerate(others) if p in settled and p.rank < piece.rank]
    then = later[0] if later else earlier[-1] + 1
    if then >= now:
        gone = names.of(piece).binds & names.needed_by(others[now:then])
    else:
        end = now
        while end < len(others) and others[end].rank < 0:
            end += 1
        have = names.bound_by(others[:then]) | names.bound_by(p for p in ours if p.rank < piece.rank)
        gone = (names.of(piece).needs - have) & names.bound_by(others[then:end])
    if gone:
        return False
    theirs[:] = [*others[:then], piece, *others[then:]]
    settled.add(piece)
    return True


def _wanted(present: Sequence[Piece], theirs: Sequence[Piece], moved: Sequence[Piece]) -> dict[Piece, int]:
    """For each of our cells that the submission has, how many of `theirs` come before it there."""
    wanted: dict[Piece, int] = {}
    place = {piece: i for i, piece in enumerate(theirs)}
    slot = 0
    for piece in present:
        if not piece.is_theirs:
            wanted[piece] = slot
        elif piece not in moved:
            slot = place[piece] + 1
    return wanted


def _slots(
    theirs: Sequence[Piece], ours: Sequence[Piece], steady: dict[Piece, int], names: _NameTable
) -> dict[Piece, int]:
    """For each of our cells, in release order, how many of `theirs` come before it: never fewer than for the last."""
    slots: dict[Piece, int] = {}
    for n, piece in enumerate(ours):
        lowest = max((i + 1 for i, p in enumerate(theirs) if 0 <= p.rank < piece.rank), default=0)
        next_answer = min((i for i, p in enumerate(theirs) if p.rank > piece.rank), default=len(theirs))
        highest = next_answer if next_answer >= lowest else len(theirs)
        start = max(lowest, slots[ours[n - 1]] if n else 0)
        wanted = steady.get(piece, -1)
        if wanted >= lowest:
            slots[piece] = max(start, min(wanted, highest))
            continue
        last = min([highest, *(steady[p] for p in ours[n + 1 :] if p in steady)])
        if n == 0 and lowest == 0 and any(p.rank >= 0 for p in theirs) | bool(steady):
            binds = names.of(piece).binds
            start = next((i for i in range(last) if binds & names.of(theirs[i]).needs), last)
        slots[piece] = _after_needed(piece, start, last, theirs, ours[:n], names)
    return slots


def _after_needed(
    piece: Piece, start: int, last: int, theirs: Sequence[Piece], earlier: Sequence[Piece], names: _NameTable
) -> int:
    """The first place from `start` to `last` where all names that can be bound for this cell are bound."""
    needs = set(names.of(piece).needs)
    if start and theirs[start - 1].rank >= 0:
        needs |= names.of(theirs[start - 1]).needs
    have = set(names.bound_by(theirs[:start]) | names.bound_by(earlier))
    place = start
    for i in range(start, last):
        if names.of(theirs[i]).binds & (needs - have):
            needs |= names.of(theirs[i]).needs
            place = i + 1
        have |= names.of(theirs[i]).binds
    return place


def _rising(pieces: Sequence[Piece]) -> frozenset[Piece]:
    """A largest set of these pieces whose ranks rise."""
    ends: list[int] = []  # smallest last rank of a rising run of each length
    runs: list[tuple[Piece, ...]] = []
    for piece in pieces:
        n = bisect_left(ends, piece.rank)
        run = (*(runs[n - 1] if n else ()), piece)
        ends[n : n + 1] = [piece.rank]
        runs[n : n + 1] = [run]
    return frozenset(runs[-1] if runs else ())


def _ids(pieces: Iterable[Piece]) -> tuple[str, ...]:
    return tuple(p.known.id for p in sorted(pieces, key=_rank) if p.known)


def _rank(piece: Piece) -> int:
    return piece.rank
