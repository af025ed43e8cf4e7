"""What it costs to grade again: after one hidden test has changed, after nothing has, and with a full store.

`python benchmarks/regrade.py` takes about ten minutes on two cores, and writes README.md here. Only ratios say
something on a machine that does other things, too.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

_ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(_ROOT)

import nbformat  # noqa: E402
from msgspec.structs import replace  # noqa: E402
from nbformat.v4 import new_code_cell, new_notebook  # noqa: E402

from benchmarks.classroom import ASSIGNMENT, make_classroom  # noqa: E402
from benchmarks.machine import describe, load  # noqa: E402
from benchmarks.measure import measure  # noqa: E402
from benchmarks.page import put  # noqa: E402
from gabarito.course import Course, load_course  # noqa: E402
from gabarito.exchange import find_submissions, submit  # noqa: E402
from gabarito.grading.bulk import grade  # noqa: E402
from gabarito.grading.store import open_store, read_entry  # noqa: E402
from gabarito.notebook.cells import grade_id  # noqa: E402
from gabarito.release import release  # noqa: E402

_HEAVY = "heavy"
_TESTS = 15
_WORK = "total = sum(i * i % 7 for i in range({n}))\nassert f(total) >= total"
_COUNT = 2_000_000


@dataclass(frozen=True, slots=True)
class _Cost:
    """CPU seconds of a `gabarito grade`."""

    all: float
    """Its whole tree of processes, with what a worker imports."""
    notebooks: float
    """What ran of notebooks."""
    ran: int
    shortened: int
    shared: int
    reused: int


def main() -> None:
    """Measure, print what was found, and write it to the page."""
    parser = argparse.ArgumentParser(description="Measure grading again beside grading.")
    parser.add_argument("--size", type=int, default=1000, help="students of the class (%(default)s)")
    parser.add_argument("--heavy", type=int, default=30, help="students of the class with slow tests (%(default)s)")
    parser.add_argument("--stored", type=int, default=10_000, help="reports in a full store (%(default)s)")
    size, stored = (options := parser.parse_args()).size, options.stored
    with TemporaryDirectory(prefix="gabarito-bench-") as name:
        before = load()
        room = make_classroom(load_course(_ROOT), Path(name) / "course", size)
        light = _rows(room.course, ASSIGNMENT, _change_light)
        known = _known(room.course, ASSIGNMENT)
        empty, full = _started(room.course, stored)
        heavy = _rows(_heavy(Path(name) / "heavy", options.heavy), _HEAVY, _change_heavy)
    text = (
        "<!-- regrade: measured -->\n"
        f"Measured on {describe()}; the load was {before:.1f} when it began.\n\n"
        "| after one hidden test has changed | graded | needed a part | not run | the same content | "
        "CPU time, all: grading / again | grading, every test / again | CPU time of notebooks: grading / again |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        f"| `{ASSIGNMENT}`: 21 tests of some milliseconds | {light}\n"
        f"| a made-up notebook: {_TESTS} tests of some tenths of a second | {heavy}\n\n"
        "| | |\n| --- | ---: |\n"
        f"| nothing has changed: CPU milliseconds a submission | {known:.2f} |\n"
        f"| the start: the whole command for one of them, with {stored} reports in the store / with few, CPU time | "
        f"{full / empty:.2f} ({full:.1f} s / {empty:.1f} s) |\n"
        "<!-- regrade: end -->"
    )
    print(text)
    put(text, Path(__file__).with_name("README.md"))


def _rows(course: Course, assignment: str, change: Callable[[Course], None]) -> str:
    """Grade, change a test, and grade again, as the end of a table's row."""
    first = _graded(course, assignment)
    every = _graded(course, assignment, "--force")
    change(course)
    release(course, assignment)
    again = _graded(course, assignment)
    return (
        f"{first.ran} | {again.shortened} | {again.shared} | {again.reused} | {first.all / again.all:.1f} "
        f"| {every.all / again.all:.1f} | {first.notebooks / again.notebooks:.1f} |"
    )


