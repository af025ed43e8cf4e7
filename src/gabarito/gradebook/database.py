"""The gradebook's database: nbgrader's schema, opened carefully, written in whole transactions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from nbgrader.api import Base, Course
from nbgrader.dbutil import ALEMBIC_DIR
from sqlalchemy import Connection, Engine, create_engine, event, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from gabarito.errors import GradebookError
from gabarito.gradebook.tables import add_tables

_T = TypeVar("_T")
_TRIES = 3
_BUSY = (
    *("database is locked", "database table is locked"),  # SQLite
    *("deadlock detected", "could not serialize access", "lock timeout", "too many clients"),  # PostgreSQL
)
DEFAULT_COURSE = "default_course"
"""nbgrader's name for the course that has none."""


@dataclass(frozen=True, slots=True)
class Database:
    """An open gradebook. `name` is what messages call it: the file of an SQLite database, else its URL."""

    engine: Engine
    name: str

    def write(self, work: Callable[[Session], _T]) -> _T:
        """What `work` returns, run in one transaction: all that it wrote is kept, or nothing.

        Raises:
            GradebookError: the database stayed locked, is full, read-only or damaged; nothing was written.
        """

        def once() -> _T:
            with Session(self.engine) as session, session.begin():
                return work(session)

        return self._tried(once)

    def write_rows(self, work: Callable[[Connection], _T]) -> _T:
        """As `write`, without SQLAlchemy's ORM, which costs more than a statement does.

        Raises:
            GradebookError: as of `write`.
        """

        def once() -> _T:
            with self.engine.begin() as connection:
                return work(connection)

        return self._tried(once)

    # Reading takes the same care, and a lock held for milliseconds does no harm.
    read = write

    def close(self) -> None:
        """Let go of the database's file."""
        self.engine.dispose()

    def _tried(self, once: Callable[[], _T]) -> _T:
        for _ in range(_TRIES - 1):
            try:
                return once()
            except (OperationalError, IntegrityError) as e:
                # Another process held the lock, or wrote the same new row first: both pass.
                if not (is_locked(e) or isinstance(e, IntegrityError)):
                    raise self._explained(e) from e
            except SQLAlchemyError as e:
                raise self._explained(e) from e
        try:
            return once()
        except SQLAlchemyError as e:
            raise self._explained(e) from e

    def _explained(self, e: SQLAlchemyError) -> GradebookError:
        reason = str(getattr(e, "orig", None) or e)
        low = reason.lower()
        if is_locked(e):
            advice = "another program holds it; close formgrader or wait for other graders, then run this again"
        elif "full" in low:
            advice = "free some disk space, then run this again"
        elif "readonly" in low or "read-only" in low or "unable to open" in low:
            advice = "check that you may write this file and its folder"
        elif "connection to server" in low or "could not connect" in low or "server closed" in low:
            advice = "check that the server runs and that c.CourseDirectory.db_url is right"
        elif "no such column" in low or "no such table" in low:
            advice = "back it up and run 'nbgrader db upgrade'"
        elif "not a database" in low or "malformed" in low:
            advice = "the file is damaged or no SQLite database; put back a copy"
        else:
            advice = "nothing was written; run this again"
        return GradebookError(f"the gradebook {self.name} can't be used ({reason}): {advice}")


def is_there(url: str) -> bool:
    """Whether there can be a gradebook at this URL: a file is there, or it is on a server."""
    parsed = make_url(url)
    return parsed.get_backend_name() != "sqlite" or bool(parsed.database and Path(parsed.database).is_file())


