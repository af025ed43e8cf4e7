"""Tables of ours beside nbgrader's, which no tool of theirs reads.

They have no foreign keys: nbgrader must be able to remove its rows. A row of ours that is left refers to nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Delete,
    Float,
    Index,
    Integer,
    MetaData,
    Row,
    Select,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
)

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


BASES = Table(
    "gabarito_basis",
    _OURS,
    Column("notebook_id", String(32), primary_key=True),
    Column("basis", Text(), nullable=False),
)
"""What the verdicts of each notebook depend on, as JSON."""

HISTORY = Table(
    "gabarito_history",
    _OURS,
    Column("id", Integer(), primary_key=True),
    Column("at", DateTime(), nullable=False),
    Column("assignment", String(128), nullable=False),
    Column("student", String(128), nullable=False),
    Column("notebook", String(128), nullable=False),
    Column("cell", String(128), nullable=False),
    Column("score_before", Float()),
    Column("score_after", Float()),
    Column("outcome_before", String(16), nullable=False),
    Column("outcome_after", String(16), nullable=False),
    Column("why", Text(), nullable=False),
    Index("gabarito_history_of", "assignment", "student"),
)
"""Every verdict that a test cell has had; nothing is ever changed or removed here. Times are UTC, as nbgrader's."""


def add_tables(connection: Connection) -> None:
    """Make the tables that are missing."""
    _OURS.create_all(bind=connection)


def rows_about(connection: Connection, table: Table, notebook_ids: Collection[str]) -> Sequence[Row[Any]]:
    """All rows that one of our tables has about these rows of nbgrader's `submitted_notebook`."""
    wanted = _about(table)
    return [row for name in notebook_ids for row in connection.execute(wanted, {"notebook": name})]


@cache  # a statement takes longer to make than to run
def _about(table: Table) -> Select[Any]:
    return select(table).where(table.c.notebook_id == bindparam("notebook"))


@cache
def _remove(table: Table) -> Delete:
    return delete(table).where(table.c.notebook_id == bindparam("notebook"))


def replace_rows(
    connection: Connection, table: Table, there: Sequence[Row[Any]], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Put `rows` in the place of all that there are about some notebooks; nothing is written where they are the same.

    Args:
        there: these rows, as they are.
        rows: values of every column.
    """
    names = table.columns.keys()
    if {tuple(row) for row in there} == {tuple(row[name] for name in names) for row in rows}:
        return
    if there:
        connection.execute(_remove(table), [{"notebook": name} for name in {row.notebook_id for row in there}])
    if rows:
        connection.execute(insert(table), list(rows))
