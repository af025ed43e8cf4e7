"""A light worker for the tests of the engine: no packages are imported beforehand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gabarito.engine import Worker, WorkerSpec


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    with Worker(WorkerSpec()) as started:
        yield started
