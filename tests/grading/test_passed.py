"""Which tests of a notebook are not run, since another one with the same answers has passed them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gabarito.engine.worker import ungraded
from gabarito.grading.reuse import Plan, Reuse
from gabarito.grading.store import Store
from gabarito.model import Contract, Job, JobCell, JobFile, Limits, Mode, Outcome, Report, Role
from tests.grading.reports import AROUND, TWO, report

F, G = "def f(x):\n    return x + 1", "def g(x):\n    return f(x) * 2"
TESTS = {"f1": "assert f(1) == 2", "f2": "assert f(2) == 3", "g1": "assert g(1) == 4"}


@pytest.fixture
def at_work(tmp_path: Path) -> Reuse:
    return Reuse(Store(tmp_path / "store"), AROUND)


def job(key: str, *, f: str = F, g: str = G, tests: dict[str, str] | None = None, last: str = "print(1)") -> Job:
    """A notebook with two answers, tests behind them, and a cell of the student's own at the end."""
    cells = [
        JobCell(index=1, id="setup", role=Role.GIVEN, source="import math\nimport torch"),
        JobCell(index=2, id="f", role=Role.ANSWER, source=f),
        JobCell(index=3, id="g", role=Role.ANSWER, source=g),
    ]
    for number, (name, source) in enumerate((tests or TESTS).items(), 4):
        contract = replace(TWO, fetch=("g",) if "g(" in source else ("f",))
        cells.append(JobCell(index=number, id=name, role=Role.TEST, source=source, contract=contract))
    cells.append(JobCell(index=40, id="own", role=Role.PLAIN, source=last))
    return Job(key=key, cells=tuple(cells), limits=Limits(notebook_cpu_seconds=10.0), seed=7)


def begun(at_work: Reuse, done: Job) -> list[str]:
    """The tests that are run of a job whose turn has come."""
    plan = at_work.plan(done, at_work.keys_of(done))
    assert plan.job is not None
    return ids_of_tests(at_work.trimmed(plan.job))


def ids_of_tests(done: Job) -> list[str]:
    return [cell.id for cell in done.cells if cell.role is Role.TEST]


def graded(at_work: Reuse, done: Job, endings: dict[str, Outcome] | None = None, **told: Any) -> Report:
    """The report of a job that the engine runs as far as it must; cells end as told, or well."""
    plan = at_work.plan(done, at_work.keys_of(done))
    assert plan.job is not None
    taken = at_work.take(plan.job, report(at_work.trimmed(plan.job), endings, **told))
    ((key, found, is_reused),) = taken.reports
    assert (key, is_reused, taken.again) == (done.key, False, ())
    return found


def test_what_another_one_passed_is_not_run(at_work: Reuse) -> None:
    first = graded(at_work, job("ana"))
    assert at_work.spared == 0
    other = job("bo", g="def g(x):\n    return 2 * f(x)")
    assert begun(at_work, other) == ["g1"]
    ran = report(at_work.trimmed(other), {"g1": Outcome.FAILED}, cpu_seconds=0.5)
    ((_, found, _),) = at_work.take(other, ran).reports
    assert [(c.index, c.id) for c in found.cells] == [(c.index, c.id) for c in other.cells]
    assert [c.outcome.value for c in found.cells] == ["passed"] * 5 + ["failed", "passed"]
    assert found.cells[3] == first.cells[3]
    assert (found.cpu_seconds, at_work.spared) == (0.5, 2)
    assert at_work.ran("bo", found) == ran, "where the time went says what was run"


def test_the_report_is_kept_as_of_a_whole_run(at_work: Reuse) -> None:
    graded(at_work, job("ana"))
    found = graded(at_work, job("bo", g="g = f"))
    again = Reuse(at_work.store, AROUND)
    plan = again.plan(job("cy", g="g = f"), again.keys_of(job("cy", g="g = f")))
    assert plan.report is not None
    assert plan.is_reused
    assert plan.report.cells == found.cells


def test_blanks_and_comments_make_no_difference(at_work: Reuse) -> None:
    graded(at_work, job("ana"))
    assert begun(at_work, job("bo", f="# mine\ndef f( x ):\n\n    return (x + 1)  # easy")) == []
    assert begun(at_work, job("cy", f="def f(y):\n    return y + 1")) == ["f1", "f2", "g1"]