def _graded(course: Course, assignment: str, options: str = "") -> _Cost:
    said = course.root / "said.json"
    command = f'"{sys.executable}" -m gabarito grade {assignment} {options} --json --sandbox process > "{said}"'
    cost = measure(["sh", "-c", command], folder=course.root, environment=os.environ, statuses=(0, 1))
    told = json.loads(said.read_text())
    notebooks = sum(s["cpu_seconds"] for s in told["submissions"])
    return _Cost(cost.cpu, notebooks, told["statuses"]["graded"], told["shortened"], told["shared"], told["reused"])


def _change_light(course: Course) -> None:
    path = course.source / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.write_text(path.read_text().replace("((3, 8, 5, torch.float32)", "((3, 9, 5, torch.float32)", 1))


def _change_heavy(course: Course) -> None:
    path = course.source / _HEAVY / f"{_HEAVY}.ipynb"
    path.write_text(path.read_text().replace(f"range({_COUNT + 7})", f"range({_COUNT + 99})"))


def _known(course: Course, assignment: str) -> float:
    """CPU milliseconds for each submission of which nothing has changed."""
    count = len(find_submissions(course, assignment))
    found = []
    for _ in range(5):
        began = time.process_time()
        run = grade(course, assignment, workers=1, sandbox="process")
        found.append(1e3 * (time.process_time() - began) / count)
        assert all(s.status.value in ("known", "unreadable") for s in run.submissions)
    return median(found)


def _started(course: Course, stored: int) -> tuple[float, float]:
    """CPU seconds of the command for an unchanged hand-in, with the store as it is and with so many reports."""
    student = find_submissions(course, ASSIGNMENT)[0].student
    command = [sys.executable, "-m", "gabarito", "grade", ASSIGNMENT, "--student", student, "--json"]
    command += ["--sandbox", "process"]

    def timed() -> float:
        costs = [measure(command, folder=course.root, environment=os.environ, statuses=(0, 1)).cpu for _ in range(3)]
        return median(costs)

    store = open_store(course)
    entry = read_entry(next(store.paths()))
    empty = timed()
    for _ in range(stored):
        store.put(replace(entry, key=secrets.token_hex(32)))
    return empty, timed()


def _heavy(folder: Path, size: int) -> Course:
    """A class whose tests take longer than starting them, each with an answer of its own."""
    cells = [_cell("f", "def f(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION", solution=True)]
    for number in range(_TESTS):
        source = f"### BEGIN HIDDEN TESTS\n{_WORK.format(n=_COUNT + number)}\n### END HIDDEN TESTS"
        cells.append(_cell(f"test-{number}", source, points=1))
    path = folder / "source" / _HEAVY / f"{_HEAVY}.ipynb"
    path.parent.mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text("c = get_config()\n")
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": spec}), path)
    course = load_course(folder)
    release(course, _HEAVY)
    released = nbformat.read(course.release / _HEAVY / f"{_HEAVY}.ipynb", as_version=4)
    for number in range(size):
        next(c for c in released.cells if grade_id(c) == "f").source = f"def f(x):\n    return x * x + {number}"
        handed_in = folder / "handed-in" / f"{_HEAVY}.ipynb"
        handed_in.parent.mkdir(exist_ok=True)
        nbformat.write(released, handed_in)
        submit(course, handed_in, f"student-{number}", assignment=_HEAVY)
    return course


def _cell(name: str, source: str, points: int | None = None, *, solution: bool = False) -> nbformat.NotebookNode:
    about = {"grade_id": name, "grade": points is not None, "solution": solution, "locked": not solution, "task": False}
    about |= {"schema_version": 3} | ({"points": points} if points is not None else {})
    return new_code_cell(source, metadata={"nbgrader": about}, id=name)


if __name__ == "__main__":
    main()
