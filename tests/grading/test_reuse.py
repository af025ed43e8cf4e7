"""What is run of a job when reports are known, and when all of it is run all the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from gabarito.grading.keys import keys_of
from gabarito.grading.reuse import Plan, Reuse, known_report
from gabarito.grading.store import Store
from gabarito.model import CellReport, Contract, HiddenRegion, Job, Limits, Mode, Outcome, Report
from tests.grading.reports import AROUND, TWO, job, moved, report

CHANGED = {"a": "assert f(1)", "b": "assert f(2) == 2", "c": "assert f(3)"}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def reuse(store: Store, *, force: bool = False) -> Reuse:
    """A run's, as it begins."""
    return Reuse(store, AROUND, force=force)


def run(store: Store, done: Job, given: Report | None = None, *, force: bool = False) -> Report:
    """The report of a job that is run whole or in part, with what the engine gave."""
    at_work = reuse(store, force=force)
    plan = plan_of(at_work, done)
    assert plan.job is not None
    ((key, found, is_reused),) = at_work.take(plan.job, given or report(plan.job)).reports
    assert (key, is_reused) == (done.key, False)
    return found


def ids(done: Job | None) -> list[str]:
    assert done is not None
    return [cell.id for cell in done.cells]


def plan_of(at_work: Reuse, done: Job) -> Plan:
    return at_work.plan(done, at_work.keys_of(done))


def outcomes(found: Report) -> dict[str, Outcome]:
    return {cell.id: cell.outcome for cell in found.cells}


def said(found: Report) -> dict[str, str]:
    return {cell.id: cell.outputs[0]["text"] for cell in found.cells if cell.outputs}


def test_what_is_known_is_not_run(store: Store) -> None:
    first = run(store, job(), report(job(), {"b": Outcome.FAILED}, said="once"))
    again = plan_of(reuse(store), job("later"))
    assert again.job is None
    assert again.report == replace(first, key="later", cpu_seconds=0.0, wall_seconds=0.0)
    assert store.problems == []


def test_another_student_whose_cells_stand_elsewhere(store: Store) -> None:
    run(store, job(), report(job(), {"b": Outcome.FAILED}))
    done = moved(job("bo"), 3)
    done = replace(done, cells=(*done.cells[:-1], replace(done.cells[-1], id="other-id")))
    found = plan_of(reuse(store), done).report
    assert found is not None
    assert [(c.index, c.id) for c in found.cells] == [(c.index, c.id) for c in done.cells]
    assert outcomes(found)["b"] is Outcome.FAILED


def test_one_who_hands_in_the_same_meanwhile_waits(store: Store) -> None:
    at_work = reuse(store)
    plan = plan_of(at_work, job())
    twins = [plan_of(at_work, job(name)) for name in ("bo", "cy")]
    assert all(twin.job is None and twin.report is None for twin in twins)
    assert plan.job is not None
    taken = at_work.take(plan.job, report(plan.job, {"a": Outcome.ERROR}))
    assert [(key, is_reused) for key, _, is_reused in taken.reports] == [("ana", False), ("bo", True), ("cy", True)]
    assert {found.cpu_seconds for _, found, _ in taken.reports} == {1.0, 0.0}, "its time counts once"
    assert len({str(outcomes(found)) for _, found, _ in taken.reports}) == 1
    assert plan_of(at_work, job("di")).report is not None


def test_faults_of_ours_are_not_kept(store: Store) -> None:
    at_work = reuse(store)
    plan = plan_of(at_work, job())
    plan_of(at_work, job("bo"))
    assert plan.job is not None
    taken = at_work.take(plan.job, report(plan.job, {"a": Outcome.UNGRADED}))
    assert [key for key, _, _ in taken.reports] == ["ana", "bo"]
    assert all(outcomes(found)["a"] is Outcome.UNGRADED for _, found, _ in taken.reports)
    assert list(store.paths()) == []
    assert plan_of(at_work, job()).job == job()


