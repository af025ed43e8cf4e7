"""How often `assert_faster` is wrong, on an idle machine and with every core loaded. It writes README.md here.

`python benchmarks/faster.py` takes half an hour or more; `--trials 100` takes a few minutes. Each trial is one call of
`assert_faster` on a function and one that calls it three times, so that the true ratio is 3 by construction. The bound
is 1.5 times below or above it, by turns.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(_ROOT)

import torch  # noqa: E402

from benchmarks.machine import describe, load  # noqa: E402
from benchmarks.page import put  # noqa: E402
from gabarito.testing import assert_faster  # noqa: E402

_RATIO, _OFF = 3, 1.5
_CONFIDENCE = 0.95
Function = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two functions, the first of which is quicker."""

    name: str
    quick: Function
    slow: Function


@dataclass(slots=True)
class Found:
    """What came of some trials."""

    trials: int = 0
    failed: int = 0
    """Right answers that failed."""
    passed: int = 0
    """Wrong answers that passed."""
    seconds: float = 0.0

    @property
    def highest(self) -> float:
        """The highest rate of false verdicts that fits with what was seen, at 95 % confidence: Clopper and Pearson."""
        false = self.failed + self.passed
        low, high = false / self.trials, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            seen = sum(
                math.comb(self.trials, k) * middle**k * (1 - middle) ** (self.trials - k) for k in range(false + 1)
            )
            low, high = (middle, high) if seen > 1 - _CONFIDENCE else (low, middle)
        return high


def pairs() -> list[Pair]:
    """Short and longer work, in Python and in torch."""
    a, rows, large = torch.randn(48, 32), torch.randn(12, 32), torch.randn(256, 256)
    quick: dict[str, Function] = {
        "a loop in Python": lambda: sum(range(1000)),
        "a loop over rows in torch": lambda: torch.stack([(row * rows).sum(1) for row in a]),
        "a large product in torch": lambda: large @ large,
    }
    return [Pair(name, f, _thrice(f)) for name, f in quick.items()]


def _thrice(f: Function) -> Function:
    def slow() -> None:
        f()
        f()
        f()

    return slow


def main() -> None:
    """Measure, print what was found, and write it to the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--trials", type=int, default=10_000, help="calls of assert_faster in each state of the machine"
    )
    parser.add_argument("--dry", action="store_true", help="leave the page alone")
    options = parser.parse_args()
    torch.set_num_threads(1)
    before = load()
    states = {"as it was": run(options.trials)}
    with every_core_loaded():
        states["with every core loaded"] = run(options.trials)
    text = told(states, before)
    print(text)
    if not options.dry:
        put(text, Path(__file__).with_name("README.md"))


def run(trials: int) -> Found:
    """So many trials, shared among the pairs and both sides of the bound."""
    found = Found()
    known = pairs()
    for trial in range(trials):
        pair, is_right = known[trial // 2 % len(known)], trial % 2 == 0
        bound = _RATIO / _OFF if is_right else _RATIO * _OFF
        start = time.thread_time()
        passes = verdict(pair, bound)
        found.seconds += time.thread_time() - start
        found.trials += 1
        found.failed += is_right and not passes
        found.passed += passes and not is_right
    return found


def verdict(pair: Pair, bound: float) -> bool:
    """Whether the assertion passes."""
    try:
        assert_faster(pair.quick, than=pair.slow, by=bound)
    except AssertionError:
        return False
    return True


@contextmanager
def every_core_loaded() -> Iterator[None]:
    """A block in which two processes for each core calculate and move memory."""
    count = 2 * len(os.sched_getaffinity(0))
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
    while True:
        block[:] = block[::-1]
        sum(range(100_000))


def told(states: dict[str, Found], load_before: float) -> str:
    """The part of the page."""
    rows = "\n".join(
        f"| {name} | {found.trials} | {found.failed} | {found.passed} | {found.highest:.1e} | "
        f"{1000 * found.seconds / found.trials:.0f} |"
        for name, found in states.items()
    )
    return (
        "<!-- faster: measured -->\n"
        f"Measured on {describe()}; the load was {load_before:.1f} when it began.\n\n"
        "| the machine | trials | right answers that failed | wrong answers that passed "
        "| highest rate that fits (95 %) | CPU time of a verdict, ms |\n| --- | ---: | ---: | ---: | ---: | ---: |\n"
        f"{rows}\n<!-- faster: end -->"
    )


if __name__ == "__main__":
    main()
