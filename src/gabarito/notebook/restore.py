"""A submission made whole again: the released cells as released, everything of the student's kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from nbformat import NotebookNode
from nbgrader.utils import compute_checksum

from gabarito.model import NotebookRecord, RecordCell, Role
from gabarito.notebook.cells import grade_id, role_of
from gabarito.notebook.clean import clean, clean_cell, set_type
from gabarito.notebook.damage import Notes
from gabarito.notebook.markers import Kind, scan
from gabarito.notebook.nodes import node
from gabarito.notebook.order import THEIRS, Piece, arrange

_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Restored:
    """A submission that is ready to run."""

    notebook: NotebookNode
    """nbformat 4.5, without outputs; every cell has an id that no other has."""
    notes: tuple[str, ...]
    """What was missing, changed or odd, one sentence each, for the student and the grader."""
    unanswered: frozenset[str]
    """Grade ids of the answers, manually graded ones included, that are still as they were released."""


def restore(submitted: NotebookNode, record: NotebookRecord) -> Restored:
    """The submission with every released cell as it was released, and all that the student wrote.

    * Given and test cells get their type, source and settings from the record; answers keep the student's source and
      get their type and settings. So nothing that was changed in a locked cell, or in nbgrader's metadata, counts.
    * A given, test, task or manually graded cell that is missing is put back. A missing answer is only noted: its
      code may stand elsewhere. A manually graded answer that had to be put back is left to a person, unless the
      submission has no other cell.
    * Of several cells with one grade id (Jupyter copies it with the cell) one is kept: of an answer, one that was
      worked on, of any other cell, one that was not changed; of these the one that stands where it should. The
      others become ordinary cells of the student's, and are run.
    * A grade id that isn't this notebook's makes no difference: the cell is the student's.
    * `gabarito.notebook.order.arrange` says where each cell comes to stand.

    Restoring what was restored changes nothing. The argument is left as it is.
    """
    cells = [clean_cell(cell) for cell in submitted.get("cells", [])]
    notes = Notes()
    pieces = _identify(cells, record, notes)
    present = {p.rank for p in pieces}
    absent = [(rank, c) for rank, c in enumerate(record.cells) if rank not in present]
    missing = [Piece(_new_cell(c), c, rank) for rank, c in absent if c.role not in (Role.ANSWER, Role.PLAIN)]
    arranged = arrange(pieces, missing)
    _make_ids_unique(arranged.pieces, record)
    elsewhere = any(p.known is None and p.cell.source.strip() for p in pieces)
    notebook = NotebookNode(
        nbformat=4,
        nbformat_minor=5,
        metadata=_notebook_metadata(submitted, record),
        cells=[p.cell for p in arranged.pieces],
    )
    return Restored(
        notebook,
        notes.sentences(record, arranged, [c for _, c in absent], found=len(present - {-1})),
        frozenset(
            p.known.id
            for p in arranged.pieces
            if p.known and p.is_theirs and _is_as_released(p) and not (p in missing and elsewhere)
        ),
    )


@lru_cache(maxsize=4096)  # a class has it many times
def released_source(known: RecordCell) -> str:
    """What students got as this cell's source: hidden tests and mark schemes cut out, as nbgrader does."""
    cut = {n for region in known.hidden for n in range(region.first, region.last + 1)}
    if known.role is Role.TASK:
        schemes = (r for r in scan(known.source)[0] if r.kind is Kind.MARK_SCHEME)
        cut |= {n for region in schemes for n in range(region.first, region.last + 1)}
    return "\n".join(line for n, line in enumerate(known.source.split("\n"), 1) if n not in cut)


def _identify(cells: Sequence[NotebookNode], record: NotebookRecord, notes: Notes) -> list[Piece]:
    """Every cell of the submission as a piece; those of the record get its type, settings and locked source."""
    ranks = {c.id: rank for rank, c in enumerate(record.cells)}
    labelled = [(i, ranks[found]) for i, cell in enumerate(cells) if (found := grade_id(cell)) in ranks]
    times = Counter(rank for _, rank in labelled)
    single = [(i, rank) for i, rank in labelled if times[rank] == 1]
    original = dict(single)
    for rank in (r for r, n in times.items() if n > 1):
        known = record.cells[rank]
        notes.copies[known.id] = times[rank]
        original[_original([i for i, r in labelled if r == rank], cells, known, rank, single)] = rank
    pieces = []
    for i, cell in enumerate(cells):
        if i in original:
            known = record.cells[original[i]]
            _relabel(cell, known, notes)
            pieces.append(Piece(cell, known, original[i]))
            continue
        if (found := grade_id(cell)) not in ranks and role_of(cell) is not Role.PLAIN:
            notes.unknown.append(found or "(no id)")
        cell.metadata.pop("nbgrader", None)
        pieces.append(Piece(cell))
    return pieces