def test_only_the_test_that_changed_is_run(store: Store) -> None:
    run(store, job(), report(job(), {"c": Outcome.FAILED}, said="once"))
    at_work = reuse(store)
    plan = plan_of(at_work, job(tests=CHANGED))
    assert ids(plan.job) == ["setup", "f", "b"], "nothing after it either"
    assert at_work.shortened == 1
    assert plan.job is not None
    ((_, found, _),) = at_work.take(plan.job, report(plan.job, {"b": Outcome.FAILED}, said="again")).reports
    assert [c.id for c in found.cells] == ["setup", "f", "a", "b", "c", "plain-1"]
    assert outcomes(found) | {"b": Outcome.FAILED, "c": Outcome.FAILED} == outcomes(found)
    assert said(found) == {**dict.fromkeys(["setup", "f", "a", "c", "plain-1"], "once"), "b": "again"}
    assert found.cpu_seconds == 1.0
    later = plan_of(reuse(store), job(tests=CHANGED)).report
    assert later is not None
    assert later.cells == found.cells
    back = plan_of(reuse(store), job()).report
    assert back is not None
    assert outcomes(back)["b"] is Outcome.PASSED


def test_nothing_is_run_where_every_verdict_is_known(store: Store) -> None:
    run(store, job())
    run(store, job(tests=CHANGED))
    for tests in ({"a": CHANGED["a"], "b": CHANGED["b"]}, {"c": CHANGED["c"]}):
        done = replace(job(tests=tests), cells=moved(job(tests=tests), 0).cells)
        found = plan_of(reuse(store), done).report
        assert found is not None, "a test was taken away"
        assert [c.id for c in found.cells] == ["setup", "f", *tests, "plain-1"]
        assert plan_of(reuse(store), done).report == found


def test_tests_that_a_change_concerns(store: Store) -> None:
    tests = {"a": "n = 1\nassert f(n)", "b": "assert f(2)", "c": "assert f(n)", "d": "assert f(4)"}
    run(store, job(tests=tests))
    changed = plan_of(reuse(store), job(tests=tests | {"a": "n = 2\nassert f(n)"}))
    assert ids(changed.job) == ["setup", "f", "a", "c"]
    needs = plan_of(reuse(store), job(tests=tests | {"c": "assert f(n) == n"}))
    assert ids(needs.job) == ["setup", "f", "a", "c"], "a test that is known, for the one that needs it"


def test_shared_mode_depends_on_all_before(store: Store) -> None:
    first = job()
    shared = Contract(mode=Mode.SHARED)

    def with_shared(done: Job) -> Job:
        return replace(done, cells=tuple(replace(c, contract=shared) if c.id == "c" else c for c in done.cells))

    run(store, with_shared(first))
    changed = with_shared(job(tests=CHANGED))
    assert ids(plan_of(reuse(store), changed).job) == ids(changed), "all of it, not a part"


@pytest.mark.parametrize("outcome", ["timeout", "memory", "output", "crashed", "not_run"])
def test_a_notebook_that_hit_a_limit_is_run_whole(store: Store, outcome: str) -> None:
    run(store, job(), report(job(), {"plain-1": Outcome(outcome)}))
    assert plan_of(reuse(store), job("later")).report is not None, "as it is, it is known"
    plan = plan_of(reuse(store), job(tests=CHANGED))
    assert plan.job == job(tests=CHANGED)


def test_a_notebook_near_its_limit_is_run_whole(store: Store) -> None:
    run(store, job(), report(job(), cpu_seconds=5.1))
    assert plan_of(reuse(store), job(tests=CHANGED)).job == job(tests=CHANGED)


@pytest.mark.parametrize(
    ("endings", "cpu_seconds"),
    [({"b": Outcome.TIMEOUT}, 1.0), ({"f": Outcome.ERROR}, 1.0), ({"a": Outcome.FAILED}, 1.0), ({}, 4.5)],
    ids=["limit", "student-cell", "known-test", "time"],
)
def test_a_part_that_does_not_agree_is_run_whole(store: Store, endings: dict[str, Outcome], cpu_seconds: float) -> None:
    tests = {"a": "n = 1\nassert f(n)", "b": "assert f(n)", "c": "assert f(3)"}
    run(store, job(tests=tests))
    changed = job(tests=tests | {"b": "assert f(n) == n"})
    at_work = reuse(store)
    plan = plan_of(at_work, changed)
    assert ids(plan.job) == ["setup", "f", "a", "b"]
    assert plan.job is not None
    taken = at_work.take(plan.job, report(plan.job, endings, cpu_seconds=cpu_seconds))
    assert (taken.reports, taken.again) == ((), (changed,))
    assert at_work.shortened == 0
    ((_, found, _),) = at_work.take(changed, report(changed, {"c": Outcome.FAILED}, said="whole")).reports
    assert outcomes(found)["c"] is Outcome.FAILED
    assert set(said(found).values()) == {"whole"}


