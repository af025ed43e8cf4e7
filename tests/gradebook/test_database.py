from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from gabarito.course import Course
from gabarito.errors import GradebookError
from gabarito.gradebook.database import open_database
from gabarito.gradebook.table import read_table
from gabarito.gradebook.writer import open_gradebook
from tests.gradebook import factories


@pytest.fixture
def course(tmp_path: Path) -> Course:
    course = factories.course(tmp_path)
    with open_gradebook(course) as gradebook:
        gradebook.register(factories.record())
    return course


def _execute(course: Course, *statements: str) -> None:
    connection = sqlite3.connect(course.root / "gradebook.db")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_locked_gradebook_is_waited_for_then_named(course: Course) -> None:
    with open_gradebook(course, patience=0.03) as gradebook:
        gradebook.record(factories.result("ana", {}))
        other = sqlite3.connect(course.root / "gradebook.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(
            GradebookError, match=r"gradebook\.db can't be used \(database is locked\): another program"
        ):
            gradebook.record(factories.result("bo", {}))
        assert [s.student for s in read_table(course, "ps1").submissions] == ["ana"]
        other.execute("ROLLBACK")
        other.close()
        gradebook.record(factories.result("bo", {}))


def test_a_lock_that_ends_in_time_does_no_harm(course: Course) -> None:
    tried: list[int] = []

    def work(session: object) -> str:
        tried.append(len(tried))
        if len(tried) == 1:
            raise OperationalError("BEGIN IMMEDIATE", {}, sqlite3.OperationalError("database is locked"))
        return "done"

    with open_gradebook(course) as gradebook:
        assert gradebook.database.write(work) == "done"
    assert tried == [0, 1]


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (["UPDATE alembic_version SET version_num = '724cde206c17'"], r"older nbgrader.*'nbgrader db upgrade'"),
        (["UPDATE alembic_version SET version_num = 'abc'"], "schema 'abc', which this nbgrader doesn't know"),
        (["DROP TABLE alembic_version", "ALTER TABLE grade DROP COLUMN extra_credit"], "schema 'unknown'"),
        (["DROP TABLE alembic_version", "DROP TABLE comment"], "schema 'unknown'"),
    ],
)
def test_another_schema_is_refused(course: Course, statements: list[str], message: str) -> None:
    _execute(course, *statements)
    with pytest.raises(GradebookError, match=message), open_gradebook(course):
        pass


def test_a_complete_gradebook_without_a_version_gets_one(course: Course) -> None:
    _execute(course, "DELETE FROM alembic_version")
    with open_gradebook(course) as gradebook:
        versions = gradebook.database.write(lambda s: s.execute(text("SELECT * FROM alembic_version")).all())
    assert len(versions) == 1


def test_what_is_no_database_is_said(course: Course) -> None:
    (course.root / "gradebook.db").write_bytes(b"not a database, but longer than its header would be" * 40)
    with pytest.raises(GradebookError, match="damaged or no SQLite database"), open_gradebook(course):
        pass


def test_an_empty_file_is_a_new_gradebook_but_holds_no_scores(course: Course) -> None:
    (course.root / "gradebook.db").write_bytes(b"")
    with pytest.raises(GradebookError, match="is empty"):
        read_table(course, "ps1")
    with open_gradebook(course) as gradebook:
        gradebook.record(factories.result("ana", {}))
    assert len(read_table(course, "ps1").submissions) == 1


def test_a_folder_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(GradebookError, match="check that you may write this file and its folder"):
        open_database(f"sqlite:///{tmp_path / 'nowhere' / 'gradebook.db'}")


def test_a_full_disk_leaves_nothing_behind(course: Course) -> None:
    with open_gradebook(course) as gradebook:
        gradebook.record(factories.result("ana", {}))
        before = read_table(course, "ps1")

        def fill(session: object) -> None:
            # SQLite's own limit on pages answers as a full disk does
            session.execute(text("PRAGMA max_page_count = 1"))  # type: ignore[attr-defined]
            for number in range(2000):
                session.execute(text("INSERT INTO student (id) VALUES (:i)"), {"i": f"{number:0100}"})  # type: ignore[attr-defined]

        with pytest.raises(GradebookError, match="free some disk space"):
            gradebook.database.write(fill)
    assert read_table(course, "ps1") == before


@pytest.mark.parametrize("url", ["no url at all", "nosuchdatabase:///x"])
def test_a_url_that_means_nothing_is_said(url: str) -> None:
    with pytest.raises(GradebookError, match=r"no url at all|nosuchdatabase"):
        open_database(url)


def test_the_journal_mode_is_left_alone(course: Course, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    shutil.copy(course.root / "gradebook.db", copy)
    for mode in ("delete", "wal"):
        connection = sqlite3.connect(copy)
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.close()
        open_database(f"sqlite:///{copy}").close()
        connection = sqlite3.connect(copy)
        assert connection.execute("PRAGMA journal_mode").fetchone() == (mode,)
        connection.close()