def test_a_broken_cell_is_the_same_where_it_is_broken_alike(at_work: Reuse) -> None:
    def with_broken(key: str, source: str) -> Job:
        done = job(key)
        broken = JobCell(index=0, id="broken", role=Role.GIVEN, source=source)
        return replace(done, cells=(broken, *done.cells), seed=len(key))

    plan = at_work.plan(first := with_broken("ana", "def broken(:"), at_work.keys_of(first))
    assert plan.job == at_work.trimmed(first)
    told = report(first, {"broken": Outcome.ERROR})
    cells = (replace(told.cells[0], error="SyntaxError"), *told.cells[1:])
    at_work.take(first, replace(told, cells=cells))
    assert begun(at_work, with_broken("bea", "def broken( :")) == ["f1", "f2", "g1"]
    other = with_broken("bo", "def broken(:")
    other = replace(other, cells=(*other.cells[:-1], replace(other.cells[-1], source="2")))
    assert begun(at_work, other) == []


def test_all_that_a_test_reaches_must_be_the_same(at_work: Reuse) -> None:
    graded(at_work, job("ana"))
    assert begun(at_work, job("bo", f="def f(x):\n    return 1 + x")) == ["f1", "f2", "g1"]


def test_what_was_not_passed_is_run_for_everybody(at_work: Reuse) -> None:
    graded(at_work, job("ana"), {"f1": Outcome.FAILED, "g1": Outcome.ERROR})
    assert begun(at_work, job("bo", g="def g(x):\n    return 2 * f(x)")) == ["f1", "g1"]


def test_what_gives_points_or_warns_is_run_for_everybody(at_work: Reuse) -> None:
    graded(at_work, job("ana"), values={"f1": "1.0"})
    assert "f1" in begun(at_work, job("bo", g="def g(x):\n    return 2 * f(x)"))
    graded(at_work, job("cy", f="def f(x):\n    return 1 + x"), said="2", name="stderr")
    assert "f1" in begun(at_work, job("di", f="def f(x):\n    return 1 + x", last="2")), "it may name a line"


def test_what_is_printed_is_shown(at_work: Reuse) -> None:
    first = graded(at_work, job("ana"), said="2")
    other = job("bo", g="def g(x):\n    return 2 * f(x)")
    assert begun(at_work, other) == ["g1"]
    ((_, found, _),) = at_work.take(other, report(at_work.trimmed(other))).reports
    assert found.cells[3].outputs == first.cells[3].outputs != ()


CHANCE = "def f(x):\n    return x + torch.rand(1)"


def test_what_rests_on_chance_must_have_passed_three_times(at_work: Reuse) -> None:
    """A guess that is right now and then must not be right for all, because one was lucky."""
    for number in range(3):
        done = job(f"ana-{number}", f=CHANCE, last=f"{number}")
        assert begun(at_work, done) == ["f1", "f2", "g1"]
        at_work.take(done, report(done, {"f2": Outcome.FAILED} if number == 1 else None))
    assert begun(at_work, job("bo", f=CHANCE, last="9")) == ["f2"]


def test_those_who_hand_in_the_same_draw_once(at_work: Reuse) -> None:
    plan = at_work.plan(job("ana", f=CHANCE), at_work.keys_of(job("ana", f=CHANCE)))
    assert plan.job is not None
    for key in ("bo", "cy"):
        twin = job(key, f=CHANCE)
        assert at_work.plan(twin, at_work.keys_of(twin)) == Plan()
    assert len(at_work.take(plan.job, report(at_work.trimmed(plan.job))).reports) == 3
    assert begun(at_work, job("di", f=CHANCE, last="2")) == ["f1", "f2", "g1"]


def test_the_clock_and_random_numbers_of_the_test_are_chance(at_work: Reuse) -> None:
    """What these print may be shown: it is another one in each run."""
    f, tests = "import time\ndef f(x):\n    return x + time.time() % 2", TESTS | {"f2": "assert f(torch.rand(1)) > 0"}
    for number in range(3):
        clock = job(f"ana-{number}", f=f, last=f"{number}")
        assert begun(at_work, clock) == ["f1", "f2", "g1"]
        at_work.take(clock, report(clock))
        draws = job(f"bo-{number}", tests=tests, last=f"{number}")
        assert "f2" in begun(at_work, draws)
        at_work.take(draws, report(at_work.trimmed(draws), said="0.25"))
    assert begun(at_work, job("cy", f=f, last="9")) == []
    assert begun(at_work, job("di", tests=tests, last="9")) == []


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.ERROR, Outcome.TIMEOUT, Outcome.CRASHED])
def test_whoever_failed_by_chance_counts_however_it_ended(at_work: Reuse, outcome: Outcome) -> None:
    graded(at_work, job("ana", f=CHANCE), {"f1": outcome})
    for number in range(3):
        graded(at_work, job(f"bo-{number}", f=CHANCE, last=f"{number}"))
    assert begun(at_work, job("cy", f=CHANCE, last="9")) == ["f1"]


