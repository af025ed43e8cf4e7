"""Jobs made from plain sources."""

from __future__ import annotations

from typing import Any

from gabarito.model import HiddenRegion, Job, JobCell, Limits, Role

TIGHT = Limits(
    cell_cpu_seconds=0.6,
    notebook_cpu_seconds=1.5,
    idle_seconds=0.6,
    memory_bytes=150 << 20,
    output_bytes=256 << 10,
    kept_output_bytes=4 << 10,
    file_bytes=8 << 20,
    open_files=128,
    processes=32,
)


def job(*sources: str, **settings: Any) -> Job:
    """A job of plain cells."""
    cells = tuple(JobCell(index=i, id=f"cell-{i}", role=Role.PLAIN, source=source) for i, source in enumerate(sources))
    return Job(key="job", cells=cells, **settings)


def checked(source: str, *hidden: tuple[int, int], before: str = "") -> Job:
    """A job of one test cell behind a plain one; `hidden` are its hidden regions, by first and last line."""
    regions = tuple(HiddenRegion(first, last, f"region {n}") for n, (first, last) in enumerate(hidden))
    return Job(
        key="job",
        cells=(
            JobCell(index=0, id="answer", role=Role.ANSWER, source=before),
            JobCell(index=1, id="test", role=Role.TEST, source=source, hidden=regions),
        ),
    )