def open_database(url: str, *, course_id: str = "", patience: float = 60.0, writable: bool = True) -> Database:
    """The gradebook at this SQLAlchemy URL, with nbgrader's newest schema.

    Args:
        course_id: nbgrader's `CourseDirectory.course_id`; its row is added where it is missing.
        patience: seconds to wait for another program's lock.
        writable: whether to write; the tables are made where the database is new.

    Raises:
        GradebookError: it is missing (and only to be read), of another schema, locked, damaged or out of reach.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as e:
        raise GradebookError(f"c.CourseDirectory.db_url {url!r} is no database URL: {e}") from None
    is_file = parsed.get_backend_name() == "sqlite" and bool(parsed.database) and parsed.database != ":memory:"
    name = parsed.database if is_file else parsed.render_as_string(hide_password=True)
    if is_file and not writable and not Path(name).is_file():
        raise GradebookError(f"there is no gradebook {name} yet; release and grade an assignment first")
    try:
        begin = "BEGIN IMMEDIATE" if writable else "BEGIN"
        engine = _sqlite(url, begin, patience / _TRIES) if parsed.get_backend_name() == "sqlite" else _server(url)
        database = Database(engine, name)
    except ImportError as e:
        raise GradebookError(
            f"the gradebook {name} can't be opened ({e}): install the package that talks to such a database, "
            "for PostgreSQL 'pip install psycopg[binary]'"
        ) from e
    except SQLAlchemyError as e:
        raise GradebookError(f"the gradebook {name} can't be opened: {e}") from e
    try:
        database.write_rows(lambda connection: _check(connection, name, writable=writable))
        if writable:
            database.write_rows(add_tables)
            database.write(lambda session: _add_course(session, course_id))
    except BaseException:
        database.close()
        raise
    return database


def _server(url: str) -> Engine:
    """A database behind a server, which may have been started anew since the last transaction."""
    return create_engine(url, pool_pre_ping=True)


def _sqlite(url: str, begin: str, timeout: float) -> Engine:
    engine = create_engine(url, connect_args={"timeout": timeout})

    # sqlite3 begins transactions late and by itself. We take the write lock before the first look, so that what was
    # read is still true when it is written.
    @event.listens_for(engine, "connect")
    def _manual(connection: Any, _: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _check(connection: Connection, name: str, *, writable: bool) -> None:
    """Refuse another schema than nbgrader's newest; make the tables where there are none."""
    tables = set(inspect(connection).get_table_names())
    version = None
    if "alembic_version" in tables:
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    head, known = _revisions()
    if version == head:
        return
    if version is not None and version not in known:
        raise GradebookError(
            f"the gradebook {name} has schema {version!r}, which this nbgrader doesn't know; update nbgrader"
        )
    if version is not None or (tables and not _complete(connection, tables)):
        raise GradebookError(
            f"the gradebook {name} was made by an older nbgrader (schema {version or 'unknown'!r}, now {head!r}); "
            "back it up and run 'nbgrader db upgrade' in the course folder"
        )
    if not writable:
        if not tables:
            raise GradebookError(f"the gradebook {name} is empty; release and grade an assignment first")
        return
    Base.metadata.create_all(bind=connection)
    if "alembic_version" not in tables:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": head})


def _add_course(session: Session, course_id: str) -> None:
    there = set(session.scalars(select(Course.id)))
    session.add_all(Course(id=i) for i in dict.fromkeys((course_id, DEFAULT_COURSE)) if i and i not in there)


def _complete(connection: Connection, tables: set[str]) -> bool:
    looker = inspect(connection)
    return all(
        table.name in tables and {c.name for c in table.columns} <= {c["name"] for c in looker.get_columns(table.name)}
        for table in Base.metadata.tables.values()
    )


@cache
def _revisions() -> tuple[str, frozenset[str]]:
    """nbgrader's newest schema and all that it knows, read in this process: nbgrader itself starts a program."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", ALEMBIC_DIR)
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    return str(script.get_current_head()), frozenset(r.revision for r in script.walk_revisions())


def is_locked(e: BaseException) -> bool:
    """Whether the database was only busy: trying again later may do."""
    low = str(e).lower()
    return any(sign in low for sign in _BUSY)
