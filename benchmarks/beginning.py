"""What it saves to run the first cells once: beside running them anew, and beside the floor. It writes README.md here.

`python benchmarks/beginning.py` takes two minutes. The notebook reads a table of numbers, as many lessons do, and then
asks for a small function; the larger the table, the more is saved.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

_ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(_ROOT)

from msgspec.structs import replace  # noqa: E402

from benchmarks.machine import describe, load, wait_for_calm  # noqa: E402
from benchmarks.modes import cost  # noqa: E402
from benchmarks.page import put  # noqa: E402
from gabarito.engine import Worker, WorkerSpec  # noqa: E402
from gabarito.model import Contract, Job, JobCell, JobFile, Limits, Mode, Role  # noqa: E402

_ROWS = (10_000, 100_000, 400_000)
_JOBS, _ROUNDS = 12, 5
_TABLE = "numbers.csv"
_READ = f"import csv\nwith open({_TABLE!r}) as file:\n    rows = [[float(x) for x in row] for row in csv.reader(file)]"
_ANSWER = "def mean(column):\n    return sum(row[column] for row in rows[:100]) / 100"
_TEST = "assert mean(0) >= 0\nassert mean(1) >= mean(0)"
_IMPORTS = ("torch", "numpy")


def main() -> None:
    """Measure, print what was found, and write it to the page."""
    with TemporaryDirectory(prefix="gabarito-bench-") as name, Worker(WorkerSpec(preload=_IMPORTS)) as worker:
        wait_for_calm(0.7, 0.5)
        before = load()
        rows = [_row(count, worker, Path(name)) for count in _ROWS]
    text = (
        "<!-- beginning: measured -->\n"
        f"Measured on {describe()}; the load was {before:.1f} when it began. "
        f"{_ROUNDS} rounds of {_JOBS} submissions.\n\n"
        "| rows | CPU time, once / anew | once / floor | anew / floor |\n| ---: | ---: | ---: | ---: |\n"
        + "\n".join(rows)
        + "\n<!-- beginning: end -->"
    )
    print(text)
    put(text, Path(__file__).with_name("README.md"))


def _row(count: int, worker: Worker, folder: Path) -> str:
    job = _job("".join(f"{i % 7}.5,{i % 7 + 1}.25\n" for i in range(count)).encode())
    once, anew = [job] * _JOBS, [replace(job, beginning=0)] * _JOBS
    cost(worker, once[:1] + anew[:1])
    found = []
    for turn in range(_ROUNDS):
        order = (once, anew) if turn % 2 else (anew, once)
        costs = {id(jobs): cost(worker, jobs) for jobs in order}
        found.append((costs[id(once)], costs[id(anew)], _floor(job, folder)))
    figures = [
        [one / other for one, other in pairs]
        for pairs in (
            [(o, a) for o, a, _ in found],
            [(o, f) for o, _, f in found],
            [(a, f) for _, a, f in found],
        )
    ]
    return f"| {count:,} | " + " | ".join(f"{median(f):.2f} ({min(f):.2f} to {max(f):.2f})" for f in figures) + " |"


def _job(table: bytes) -> Job:
    contract = Contract(mode=Mode.TWO_PROCESS, fetch=("mean",))
    cells = (
        JobCell(index=0, id="read", role=Role.GIVEN, source=_READ),
        JobCell(index=1, id="mean", role=Role.ANSWER, source=_ANSWER),
        JobCell(index=2, id="test", role=Role.TEST, source=_TEST, contract=contract),
    )
    file = JobFile(_TABLE, table, given=True)
    return Job(key="beginning", cells=cells, files=(file,), limits=Limits(), beginning=1)


def _floor(job: Job, folder: Path) -> float:
    """CPU seconds of the same cells, so often, in one warm process."""
    (folder / _TABLE).write_bytes(job.files[0].content)
    given, found = folder / "given.json", folder / "found.json"
    cells = [cell.source for cell in job.cells]
    submissions = [{"student": str(i), "seed": i, "cells": cells} for i in range(_JOBS)]
    given.write_text(json.dumps({"imports": _IMPORTS, "submissions": submissions}))
    command = [sys.executable, str(_ROOT / "benchmarks" / "floor.py"), str(given), str(found)]
    subprocess.run(command, check=True, cwd=folder, env=os.environ | {"OMP_NUM_THREADS": "1"})
    return sum(each["cpu"] for each in json.loads(found.read_text())["submissions"].values())


if __name__ == "__main__":
    main()
