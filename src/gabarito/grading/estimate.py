"""How long a notebook will run, as far as anybody can tell before."""

from __future__ import annotations

from collections import defaultdict

from gabarito.engine.schedule import size_of
from gabarito.model import Job

_SECONDS_PER_BYTE = 1e-4  # until the first notebook was measured; only the order rests on it


class Estimates:
    """Seconds that notebooks will take: as measured before, else by size, as the others of this run did."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = defaultdict(float)
        self._bytes: dict[str, int] = defaultdict(int)

    def seconds(self, notebook: str, job: Job, earlier: float | None = None) -> float:
        """What the job will take.

        Args:
            notebook: its name, by which others are compared.
            job: what is to be run.
            earlier: CPU seconds that the same student's notebook took the last time, or None.
        """
        if earlier is not None:
            return earlier
        known = self._bytes[notebook]
        return size_of(job) * (self._seconds[notebook] / known if known else _SECONDS_PER_BYTE)

    def learn(self, notebook: str, job: Job, seconds: float) -> None:
        """The job took so many CPU seconds."""
        self._seconds[notebook] += seconds
        self._bytes[notebook] += size_of(job)
