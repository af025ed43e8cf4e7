"""Whole audits: of the original lesson's tests with their three faults, by the real engine, and of small notebooks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from nbformat import NotebookNode

from gabarito.audit.audit import Depth, audit
from gabarito.audit.page import audit_page
from gabarito.audit.result import Audit, Fate, Fault
from gabarito.course import Course
from gabarito.errors import CourseError
from gabarito.model import Mode
from tests.release.factories import answer, given, graded, notebook, run_here, write_course

_QUICK = Depth(runs=3, draws=0)


def _faults(made: Audit, kind: str) -> list[Fault]:
    return [fault for fault in made.faults if fault.kind == kind]


def _solution(source: str) -> str:
    return f"### BEGIN SOLUTION\n{source}\n### END SOLUTION"


LESSON = notebook(
    given("setup", "import time\nimport torch"),
    answer("gaussians", _solution("A = torch.randn(128, 256)\nB = torch.randn(128, 256)")),
    # As the original has it: A is looked at twice, and two decimals are 2.7 deviations of the mean.
    graded(
        "test-gaussians", "assert abs(A.mean()) < 0.015\nassert abs(A.mean()) < 0.015\nassert A.shape == (128, 256)", 2
    ),
    answer("matmul", _solution("def matmul(A, B):\n    return A @ B.T\n\n\nC = matmul(A, B)")),
    graded(
        "test-time",
        "start = time.time()\nfor row in A:\n    row * A\nloop = time.time() - start\n"
        "start = time.time()\nmatmul(A, A)\nquick = time.time() - start\nassert quick < loop",
        3,
    ),
)


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    course = write_course(tmp_path_factory.mktemp("lesson"), "c.Gabarito.two_process = False", ps1=LESSON)
    return audit(course, "ps1", depth=Depth(runs=2, draws=1000, draw_seconds=1e3), seed=1, workers=1)


def test_that_b_is_never_looked_at_is_found(lesson: Audit) -> None:
    (fault,) = [f for f in _faults(lesson, "unlooked-name") if "'B'" in f.message]
    assert fault.message == "no test looks at 'B'; only cell matmul uses it"
    assert (fault.cell, fault.points) == ("gaussians", 2)
    survivors = [m.mutant for m in lesson.mutants if m.fate is Fate.SURVIVED and m.mutant.cell == "gaussians"]
    assert "B = torch.rand(128, 256)" in [m.source.splitlines()[-1] for m in survivors]
    assert {m.line for m in survivors if "dis" in m.operator} == {3}
    killed = {m.mutant.line for m in lesson.mutants if m.fate is Fate.KILLED and m.mutant.cell == "gaussians"}
    assert 2 in killed


def test_the_bound_that_fails_one_in_150_is_found(lesson: Audit) -> None:
    test = next(t for t in lesson.tests if t.id == "test-gaussians")
    low, high = test.rate.interval()
    assert test.drawn.runs == 1000
    assert 0 < low < 1 / 150 < high < 0.03
    (fault,) = [f for f in _faults(lesson, "flaky") if f.cell == "test-gaussians"]
    assert fault.is_failure
    assert "95 % interval" in fault.message
    assert "less than once in 10⁶" in fault.advice


def test_the_clock_that_is_read_once_is_found(lesson: Audit) -> None:
    (fault,) = _faults(lesson, "one-shot-timing")
    assert (fault.cell, fault.line, fault.is_failure, fault.points) == ("test-time", 8, True, 3.0)
    assert "assert_faster" in fault.advice


def test_the_list_is_ordered_by_points_at_stake(lesson: Audit) -> None:
    assert not lesson.is_good
    assert [f.points for f in lesson.faults] == sorted((f.points for f in lesson.faults), reverse=True)
    assert all(f.advice and bool(f.cell) is (f.kind != "mutation-score") for f in lesson.faults)


def test_the_page_holds_everything_and_loads_nothing(lesson: Audit) -> None:
    page = audit_page(lesson)
    for word in (
        "one-shot-timing",
        "other distribution",
        "test-gaussians",
        "Clopper",
        *(f.place for f in lesson.faults),
    ):
        assert word in page
    assert "http:" not in page
    assert "https:" not in page
    assert "<script" not in page


Make = Callable[..., Course]


@pytest.fixture
def course(tmp_path: Path) -> Make:
    def make(*cells: NotebookNode) -> Course:
        return write_course(tmp_path, "c.Gabarito.two_process = False", ps1=notebook(*cells))

    return make


def _kinds(made: Audit, *, failures: bool = True) -> set[tuple[str, str]]:
    return {(f.kind, f.cell) for f in made.faults if f.is_failure is failures}


def test_good_tests_have_nothing_to_mend(course: Make) -> None:
    double = answer("double", "def double(x):\n    ### BEGIN SOLUTION\n    return x + x\n    ### END SOLUTION")
    made = audit(course(double, graded("t", "assert double(3) == 6")), "ps1", depth=_QUICK, run=run_here, workers=1)
    assert [f.kind for f in made.faults] == ["shared-mode"]
    assert made.is_good
    assert made.score == 1.0
    assert [(t.id, t.mode, t.calm.runs, t.loaded.runs) for t in made.tests] == [("t", Mode.SHARED, 2, 1)]


def test_tests_that_can_t_fail_or_hang_on_each_other_are_found(course: Make) -> None:
    made = audit(
        course(
            answer("x", _solution("x = 3\ny = 4")),
            graded("free", "assert 1 + 1 == 2"),
            graded("empty", "print(x)"),
            graded("hangs", "def test_x():\n    assert x == 4\nif x > 3: assert x == 4"),
            graded("first", "limit = x + 1"),
            graded("second", "assert limit == 4"),
        ),
        "ps1",
        depth=_QUICK,
        run=run_here,
        workers=1,
    )
    failures = _kinds(made)
    assert ("passes-unsolved", "free") in failures
    assert ("no-assertion", "empty") in failures
    assert ("never-called", "hangs") in failures
    assert ("shared-state", "second") in failures
    assert ("unlooked-name", "x") in failures
    assert ("shared-mode", "second") in _kinds(made, failures=False)


def test_an_assertion_that_never_runs_is_found(course: Make) -> None:
    made = audit(
        course(answer("x", _solution("x = 3")), graded("t", "if x > 5:\n    assert x == 7\nelse:\n    x + 1")),
        "ps1",
        depth=_QUICK,
        run=run_here,
        workers=1,
    )
    assert ("not-reached", "t") in _kinds(made)
    assert ("survivor", "x") in _kinds(made, failures=False)
    assert ("mutation-score", "") in _kinds(made)


def test_mutants_that_deserve_full_marks_can_be_marked(course: Make, tmp_path: Path) -> None:
    cells = [answer("x", _solution("x = 3")), graded("t", "assert x >= 3")]
    (survivor,) = [
        m
        for m in audit(course(*cells), "ps1", depth=_QUICK, run=run_here, workers=1).mutants
        if m.fate is Fate.SURVIVED
    ]
    cells[0].metadata["gabarito"] = {"equivalent_mutants": {survivor.mutant.id: "any number from 3", "0000dead": ""}}
    made = audit(course(*cells), "ps1", depth=_QUICK, run=run_here, workers=1)
    assert (made.score, made.count(Fate.EQUIVALENT)) == (None, 1)
    (fault,) = _faults(made, "stale-mark")
    assert "0000dead" in fault.message
    cells[1].source = "assert x == 3"
    (wrong,) = _faults(audit(course(*cells), "ps1", depth=_QUICK, run=run_here, workers=1), "wrong-mark")
    assert survivor.mutant.id in wrong.message


def test_known_answers_must_get_their_points(course: Make, tmp_path: Path) -> None:
    made_course = course(answer("x", _solution("x = 3")), graded("t", "assert x == 3 and isinstance(x, int)"))
    folder = made_course.grader_tests / "ps1" / "answers"
    folder.mkdir(parents=True)
    table = '[[answer]]\nname = "{}"\nright = {}\nwhy = "w"\nscores = {}\nsource = "x = {}"\n'
    rows = [
        ("float", "true", "{}", "3.0"),
        ("four", "false", "{ t = 0 }", "4"),
        ("three", "false", "{ t = 0 }", "3"),
    ]
    (folder / "x.toml").write_text('exercise = "x"\n' + "".join(table.format(*row) for row in rows))
    made = audit(made_course, "ps1", depth=_QUICK, run=run_here, workers=1)
    assert [a.name for a in made.answers if a.wrong_scores] == ["float", "three"]
    assert {f.kind for f in made.faults if f.is_failure} == {"right-answer-fails", "known-answer"}


def test_an_audit_can_be_repeated(course: Make) -> None:
    cells = (
        given("setup", "import random"),
        answer("x", _solution("x = random.random()")),
        graded("t", "assert x < 0.5 + random.random() / 2"),
    )
    one, other = (
        audit(course(*cells), "ps1", depth=Depth(runs=3, draws=40), seed=5, run=run_here, workers=1) for _ in range(2)
    )
    (test,) = one.tests
    assert test.calm.failures + test.drawn.failures > 0
    assert [t.calm for t in one.tests] == [t.calm for t in other.tests]
    assert [(m.mutant.id, m.fate) for m in one.mutants] == [(m.mutant.id, m.fate) for m in other.mutants]


def test_an_unknown_assignment_is_an_error(course: Make) -> None:
    with pytest.raises(CourseError, match="there is no assignment 'ps9'"):
        audit(course(answer("x", "x = 3")), "ps9")
