"""Workers for the tests of the engine: a light one, and one that knows numpy and torch and must hide a course."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gabarito.engine import Worker, WorkerSpec
from gabarito.model import Mode
from tests.engine.lessons import Bench, write_course

_REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    with Worker(WorkerSpec()) as started:
        yield started


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course folder with tests, a gradebook and what others handed in."""
    folder = tmp_path_factory.mktemp("course")
    write_course(folder)
    return folder


@pytest.fixture(scope="module", params=list(Mode), ids=lambda mode: mode.value)
def bench(request: pytest.FixtureRequest, course: Path) -> Iterator[Bench]:
    made = Bench(WorkerSpec(preload=("numpy", "torch"), hide=(str(course), str(_REPOSITORY))), request.param)
    yield made
    made.close()
