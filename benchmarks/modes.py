"""What it costs to run tests in a process of their own: beside shared mode, and by the call. It writes README.md here.

`python benchmarks/modes.py` takes about two minutes; `make bench` runs it last.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

_ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(_ROOT)

from msgspec.structs import replace  # noqa: E402

from benchmarks.classroom import ASSIGNMENT, Classroom, make_classroom  # noqa: E402
from benchmarks.machine import describe, load, wait_for_calm  # noqa: E402
from benchmarks.page import put  # noqa: E402
from gabarito.course import load_course  # noqa: E402
from gabarito.engine import Worker, WorkerSpec  # noqa: E402
from gabarito.exchange import find_submissions  # noqa: E402
from gabarito.grading.prepare import given_files, prepare  # noqa: E402
from gabarito.grading.secret import course_secret  # noqa: E402
from gabarito.model import Contract, Job, JobCell, Limits, Mode, Role  # noqa: E402

_SIZE, _ROUNDS = 12, 3
_GIVEN = "import time\nimport numpy as np\nimport torch"
_ANSWER = "def same(x):\n    return None"
_CALLS = """
def best(call, times):
    found = []
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(times):
            call()
        found.append((time.perf_counter() - start) / times)
    return min(found)


torch.ones(1 << 27)  # a virtual machine gets memory from its host first, which takes longer than any copy
number, small = best(lambda: same(1), 200), best(lambda: same(small_tensor), 200)


def seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def middle(values):
    return sorted(values)[len(values) // 2]


copies = []
for _ in range(9):
    large = torch.rand(4096, 4096)
    plain = [seconds(large.clone) for _ in range(3)]
    first, again = seconds(lambda: same(large)), [seconds(lambda: same(large)) for _ in range(3)]
    plain += [seconds(large.clone) for _ in range(3)]
    copies.append((first / middle(plain), middle(again) / middle(plain)))
print(1e3 * number, 1e3 * small, middle([c[0] for c in copies]), middle([c[1] for c in copies]))
"""


def main() -> None:
    """Measure, print what was found, and write it to the page."""
    with TemporaryDirectory(prefix="gabarito-bench-") as name:
        room = make_classroom(load_course(_ROOT), Path(name) / "course", _SIZE)
        wait_for_calm(0.7, 0.5)
        before = load()
        ratios = _ratios(room)
    number, small, first, again = _calls()
    text = (
        "<!-- modes: measured -->\n"
        f"Measured on {describe()}; the load was {before:.1f} when it began.\n\n"
        "| | |\n| --- | ---: |\n"
        f"| CPU time of a submission, two processes / shared mode, {_ROUNDS} rounds of {len(room.students)} hand-ins | "
        f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) |\n"
        f"| a call with a number, ms | {number:.2f} |\n"
        f"| a call with a small tensor, ms | {small:.2f} |\n"
        f"| a call with a new 4096 × 4096 float32 tensor / a copy of it | {first:.1f} |\n"
        f"| the same tensor again / a copy of it | {again:.1f} |\n"
        "<!-- modes: end -->"
    )
    print(text)
    put(text, Path(__file__).with_name("README.md"))


def _ratios(room: Classroom) -> list[float]:
    jobs = jobs_of(room)
    shared = [replace(job, cells=tuple(replace(cell, contract=None) for cell in job.cells)) for job in jobs]
    imports = [name for notebook in room.course.record(ASSIGNMENT).notebooks for name in notebook.imports]
    with Worker(WorkerSpec(preload=("gabarito", *imports))) as worker:
        cost(worker, jobs[:1])
        cost(worker, shared[:1])
        return [_ratio(worker, jobs, shared) for _ in range(_ROUNDS)]


def _ratio(worker: Worker, jobs: Sequence[Job], shared: Sequence[Job]) -> float:
    # By turns, since a machine's speed comes and goes within seconds.
    costs = [(cost(worker, [one]), cost(worker, [other])) for one, other in zip(jobs, shared, strict=True)]
    return sum(one for one, _ in costs) / sum(other for _, other in costs)


def jobs_of(room: Classroom) -> list[Job]:
    """The jobs of all hand-ins."""
    course = room.course
    record = course.record(ASSIGNMENT)
    contracts = course.contract(ASSIGNMENT).current(record)
    given, secret = given_files(course, ASSIGNMENT), course_secret(course)
    return [
        job
        for submission in find_submissions(course, ASSIGNMENT, room.students)
        for job in prepare(course, record, submission, given, contracts, secret=secret).jobs.values()
    ]


def cost(worker: Worker, jobs: Sequence[Job]) -> float:
    """CPU seconds of all processes of these jobs."""
    return sum(worker.run(job).cpu_seconds for job in jobs)


def _calls() -> tuple[float, ...]:
    """Milliseconds of two kinds of call, and the time of two more in copies of their argument."""
    contract = Contract(mode=Mode.TWO_PROCESS, fetch=("same",), is_being_written=True)
    cells = (
        JobCell(index=0, id="given", role=Role.GIVEN, source=f"{_GIVEN}\nsmall_tensor = torch.ones(8)"),
        JobCell(index=1, id="answer", role=Role.ANSWER, source=_ANSWER),
        JobCell(index=2, id="test", role=Role.TEST, source=_CALLS, contract=contract),
    )
    with Worker(WorkerSpec(preload=("numpy", "torch"))) as worker:
        report = worker.run(Job(key="calls", cells=cells, limits=Limits(cell_cpu_seconds=120.0))).cells[2]
    if report.message:
        raise RuntimeError(report.message)
    return tuple(map(float, "".join(o.get("text", "") for o in report.outputs).split()))


if __name__ == "__main__":
    main()
