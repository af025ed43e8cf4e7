"""A runner without processes, which keeps what cells print."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from gabarito.model import CellReport, Job, JobCell, Report
from tests.release.factories import _run


def run_watched(
    jobs: Iterable[Job], *, workers: int = 1, preload: Sequence[str] = (), **settings: Any
) -> Iterator[tuple[Job, Report]]:
    """Run jobs in this process: enough of an engine for notebooks that behave."""
    for job in jobs:
        namespace: dict[str, Any] = {}
        yield job, Report(key=job.key, cells=tuple(_watched(cell, namespace) for cell in job.cells))


def _watched(cell: JobCell, namespace: dict[str, Any]) -> CellReport:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        report = _run(cell, namespace)
    return replace(report, outputs=({"output_type": "stream", "name": "stdout", "text": said.getvalue()},))
