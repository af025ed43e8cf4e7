"""Tables of ours beside nbgrader's, which no tool of theirs reads.

They have no foreign keys: nbgrader must be able to remove its rows. A row of ours that is left refers to nothing.
"""

from __future__ import annotations

from sqlalchemy import Column, Connection, Float, MetaData, String, Table

_OURS = MetaData()

MODES = Table(
    "gabarito_mode",
    _OURS,
    Column("notebook_id", String(32), primary_key=True),
    Column("cell_id", String(32), primary_key=True),
    Column("mode", String(16), nullable=False),
    Column("auto_score", Float()),
)
"""Where each test ran."""

ORIGINS = Table(
    "gabarito_origin",
    _OURS,
    Column("notebook_id", String(32), primary_key=True),
    Column("engine", String(64), nullable=False),
    Column("sandbox", String(32), nullable=False),
    Column("image", String(256), nullable=False),
)
"""What ran each notebook."""


def add_tables(connection: Connection) -> None:
    """Make the tables that are missing."""
    _OURS.create_all(bind=connection)
