"""Reports of notebooks of which the watchdog ended something: what is said of the cell that was running."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from gabarito.model import CellReport, Outcome


def blamed(cells: Sequence[CellReport], sentence: str) -> tuple[CellReport, ...]:
    """The cells' reports, with GPU memory as the reason in the place of a crash, there and in the cells after it.

    Args:
        cells: of one notebook, in order.
        sentence: of the watchdog, or empty.
    """
    crash = next((c for c in cells if c.outcome is Outcome.CRASHED), None) if sentence else None
    if crash is None:
        return tuple(cells)
    return tuple(_said(cell, crash, sentence) for cell in cells)


def _said(cell: CellReport, crash: CellReport, sentence: str) -> CellReport:
    replace = msgspec.structs.replace
    if cell is crash:
        outputs = tuple(_output(output, crash.message, sentence) for output in cell.outputs)
        return replace(cell, outcome=Outcome.MEMORY, message=sentence, outputs=outputs)
    if cell.outcome is Outcome.NOT_RUN:
        return replace(cell, message=cell.message.replace(crash.message, sentence))
    return cell


def _output(output: dict[str, Any], message: str, sentence: str) -> dict[str, Any]:
    if output.get("output_type") != "error" or output.get("evalue") != message:
        return output
    return output | {"ename": Outcome.MEMORY.value, "evalue": sentence, "traceback": [sentence]}
