"""What a further worker takes of memory, idle and while it grades, in each sandbox. It writes README.md here.

`python benchmarks/memory.py` takes about three minutes; `make bench` runs it, too. Sandboxes that don't work on the
machine are left out by name.
"""

from __future__ import annotations

import itertools
import os
import re
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import msgspec

_ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(_ROOT)

from benchmarks.classroom import ASSIGNMENT, make_classroom  # noqa: E402
from benchmarks.figures import markdown  # noqa: E402
from benchmarks.machine import describe, load  # noqa: E402
from benchmarks.modes import jobs_of  # noqa: E402
from benchmarks.page import put  # noqa: E402
from gabarito.course import load_course  # noqa: E402
from gabarito.engine import WorkerSpec  # noqa: E402
from gabarito.engine.processes import descendants  # noqa: E402
from gabarito.engine.sandbox import STRONGEST_FIRST, Sandbox, make_sandbox  # noqa: E402
from gabarito.engine.seats import Seats  # noqa: E402
from gabarito.model import Job  # noqa: E402

_SIZE, _WORKERS, _SECONDS = 12, 4, 12.0
_PART = re.compile(r"^(Pss|Private_Clean|Private_Dirty):\s+(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Memory:
    """MiB of some processes together."""

    proportional: float
    """Each page by the number of processes that have it: the sum over all processes is what the machine holds."""
    own: float
    """Pages that only one process has."""


@dataclass(frozen=True, slots=True)
class Found:
    """So many workers of one run, and all that they need: while none has a job, and at the middle of grading."""

    idle: Memory
    grading: Memory


def main() -> None:
    """Measure, print what was found, and write it to the page."""
    sandboxes = {name: make_sandbox(name) for name in STRONGEST_FIRST}
    problems = {name: sandbox.problem() for name, sandbox in sandboxes.items()}
    rows = []
    with TemporaryDirectory(prefix="gabarito-bench-") as folder:
        room = make_classroom(load_course(_ROOT), Path(folder) / "course", _SIZE)
        imports = [i for notebook in room.course.record(ASSIGNMENT).notebooks for i in notebook.imports]
        before = load()
        for name, sandbox in sandboxes.items():
            if not problems[name]:
                spec = WorkerSpec(preload=("gabarito", *imports), limits=room.course.limits, sandbox=sandbox)
                rows.append(_row(sandbox, {n: measure(spec, n, jobs_of(room)) for n in (1, 2, _WORKERS)}))
    heading = ["sandbox, MiB", "the first, idle", "the second, idle", "each further, idle"]
    heading += ["the first, grading", "the second, grading", "each further, grading", "own pages of a further, grading"]
    left_out = ", ".join(f"{name} ({problems[name].split(';')[0]})" for name in STRONGEST_FIRST if problems[name])
    text = (
        "<!-- memory: measured -->\n"
        f"Measured on {describe()}; the load was {before:.1f} when it began.\n\n"
        f"{markdown(heading, rows)}\n\nLeft out: {left_out or 'none'}.\n<!-- memory: end -->"
    )
    print(text)
    put(text, Path(__file__).with_name("README.md"))


def measure(spec: WorkerSpec, count: int, jobs: Sequence[Job]) -> Found:
    """So many workers of one run, idle and while all of them grade."""
    bodies = itertools.cycle([msgspec.msgpack.encode(job) for job in jobs])
    seats = Seats(spec, (None,) * count, available=lambda: 1 << 50)
    try:
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(seats.run, itertools.islice(bodies, 2 * count)))  # each has started, and is warm
            if len(seats.workers) != count:
                raise RuntimeError(f"{len(seats.workers)} of {count} workers have started")
            idle = memory_of(_processes(seats))
            with _sampled(seats) as samples:
                end = time.monotonic() + _SECONDS
                while time.monotonic() < end:
                    list(pool.map(seats.run, itertools.islice(bodies, 4 * count)))
    finally:
        seats.close()
    middle = Memory(median(s.proportional for s in samples), median(s.own for s in samples))
    return Found(idle=idle, grading=middle)


def memory_of(pids: Sequence[int]) -> Memory:
    """What these processes take together; those that have ended take nothing."""
    total = {"Pss": 0, "Private_Clean": 0, "Private_Dirty": 0}
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):
            for name, kib in _PART.findall(Path(f"/proc/{pid}/smaps_rollup").read_text()):
                total[name] += int(kib)
    return Memory(total["Pss"] / 1024, (total["Private_Clean"] + total["Private_Dirty"]) / 1024)


def _processes(seats: Seats) -> list[int]:
    """All of the workers, of what they were forked from, and of the sandboxes."""
    roots = {os.getpid(), *(worker.root for worker in seats.workers)}
    found = {pid for root in roots for pid in (root, *descendants(root))}
    return sorted(found - {os.getpid()})


@contextmanager
def _sampled(seats: Seats) -> Iterator[list[Memory]]:
    """A block in which memory is looked at again and again."""
    samples: list[Memory] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            samples.append(memory_of(_processes(seats)))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield samples
    finally:
        over.set()
        looking.join()


def _row(sandbox: Sandbox, found: dict[int, Found]) -> list[str]:
    one, two, many = (found[count] for count in (1, 2, _WORKERS))
    row = [sandbox.name]
    for kind in ("idle", "grading"):
        first, second, all_ = (getattr(each, kind) for each in (one, two, many))
        row += [f"{first.proportional:.0f}", f"{second.proportional - first.proportional:.0f}"]
        row.append(f"{(all_.proportional - second.proportional) / (_WORKERS - 2):.0f}")
    row.append(f"{(many.grading.own - two.grading.own) / (_WORKERS - 2):.0f}")
    return row


if __name__ == "__main__":
    main()
