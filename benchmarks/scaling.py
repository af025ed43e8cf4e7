"""What a submission costs, how two workers compare with one, and what that means for many. It writes docs/scaling.md.

`python benchmarks/scaling.py` takes about eight minutes; `--quick` two, and leaves the page alone.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory

_ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(_ROOT)

from benchmarks.classroom import ASSIGNMENT, Classroom, make_classroom  # noqa: E402
from benchmarks.figures import markdown, spread  # noqa: E402
from benchmarks.graders import run_floor  # noqa: E402
from benchmarks.machine import describe, load, wait_for_calm  # noqa: E402
from benchmarks.page import put  # noqa: E402
from benchmarks.simulation import Outcome, Plan, bound, heavy_tailed, simulate  # noqa: E402
from gabarito.course import load_course  # noqa: E402
from gabarito.engine import run_jobs  # noqa: E402
from gabarito.grading.bulk import grade  # noqa: E402
from gabarito.grading.result import Graded  # noqa: E402
from gabarito.model import Job, JobCell, Role  # noqa: E402

_UNTIMED = "softmax"
"""An assignment none of whose tests measures time."""
_SIZE, _ROUNDS = 40, 3
_WAITING, _WAIT_SECONDS = 40, 0.25
_MANY, _WORKERS, _FAILURES = 100_000, 1000, 0.01


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: seconds until the first notebook began, and until the end; of each notebook; and here, for each."""

    start: float
    wall: float
    runs: tuple[float, ...]
    prepare: float = 0.0
    record: float = 0.0
    spared: int = 0

    @property
    def rest(self) -> float:
        """Seconds without the start."""
        return self.wall - self.start

    def again(self, workers: int) -> Outcome:
        """The same notebooks on simulated workers."""
        plan = Plan(seconds=self.runs, workers=workers, start=self.start, prepare=self.prepare, record=self.record)
        return simulate(plan)


Pair = tuple[Measured, Measured]
"""The same with one worker and with two."""


def main() -> None:
    """Measure, simulate, print what was found, and write it to the page."""
    quick = "--quick" in sys.argv
    size, rounds = (16, 1) if quick else (_SIZE, _ROUNDS)
    with TemporaryDirectory(prefix="gabarito-bench-") as name:
        room = make_classroom(load_course(_ROOT), Path(name) / "course", size)
        untimed = make_classroom(load_course(_ROOT), Path(name) / _UNTIMED, size, _UNTIMED)
        if not quick:
            wait_for_calm(0.7, 0.5)
        before = load()
        classes: list[Pair] = []
        every: list[Pair] = []
        others: list[Pair] = []
        waits: list[Pair] = []
        floors: list[float] = []
        cells = Path(name) / "cells.json"
        cells.write_text(json.dumps(room.cells()))
        for number in range(rounds):
            order = (1, 2) if number % 2 == 0 else (2, 1)
            at = {workers: Path(name) / f"{number}-{workers}" for workers in order}
            for found, whose, force in ((classes, room, False), (every, room, True), (others, untimed, True)):
                made = {n: measure(whose, at[n] / f"{whose.assignment}-{force}", n, force=force) for n in order}
                found.append((made[1], made[2]))
            waited = {workers: measure_waiting(workers) for workers in order}
            waits.append((waited[1], waited[2]))
            alone, beside = (floor_seconds(room, cells, workers) for workers in (1, 2))
            floors.append(2 * alone / beside)
    text = page(classes, every, others, waits, floors, before)
    print(text)
    if not quick:
        put(text, _ROOT / "docs" / "scaling.md")


def measure(room: Classroom, folder: Path, workers: int, *, force: bool) -> Measured:
    """Grade a class with so many workers, in a fresh course; `force` runs every test."""
    course = room.copy(folder, room.students)
    began = time.monotonic()
    starts: list[float] = []

    def on_graded(graded: Graded) -> None:
        starts.append(time.monotonic() - began - graded.wall_seconds - graded.spent.record)

    run = grade(course, room.assignment, workers=workers, force=force, on_graded=on_graded)
    done = run.submissions
    return Measured(
        start=starts[0],
        wall=time.monotonic() - began,
        runs=tuple(s.wall_seconds for s in done),
        prepare=mean(s.spent.restore for s in done),
        record=mean(s.spent.record for s in done),
        spared=run.spared,
    )


