"""What was wrong with a submission, in sentences for the student and the grader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gabarito.model import NotebookRecord, RecordCell, Role
from gabarito.notebook.order import Arranged

_WHY_NOTHING = "it is another one, is empty, or was saved by a program that drops nbgrader’s metadata."
_UNKNOWN = "{} not of this assignment; taken as the student’s own."


class Notes:
    """Grade ids of cells by what was found about them.

    The same sentences stand on a receipt, before anything was run, and in feedback: they must be true in both.
    """

    def __init__(self) -> None:
        self.copies: Counter[str] = Counter()
        self.unknown: list[str] = []
        self.changed: list[str] = []
        self.retyped: list[str] = []
        self.resettled: list[str] = []

    def sentences(
        self, record: NotebookRecord, arranged: Arranged, absent: Sequence[RecordCell], *, found: int
    ) -> tuple[str, ...]:
        deleted = [c.id for c in absent if c.role in (Role.GIVEN, Role.TEST, Role.TASK)]
        written = [c.id for c in absent if c.role is Role.MANUAL]
        answers = [c.id for c in absent if c.role is Role.ANSWER]
        if record.cells and not found:
            return (
                f"No cell of {record.name!r} is in this notebook: {_WHY_NOTHING} The tests are put back for grading.",
                *_note(self.unknown, _UNKNOWN, "is", "are"),
            )
        return (
            *_note(deleted, "{} missing; put back for grading.", "was", "were"),
            *_note(
                written, "{} missing; put back empty for grading, the answer may stand in another cell.", "was", "were"
            ),
            *_note(answers, "{} missing; not put back, the answer may stand in another cell.", "was", "were"),
            *_note(self.changed, "{} locked but changed; for grading put back as released.", "was", "were"),
            *_note(
                self.retyped,
                "{} turned from code into text, or from text into code; turned back for grading.",
                "was",
                "were",
            ),
            *_note(self.resettled, "{} given other points or grading settings; set back for grading.", "was", "were"),
            *_note(
                sorted(self.copies, key=[c.id for c in record.cells].index),
                "{} there more than once; the original counts, the copies are ordinary cells.",
                "was",
                "were",
                count=self.copies,
            ),
            *_note(
                arranged.moved,
                "{} in another place than in the assignment; put back in order for grading.",
                "was",
                "were",
            ),
            *_note(
                arranged.left,
                "{} in another place than in the assignment; left there, because the code depends on it.",
                "is",
                "are",
            ),
            *_note(self.unknown, _UNKNOWN, "is", "are"),
        )


def _note(
    ids: Sequence[str], sentence: str, one: str, many: str, *, count: Counter[str] | None = None
) -> tuple[str, ...]:
    if not ids:
        return ()
    named = [_shown(i) + (f" ({count[i]} times)" if count else "") for i in ids]
    listed = named[0] if len(named) == 1 else ", ".join(named[:-1]) + " and " + named[-1]
    return (sentence.format(f"Cell {listed} {one}" if len(named) == 1 else f"Cells {listed} {many}"),)


def _shown(cell_id: str) -> str:
    return repr(cell_id if len(cell_id) <= 60 else cell_id[:59] + "…")
