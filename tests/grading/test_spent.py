"""Whose cells took the time."""

from __future__ import annotations

from gabarito.grading.spent import Spent, spent_in
from gabarito.model import CellReport, Job, JobCell, Outcome, Report, Role


def test_seconds_go_to_those_whose_cells_took_them() -> None:
    roles = (Role.GIVEN, Role.ANSWER, Role.PLAIN, Role.TEST)
    job = Job(key="", cells=tuple(JobCell(index=n, id="", role=role, source="") for n, role in enumerate(roles)))
    cells = tuple(
        CellReport(index=n, id="", outcome=Outcome.PASSED, cpu_seconds=seconds)
        for n, seconds in enumerate((1, 2, 4, 8))
    )
    spent = spent_in([(job, Report(key="", cells=cells, cpu_seconds=18.0))], restore=0.5, record=0.25)
    assert spent == Spent(restore=0.5, given=1, student=6, tests=8, around=3, record=0.25)
    assert spent + Spent(tests=1) == Spent(restore=0.5, given=1, student=6, tests=9, around=3, record=0.25)
    none = spent_in([(job, Report(key="", cells=cells))], restore=0, record=0)
    assert none.around == 0
