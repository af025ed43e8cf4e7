"""How often `assert_faster` is wrong, on an idle machine and with every core loaded. It writes README.md here.

`python benchmarks/faster.py --state idle` makes 30,000 trials, which takes some minutes; with `--state loaded`, half an
hour. Each trial is one call of `assert_faster` on a function and one that calls it three times, so that the true ratio
is 3 by construction. The bound is 1.5 times below or above it, by turns.

Counts are kept in faster.json beside this file, from run to run, until the code that measures changes: a run that is
cut short is not lost, and the page has what all runs found together.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(_ROOT)

import torch  # noqa: E402

from benchmarks.machine import describe  # noqa: E402
from benchmarks.measure import busy_seconds  # noqa: E402
from benchmarks.page import put  # noqa: E402
from benchmarks.verdicts import Counts, Found, method, table  # noqa: E402
from gabarito.engine import Worker, WorkerSpec  # noqa: E402
from gabarito.model import Contract, Job, JobCell, Limits, Mode, Outcome, Role  # noqa: E402
from gabarito.testing import assert_faster, faster  # noqa: E402

_RATIO, _OFF = 3, 1.5
_KEPT_SECONDS = 10
_BATCH = 24
_STATES = {"idle": "idle", "loaded": "with every core loaded"}
_WAYS = {"one": "both functions in one process", "two": "the answer in a process of its own"}
_MEASURING = ("testing/faster.py", "testing/_sequential.py", "testing/_elsewhere.py", "engine/remote/measuring.py")


# Code of a notebook, too: what a trial between two processes runs there.
_FUNCTIONS = """
import torch
rows, few = torch.ones(12, 32), torch.ones(12, 32)
square, long = torch.ones(128, 128), torch.ones(200_000)
def loop():
    sum(range(1000))
def rows_in_turn():
    torch.stack([(row * few).sum(1) for row in rows])
def product():
    square @ square
def long_sum():
    long + long
def thrice(f):
    def slow():
        f()
        f()
        f()
    return slow
"""
_NAMES = {
    "loop": "a loop in Python",
    "rows_in_turn": "a loop over rows in torch",
    "product": "a product in torch",
    "long_sum": "a sum of long tensors",
}
_IN_CHECKER = """
import json
from gabarito.testing import assert_faster, faster
decide, seen, found = faster.decide, [], []
def noted(*args, **options):
    decision = decide(*args, **options)
    seen.append(decision.measured)
    return decision
faster.decide = noted
theirs = dict(loop=loop_, rows_in_turn=rows_in_turn_, product=product_, long_sum=long_sum_)
own = dict(loop=loop, rows_in_turn=rows_in_turn, product=product, long_sum=long_sum)
for name, bound in TRIALS:
    seen.clear()
    try:
        assert_faster(theirs[name], than=thrice(own[name]), by=bound)
        found.append((name, bound, True, list(seen)))
    except AssertionError:
        found.append((name, bound, False, list(seen)))
print(json.dumps(found))
"""


def main() -> None:
    """Measure, print what was found, and write it to the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", choices=_STATES, help="of the machine; left out: only write the page anew")
    parser.add_argument("--way", choices=_WAYS, default="one", help="where the two functions are: processes")
    parser.add_argument("--trials", type=int, default=30_000, help="calls of assert_faster")
    parser.add_argument(
        "--counts", type=Path, default=Path(__file__).with_name("faster.json"), help="where they are kept"
    )
    parser.add_argument("--dry", action="store_true", help="leave the page alone")
    options = parser.parse_args()
    torch.set_num_threads(1)
    counts = Counts(options.counts, method(_ROOT / "src" / "gabarito" / name for name in _MEASURING))
    if options.state:
        trials = in_one_process if options.way == "one" else in_two_processes
        with every_core_loaded() if options.state == "loaded" else nullcontext():
            name = f"{_STATES[options.state]}: {_WAYS[options.way]}"
            run(options.trials, trials, lambda found: counts.add(name, found))
    text = told(counts.read())
    print(text)
    if not options.dry:
        put(text, Path(__file__).with_name("README.md"))


def run(trials: int, make: Callable[[int], Iterator[Found]], keep: Callable[[Found], None]) -> None:
    """So many trials, what they found being kept every few seconds and at the end, however that comes."""
    found, began, busy = Found(runs=1, machines=[describe()]), time.monotonic(), busy_seconds()

    def kept() -> None:
        found.wall = time.monotonic() - began
        found.others = max(0.0, busy_seconds() - busy - found.cpu)
        keep(found)

    try:
        for each in make(trials):
            found.add(each)
            if time.monotonic() - began > _KEPT_SECONDS:
                kept()
                found, began, busy = Found(), time.monotonic(), busy_seconds()
    finally:
        if found.trials:
            kept()


