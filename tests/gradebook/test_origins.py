"""What ran a notebook is kept with its scores."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gabarito.course import Course
from gabarito.gradebook.database import open_database
from gabarito.gradebook.origins import read_origins
from gabarito.gradebook.result import SubmissionResult
from gabarito.gradebook.writer import open_gradebook
from gabarito.model import Origin
from tests.gradebook import factories

SCORES = {"test-double": 2.0, "test-half": 3.0, "test-two": 2.0}
PODMAN = Origin(engine="1.2", sandbox="podman", image="0123abcd")
PROCESS = Origin(engine="1.3", sandbox="process")


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return factories.course(tmp_path)


def _result(origin: Origin, student: str = "ana") -> SubmissionResult:
    result = factories.result(student, SCORES)
    return replace(result, notebooks={n: replace(r, origin=origin) for n, r in result.notebooks.items()})


def _record(course: Course, *results: SubmissionResult) -> None:
    with open_gradebook(course) as gradebook:
        for result in results:
            gradebook.record(result)


def _origins(course: Course) -> list[Origin]:
    database = open_database(course.db_url, writable=False)
    try:
        with Session(database.engine) as session:
            session.execute(select(1))
            return sorted(read_origins(session).values(), key=lambda o: o.engine)
    finally:
        database.close()


def test_the_image_is_kept_with_each_notebook(course: Course) -> None:
    _record(course, _result(PODMAN), _result(PROCESS, "bo"))
    assert _origins(course) == [PODMAN, PODMAN, PROCESS, PROCESS]


def test_a_regrade_replaces_it_and_a_missing_notebook_has_none(course: Course) -> None:
    _record(course, _result(PODMAN))
    regraded = factories.result("ana", {"test-two": 2.0}, notebooks=["two"])
    _record(course, replace(regraded, notebooks={n: replace(r, origin=PROCESS) for n, r in regraded.notebooks.items()}))
    assert _origins(course) == [PROCESS]


def test_a_gradebook_from_before_is_read_and_gets_its_table(course: Course) -> None:
    _record(course, _result(PODMAN))
    with sqlite3.connect(course.root / "gradebook.db") as connection:
        connection.execute("DROP TABLE gabarito_origin")
    connection.close()
    assert _origins(course) == []
    _record(course, _result(PROCESS))
    assert _origins(course) == [PROCESS, PROCESS]
