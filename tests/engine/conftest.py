"""Workers for the tests of the engine: a light one, and one that knows numpy and torch and must hide a course."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gabarito.engine import Worker, WorkerSpec
from gabarito.engine.sandbox import make_sandbox
from gabarito.model import Mode
from tests.engine.lessons import LIMITS, Bench, write_course
from tests.engines import base_image, cpu_image, podman

__all__ = ["base_image", "cpu_image", "podman"]

_REPOSITORY = Path(__file__).parents[2]
# As for a real assignment: what its notebooks import would take a cell's whole CPU time on a slow machine.
_PRELOAD = ("numpy", "torch", "matplotlib.pyplot", "pandas")


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


class Benches:
    """One for each sandbox and mode, made when it is first asked for."""

    def __init__(self, course: Path, request: pytest.FixtureRequest) -> None:
        self._hide = (str(course), str(_REPOSITORY))
        self._request = request
        self._made: dict[tuple[str, Mode], Bench] = {}

    def get(self, sandbox: str, mode: Mode) -> Bench:
        """The bench; the test is skipped, with the reason, where there is no such sandbox."""
        if (sandbox, mode) not in self._made:
            image = self._request.getfixturevalue("cpu_image") if sandbox == "podman" else ""
            chosen = make_sandbox(sandbox, image)
            if problem := chosen.problem():
                pytest.skip(f"{sandbox}: {problem}")
            spec = WorkerSpec(preload=_PRELOAD, hide=self._hide, limits=LIMITS, sandbox=chosen)
            self._made[sandbox, mode] = Bench(spec, mode)
        return self._made[sandbox, mode]

    def close(self) -> None:
        """End all workers."""
        for each in self._made.values():
            each.close()


@pytest.fixture(scope="session")
def benches(course: Path, request: pytest.FixtureRequest) -> Iterator[Benches]:
    made = Benches(course, request)
    yield made
    made.close()


@pytest.fixture(params=[("process", mode) for mode in Mode], ids=lambda place: place[1].value)
def bench(request: pytest.FixtureRequest, benches: Benches) -> Bench:
    """That of the test's sandbox and mode."""
    return benches.get(*request.param)
