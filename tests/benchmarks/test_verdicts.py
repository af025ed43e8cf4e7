"""Counts of false verdicts, over several runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.verdicts import Counts, Found, highest, method, table


def trials(right: int, failed: int = 0, passed: int = 0) -> Found:
    found = Found(runs=1, cpu=0.5, wall=2.0, others=3.0, machines=["a machine"])
    for _ in range(right):
        found.note("a loop", 2.0, [[0.1]], is_right=True, passes=True)
        found.note("a loop", 4.5, [[0.1]], is_right=False, passes=False)
    for _ in range(failed):
        found.note("a loop", 2.0, [[0.1]], is_right=True, passes=False)
    for _ in range(passed):
        found.note("a loop", 4.5, [[0.1, 0.2]], is_right=False, passes=True)
    return found


@pytest.mark.parametrize(
    ("false", "of", "rate"),
    [(0, 29_956, 1.0e-4), (1, 47_436, 1.0e-4), (0, 10, 0.2589), (10, 10, 1.0), (300, 10_000, 0.033)],
)
def test_the_highest_rate_that_fits(false: int, of: int, rate: float) -> None:
    assert highest(false, of) == pytest.approx(rate, rel=1e-2)


def test_counts_of_several_runs_add_up_and_false_verdicts_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "counts.json"
    Counts(path, "one").add("idle", trials(5))
    Counts(path, "one").add("idle", trials(3, failed=1, passed=2))
    Counts(path, "one").add("loaded", trials(1))
    states = Counts(path, "one").read()
    idle = states["idle"]
    assert (idle.trials, idle.runs, idle.failed, idle.passed) == (19, 2, 1, 2)
    assert (idle.cpu, idle.wall, idle.others, idle.machines) == (1.0, 4.0, 6.0, ["a machine"])
    assert [each["verdict"] for each in idle.false] == ["a right answer failed"] + 2 * ["a wrong answer passed"]
    assert idle.false[1] == {
        "what": "a loop",
        "verdict": "a wrong answer passed",
        "bound": 4.5,
        "log ratios": [[0.1, 0.2]],
    }
    assert states["loaded"].trials == 2
    assert "| idle | 19 in 2 | 1 | 2 |" in table(states, ["idle", "loaded", "never run"])
    assert "never run" not in table(states, ["never run"])


def test_another_method_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "counts.json"
    assert Counts(path, "one").read() == {}
    Counts(path, "one").add("idle", trials(5))
    assert Counts(path, "other").read() == {}
    Counts(path, "other").add("loaded", trials(1))
    assert [*Counts(path, "other").read()] == ["loaded"]


def test_a_method_is_its_code(tmp_path: Path) -> None:
    path = tmp_path / "code.py"

    def told(code: str) -> str:
        path.write_text(code, encoding="utf-8")
        return method([path])

    first = told('"""What."""\ndef f(x):\n    """Why."""\n    return x\nA = 1\n"""An A."""\n')
    assert told("def f(x):\n    return  x  # how\nA = 1\n") == first
    assert told("def f(x):\n    return x\nA = 2\n") != first
