"""What is run of a job when reports are known, and when all of it is run all the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from gabarito.grading.keys import keys_of
from gabarito.grading.reuse import Plan, Reuse, known_report
from gabarito.grading.store import Store
from gabarito.model import (
    CellReport,
    Contract,
    HiddenRegion,
    Job,
    JobCell,
    JobFile,
    Limits,
    Mode,
    Outcome,
    Report,
    Role,
)
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


def others(key: str, *more: str, tests: dict[str, str] | None = None) -> Job:
    """A job with cells of its own before the answer to `f`."""
    done = job(key, tests=tests)
    cells = [
        JobCell(index=20 + n, id=f"own-{n}", role=Role.PLAIN, source=code) for n, code in enumerate((*more, "x = 1"))
    ]
    return replace(done, cells=(done.cells[0], *cells, *done.cells[1:]), seed=sum(map(ord, key)))


def known(store: Store, *jobs: Job) -> None:
    for each in jobs:
        run(store, each)


def test_what_is_the_same_for_several_is_run_once(store: Store) -> None:
    names = ["ana", "bo", "cy", "di"]
    known(store, *(others(name, f"y = {n}") for n, name in enumerate(names)))
    changed = {name: others(name, f"y = {n}", tests=CHANGED) for n, name in enumerate(names)}
    at_work = reuse(store)
    plan = plan_of(at_work, changed["ana"])
    assert plan.job is not None
    assert ids(plan.job) == ["setup", "f", "b"], "none of their own cells"
    assert plan.job.seed not in (changed["ana"].seed, 0)
    assert [plan_of(at_work, changed[name]) for name in ("bo", "cy")] == [Plan(), Plan()]
    twin = replace(changed["bo"], key="bo-2")
    assert plan_of(at_work, twin) == Plan()
    assert at_work.waiting == 3
    found = report(plan.job, {"b": Outcome.FAILED}, said="again")
    taken = at_work.take(plan.job, found)
    assert at_work.waiting == 0
    assert [(key, is_reused) for key, _, is_reused in taken.reports] == [
        *(("ana", False), ("bo", False), ("bo-2", True), ("cy", False))
    ]
    assert taken.again == ()
    late = plan_of(at_work, changed["di"])
    assert late.report is not None
    assert not late.is_reused
    assert (at_work.shortened, at_work.shared) == (4, 3)
    for name, each in [*((key, r) for key, r, _ in taken.reports), ("di", late.report)]:
        assert outcomes(each)["b"] is Outcome.FAILED, name
        assert outcomes(each)["a"] is Outcome.PASSED
        assert [c.index for c in each.cells] == [c.index for c in changed["ana"].cells]
        assert each.cpu_seconds == (1.0 if name == "ana" else 0.0)
    assert at_work.ran("ana", taken.reports[0][1]) == found, "the time of the others is not counted again"
    assert at_work.ran("bo", taken.reports[1][1]) == taken.reports[1][1]
    assert plan_of(reuse(store), changed["cy"]).is_reused


def test_seeds_of_shared_parts_depend_on_the_secret(store: Store) -> None:
    known(store, others("ana"), others("bo", "y = 1"))
    seeds = []
    for secret in (b"1", b"2"):
        at_work = Reuse(store, dataclasses.replace(AROUND, secret=secret))
        done = others("ana", tests=CHANGED)
        plan = at_work.plan(done, at_work.keys_of(done))
        assert plan.job is not None
        seeds.append(plan.job.seed)
    assert len(set(seeds)) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda j: replace(
            j, cells=tuple(replace(c, source="def f(x): return 1") if c.id == "f" else c for c in j.cells)
        ),
        lambda j: replace(j, cells=tuple(replace(c, source="import re") if c.id == "setup" else c for c in j.cells)),
        lambda j: replace(j, limits=Limits(notebook_cpu_seconds=11.0)),
        lambda j: replace(j, kernel="ir"),
        lambda j: replace(j, exclusive=True),
        lambda j: replace(j, files=(JobFile("a.csv", b"1", given=True),)),
        lambda j: replace(j, files=(JobFile("a.csv", b"1", given=False),)),
    ],
    ids=["answer", "given", "limits", "kernel", "exclusive", "given-file", "own-file"],
)
def test_another_part_is_run_for_itself(store: Store, change: Callable[[Job], Job]) -> None:
    known(store, others("ana"), change(others("bo", "y = 1")))
    at_work = reuse(store)
    assert plan_of(at_work, others("ana", tests=CHANGED)).job is not None
    assert plan_of(at_work, change(others("bo", "y = 1", tests=CHANGED))).job is not None


def test_random_numbers_are_everybodys_own(store: Store) -> None:
    draws = "import random\nz = random.random()"
    tests = {"a": "assert f(z)", "b": "assert f(2)"}
    known(store, *(others(name, draws, f"y = {name!r}", tests=tests) for name in ("ana", "bo")))
    at_work = reuse(store)
    for name in ("ana", "bo"):
        done = others(name, draws, f"y = {name!r}", tests=tests | {"a": "assert f(z) < 1"})
        done = replace(
            done,
            cells=tuple(replace(c, contract=replace(TWO, fetch=("f", "z"))) if c.id == "a" else c for c in done.cells),
        )
        plan = plan_of(at_work, done)
        assert ids(plan.job) == ["setup", "own-0", "f", "a"]
        assert plan.job is not None
        assert plan.job.seed == done.seed


def test_one_for_whom_a_shared_part_is_not_good_runs_all(store: Store) -> None:
    tests = {"a": "n = 1\nassert f(n)", "b": "assert f(n)", "c": "assert f(3)"}
    run(store, others("ana", tests=tests))
    for name in ("bo", "cy", "di"):
        done = others(name, f"y = {name!r}", tests=tests)
        run(store, done, report(done, {"a": Outcome.FAILED} if name != "di" else {}))
    changed = {
        name: others(name, *([f"y = {name!r}"] if name != "ana" else []), tests=tests | {"b": "assert f(n) == n"})
        for name in ("ana", "bo", "cy", "di")
    }
    at_work = reuse(store)
    plan = plan_of(at_work, changed["ana"])
    assert plan.job is not None
    assert ids(plan.job) == ["setup", "f", "a", "b"]
    for name in ("bo", "di"):
        assert plan_of(at_work, changed[name]) == Plan()
    taken = at_work.take(plan.job, report(plan.job))
    assert [key for key, _, _ in taken.reports] == ["ana", "di"]
    assert taken.again == (changed["bo"],)
    ((key, found, _),) = at_work.take(changed["bo"], report(changed["bo"], {"a": Outcome.FAILED})).reports
    assert (key, outcomes(found)["a"]) == ("bo", Outcome.FAILED)
    assert plan_of(at_work, changed["cy"]).job == changed["cy"], "nor later"
    assert (at_work.shortened, at_work.shared) == (2, 1)


def test_who_waits_for_a_part_that_failed_by_our_fault_runs_it(store: Store) -> None:
    names = ["ana", "bo", "cy"]
    known(store, *(others(name, f"y = {name!r}") for name in names))
    changed = [others(name, f"y = {name!r}", tests=CHANGED) for name in names]
    at_work = reuse(store)
    plan = plan_of(at_work, changed[0])
    assert [plan_of(at_work, each) for each in changed[1:]] == [Plan(), Plan()]
    assert plan.job is not None
    taken = at_work.take(plan.job, report(plan.job, {"b": Outcome.UNGRADED}))
    assert [key for key, _, _ in taken.reports] == ["ana"]
    (again,) = taken.again
    assert (again.key, ids(again)) == ("bo", ["setup", "f", "b"])
    taken = at_work.take(again, report(again))
    assert [key for key, _, _ in taken.reports] == ["bo", "cy"]


def test_a_broken_cell_is_so_where_it_is_run(store: Store) -> None:
    def with_broken(key: str, tests: dict[str, str] | None = None) -> Job:
        done = others(key, "def g(:", tests=tests)
        return replace(done, seed=7)

    for name, error in (("ana", "SyntaxError"), ("bo", "")):
        done = with_broken(name)
        made = report(done, {"own-0": Outcome.ERROR} if error else {})
        cells = tuple(replace(c, error=error) if c.id == "own-0" else c for c in made.cells)
        run(store, done, replace(made, cells=cells))
        found = plan_of(reuse(store), with_broken(name, CHANGED))
        assert ids(found.job) == (["setup", "f", "b"] if error else ids(with_broken(name, CHANGED)))
        store.path(keys_of(done, AROUND).base).unlink()
