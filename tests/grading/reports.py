"""Jobs and reports made up for tests of the store: nothing is run."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from gabarito.grading.keys import Surroundings
from gabarito.model import CellReport, Contract, Job, JobCell, Limits, Mode, Origin, Outcome, Report, Role

AROUND = Surroundings(engine="engine", data="data", seeds="seeds")
TWO = Contract(mode=Mode.TWO_PROCESS, fetch=("f",))
ORIGIN = Origin(engine="0", sandbox="process")


def job(key: str = "ana", *, tests: Mapping[str, str] | None = None) -> Job:
    """A notebook with a given cell, an answer and tests; by default `a`, `b` and `c`, one after the other."""
    sources = tests or {"a": "assert f(1)", "b": "assert f(2)", "c": "assert f(3)"}
    cells = [
        JobCell(index=1, id="setup", role=Role.GIVEN, source="import math"),
        JobCell(index=3, id="f", role=Role.ANSWER, source="def f(x): return x"),
        *(
            JobCell(index=5 + n, id=name, role=Role.TEST, source=source, contract=TWO)
            for n, (name, source) in enumerate(sources.items())
        ),
        JobCell(index=40, id="plain-1", role=Role.PLAIN, source="print(1)"),
    ]
    return Job(key=key, cells=tuple(cells), limits=Limits(notebook_cpu_seconds=10.0), seed=7)


def report(
    done: Job,
    endings: Mapping[str, Outcome] | None = None,
    *,
    cpu_seconds: float = 1.0,
    values: Mapping[str, str] | None = None,
    said: str = "",
    name: str = "stdout",
) -> Report:
    """What became of a job: everything passed, but for these cells.

    Args:
        values: last expressions, by cell.
        said: what each cell wrote, to tell one run from another.
        name: of the stream that it wrote to.
    """
    cells = tuple(
        CellReport(
            index=cell.index,
            id=cell.id,
            outcome=(endings or {}).get(cell.id, Outcome.PASSED),
            mode=Mode.TWO_PROCESS if cell.role is Role.TEST else None,
            value=(values or {}).get(cell.id),
            outputs=({"output_type": "stream", "name": name, "text": said},) if said else (),
        )
        for cell in done.cells
    )
    return Report(key=done.key, cells=cells, cpu_seconds=cpu_seconds, wall_seconds=cpu_seconds, origin=ORIGIN)


def moved(done: Job, by: int) -> Job:
    """The same job with its cells further down, but for those whose place shows."""
    return replace(done, cells=tuple(c if c.role is Role.PLAIN else replace(c, index=c.index + by) for c in done.cells))