def test_what_passes_and_fails_with_the_same_answers_is_luck(at_work: Reuse) -> None:
    """Wherever it comes from: nothing of chance is to be seen in it."""
    first, second = job("ana", last="4"), job("bo", last="5")
    assert begun(at_work, first) == begun(at_work, second) == ["f1", "f2", "g1"]
    at_work.take(first, report(first))
    at_work.take(second, report(second, {"f1": Outcome.FAILED}))
    assert begun(at_work, job("cy", last="6")) == ["f1"]


def test_a_cell_that_is_broken_only_here_is_run_whole(at_work: Reuse) -> None:
    """Nothing of it is in the key, and where it was run it may have made another function of it."""
    graded(at_work, job("ana"))
    newer = job("bo", last="x = (")
    assert begun(at_work, newer) == []
    taken = at_work.take(newer, report(at_work.trimmed(newer)))
    assert (taken.reports, taken.again) == ((), (newer,))


def test_a_notebook_that_ended_before_a_test_says_nothing_of_it(at_work: Reuse) -> None:
    graded(at_work, job("ana"), {"f1": Outcome.TIMEOUT, "f2": Outcome.NOT_RUN, "g1": Outcome.NOT_RUN})
    graded(at_work, job("bo", last="2"))
    assert begun(at_work, job("cy", last="3")) == ["f1"]


def test_random_numbers_of_somebody_else_are_not_shown(at_work: Reuse) -> None:
    for number in range(3):
        graded(at_work, job(f"ana-{number}", f=CHANCE, last=f"{number}"), said="0.25")
    assert begun(at_work, job("bo", f=CHANCE, last="9")) == ["f1", "f2", "g1"]


def test_whoever_was_spared_before_another_one_failed_runs_all(at_work: Reuse) -> None:
    unlucky, late = job("ana", f=CHANCE, last="8"), job("bo", f=CHANCE, last="9")
    assert begun(at_work, unlucky) == ["f1", "f2", "g1"]
    for number in range(3):
        graded(at_work, job(f"cy-{number}", f=CHANCE, last=f"{number}"))
    assert begun(at_work, late) == []
    spared = report(at_work.trimmed(late))
    at_work.take(unlucky, report(unlucky, {"f1": Outcome.FAILED}))
    assert at_work.take(late, spared).again == (late,)


def test_statements_that_a_test_does_not_reach(at_work: Reuse) -> None:
    """They make no difference where the cell ran to its end; else nobody knows which of its statements ran."""
    graded(at_work, job("ana"))
    more = f"{F}\nprint(f(3))"
    other = job("bo", f=more)
    assert begun(at_work, other) == []
    taken = at_work.take(other, report(at_work.trimmed(other), {"f": Outcome.ERROR}))
    assert (taken.reports, taken.again) == ((), (other,))


def test_a_cell_that_did_not_run_to_its_end_teaches_nothing(at_work: Reuse) -> None:
    graded(at_work, job("ana", f=f"{F}\nf(None)"), {"f": Outcome.ERROR})
    assert begun(at_work, job("bo")) == ["f1", "f2", "g1"]


def test_given_cells_must_end_alike(at_work: Reuse) -> None:
    graded(at_work, job("ana"), {"setup": Outcome.ERROR})
    graded(at_work, job("bo", last="2"), {"setup": Outcome.ERROR})
    other = job("cy", last="3")
    assert begun(at_work, other) == []
    assert at_work.take(other, report(at_work.trimmed(other))).again == (other,)


def test_chance_that_lets_given_cells_end_otherwise(at_work: Reuse) -> None:
    for number in range(4):
        done = job(f"ana-{number}", f=CHANCE, last=f"{number}")
        graded(at_work, done, {"setup": Outcome.ERROR} if number == 1 else None)
    assert begun(at_work, job("bo", f=CHANCE, last="9")) == ["f1", "f2", "g1"]


