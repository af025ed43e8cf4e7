"""Where the tests ran that gave the automatic scores: a table of ours beside nbgrader's, which no tool of theirs reads.

A row holds the score that it is about. Where nbgrader has put another one in its place since, the row says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Float, MetaData, String, Table, delete, insert, inspect, select
from sqlalchemy.orm import Session

from gabarito.model import Mode

_OURS = MetaData()
# Without foreign keys: nbgrader must be able to remove its rows. One of ours that is left refers to nothing.
_TABLE = Table(
    "gabarito_mode",
    _OURS,
    Column("notebook_id", String(32), primary_key=True),
    Column("cell_id", String(32), primary_key=True),
    Column("mode", String(16), nullable=False),
    Column("auto_score", Float()),
)


def add_table(connection: Connection) -> None:
    """Make the table where it is missing."""
    _OURS.create_all(bind=connection)


def write_modes(session: Session, notebook_ids: Iterable[str], rows: Sequence[dict[str, Any]]) -> None:
    """Put these rows in the place of all that there are about the notebooks of one submission.

    Args:
        notebook_ids: of rows in nbgrader's `submitted_notebook`.
        rows: `notebook_id`, `cell_id` (as in `grade`), `mode` and `auto_score` of each test that ran.
    """
    session.execute(delete(_TABLE).where(_TABLE.c.notebook_id.in_(list(notebook_ids))))
    if rows:
        session.execute(insert(_TABLE), list(rows))


def read_modes(session: Session) -> dict[tuple[str, str], tuple[Mode, float | None]]:
    """Mode and score of every test that ran, by the ids of its notebook and cell; nothing from an old gradebook."""
    if not inspect(session.connection()).has_table(_TABLE.name):
        return {}
    columns = (_TABLE.c.notebook_id, _TABLE.c.cell_id, _TABLE.c.mode, _TABLE.c.auto_score)
    return {
        (notebook_id, cell_id): (Mode(mode), score)
        for notebook_id, cell_id, mode, score in session.execute(select(*columns))
    }