def plan(trials: int) -> Iterator[tuple[str, float, bool]]:
    """For each trial the function, the bound, and whether the answer is right: each function at both sides by turns."""
    names = list(_NAMES)
    for trial in range(trials):
        is_right = trial % 2 == 0
        yield names[trial // 2 % len(names)], _RATIO / _OFF if is_right else _RATIO * _OFF, is_right


def in_one_process(trials: int) -> Iterator[Found]:
    """Verdicts on two functions of this process."""
    known: dict[str, Any] = {}
    exec(_FUNCTIONS, known)
    decide, measured = faster.decide, []

    def noted(*args: Any, **options: Any) -> Any:
        decision = decide(*args, **options)
        measured.append(decision.measured)
        return decision

    faster.decide = noted  # type: ignore[assignment]
    for name, bound, is_right in plan(trials):
        measured.clear()
        start, passes = time.thread_time(), True
        try:
            assert_faster(known[name], than=known["thrice"](known[name]), by=bound)
        except AssertionError:
            passes = False
        found = Found(cpu=time.thread_time() - start)
        found.note(_NAMES[name], bound, list(measured), is_right=is_right, passes=passes)
        yield found


def in_two_processes(trials: int) -> Iterator[Found]:
    """Verdicts of a test in the checker on a function of the notebook's process, against one of the test's own."""
    theirs = "".join(f"{name}_ = {name}\n" for name in _NAMES)
    limits = Limits(cell_cpu_seconds=3600, notebook_cpu_seconds=3600, cell_wall_seconds=36000)
    with Worker(WorkerSpec(preload=("numpy", "torch"), limits=limits)) as worker:
        for batch in batched(plan(trials), _BATCH):
            test = f"TRIALS = {[(name, bound) for name, bound, _ in batch]!r}\n{_IN_CHECKER}"
            contract = Contract(
                mode=Mode.TWO_PROCESS, fetch=tuple(f"{name}_" for name in _NAMES), is_being_written=True
            )
            cells = (
                JobCell(index=0, id="given", role=Role.GIVEN, source=_FUNCTIONS),
                JobCell(index=1, id="answer", role=Role.ANSWER, source=theirs),
                JobCell(index=2, id="test", role=Role.TEST, source=test, contract=contract),
            )
            report = worker.run(Job(key="trials", cells=cells, limits=limits))
            last = report.cells[-1]
            if last.outcome is not Outcome.PASSED:
                raise RuntimeError(f"the test ended as {last.outcome}: {last.message}")
            found = Found(cpu=report.cpu_seconds)
            told = json.loads(last.outputs[0]["text"])
            for (name, bound, is_right), (_, _, passes, measured) in zip(batch, told, strict=True):
                found.note(_NAMES[name], bound, measured, is_right=is_right, passes=passes)
            yield found


def batched(each: Iterator[tuple[str, float, bool]], size: int) -> Iterator[list[tuple[str, float, bool]]]:
    """So many at a time."""
    while batch := list(islice(each, size)):
        yield batch


@contextmanager
def every_core_loaded() -> Iterator[None]:
    """A block in which one process for each core, beside the measuring one, calculates and moves memory."""
    count = len(os.sched_getaffinity(0))
    workers = [multiprocessing.get_context("spawn").Process(target=_toil, daemon=True) for _ in range(count)]
    for worker in workers:
        worker.start()
    try:
        time.sleep(3)  # until they have started
        yield
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()


def _toil() -> None:
    block = bytearray(8 << 20)
    parent = os.getppid()
    while os.getppid() == parent:  # even where that one was killed
        block[:] = block[::-1]
        sum(range(100_000))


def told(states: dict[str, Found]) -> str:
    """The part of the page."""
    names = [f"{state}: {way}" for way in _WAYS.values() for state in _STATES.values()]
    machines = "; ".join(dict.fromkeys(machine for found in states.values() for machine in found.machines))
    return (
        f"<!-- faster: measured -->\nMeasured on {machines or 'no machine yet'}.\n\n"
        f"{table(states, names)}\n<!-- faster: end -->"
    )


if __name__ == "__main__":
    main()
