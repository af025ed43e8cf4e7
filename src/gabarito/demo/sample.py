"""A class of hand-ins built from known answers, each with the score it must get."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode

from gabarito.audit.answers import KnownAnswer
from gabarito.demo.deal import Exercises, deal, exercises_of
from gabarito.demo.edits import apply
from gabarito.demo.people import student_ids
from gabarito.demo.plan import BY_HAND, ClassPlan, NotebookSample
from gabarito.errors import CourseError
from gabarito.model import NotebookRecord, Role
from gabarito.notebook.cells import grade_id

SEED = 20260201


@dataclass(frozen=True, slots=True)
class Sample:
    """One hand-in of one student."""

    student: str
    name: str
    """What it is: the name of a whole notebook or of an answer, or `mixed`."""
    why: str
    notebook: bytes
    expected: Mapping[str, float | None]
    """Points by grade id, for every graded cell; None where a person has to decide."""
    answers: tuple[str, ...] = ()
    """The known answers in it, as `exercise/name`."""


def build_class(
    solution: NotebookNode,
    released: NotebookNode,
    record: NotebookRecord,
    answers: Iterable[KnownAnswer],
    plan: ClassPlan,
    *,
    size: int = 40,
    seed: int = SEED,
) -> tuple[Sample, ...]:
    """The hand-ins of `size` students, sorted by student; always the same for the same arguments.

    First come the plan's whole notebooks and the answers that have to stand alone, as long as they leave half of the
    class; the others mix answers. Every wrong answer is dealt once before one is dealt again, at most a few to each
    student; where a wrong answer changes what another exercise reads, that exercise is solved as in the solution, so
    that the scores add up.

    Args:
        solution: the instructor's notebook, solution markers and all.
        released: the student version of it.
        answers: known answers; right ones stand in wherever nothing wrong does.

    Raises:
        CourseError: the plan names an answer or a cell that isn't there, or an answer is for no cell of the notebook.
    """
    known = {f"{a.exercise}/{a.name}": a for a in answers}
    exercises = exercises_of(solution, record)
    _check(plan, known, exercises, record)
    bench = _Bench(solution, released, record, exercises, known)
    fixed = [bench.whole(sample) for sample in plan.notebook]
    fixed += [bench.mixed((key,), name=key, why=known[key].why) for key in plan.alone]
    fixed = fixed[: max(size // 2, size - _needed(known, plan))]
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    hands = deal(known, plan, exercises, size - len(fixed), rng)
    drafts = [*fixed, *(bench.mixed(hand, name="mixed", why=bench.reasons(hand)) for hand in hands)]
    samples = [
        Sample(student, d.name, d.why, d.notebook, d.expected, d.answers)
        for student, d in zip(student_ids(size, seed), drafts, strict=True)
    ]
    return tuple(sorted(samples, key=lambda s: s.student))


def _needed(known: Mapping[str, KnownAnswer], plan: ClassPlan) -> int:
    """How many students it takes to hand in every wrong answer."""
    wrong = sum(not a.right for key, a in known.items() if key not in plan.alone)
    return -(-wrong // 4)


def _check(plan: ClassPlan, known: Mapping[str, KnownAnswer], exercises: Exercises, record: NotebookRecord) -> None:
    for key, answer in known.items():
        if answer.exercise not in exercises.answers:
            raise CourseError(f"known answer {key!r} is for a cell that is no answer of {record.name!r}")
    for key in (*plan.first, *plan.alone, *(pick for n in plan.notebook for pick in n.picks)):
        if key not in known:
            raise CourseError(f"the plan of the class names the answer {key!r}, which there is not")
    places = [("known answer", key, a.scores) for key, a in known.items()]
    places += [("notebook", n.name, dict.fromkeys((*n.answered, *n.scores), 0.0)) for n in plan.notebook]
    for kind, name, cells in places:
        for cell_id in cells:
            if record.cell(cell_id) is None:
                raise CourseError(f"{kind} {name!r} names the cell {cell_id!r}, which is not in {record.name!r}")


@dataclass(frozen=True, slots=True)
class _Bench:
    """What hand-ins are made from."""

    solution: NotebookNode
    released: NotebookNode
    record: NotebookRecord
    exercises: Exercises
    known: Mapping[str, KnownAnswer]

    def mixed(self, picks: Sequence[str], *, name: str, why: str) -> Sample:
        """A notebook whose answers are these, and the solution's elsewhere."""
        return self._sample(name, why, self._filled(self.exercises.answers, picks), self._scores(picks), picks)

    def whole(self, sample: NotebookSample) -> Sample:
        """A notebook of the plan."""
        answered = self.exercises.answers if sample.start == "solved" else sample.answered
        notebook = self._filled(answered, sample.picks)
        if sample.start == "empty":
            notebook["cells"] = []
        expected = self._scores(sample.picks)
        for answer in self.exercises.answers:
            if answer not in answered and answer not in {self.known[p].exercise for p in sample.picks}:
                expected |= dict.fromkeys(self.exercises.graded_by(answer), 0.0)
        for edit in sample.edits:
            apply(edit, notebook.cells)
        for cell_id, score in sample.scores.items():
            expected[cell_id] = None if score == BY_HAND else float(score)
        return self._sample(sample.name, sample.why, notebook, expected, sample.picks)

    def reasons(self, picks: Sequence[str]) -> str:
        """What is wrong with these answers, in one line."""
        wrong = [f"{key}: {self.known[key].why}" for key in picks if not self.known[key].right]
        return "; ".join(wrong) or "everything is right"

    def _filled(self, answered: Iterable[str], picks: Sequence[str]) -> NotebookNode:
        notebook = copy.deepcopy(self.released)
        sources = {a: self.exercises.answers[a] for a in answered} | {
            self.known[key].exercise: self.known[key].source for key in picks
        }
        for cell in notebook.cells:
            if (found := grade_id(cell)) in sources:
                cell.source = sources[str(found)]
        return notebook

    def _scores(self, picks: Sequence[str]) -> dict[str, float | None]:
        expected: dict[str, float | None] = {
            c.id: c.points if c.role is Role.TEST and c.cell_type == "code" else None
            for c in self.record.cells
            if c.role in (Role.TEST, Role.MANUAL, Role.TASK)
        }
        for key in picks:
            for cell_id, score in self.known[key].scores.items():
                before = expected[cell_id]
                expected[cell_id] = score if before is None else min(before, score)
        return expected

    def _sample(
        self,
        name: str,
        why: str,
        notebook: NotebookNode,
        expected: Mapping[str, float | None],
        picks: Sequence[str],
    ) -> Sample:
        count = 0
        for cell in notebook.cells:
            if cell.cell_type == "code":
                count += 1
                cell["execution_count"] = count
        return Sample("", name, why, (nbformat.writes(notebook) + "\n").encode(), expected, tuple(picks))
