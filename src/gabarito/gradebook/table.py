"""An assignment's scores as the gradebook has them, read in one go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    GradeCell,
    Notebook,
    SolutionCell,
    SourceCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from gabarito.course import Course
from gabarito.errors import GradebookError
from gabarito.exchange import find_submissions
from gabarito.gradebook.database import open_database
from gabarito.gradebook.late import seconds_late
from gabarito.gradebook.modes import read_modes
from gabarito.model import Mode

Place = tuple[str, str]
"""A cell: name of its notebook, and its grade id."""


@dataclass(frozen=True, slots=True)
class Exercise:
    """One graded cell of an assignment."""

    notebook: str
    cell: str
    max_score: float
    by_hand: bool
    """Whether a person scores it: an answer or a task, not a test."""

    @property
    def place(self) -> Place:
        """Its key in the tables of a submission."""
        return self.notebook, self.cell


@dataclass(frozen=True, slots=True)
class CellScore:
    """Points of one cell of one submission."""

    score: float
    """What counts: the manual score where there is one, else the automatic one, with extra credit; else 0."""
    needs_manual: bool
    auto_score: float | None = None
    manual_score: float | None = None
    extra_credit: float | None = None
    mode: Mode | None = None
    """Where the test ran that gave the automatic score; None where none ran, or another program gave it."""

    @property
    def is_weak(self) -> bool:
        """Whether these are points that student code could have given itself, and that no person has confirmed."""
        return self.manual_score is None and bool(self.auto_score) and self.mode is not Mode.TWO_PROCESS

    @property
    def is_open(self) -> bool:
        """Whether nobody, no test and no person, has scored it yet."""
        return self.needs_manual and self.auto_score is None and self.manual_score is None


@dataclass(frozen=True, slots=True)
class SubmissionScores:
    """One student's scores and comments."""

    student: str
    name: str
    """First and last name, where the gradebook has them."""
    timestamp: datetime | None
    seconds_late: float
    scores: Mapping[Place, CellScore]
    comments: Mapping[Place, str]
    penalties: Mapping[str, float]
    """Late penalty by notebook."""

    @property
    def penalty(self) -> float:
        """Points lost for being late."""
        return sum(self.penalties.values())

    @property
    def score(self) -> float:
        """Points of all cells, less the late penalty."""
        return sum(s.score for s in self.scores.values()) - self.penalty

    @property
    def is_blank(self) -> bool:
        """Whether nothing says that it was handed in or scored: nbgrader makes such rows for an extension."""
        scored = ((s.auto_score, s.manual_score, s.extra_credit) for s in self.scores.values())
        return self.timestamp is None and all(points is None for cell in scored for points in cell)

    @property
    def shared(self) -> set[Place]:
        """Cells whose test ran in shared mode, whatever it gave."""
        return {place for place, s in self.scores.items() if s.mode is Mode.SHARED}

    @property
    def weak_points(self) -> float:
        """Points of tests that student code could have given itself: see `CellScore.is_weak`."""
        return sum(s.auto_score or 0.0 for s in self.scores.values() if s.is_weak)

    @property
    def needs_manual(self) -> bool:
        """Whether a person still has to score, or look again at, any of its cells."""
        return any(s.needs_manual for s in self.scores.values())


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Students × exercises of one assignment, students by id, exercises in the order of the notebooks."""

    assignment: str
    exercises: tuple[Exercise, ...]
    submissions: tuple[SubmissionScores, ...]
    missing: tuple[str, ...] = ()
    """Ids of the gradebook's students who have handed in nothing."""
    not_graded: tuple[str, ...] = ()
    """Ids of those who have handed in something that is not in the gradebook: not graded yet, or unreadable."""

    @property
    def max_score(self) -> float:
        """Points of all exercises."""
        return sum(e.max_score for e in self.exercises)

    @property
    def is_weak_throughout(self) -> bool:
        """Whether student code could have given itself each point that a test gave: see `CellScore.is_weak`."""
        scores = (c for s in self.submissions for c in s.scores.values())
        return all(c.is_weak for c in scores if c.auto_score and c.manual_score is None)

    def submission(self, student: str) -> SubmissionScores | None:
        """This student's scores, or None."""
        return next((s for s in self.submissions if s.student == student), None)

    def mean(self, exercise: Exercise) -> float | None:
        """The class's mean of one exercise over those that have been scored; None where there are none.

        Where a person scores it, answers that nobody gave have got their 0 long before anybody looks at the others.
        They count only when no answer waits any more.
        """
        scores = [s.scores[exercise.place] for s in self.submissions if exercise.place in s.scores]
        early = exercise.by_hand and any(s.is_open for s in scores)
        found = [s.score for s in scores if not s.is_open and (s.manual_score is not None or not early)]
        return sum(found) / len(found) if found else None


@dataclass(slots=True)
class _Draft:
    scores: dict[Place, CellScore] = field(default_factory=dict)
    comments: dict[Place, str] = field(default_factory=dict)
    penalties: dict[str, float] = field(default_factory=dict)


