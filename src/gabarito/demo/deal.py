"""Known answers dealt to students so that each student's scores add up."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from gabarito.audit.answers import KnownAnswer
from gabarito.demo.plan import ClassPlan
from gabarito.model import NotebookRecord, Role
from gabarito.notebook.cells import grade_id
from gabarito.notebook.markers import Kind, scan
from gabarito.notebook.names import Names, names_of

_MOST = 4  # wrong answers of one student
_OFTEN_RIGHT = 0.6  # how often an exercise without a wrong answer is solved otherwise than in the solution


@dataclass(frozen=True, slots=True)
class Exercises:
    """The answer cells of a notebook, in order, and what hangs on them."""

    answers: Mapping[str, str]
    """Source of the solution by grade id of the answer cell."""
    tests: Mapping[str, tuple[str, ...]]
    """Grade ids of the test cells that follow each answer, up to the next one."""
    given: frozenset[str]
    """Names that given cells bind."""
    needs: Mapping[str, frozenset[str]]
    """Names that the tests of each answer need."""
    by_hand: frozenset[str]
    """Answers that are graded themselves."""

    def graded_by(self, answer: str) -> tuple[str, ...]:
        """The graded cells that look at this answer."""
        return (*((answer,) if answer in self.by_hand else ()), *self.tests[answer])

    def reads(self, exercise: str, source: str, other: str, changed: str) -> bool:
        """Whether an exercise with this answer reads a name that another one's answer, or its solution, binds."""
        bound = (_names(changed).binds | _names(self.answers[other]).binds) - self.given
        return bool((_names(source).needs | self.needs[exercise]) & bound)


def exercises_of(solution: NotebookNode, record: NotebookRecord) -> Exercises:
    """The answers that an instructor's notebook gives, and the tests of each."""
    sources = {grade_id(cell): solved_source(cell.source) for cell in solution.cells}
    tests: dict[str, list[str]] = {}
    needs: dict[str, frozenset[str]] = {}
    given: frozenset[str] = frozenset()
    current = ""
    for cell in record.cells:
        if cell.role in (Role.ANSWER, Role.MANUAL):
            current = cell.id
            tests[current], needs[current] = [], frozenset()
        elif cell.role is Role.GIVEN and cell.cell_type == "code":
            given |= _names(cell.source).binds
        elif cell.role is Role.TEST and current:
            tests[current].append(cell.id)
            needs[current] |= _names(cell.source).needs
    return Exercises(
        answers={a: sources.get(a, "") for a in tests},
        tests={a: tuple(t) for a, t in tests.items()},
        given=given,
        needs=needs,
        by_hand=frozenset(c.id for c in record.cells if c.role is Role.MANUAL),
    )


def solved_source(source: str) -> str:
    """The source of an answer cell as a student would write it: no markers, and no mark scheme."""
    lines = source.split("\n")
    solutions = [r for r in scan(source)[0] if r.kind is Kind.SOLUTION]
    marks = {n for region in solutions for n in (region.first, region.last)}
    lines = [line for n, line in enumerate(lines, 1) if n not in marks]
    # A mark scheme may stand inside a solution: it is a region of its own only now.
    schemes = [r for r in scan("\n".join(lines))[0] if r.kind is Kind.MARK_SCHEME]
    cut = {n for region in schemes for n in range(region.first, region.last + 1)}
    kept = [line for n, line in enumerate(lines, 1) if n not in cut]
    return "\n".join(kept).rstrip("\n") if cut else "\n".join(kept)


def deal(
    known: Mapping[str, KnownAnswer], plan: ClassPlan, exercises: Exercises, students: int, rng: random.Random
) -> list[tuple[str, ...]]:
    """The answers, as `exercise/name`, of each of so many students.

    Each wrong answer goes to the student with the fewest who can have it; when all are dealt, or nobody can have
    more, the rest is right. A student whose turn comes when all are dealt gets one or two of them again.
    """
    hands: list[dict[str, str]] = [{} for _ in range(students)]
    dealt = set()
    for key in _in_turn(known, plan, exercises, rng):
        free = [h for h in hands if len(h) < _MOST and _fits(key, h, known, exercises)]
        if free:
            min(free, key=len)[known[key].exercise] = key
            dealt.add(key)
    right = [k for k, a in known.items() if a.right and k not in plan.alone]
    used: Counter[str] = Counter()
    for hand in hands:
        wrong = sorted(dealt)
        for key in rng.sample(wrong, min(len(wrong), 0 if hand else rng.randint(0, 2))):
            if _fits(key, hand, known, exercises):
                hand[known[key].exercise] = key
        rng.shuffle(right)
        right.sort(key=lambda k: used[k])
        for key in right:
            if rng.random() < _OFTEN_RIGHT and _fits(key, hand, known, exercises):
                hand[known[key].exercise] = key
                used[key] += 1
    return [tuple(hand[e] for e in exercises.answers if e in hand) for hand in hands]


def _in_turn(
    known: Mapping[str, KnownAnswer], plan: ClassPlan, exercises: Exercises, rng: random.Random
) -> Iterator[str]:
    """Wrong answers: those that even a small class has, then one of each exercise after the other."""
    yield from plan.first
    piles = [
        [k for k, a in known.items() if a.exercise == e and not a.right and k not in (*plan.first, *plan.alone)]
        for e in exercises.answers
    ]
    for pile in piles:
        rng.shuffle(pile)
    while any(piles):
        yield from [pile.pop() for pile in piles if pile]


def _fits(key: str, hand: Mapping[str, str], known: Mapping[str, KnownAnswer], exercises: Exercises) -> bool:
    """Whether a student with these answers can have this one, so that none changes another's scores."""
    new = known[key]
    for held in (known[k] for k in hand.values()):
        if held.exercise == new.exercise:
            return False
        for one, other in ((new, held), (held, new)):
            if not other.right and (
                exercises.reads(one.exercise, one.source, other.exercise, other.source)
                or other.scores.keys() & exercises.graded_by(one.exercise)  # counted on the solution's reading it
            ):
                return False
    return True


@lru_cache(maxsize=1024)
def _names(source: str) -> Names:
    return names_of(new_code_cell(source))
