"""Who gains and who loses what, if an assignment were graded again now: known before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from gabarito.course import Course
from gabarito.gradebook.adopted import released
from gabarito.gradebook.table import ScoreTable, SubmissionScores, read_table
from gabarito.grading.autograded import read_outcomes
from gabarito.grading.bulk import OnGraded, grade
from gabarito.grading.result import Graded, GradeRun, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedTest:
    """A test that would end otherwise for one student, or give other points."""

    student: str
    notebook: str
    cell: str
    points_before: float | None
    """None where it had none."""
    points_after: float | None
    """None where a person has to decide."""
    outcome_before: str
    """Empty where nobody knows."""
    outcome_after: str
    by_hand: bool
    """Whether a person's points count for it, which stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedTotal:
    """One student's points of all cells, before a late penalty."""

    student: str
    before: float | None
    """None where nothing was graded yet."""
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What grading again would change."""

    run: GradeRun
    tests: tuple[ChangedTest, ...]
    totals: tuple[ChangedTotal, ...]
    """Of the students with a changed test."""

    @property
    def gain(self) -> list[str]:
        """Students with more points than before."""
        return [t.student for t in self.totals if t.before is not None and t.after > t.before]

    @property
    def lose(self) -> list[str]:
        """Students with fewer points than before."""
        return [t.student for t in self.totals if t.before is not None and t.after < t.before]


def preview(
    course: Course,
    assignment: str,
    *,
    students: Collection[str] = (),
    workers: int | None = None,
    gpus: str | None = None,
    sandbox: str = "",
    on_start: Callable[[int], None] = lambda count: None,
    on_graded: OnGraded = lambda graded: None,
) -> Preview:
    """Grade what has changed, without recording it; the reports are in the store then, and recording them is quick.

    Arguments and errors are those of `gabarito.grading.bulk.grade`.

    Raises:
        GradebookError: there is no gradebook yet, or it can't be read.
    """
    released(course, assignment)  # so that another name is told as by any other command
    table = read_table(course, assignment)
    run = grade(
        course,
        assignment,
        students=students,
        workers=workers,
        gpus=gpus,
        sandbox=sandbox,
        preview=True,
        on_start=on_start,
        on_graded=on_graded,
    )
    tests = tuple(t for graded in run.submissions for t in _tests(course, assignment, table, graded))
    changed = {t.student for t in tests}
    totals = tuple(_total(table, graded) for graded in run.submissions if graded.student in changed)
    return Preview(run=run, tests=tests, totals=totals)


def _tests(course: Course, assignment: str, table: ScoreTable, graded: Graded) -> Iterator[ChangedTest]:
    if graded.status is not Status.GRADED:
        return
    before = table.submission(graded.student)
    folder = course.autograded / graded.student / assignment
    outcomes = {name: read_outcomes(folder / f"{name}.ipynb") for name in {c.notebook for c in graded.cells}}
    for cell in graded.cells:
        known = before.scores.get((cell.notebook, cell.id)) if before is not None else None
        outcome = outcomes[cell.notebook].get(cell.id)
        points = known.auto_score if known is not None else None
        if points == cell.points and outcome in (None, cell.outcome):
            continue
        yield ChangedTest(
            student=graded.student,
            notebook=cell.notebook,
            cell=cell.id,
            points_before=points,
            points_after=cell.points,
            outcome_before=outcome.value if outcome is not None else "",
            outcome_after=cell.outcome.value,
            by_hand=known is not None and known.manual_score is not None,
        )


def _total(table: ScoreTable, graded: Graded) -> ChangedTotal:
    before = table.submission(graded.student)
    if before is None:
        return ChangedTotal(student=graded.student, before=None, after=graded.points)
    total = sum(score.score for score in before.scores.values())
    return ChangedTotal(student=graded.student, before=total, after=total + sum(_gains(before, graded)))


def _gains(before: SubmissionScores, graded: Graded) -> Iterator[float]:
    for cell in graded.cells:
        known = before.scores.get((cell.notebook, cell.id))
        if known is None or known.manual_score is None:
            yield (cell.points or 0.0) - (known.auto_score or 0.0 if known is not None else 0.0)