def read_table(course: Course, assignment: str, *, patience: float = 60.0) -> ScoreTable:
    """What the course's gradebook has about this assignment, and who has handed in beside that.

    Raises:
        GradebookError: there is no gradebook, it can't be read, or it doesn't know the assignment.
    """
    database = open_database(course.db_url, patience=patience, writable=False)
    try:
        table, students = database.read(lambda session: _table(session, assignment))
    finally:
        database.close()
    submissions = tuple(
        s
        for s in table.submissions
        if not s.is_blank or any((course.autograded / s.student / assignment).glob("*.ipynb"))
    )
    graded = {s.student for s in submissions}
    handed_in = [s.student for s in find_submissions(course, assignment)]
    return replace(
        table,
        submissions=submissions,
        missing=tuple(s for s in students if s not in graded and s not in handed_in),
        not_graded=tuple(s for s in handed_in if s not in graded),
    )


def _table(session: Session, assignment: str) -> tuple[ScoreTable, list[str]]:
    """What the gradebook has, and the ids of all its students."""
    found = session.execute(
        select(Assignment.id, Assignment.duedate).where(Assignment.name == assignment)
    ).one_or_none()
    if found is None:
        known = session.scalars(select(Assignment.name).order_by(Assignment.name)).all()
        near = get_close_matches(assignment, known, n=1)
        raise GradebookError(
            f"the gradebook doesn't know an assignment {assignment!r} (it knows: {', '.join(known) or 'none'}); "
            + (f"did you mean {near[0]!r}?" if near else "release it first")
        )
    assignment_id, duedate = found
    drafts = _drafts(session, assignment_id)
    submissions = [
        SubmissionScores(
            student=student,
            name=" ".join(n for n in (first, last) if n),
            timestamp=timestamp,
            seconds_late=seconds_late(timestamp, duedate, extension),
            scores=drafts[submission_id].scores,
            comments=drafts[submission_id].comments,
            penalties=drafts[submission_id].penalties,
        )
        for submission_id, student, first, last, timestamp, extension in session.execute(
            select(
                SubmittedAssignment.id,
                Student.id,
                Student.first_name,
                Student.last_name,
                SubmittedAssignment.timestamp,
                SubmittedAssignment.extension,
            )
            .join(Student, Student.id == SubmittedAssignment.student_id)
            .where(SubmittedAssignment.assignment_id == assignment_id)
            .order_by(Student.id)
        )
        if submission_id in drafts
    ]
    exercises = tuple(_exercises(session, assignment_id))
    students = session.scalars(select(Student.id).order_by(Student.id)).all()
    return ScoreTable(assignment, exercises, tuple(submissions)), list(students)


def _exercises(session: Session, assignment_id: str) -> Iterable[Exercise]:
    order: dict[Place, int] = {}
    sources = select(Notebook.name, SourceCell.name).join(Notebook, Notebook.id == SourceCell.notebook_id)
    if session.get_bind().dialect.name == "sqlite":
        sources = sources.order_by(text("source_cell.rowid"))  # in which they were registered: the notebook's order
    for notebook, cell in session.execute(sources.where(Notebook.assignment_id == assignment_id)):
        order[notebook, cell] = len(order)
    by_hand = {
        (notebook, cell)
        for notebook, cell in session.execute(
            select(Notebook.name, SolutionCell.name)
            .join(Notebook, Notebook.id == SolutionCell.notebook_id)
            .where(Notebook.assignment_id == assignment_id)
        )
    }
    found = []
    for kind in (GradeCell, TaskCell):
        rows = session.execute(
            select(Notebook.name, kind.name, kind.max_score)
            .join(Notebook, Notebook.id == kind.notebook_id)
            .where(Notebook.assignment_id == assignment_id)
        )
        found += [Exercise(n, c, m, kind is TaskCell or (n, c) in by_hand) for n, c, m in rows]
    return sorted(found, key=lambda e: (e.notebook, order.get(e.place, len(order)), e.cell))


def _drafts(session: Session, assignment_id: str) -> dict[str, _Draft]:
    def rows(model: Any, *columns: Any) -> Iterable[Any]:
        return session.execute(
            select(SubmittedNotebook.assignment_id, Notebook.name, BaseCell.name, *columns)
            .join(SubmittedNotebook, SubmittedNotebook.id == model.notebook_id)
            .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
            .join(BaseCell, BaseCell.id == model.cell_id)
            .where(Notebook.assignment_id == assignment_id)
        )

    drafts: dict[str, _Draft] = {}
    penalties = session.execute(
        select(SubmittedNotebook.assignment_id, Notebook.name, SubmittedNotebook.late_submission_penalty)
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .where(Notebook.assignment_id == assignment_id)
    )
    for submission, notebook, penalty in penalties:
        drafts.setdefault(submission, _Draft()).penalties[notebook] = penalty or 0.0
    modes = read_modes(session)
    grades = (Grade.score, Grade.needs_manual_grade, Grade.auto_score, Grade.manual_score, Grade.extra_credit)
    for submission, notebook, cell, *ids, score, waits, auto, manual, extra in rows(
        Grade, Grade.notebook_id, Grade.cell_id, *grades
    ):
        mode, about = modes.get(tuple(ids), (None, None))
        mode = mode if auto == about else None  # another program has scored it since
        drafts[submission].scores[notebook, cell] = CellScore(score, waits, auto, manual, extra, mode)
    for submission, notebook, cell, comment in rows(Comment, Comment.comment):
        if comment:
            drafts[submission].comments[notebook, cell] = comment
    return drafts
