"""What a sandbox costs: CPU time of a submission in each, beside a plain process. It writes README.md here.

`python benchmarks/sandboxes.py` takes about three minutes; `make bench` runs it, too. Sandboxes that don't work on the
machine are left out by name. Podman needs an image: `gabarito image build`.
"""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

_ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(_ROOT)

from benchmarks.classroom import ASSIGNMENT, make_classroom  # noqa: E402
from benchmarks.machine import describe, load, wait_for_calm  # noqa: E402
from benchmarks.modes import cost, jobs_of  # noqa: E402
from benchmarks.page import put  # noqa: E402
from gabarito.course import load_course  # noqa: E402
from gabarito.engine import Worker, WorkerSpec  # noqa: E402
from gabarito.engine.sandbox import STRONGEST_FIRST, make_sandbox  # noqa: E402

_SIZE, _ROUNDS = 12, 5
_PLAIN = "process"


def main() -> None:
    """Measure, print what was found, and write it to the page."""
    sandboxes = {name: make_sandbox(name) for name in STRONGEST_FIRST}
    problems = {name: sandbox.problem() for name, sandbox in sandboxes.items()}
    names = [name for name in STRONGEST_FIRST if not problems[name]]
    with TemporaryDirectory(prefix="gabarito-bench-") as folder, ExitStack() as stack:
        room = make_classroom(load_course(_ROOT), Path(folder) / "course", _SIZE)
        jobs = jobs_of(room)
        imports = [i for notebook in room.course.record(ASSIGNMENT).notebooks for i in notebook.imports]
        wait_for_calm(0.7, 0.5)
        before = load()
        workers, starts = {}, {}
        for name in names:
            began = time.monotonic()
            spec = WorkerSpec(preload=("gabarito", *imports), limits=room.course.limits, sandbox=sandboxes[name])
            workers[name] = stack.enter_context(Worker(spec))
            starts[name] = time.monotonic() - began
            cost(workers[name], jobs[:1])
        rounds = []
        for turn in range(_ROUNDS):
            order = names if turn % 2 else names[::-1]
            rounds.append({name: cost(workers[name], jobs) for name in order})
    text = (
        "<!-- sandboxes: measured -->\n"
        f"Measured on {describe()}; the load was {before:.1f} when it began. "
        f"{_ROUNDS} rounds of {len(jobs)} hand-ins.\n\n"
        "| sandbox | CPU time of a submission / in a plain process | start of a worker / of a plain process |\n"
        "| --- | ---: | ---: |\n"
    )
    for name in names:
        ratios = [found[name] / found[_PLAIN] for found in rounds]
        text += (
            f"| {name} | {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) | "
            f"{starts[name] / starts[_PLAIN]:.2f} |\n"
        )
    left_out = ", ".join(f"{name} ({problems[name].split(';')[0]})" for name in STRONGEST_FIRST if problems[name])
    text += f"\nLeft out: {left_out or 'none'}.\n<!-- sandboxes: end -->"
    print(text)
    put(text, Path(__file__).with_name("README.md"))


if __name__ == "__main__":
    main()