@pytest.mark.parametrize(
    "f",
    [
        "def f(x, seen=[]):\n    seen.append(x)\n    return x + 1",
        "class f:\n    def __new__(cls, x):\n        return x + 1",
        "%timeit 1",
    ],
)
def test_chance_and_what_cannot_be_followed_is_everybodys_own(at_work: Reuse, f: str) -> None:
    graded(at_work, job("ana", f=f))
    assert begun(at_work, job("bo", f=f, g="def g(x):\n    return 2 * f(x)")) == ["f1", "f2", "g1"]


@pytest.mark.parametrize(
    ("last", "spared"),
    [("import os\nos.nice(0)", False), ("torch.exp = None", False), ("y = f(3)", True), ("y: int = 4", True)],
)
def test_one_who_does_more_runs_all(at_work: Reuse, last: str, *, spared: bool) -> None:
    """Of code that may do anything, nobody knows which tests it makes a difference to."""
    graded(at_work, job("ana"))
    assert (begun(at_work, job("bo", last=last)) == []) is spared


def test_one_who_did_more_before_teaches_nothing(at_work: Reuse) -> None:
    """It may have made a wrong answer pass, or what is no longer what it looks like."""
    for number, more in enumerate(["import os\nos.nice(0)", "torch.exp = None", "f.__code__ = (lambda x: 2).__code__"]):
        graded(at_work, job(f"ana-{number}", g=f"{G}\n{more}"))
    assert begun(at_work, job("bo")) == ["f1", "f2", "g1"]


def test_a_test_that_later_cells_can_see_is_run(at_work: Reuse) -> None:
    tests = {"list": "assert f(1) == 2\ndata.append(1)", "other": "assert f(2) == 3"}
    given = JobCell(index=0, id="data", role=Role.GIVEN, source="data = []")

    def with_data(key: str, last: str) -> Job:
        done = job(key, tests=tests, last=last)
        return replace(done, cells=(given, *done.cells))

    graded(at_work, with_data("ana", "1"))
    assert begun(at_work, with_data("bo", "2")) == []
    assert begun(at_work, with_data("cy", "len(data)")) == ["list"]


def test_a_name_that_a_later_given_cell_uses_is_bound(at_work: Reuse) -> None:
    tests = {"f1": "limit = 3\nassert f(1) == 2", "f2": "assert f(2) == 3"}

    def with_given(key: str, last: str) -> Job:
        done = job(key, tests=tests, last=last)
        return replace(done, cells=(*done.cells, JobCell(index=50, id="end", role=Role.GIVEN, source="limit + 1")))

    graded(at_work, with_given("ana", "1"))
    assert begun(at_work, with_given("bo", "2")) == ["f1"]


@pytest.mark.parametrize("seed", ["torch.manual_seed(3)", ""])
def test_tests_that_begin_or_use_up_random_numbers(at_work: Reuse, seed: str) -> None:
    tests = {"seeds": "torch.manual_seed(1)\nassert f(torch.rand(1)) > 1", "f2": "assert f(2) == 3"}
    for number in range(3):
        graded(at_work, job(f"ana-{number}", tests=tests, last=f"{number}"))
    assert begun(at_work, job("bo", tests=tests, last="torch.rand(3)")) == ["seeds"]
    tests = {"draws": "assert f(torch.rand(1)) > 1", "f2": "assert f(2) == 3"}
    for number in range(3):
        graded(at_work, job(f"cy-{number}", tests=tests, g=f"{seed}\nx = 3", last=f"{number}"))
    run = begun(at_work, job("di", tests=tests, g=f"{seed}\nx = 3", last="torch.rand(3)"))
    assert run == (["draws"] if seed else []), "after a seed others would come"


def test_tests_on_which_one_depends_are_run_with_it(at_work: Reuse) -> None:
    tests = {"first": "own = f(1)\nassert own == 2", "second": "assert g(own) > 0", "third": "assert f(3) == 4"}
    graded(at_work, job("ana", tests=tests), {"second": Outcome.FAILED})
    assert begun(at_work, job("bo", tests=tests, last="2")) == ["first", "second"]


