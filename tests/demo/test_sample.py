"""A class in which every hand-in gets exactly the score that it says."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gabarito.audit.answers import KnownAnswer
from gabarito.demo.people import student_ids
from gabarito.demo.plan import ClassPlan, Edit, NotebookSample
from gabarito.demo.sample import Sample, build_class
from gabarito.errors import CourseError
from gabarito.model import Role
from gabarito.notebook.cells import read_notebook
from gabarito.notebook.restore import restore
from tests.notebook.released import passing, release, small_source

SOURCE = small_source()
RELEASED, RECORD = release(SOURCE)
POINTS = {c.id: c.points for c in RECORD.cells if c.role is Role.TEST}


def known(exercise: str, name: str, source: str, *zero: str) -> KnownAnswer:
    right = not zero
    return KnownAnswer(exercise, name, right, f"about {name}", dict.fromkeys(zero, 0.0), source)


ANSWERS = (
    known("double", "sum", "def double(x):\n    return x + x"),
    known("double", "squared", "def double(x):\n    return x * x", "double-test"),
    known("double", "ends", "def double(x):\n    raise SystemError", "double-test"),
    known("total", "typed-in", "x = [1, 2, 3]\ny = 6"),
    known("total", "emptied", "x = []\ny = 0", "total-kept"),
    known("total", "one-less", "x = [1, 2, 3]\ny = sum(x[1:])", "total-test"),
    known("total", "other-name", "x = [1, 2, 3]\nz = sum(x)", "total-test"),
    known("triple", "by-double", "def triple(x):\n    return double(x) + x"),
    known("triple", "doubled", "def triple(x):\n    return double(x)", "triple-test"),
    known("triple", "reads-y", "def triple(x):\n    return y + 1", "triple-test"),
    known("why", "so", "It is so."),
    replace(known("why", "unchanged", "YOUR ANSWER HERE", "why"), right=False),
)
PLAN = ClassPlan(
    first=("double/squared", "total/typed-in"),
    alone=("double/ends",),
    notebook=(
        NotebookSample(name="solved", why="all right"),
        NotebookSample(name="unsolved", why="nothing", start="released", scores={"total-kept": 1}),
        NotebookSample(name="half", why="half", start="released", answered=("double", "why"), scores={"total-kept": 1}),
        NotebookSample(name="empty", why="nothing at all", start="empty"),
        NotebookSample(
            name="moved",
            why="the last first",
            picks=("total/one-less",),
            edits=(
                Edit(do="move", cell="triple", through="triple-test", before="setup"),
                Edit(do="delete", cell="double-test"),
                Edit(do="edit", cell="total-test", source="assert True"),
            ),
        ),
        NotebookSample(
            name="copied",
            why="the copy runs last",
            edits=(Edit(do="copy", cell="triple", source="def triple(x):\n    return 1"),),
            scores={"triple-test": 0},
        ),
        NotebookSample(name="stripped", why="another editor", edits=(Edit(do="strip"),), scores={"why": "by hand"}),
    ),
)


def build(size: int = 40, seed: int = 1, plan: ClassPlan = PLAN) -> tuple[Sample, ...]:
    return build_class(SOURCE, RELEASED, RECORD, ANSWERS, plan, size=size, seed=seed)


def scored(sample: Sample) -> dict[str, float | None]:
    """What the hand-in gets when its cells are simply run."""
    restored = restore(read_notebook(sample.notebook.decode(), sample.name), RECORD)
    passed = passing(restored.notebook)
    scores: dict[str, float | None] = {i: points if i in passed else 0.0 for i, points in POINTS.items()}
    scores["why"] = 0.0 if "why" in restored.unanswered else None
    return scores | {"plot": None}


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 40), st.integers(0, 1000))
def test_every_hand_in_gets_what_it_says(size: int, seed: int) -> None:
    samples = build(size, seed)
    assert len(samples) == len({s.student for s in samples}) == size
    for sample in samples:
        assert scored(sample) == dict(sample.expected), (sample.name, sample.answers)


def test_always_the_same() -> None:
    assert build() == build()
    assert build(seed=2) != build()
    assert [s.student for s in build()] == sorted(s.student for s in build())


def test_every_wrong_answer_and_every_notebook_is_there() -> None:
    samples = build(24)
    assert {n.name for n in PLAN.notebook} <= {s.name for s in samples}
    used = Counter(a for s in samples for a in s.answers)
    assert {f"{a.exercise}/{a.name}" for a in ANSWERS} == set(used)
    assert used["double/ends"] == 1


def test_a_small_class_has_whole_notebooks_and_the_first_answers() -> None:
    samples = build(4)
    assert sorted(s.name for s in samples) == ["mixed", "mixed", "solved", "unsolved"]
    assert {a for s in samples for a in s.answers} >= set(PLAN.first)


def test_what_is_wrong_is_told() -> None:
    for sample in build():
        if sample.name == "mixed":
            wrong = [a for a in sample.answers if not next(k for k in ANSWERS if f"{k.exercise}/{k.name}" == a).right]
            assert all(f"{a}: about" in sample.why for a in wrong)
            assert wrong or sample.why == "everything is right"


def test_a_hand_in_looks_like_one() -> None:
    solved = next(s for s in build() if s.name == "solved")
    notebook = nbformat.reads(solved.notebook.decode(), as_version=4)
    nbformat.validate(notebook)
    assert [c.execution_count for c in notebook.cells if c.cell_type == "code"] == list(range(1, 9))
    text = solved.notebook.decode()
    assert "BEGIN" not in text
    assert "return 2 * x" in text
    assert "double(-1)" not in text


def test_answers_that_end_a_notebook_stand_beside_right_ones() -> None:
    (alone,) = [s for s in build() if "double/ends" in s.answers]
    assert (alone.name, alone.answers) == ("double/ends", ("double/ends",))


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        (ClassPlan(first=("double/absent",)), "names the answer 'double/absent'"),
        (ClassPlan(alone=("absent/x",)), "names the answer 'absent/x'"),
        (ClassPlan(notebook=(NotebookSample(name="n", why="", picks=("a/b",)),)), "names the answer 'a/b'"),
        (ClassPlan(notebook=(NotebookSample(name="n", why="", scores={"absent": 0}),)), "notebook 'n' names the cell"),
        (
            ClassPlan(notebook=(NotebookSample(name="n", why="", start="released", answered=("absent",)),)),
            "names the cell 'absent'",
        ),
    ],
)
def test_a_plan_of_another_notebook(plan: ClassPlan, why: str) -> None:
    with pytest.raises(CourseError, match=why):
        build(plan=plan)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (known("absent", "x", "1"), "'absent/x' is for a cell that is no answer of 'small'"),
        (known("double", "x", "1", "absent-test"), "known answer 'double/x' names the cell 'absent-test'"),
    ],
)
def test_answers_of_another_notebook(answer: KnownAnswer, why: str) -> None:
    with pytest.raises(CourseError, match=why):
        build_class(SOURCE, RELEASED, RECORD, [answer], ClassPlan())


def test_names_of_students() -> None:
    assert student_ids(5, 1) == student_ids(5, 1)
    assert len(set(student_ids(1000, 1))) == 1000
    assert student_ids(1000, 1)[:5] == student_ids(5, 1)
    with pytest.raises(ValueError, match="larger than population"):
        student_ids(21_633, 1)
