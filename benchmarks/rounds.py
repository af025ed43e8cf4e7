"""The rounds of a measurement: who is measured, in which order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.classroom import Classroom
from benchmarks.figures import slope
from benchmarks.graders import Floor, Result, grade_with_gabarito, grade_with_nbgrader, grade_with_otter, run_floor
from benchmarks.measure import Cost

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Groups:
    """Three groups of students, each within the next."""

    few: tuple[str, ...]
    some: tuple[str, ...]
    many: tuple[str, ...]

    @property
    def further(self) -> tuple[str, ...]:
        """Those that only the largest group has."""
        return tuple(s for s in self.many if s not in set(self.some))


@dataclass(slots=True)
class Round:
    """What was measured once."""

    results: dict[str, Result] = field(default_factory=dict)
    """By step: grader and group."""
    floors: list[Floor] = field(default_factory=list)
    others: Cost = Cost(0.0, 0.0)  # noqa: RUF009 - frozen
    """Sum of all measurements: wall seconds, CPU seconds of what was measured, and of everything else."""

    def further(self, grader: str, groups: Groups, small: str = "some", large: str = "many") -> Cost:
        """What one more submission costs a grader, its start apart."""
        few, many = len(getattr(groups, small)), len(getattr(groups, large))
        return slope(self.results[f"{grader} {small}"].cost, few, self.results[f"{grader} {large}"].cost, many)

    def each(self, grader: str, groups: Groups, group: str) -> Cost:
        """What each submission of a group costs a grader, its start included."""
        return self.results[f"{grader} {group}"].cost.each(len(getattr(groups, group)))

    def floor(self, students: tuple[str, ...], *, start: bool = False) -> Cost:
        """What each of these students' cells cost by themselves; with the floor's own start shared among them."""
        total = sum((f.of(students) + (f.start if start else Cost(0.0, 0.0)) for f in self.floors), Cost(0.0, 0.0))
        return total.each(len(self.floors) * len(students))


def measure_rounds(room: Classroom, groups: Groups, cells: Path, folder: Path, count: int, say: Say) -> list[Round]:
    """So many rounds, each with everybody in it, every second one in reverse.

    Raises:
        RuntimeError: a grader failed, or did not grade everybody: its cost would say nothing.
    """
    one = partial(grade_with_gabarito, workers=1)
    every = partial(grade_with_gabarito, workers=1, every_test=True)
    steps: list[tuple[str, Callable[..., Result] | None]] = [
        ("floor", None),
        ("one some", one),
        ("one many", one),
        ("every some", every),
        ("every many", every),
        ("floor", None),
        ("all some", grade_with_gabarito),
        ("all many", grade_with_gabarito),
        ("nbgrader few", grade_with_nbgrader),
        ("otter few", grade_with_otter),
        ("nbgrader some", grade_with_nbgrader),
    ]
    rounds = []
    for number in range(count):
        rounds.append(Round())
        for name, grader in steps if number % 2 == 0 else reversed(steps):
            with TemporaryDirectory(prefix="step-", dir=folder) as at:
                said = _step(rounds[-1], name, grader, room, groups, cells, Path(at))
            say(f"round {number + 1} of {count}: {said}")
    return rounds


def _step(
    current: Round,
    name: str,
    grader: Callable[..., Result] | None,
    room: Classroom,
    groups: Groups,
    cells: Path,
    folder: Path,
) -> str:
    if grader is None:
        floor, cost = run_floor(room, cells, folder)
        current.floors.append(floor)
        told = f"{len(groups.many)} submissions"
    else:
        students = getattr(groups, name.split()[1])
        result = current.results[name] = grader(room, students, folder)
        cost = result.cost
        if result.graded != len(students):
            raise RuntimeError(f"{name}: only {result.graded} of {len(students)} submissions were graded")
        told = f"{result.graded} graded, {result.agreeing} of {result.scores} scores as known"
    current.others += cost
    return f"{name}: {told}; {cost.wall:.1f} s, {cost.cpu:.1f} s of CPU time (others {cost.others:.1f} s)"