def test_other_tests_are_other_tests(at_work: Reuse) -> None:
    graded(at_work, job("ana"))
    assert begun(at_work, job("bo", tests=TESTS | {"f1": "assert f(1) == 3"}, last="2")) == ["f1"]
    shared = job("cy", last="3")
    mode = Contract(mode=Mode.SHARED)
    shared = replace(shared, cells=tuple(replace(c, contract=c.contract and mode) for c in shared.cells))
    assert begun(at_work, shared) == ["f1", "f2", "g1"]


def test_files_of_ones_own_may_be_read(at_work: Reuse) -> None:
    mine = (JobFile(path="a.txt", content=b"1"),)
    graded(at_work, job("ana"))
    assert begun(at_work, replace(job("bo"), files=mine)) == ["f1", "f2", "g1"]


def test_force_runs_every_test(tmp_path: Path) -> None:
    at_work = Reuse(Store(tmp_path / "store"), AROUND, force=True)
    graded(at_work, job("ana"))
    assert begun(at_work, job("bo", last="2")) == ["f1", "f2", "g1"]


@pytest.mark.parametrize(
    ("endings", "cpu_seconds"),
    [({"g1": Outcome.TIMEOUT}, 1.0), ({"g1": Outcome.CRASHED}, 1.0), ({"f": Outcome.ERROR}, 1.0), ({}, 6.0)],
)
def test_a_notebook_that_ended_or_ends_otherwise_is_run_whole(
    at_work: Reuse, endings: dict[str, Outcome], cpu_seconds: float
) -> None:
    graded(at_work, job("ana"))
    other = job("bo", g="def g(x):\n    return 2 * f(x)")
    assert begun(at_work, other) == ["g1"]
    taken = at_work.take(other, report(at_work.trimmed(other), endings, cpu_seconds=cpu_seconds))
    assert (taken.reports, taken.again) == ((), (other,))
    assert at_work.trimmed(other) is other
    found = report(other, endings, cpu_seconds=cpu_seconds)
    ((_, kept, _),) = at_work.take(other, found).reports
    assert kept == found
    assert at_work.spared == 0
    assert at_work.ran("bo", kept) == kept


@pytest.mark.parametrize("code", ["BIG = 0x" + "f" * 4000, "y = f(1)" + ".T" * 1500, "z: f" + ".T" * 1500 + " = 1"])
def test_code_that_cannot_be_shown_stops_nobody(at_work: Reuse, code: str) -> None:
    graded(at_work, job("ana", g=f"{G}\n{code}"))
    assert begun(at_work, job("bo", g=f"{G}\n{code}", last="2")) == []


def test_a_cell_that_is_called_like_a_test_is_none(at_work: Reuse) -> None:
    def with_own(key: str, source: str) -> Job:
        done = job(key, last=key)
        own = JobCell(index=30, id="f1", role=Role.PLAIN, source=source)
        return replace(done, cells=(done.cells[0], own, *done.cells[1:]))

    graded(at_work, with_own("ana", "k = 1\ndef f(x):\n    return k"))
    assert begun(at_work, with_own("bo", "k = 2\ndef f(x):\n    return k")) == ["f1", "f2", "g1"]


def test_one_that_ended_teaches_nothing(at_work: Reuse) -> None:
    graded(at_work, job("ana"), {"g1": Outcome.TIMEOUT})
    assert begun(at_work, job("bo", last="2")) == ["f1", "f2", "g1"]


def test_a_fault_of_ours_is_told(at_work: Reuse) -> None:
    graded(at_work, job("ana"))
    other = job("bo", last="2")
    assert begun(at_work, other) == []
    told = report(other, dict.fromkeys((c.id for c in other.cells), Outcome.UNGRADED))
    ((_, found, _),) = at_work.take(other, told).reports
    assert found == told
    assert begun(at_work, other) == []


def test_a_fault_of_ours_is_told_to_all_who_wait(at_work: Reuse) -> None:
    """Of every cell, although only some were to be run."""
    graded(at_work, job("ana"))
    other = job("bo", g="g = f")
    assert begun(at_work, other) == ["g1"]
    twin = replace(other, key="cy")
    assert at_work.plan(twin, at_work.keys_of(twin)) == Plan()
    part = at_work.trimmed(other)
    told = ungraded(part, "it broke")
    taken = at_work.take(other, told)
    assert [(key, len(found.cells)) for key, found, _ in taken.reports] == [("bo", 7), ("cy", 7)]
    for _, found, _ in taken.reports:
        assert {(c.outcome, c.message) for c in found.cells} == {(Outcome.UNGRADED, "not graded: it broke")}
