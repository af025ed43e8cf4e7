from __future__ import annotations

import pytest

import gabarito.grading.bulk
from tests.grading.courses import run_jobs_here


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run notebooks in this process: for tests of what becomes of reports."""
    monkeypatch.setattr(gabarito.grading.bulk, "run_jobs", run_jobs_here)
