"""Contracts settled: the points that one process gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gabarito.model import CellReport, Contract, JobCell, Mode, Outcome, Role
from gabarito.release.settle import settle

TWO, SHARED = Contract(mode=Mode.TWO_PROCESS), Contract(mode=Mode.SHARED)
POINTS = {"a": 1.0, "b": 1.0, "c": 1.0}
CELLS = (
    JobCell(index=0, id="f", role=Role.ANSWER, source="f = 1"),
    JobCell(index=1, id="a", role=Role.TEST, source="import math\nassert f"),
    JobCell(index=2, id="b", role=Role.TEST, source="d = math.pi"),
    JobCell(index=3, id="c", role=Role.TEST, source="assert d"),
)
Fails = Callable[[Mapping[str, Contract], int], Sequence[str]]


class Runs:
    """Runs without any process: says which tests fail with these contracts, in the run of this number."""

    def __init__(self, fails: Fails) -> None:
        self.fails = fails
        self.count = 0

    def __call__(self, cells: Sequence[JobCell], contracts: Mapping[str, Contract]) -> dict[str, CellReport]:
        self.count += 1
        failed = self.fails(contracts, self.count)
        return {
            c.id: CellReport(index=c.index, id=c.id, outcome=Outcome.FAILED if c.id in failed else Outcome.PASSED)
            for c in cells
            if c.role is Role.TEST
        }


def modes(runs: Runs, contracts: Mapping[str, Contract], unsolved: Sequence[JobCell] = ()) -> dict[str, Mode]:
    return {name: c.mode for name, c in settle(contracts, CELLS, unsolved, POINTS, runs).items()}


def test_where_all_are_shared_nothing_is_run() -> None:
    runs = Runs(lambda contracts, count: ())
    assert set(modes(runs, dict.fromkeys(POINTS, SHARED)).values()) == {Mode.SHARED}
    assert runs.count == 0


def test_the_same_points_are_left_as_they_are() -> None:
    runs = Runs(lambda contracts, count: ("c",))
    assert set(modes(runs, dict.fromkeys(POINTS, TWO), CELLS).values()) == {Mode.TWO_PROCESS}
    assert runs.count == 4


def test_a_test_with_other_points_in_two_processes_runs_in_one() -> None:
    runs = Runs(lambda contracts, count: ("b",) if contracts["b"].mode is Mode.TWO_PROCESS else ())
    assert modes(runs, dict.fromkeys(POINTS, TWO)) == {
        "a": Mode.TWO_PROCESS,
        "b": Mode.SHARED,
        "c": Mode.TWO_PROCESS,
    }


def test_chance_changes_nothing() -> None:
    flaky = Runs(lambda contracts, count: ("b",) if count in (1, 4) else ())
    assert set(modes(flaky, dict.fromkeys(POINTS, TWO)).values()) == {Mode.TWO_PROCESS}
    busy = Runs(lambda contracts, count: {1: ("a",), 3: ("b",), 5: ("c",)}.get(count, ()))
    assert set(modes(busy, dict.fromkeys(POINTS, TWO)).values()) == {Mode.TWO_PROCESS}


def test_what_a_shared_test_needs_of_an_earlier_one_is_shared_too() -> None:
    def fails(contracts: Mapping[str, Contract], count: int) -> Sequence[str]:
        apart = {name for name, contract in contracts.items() if contract.mode is Mode.TWO_PROCESS}
        return ("c",) if apart & {"a", "b"} and "c" not in apart else ()

    found = settle({"a": TWO, "b": TWO, "c": SHARED}, CELLS, (), POINTS, Runs(fails))
    assert {name: c.mode for name, c in found.items()} == dict.fromkeys(POINTS, Mode.SHARED)
    assert "“c”, which runs in shared mode, needs what this one defines" in found["b"].reason
    assert "“c”" in found["a"].reason  # for the module that b uses


def test_where_nothing_else_helps_all_are_shared() -> None:
    def fails(contracts: Mapping[str, Contract], count: int) -> Sequence[str]:
        return ("a",) if any(c.mode is Mode.TWO_PROCESS for c in contracts.values()) else ()

    found = settle({"a": SHARED, "b": SHARED, "c": TWO}, CELLS, (), POINTS, Runs(fails))
    assert {c.mode for c in found.values()} == {Mode.SHARED}


def test_the_notebook_without_answers_counts_as_much() -> None:
    def fails(contracts: Mapping[str, Contract], count: int) -> Sequence[str]:
        return ("b",) if count > 2 and contracts["b"].mode is Mode.SHARED else ()

    found = settle(dict.fromkeys(POINTS, TWO), CELLS, CELLS, POINTS, Runs(fails))
    assert [name for name, c in found.items() if c.mode is Mode.SHARED] == ["b"]
    assert "the notebook without answers gets other points" in found["b"].reason