def measure_waiting(workers: int) -> Measured:
    """Run notebooks that use next to nothing of the machine, with so many workers."""
    cell = JobCell(index=0, id="wait", role=Role.PLAIN, source=f"import time\ntime.sleep({_WAIT_SECONDS})")
    jobs = [Job(key=str(number), cells=(cell,)) for number in range(_WAITING)]
    began = time.monotonic()
    start, runs = 0.0, []
    for _, report in run_jobs(jobs, workers=workers):
        start = start or time.monotonic() - began - report.wall_seconds
        runs.append(report.wall_seconds)
    return Measured(start=start, wall=time.monotonic() - began, runs=tuple(runs))


def floor_seconds(room: Classroom, cells: Path, count: int) -> float:
    """What the cells take by themselves, in each of so many processes at the same time, without any grader."""

    def alone(_: int) -> float:
        with TemporaryDirectory(dir=cells.parent) as folder:
            return run_floor(room, cells, Path(folder))[0].of(room.students).wall

    with ThreadPoolExecutor(count) as side_by_side:
        return mean(side_by_side.map(alone, range(count)))


def page(
    classes: Sequence[Pair],
    every: Sequence[Pair],
    others: Sequence[Pair],
    waits: Sequence[Pair],
    floors: Sequence[float],
    before: float,
) -> str:
    """What was measured and simulated, as a part of the page."""
    graded = [run for pair in classes for run in pair]
    runs = [seconds for run in graded for seconds in run.runs]
    prepare, record = mean(run.prepare for run in graded), mean(run.record for run in graded)
    here = (prepare + record) / mean(runs)

    def row(name: str, pairs: Sequence[Pair]) -> list[str]:
        found = spread([one.rest / two.rest for one, two in pairs])
        told = spread([(one.again(1).seconds - one.start) / (one.again(2).seconds - one.start) for one, _ in pairs])
        off = spread([run.again(n).seconds / run.wall for pair in pairs for n, run in enumerate(pair, 1)])
        return [name, str(found), str(told), str(off)]

    heading = ["", "two workers as fast as one", "foretold", "simulated to measured time of a run"]
    rows = [
        row("notebooks that wait", waits),
        row(f"`{_UNTIMED}`, every test: none measures time", others),
        row(f"`{ASSIGNMENT}`, every test: some measure time", every),
        row(f"`{ASSIGNMENT}`, without tests that others have passed", classes),
        ["its cells in two processes, without a grader", str(spread(floors)), "–", "–"],
    ]
    wide = ["", "to the bound that nothing beats", "which is", "workers busy", "ungraded"]
    return f"""<!-- scaling: measured -->
Measured on {describe()}, {len(classes)} rounds; the load was {before:.1f} when it began.

{markdown(heading, rows)}

Of the tests of `{ASSIGNMENT}`, one worker left out {mean(one.spared for one, _ in classes):.0f} that others had passed,
two workers {mean(two.spared for _, two in classes):.0f}.

The machine that grades spends {here:.2g} times as long on preparing and recording a submission of `{ASSIGNMENT}`
as a worker on running it, so it keeps about {1 / here:.0f} workers busy with such short ones; with longer ones more, in
proportion.

{_MANY:,} submissions on {_WORKERS:,} workers, simulated: {_FAILURES:.0%} of all runs break, and times are log-normal
(σ = 1.5, at most 300 s) around the median of that class.

{markdown(wide, _large(median(runs), prepare, record))}
<!-- scaling: end -->"""


def _large(middle: float, prepare: float, record: float) -> list[list[str]]:
    seconds = heavy_tailed(_MANY, middle)
    plan = Plan(seconds=seconds, workers=_WORKERS, prepare=prepare, record=record, failures=_FAILURES)
    longer = dataclasses.replace(plan, seconds=heavy_tailed(_MANY, 100 * middle))
    first = {"as it is": plan, "notebooks a hundred times as long": longer}
    free = dataclasses.replace(longer, prepare=0.0, record=0.0)
    more = {
        "these, and a coordinator that costs nothing": free,
        "these, with known times": dataclasses.replace(free, guess=lambda seconds: seconds),
    }
    return [_row(name, each) for name, each in (first | more).items()]


def _row(name: str, plan: Plan) -> list[str]:
    outcome, bounds = simulate(plan), bound(plan)
    reason = max(bounds, key=lambda each: bounds[each])
    return [name, f"{outcome.seconds / bounds[reason]:.2f}", reason, f"{outcome.busy:.0%}", str(outcome.ungraded)]


if __name__ == "__main__":
    main()
