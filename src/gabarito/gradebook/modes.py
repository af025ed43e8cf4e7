"""Where the tests ran that gave the automatic scores.

A row holds the score that it is about. Where nbgrader has put another one in its place since, the row says nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, inspect, select
from sqlalchemy.orm import Session

from gabarito.gradebook.tables import MODES, replace_rows, rows_about
from gabarito.model import Mode


def write_modes(connection: Connection, notebook_ids: Collection[str], rows: Sequence[dict[str, Any]]) -> None:
    """Put these rows in the place of all that there are about the notebooks of one submission.

    Args:
        notebook_ids: of rows in nbgrader's `submitted_notebook`.
        rows: `notebook_id`, `cell_id` (as in `grade`), `mode` and `auto_score` of each test that ran.
    """
    replace_rows(connection, MODES, rows_about(connection, MODES, notebook_ids), rows)


def read_modes(session: Session) -> dict[tuple[str, str], tuple[Mode, float | None]]:
    """Mode and score of every test that ran, by the ids of its notebook and cell; nothing from an old gradebook."""
    if not inspect(session.connection()).has_table(MODES.name):
        return {}
    columns = (MODES.c.notebook_id, MODES.c.cell_id, MODES.c.mode, MODES.c.auto_score)
    return {
        (notebook_id, cell_id): (Mode(mode), score)
        for notebook_id, cell_id, mode, score in session.execute(select(*columns))
    }
