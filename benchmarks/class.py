# ruff: noqa: N999 - the file is run, not imported
"""Measure a class: gabarito beside nbgrader, otter and the floor. `make bench` runs it, and it writes README.md here.

Every round measures each grader on the same hand-ins, in an order that is turned round from one to the next, and
becomes a ratio of its own; the table shows their median and range.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

_ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(_ROOT)

from benchmarks.classroom import make_classroom, spread_out  # noqa: E402
from benchmarks.machine import load, wait_for_calm  # noqa: E402
from benchmarks.page import page, put  # noqa: E402
from benchmarks.rounds import Groups, measure_rounds  # noqa: E402
from gabarito.course import load_course  # noqa: E402


def main() -> None:
    """Measure, print the page, and write it unless it was only a quick look."""
    options = _options()
    with TemporaryDirectory(prefix="gabarito-bench-") as name:
        folder = Path(name)
        _say(f"building a class of {options.large}")
        room = make_classroom(load_course(_ROOT), folder / "course", options.large)
        groups = Groups(
            few=spread_out(spread_out(room.students, options.size), max(2, options.size // 3)),
            some=spread_out(room.students, options.size),
            many=room.students,
        )
        cells = folder / "cells.json"
        cells.write_text(json.dumps(room.cells()))
        wait_for_calm(options.calm, options.wait)
        before = load()
        rounds = measure_rounds(room, groups, cells, folder, options.rounds, _say)
    text = page(room, groups, rounds, before)
    print(text)
    if not options.quick:
        put(text, Path(__file__).with_name("README.md"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure gabarito beside nbgrader, otter and the floor.")
    parser.add_argument("--size", type=int, help="hand-ins that every grader gets; otter gets a third of them (24)")
    parser.add_argument("--large", type=int, help="students of the class that gabarito and the floor get (120)")
    parser.add_argument("--rounds", type=int, help="how often all is measured (3)")
    parser.add_argument("--quick", action="store_true", help="one round of a few hand-ins; README.md stays as it is")
    parser.add_argument("--calm", type=float, default=0.7, help="the load at which to begin (%(default)s)")
    parser.add_argument("--wait", type=float, default=10.0, help="minutes to wait for it at most (%(default)s)")
    options = parser.parse_args()
    defaults = {"size": 6, "large": 40, "rounds": 1} if options.quick else {"size": 24, "large": 120, "rounds": 3}
    for key, value in defaults.items():
        if getattr(options, key) is None:
            setattr(options, key, value)
    if options.quick:
        options.wait = 0.0
    if options.size < 3 or options.large < options.size + 10:
        parser.error("--size must be at least 3, and --large at least 10 more than that")
    return options


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
