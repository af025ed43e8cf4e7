"""An audit as a page: nothing is loaded from elsewhere, no script runs, and it can be printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gabarito.audit.result import Audit, AuditedTest, Fate, TestedMutant
from gabarito.audit.statistics import Rate, percent

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class ExerciseTable:
    """The mutants of one answer cell against the tests that noticed any of them."""

    notebook: str
    cell: str
    tests: tuple[str, ...]
    mutants: tuple[TestedMutant, ...]

    @property
    def killed(self) -> int:
        """How many were noticed."""
        return sum(m.fate is Fate.KILLED for m in self.mutants)

    @property
    def equivalent(self) -> int:
        """How many deserve full marks."""
        return sum(m.fate is Fate.EQUIVALENT for m in self.mutants)

    @property
    def survived(self) -> int:
        """How many no test noticed."""
        return len(self.mutants) - self.killed - self.equivalent


def exercise_tables(audit: Audit) -> Iterator[ExerciseTable]:
    """One table for each answer cell, in the order of the notebooks."""
    cells = dict.fromkeys((m.notebook, m.mutant.cell) for m in audit.mutants)
    for notebook, cell in cells:
        mutants = tuple(m for m in audit.mutants if (m.notebook, m.mutant.cell) == (notebook, cell))
        seen = {test for m in mutants for test in m.by}
        tests = tuple(t.id for t in audit.tests if t.notebook == notebook and t.id in seen)
        yield ExerciseTable(notebook, cell, tests, mutants)


def audit_page(audit: Audit) -> str:
    """The whole page as HTML."""
    return str(
        _template().render(
            audit=audit,
            tables=list(exercise_tables(audit)),
            several=len({t.notebook for t in audit.tests}) > 1,
            failures=sum(f.is_failure for f in audit.faults),
            fate=Fate,
        )
    )


def _interval(rate: Rate) -> str:
    low, high = rate.interval()
    return f"{percent(low)} – {percent(high)}"


def _flaky(tests: Sequence[AuditedTest]) -> int:
    return sum(0 < t.rate.failures < t.rate.runs for t in tests)


@cache
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(_TEMPLATES)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"percent": percent, "interval": _interval, "flaky": _flaky}
    return environment.get_template("audit.html.j2")
