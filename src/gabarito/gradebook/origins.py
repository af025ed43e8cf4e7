"""What gave the automatic scores of each notebook."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, inspect, select
from sqlalchemy.orm import Session

from gabarito.gradebook.tables import ORIGINS, replace_rows, rows_about
from gabarito.model import Origin


def write_origins(connection: Connection, origins: Mapping[str, Origin | None]) -> None:
    """Put these in the place of all that there is about the notebooks of one submission.

    Args:
        origins: by ids of rows in nbgrader's `submitted_notebook`; None for one that was not handed in.
    """
    rows = [
        {"notebook_id": notebook_id, "engine": o.engine, "sandbox": o.sandbox, "image": o.image}
        for notebook_id, o in origins.items()
        if o is not None
    ]
    replace_rows(connection, ORIGINS, rows_about(connection, ORIGINS, origins), rows)


def read_origins(session: Session) -> dict[str, Origin]:
    """What graded each notebook, by the id of its row in `submitted_notebook`; nothing from an old gradebook."""
    if not inspect(session.connection()).has_table(ORIGINS.name):
        return {}
    columns = (ORIGINS.c.notebook_id, ORIGINS.c.engine, ORIGINS.c.sandbox, ORIGINS.c.image)
    return {
        notebook_id: Origin(engine=engine, sandbox=sandbox, image=image)
        for notebook_id, engine, sandbox, image in session.execute(select(*columns))
    }
