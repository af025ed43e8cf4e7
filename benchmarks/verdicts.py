"""Counts of false verdicts, kept in a file over any number of runs."""

from __future__ import annotations

import ast
import fcntl
import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

_CONFIDENCE = 0.95


@dataclass(slots=True)
class Found:
    """What came of the trials in one state of the machine.

    Attributes:
        runs: of the benchmark, that they are from.
        failed: right answers that failed.
        passed: wrong answers that passed.
        cpu: seconds that the verdicts took.
        wall: seconds that the runs took.
        others: CPU seconds that the machine spent meanwhile on anything but the benchmark.
        machines: those that it ran on.
        false: each false verdict, with the logarithms of the ratios that every decision was made from.
    """

    trials: int = 0
    runs: int = 0
    failed: int = 0
    passed: int = 0
    cpu: float = 0.0
    wall: float = 0.0
    others: float = 0.0
    machines: list[str] = field(default_factory=list)
    false: list[dict[str, Any]] = field(default_factory=list)

    def note(self, what: str, bound: float, ratios: list[list[float]], *, is_right: bool, passes: bool) -> None:
        """Take in one verdict."""
        self.trials += 1
        if is_right != passes:
            self.failed += is_right
            self.passed += passes
            verdict = "a right answer failed" if is_right else "a wrong answer passed"
            self.false.append({"what": what, "verdict": verdict, "bound": bound, "log ratios": ratios})

    def add(self, other: Found) -> None:
        """Take in what another run found."""
        for name in ("trials", "runs", "failed", "passed", "cpu", "wall", "others"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.machines = list(dict.fromkeys([*self.machines, *other.machines]))
        self.false = [*self.false, *other.false]

    @property
    def highest(self) -> float:
        """The highest rate of false verdicts that fits with what was seen, at 95 % confidence: Clopper and Pearson."""
        return highest(self.failed + self.passed, self.trials)


def highest(false: int, trials: int) -> float:
    """The rate at which so few false verdicts, or fewer, would be seen in so many trials once in twenty times."""
    if false >= trials:
        return 1.0
    low, high = false / trials, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        seen = math.fsum(
            math.exp(
                math.lgamma(trials + 1)
                - math.lgamma(k + 1)
                - math.lgamma(trials - k + 1)
                + k * math.log(middle)
                + (trials - k) * math.log1p(-middle)
            )
            for k in range(false + 1)
        )
        low, high = (middle, high) if seen > 1 - _CONFIDENCE else (low, middle)
    return high


def method(sources: Iterable[Path]) -> str:
    """A digest of what these files do: another one when their code changes, but not for comments and docstrings."""
    digest = hashlib.sha256()
    for path in sources:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list):
                node.body = [each for each in body if not _is_text(each)]  # type: ignore[attr-defined]
        digest.update(ast.dump(tree).encode())
    return digest.hexdigest()[:16]


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


class Counts:
    """What was found so far with one method, in a file that several runs may write to."""

    def __init__(self, path: Path, method: str) -> None:
        self._path, self._method = path, method

    def read(self) -> dict[str, Found]:
        """By state; nothing where the file has counts of another method, or is not there."""
        if not self._path.exists():
            return {}
        return self._parsed(self._path.read_text(encoding="utf-8"))

    def add(self, state: str, found: Found) -> None:
        """Add what a run found, under a lock."""
        with self._path.open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            text = file.read()
            known = self._parsed(text) if text else {}
            known.setdefault(state, Found()).add(found)
            states = {name: asdict(known[name]) for name in sorted(known)}
            file.truncate(0)
            file.write(json.dumps({"method": self._method, "states": states}, indent=1) + "\n")

    def _parsed(self, text: str) -> dict[str, Found]:
        kept = json.loads(text)
        return {name: Found(**each) for name, each in kept["states"].items()} if kept["method"] == self._method else {}


def table(states: dict[str, Found], names: Sequence[str]) -> str:
    """A row for each of the states that has trials."""
    rows = [
        f"| {name} | {found.trials} in {found.runs} | {found.failed} | {found.passed} | {found.highest:.1e} | "
        f"{1000 * found.cpu / found.trials:.0f} | {found.others / found.wall:.1f} |"
        for name in names
        if (found := states.get(name)) and found.trials
    ]
    columns = (
        "the machine",
        "trials, in runs",
        "right answers that failed",
        "wrong answers that passed",
        "highest rate that fits (95 %)",
        "CPU time of a verdict, ms",
        "cores that others used",
    )
    return "\n".join([f"| {' | '.join(columns)} |", f"| --- |{' ---: |' * (len(columns) - 1)}", *rows])