def test_credit_counts_and_other_values_do_not(store: Store) -> None:
    tests = {"a": "n = 1\nf(n)", "b": "assert f(n)", "c": "assert f(3)"}
    run(store, job(tests=tests), report(job(tests=tests), values={"a": "0.5", "f": "tensor(0.3)"}))
    changed = job(tests=tests | {"b": "assert f(n) == n"})
    for value, agrees in (("np.float64(0.5)", True), ("0.7", False)):
        at_work = reuse(store)
        plan = plan_of(at_work, changed)
        assert plan.job is not None
        taken = at_work.take(plan.job, report(plan.job, values={"a": value, "f": "tensor(0.9)"}))
        assert (taken.again == ()) is agrees
        store.path(keys_of(changed, AROUND).base).unlink()
        run(store, job(tests=tests), report(job(tests=tests), values={"a": "0.5"}))


def test_force_computes_once_for_all_who_are_the_same(store: Store) -> None:
    run(store, job(), report(job(), said="once"))
    at_work = reuse(store, force=True)
    plan = plan_of(at_work, job())
    assert plan.job == job()
    assert plan.job is not None
    at_work.take(plan.job, report(plan.job, said="again"))
    twin = plan_of(at_work, job("bo")).report
    assert twin is not None
    assert set(said(twin).values()) == {"again"}


@pytest.mark.parametrize(
    "change",
    [
        lambda j: replace(j, seed=8),
        lambda j: replace(j, kernel="ir"),
        lambda j: replace(j, limits=Limits()),
        lambda j: replace(j, cells=(*j.cells[:1], replace(j.cells[1], source="f = None"), *j.cells[2:])),
        lambda j: replace(j, cells=(replace(j.cells[0], source="import re"), *j.cells[1:])),
        lambda j: replace(j, cells=(*j.cells[:-1], replace(j.cells[-1], index=41))),
        lambda j: replace(j, cells=(j.cells[1], j.cells[0], *j.cells[2:])),
    ],
    ids=["seed", "kernel", "limits", "answer", "given", "place-of-plain", "order"],
)
def test_other_content_is_other_content(store: Store, change: object) -> None:
    run(store, job())
    done = change(job())  # type: ignore[operator]
    assert plan_of(reuse(store), done).job == done


@pytest.mark.parametrize(
    "change",
    [
        {"contract": replace(TWO, strict=True)},
        {"contract": replace(TWO, operations={3: ("call",)})},
        {"hidden": (HiddenRegion(1, 1, "x"),)},
        {"timed": True},
    ],
    ids=["strict", "operations", "hidden", "timed"],
)
def test_a_test_is_more_than_its_source(store: Store, change: dict[str, object]) -> None:
    run(store, job())
    done = replace(job(), cells=tuple(replace(c, **change) if c.id == "b" else c for c in job().cells))
    assert ids(plan_of(reuse(store), done).job) == ["setup", "f", "b"]


def test_what_makes_no_difference() -> None:
    titled = [
        replace(job(), cells=tuple(replace(c, hidden=(HiddenRegion(1, 1, t),)) for c in job().cells)) for t in "xy"
    ]
    assert keys_of(titled[0], AROUND) == keys_of(titled[1], AROUND)
    assert keys_of(job("ana"), AROUND) == keys_of(moved(job("bo"), 5), AROUND)


def test_a_known_report_needs_its_own_tests(store: Store) -> None:
    run(store, job())
    keys = keys_of(job(tests=CHANGED), AROUND)
    entry = store.get(keys.base)
    assert entry is not None
    assert known_report(job(tests=CHANGED), keys, entry) is None
    assert all(isinstance(cell, CellReport) for cell in entry.tests.values())
