"""Where the time of a submission went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from gabarito.model import Job, Report, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Seconds. Those of cells and around them are CPU time where they ran; the others are the clock's, here."""

    restore: float = 0.0
    """Reading the notebook and putting it right."""
    given: float = 0.0
    """Locked cells without tests."""
    student: float = 0.0
    """Cells of the student's."""
    tests: float = 0.0
    """Cells with tests."""
    around: float = 0.0
    """Starting processes for the notebook, checking, and clearing up."""
    record: float = 0.0
    """Scores into the gradebook, the notebook into `autograded`."""

    def __add__(self, other: Spent) -> Spent:
        return Spent(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})

    def parts(self) -> dict[str, float]:
        """Seconds by the names of the fields, in their order."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


def spent_in(runs: Iterable[tuple[Job, Report]], *, restore: float, record: float) -> Spent:
    """What one submission took.

    Args:
        runs: its notebooks with their reports.
        restore: seconds that putting it right took.
        record: seconds that recording it took.
    """
    by_role = dict.fromkeys(Role, 0.0)
    around = 0.0
    for job, report in runs:
        if not report.cpu_seconds:  # it was known
            continue
        roles = {cell.index: cell.role for cell in job.cells}
        around += report.cpu_seconds
        for cell in report.cells:
            by_role[roles[cell.index]] += cell.cpu_seconds
            around -= cell.cpu_seconds
    given, tests = by_role.pop(Role.GIVEN), by_role.pop(Role.TEST)
    student = sum(by_role.values())
    return Spent(restore=restore, given=given, student=student, tests=tests, around=max(0.0, around), record=record)