def _original(
    copies: Sequence[int],
    cells: Sequence[NotebookNode],
    known: RecordCell,
    rank: int,
    single: Sequence[tuple[int, int]],
) -> int:
    """Which of these copies of one cell is the original."""
    theirs = known.role in THEIRS
    untouched = (released_source(known), known.source)
    fitting = [i for i in copies if (cells[i].source in untouched) != theirs] or copies
    return min(fitting, key=lambda i: sum((i < j) != (rank < other) for j, other in single))


def _relabel(cell: NotebookNode, known: RecordCell, notes: Notes) -> None:
    metadata, source = cell["metadata"], cell["source"]
    if cell["cell_type"] != known.cell_type:
        notes.retyped.append(known.id)
        set_type(cell, known.cell_type)
    if _is_locked(known) and source != known.source:
        if _even(source) not in _versions(known):
            notes.changed.append(known.id)
        cell["source"] = known.source
    settings = metadata["nbgrader"]
    graded = known.role in (Role.TEST, Role.MANUAL, Role.TASK)
    if role_of(cell) is not known.role or (graded and settings.get("points", known.points) != known.points):
        notes.resettled.append(known.id)
    metadata["nbgrader"] = _settings(known)


def _new_cell(known: RecordCell) -> NotebookNode:
    locked = _is_locked(known)
    metadata: dict[str, Any] = {"deletable": False, "nbgrader": _settings(known)}
    if locked:
        metadata["editable"] = False
    source = known.source if locked else released_source(known)
    cell = {"cell_type": known.cell_type, "metadata": node(metadata), "source": source}
    set_type(cell, known.cell_type)
    return node(cell)


def _is_locked(known: RecordCell) -> bool:
    return known.role in (Role.GIVEN, Role.TEST) or (known.role is Role.TASK and known.locked)


def _settings(known: RecordCell) -> NotebookNode:
    settings = {
        "schema_version": 3,
        "grade": known.role in (Role.TEST, Role.MANUAL),
        "solution": known.role in (Role.ANSWER, Role.MANUAL),
        "locked": _is_locked(known),
        "task": known.role is Role.TASK,
        "grade_id": known.id,
        "cell_type": known.cell_type,
        "checksum": known.checksum,
    }
    if known.role in (Role.TEST, Role.MANUAL, Role.TASK):
        settings["points"] = known.points
    return node(settings)


def _is_as_released(piece: Piece) -> bool:
    known, cell = piece.known, piece.cell
    assert known is not None
    return cell["source"] == released_source(known) or compute_checksum(cell) == known.checksum


@lru_cache(maxsize=4096)
def _versions(known: RecordCell) -> frozenset[str]:
    """The locked cell as it was released, with and without what students don't see."""
    return frozenset({_even(known.source), _even(released_source(known))})


def _even(source: str) -> str:
    return "\n".join(line.rstrip() for line in source.strip().splitlines())


def _notebook_metadata(submitted: NotebookNode, record: NotebookRecord) -> NotebookNode:
    metadata = clean(submitted.get("metadata", {}))
    metadata = metadata if isinstance(metadata, dict) else NotebookNode()
    metadata.pop("widgets", None)  # they belong to the outputs
    if record.kernelspec:
        metadata["kernelspec"] = clean(record.kernelspec)
    return metadata


def _make_ids_unique(pieces: Iterable[Piece], record: NotebookRecord) -> None:
    """Give an id to each cell without one, with another's, or with the grade id of one that it isn't."""
    taken: set[str] = set()
    reserved = {c.id for c in record.cells}
    for piece in sorted(pieces, key=lambda p: p.known is None):  # labelled cells choose first
        own = piece.known.id if piece.known else None
        found = piece.cell.get("id", "")
        fits = _CELL_ID.fullmatch(found) and found not in taken and (found == own or found not in reserved)
        if not fits:
            stem = (own or "cell")[:56]
            numbered = (f"{stem}-{n}" for n in range(1, len(taken) + len(reserved) + 2))
            wished = [own] if own and _CELL_ID.fullmatch(own) else []
            found = next(i for i in (*wished, *numbered) if i not in taken and (i == own or i not in reserved))
            piece.cell["id"] = found
        taken.add(found)
