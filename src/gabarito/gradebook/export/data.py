"""Everything as JSON, for programs. The fields are described in docs/reference.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from gabarito.course import Course
from gabarito.gradebook.export.file import Export
from gabarito.gradebook.export.grades import Grades, Sheet, State, Student
from gabarito.gradebook.export.spreadsheet import number
from gabarito.gradebook.table import Exercise, SubmissionScores
from gabarito.grading.autograded import read_outcomes
from gabarito.model import Mode, Outcome

VERSION = 1
"""Of the fields: a program that knows this one can read a file that says so."""


class CellData(msgspec.Struct, frozen=True, kw_only=True):
    """One graded cell of one student."""

    cell: str
    score: float
    max_score: float
    auto_score: float | None
    manual_score: float | None
    extra_credit: float | None
    needs_manual: bool
    by_hand: bool
    mode: Mode | None
    weak: bool
    outcome: Outcome | None
    comment: str | None


class NotebookData(msgspec.Struct, frozen=True, kw_only=True):
    """One notebook of one student."""

    notebook: str
    score: float
    max_score: float
    late_penalty: float
    cells: tuple[CellData, ...]


class WorkData(msgspec.Struct, frozen=True, kw_only=True):
    """One student's work in one assignment."""

    assignment: str
    state: State
    timestamp: datetime | None
    seconds_late: float
    raw_score: float | None
    late_penalty: float | None
    score: float | None
    weak_points: float
    notebooks: tuple[NotebookData, ...]


class StudentData(msgspec.Struct, frozen=True, kw_only=True):
    """One student."""

    student: str
    first_name: str
    last_name: str
    email: str
    lms_user_id: str
    assignments: tuple[WorkData, ...]


class AssignmentData(msgspec.Struct, frozen=True, kw_only=True):
    """One assignment."""

    assignment: str
    duedate: datetime | None
    max_score: float


class Data(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    version: int
    assignments: tuple[AssignmentData, ...]
    students: tuple[StudentData, ...]


def json_export(grades: Grades, course: Course) -> Export:
    """All that is known, students by id. The same gradebook gives the same bytes."""
    data = Data(
        version=VERSION,
        assignments=tuple(
            AssignmentData(assignment=s.name, duedate=_utc(s.duedate), max_score=_clean(s.table.max_score))
            for s in grades.sheets
        ),
        students=tuple(
            StudentData(
                student=student.id,
                first_name=student.first_name,
                last_name=student.last_name,
                email=student.email,
                lms_user_id=student.lms_user_id,
                assignments=tuple(_work(grades, sheet, student, course) for sheet in grades.sheets),
            )
            for student in sorted(grades.students, key=lambda s: s.id)
        ),
    )
    return Export("grades.json", msgspec.json.format(msgspec.json.encode(data), indent=2) + b"\n", grades.notes())


def _work(grades: Grades, sheet: Sheet, student: Student, course: Course) -> WorkData:
    found, points = sheet.scores(student.id), grades.points(sheet, student.id)
    folder = course.autograded / student.id / sheet.name
    return WorkData(
        assignment=sheet.name,
        state=sheet.state(student.id),
        timestamp=_utc(found.timestamp) if found else None,
        seconds_late=found.seconds_late if found else 0.0,
        raw_score=_clean(points.raw) if points else None,
        late_penalty=_clean(points.penalty) if points else None,
        score=_clean(points.score) if points else None,
        weak_points=_clean(found.weak_points) if found else 0.0,
        notebooks=tuple(
            _notebook(name, sheet, found, read_outcomes(folder / f"{name}.ipynb")) for name in sorted(found.penalties)
        )
        if found
        else (),
    )


def _notebook(name: str, sheet: Sheet, found: SubmissionScores, outcomes: Mapping[str, Outcome]) -> NotebookData:
    exercises = [e for e in sheet.table.exercises if e.notebook == name]
    cells = tuple(_cell(e, found, outcomes) for e in exercises if e.place in found.scores)
    return NotebookData(
        notebook=name,
        score=_clean(sum(cell.score for cell in cells)),
        max_score=_clean(sum(e.max_score for e in exercises)),
        late_penalty=_clean(found.penalties[name]),
        cells=cells,
    )


def _cell(exercise: Exercise, found: SubmissionScores, outcomes: Mapping[str, Outcome]) -> CellData:
    score = found.scores[exercise.place]
    return CellData(
        cell=exercise.cell,
        score=_clean(score.score),
        max_score=_clean(exercise.max_score),
        auto_score=score.auto_score,
        manual_score=score.manual_score,
        extra_credit=score.extra_credit,
        needs_manual=score.needs_manual,
        by_hand=exercise.by_hand,
        mode=score.mode,
        weak=score.is_weak,
        outcome=outcomes.get(exercise.cell),
        comment=found.comments.get(exercise.place),
    )


def _utc(time: datetime | None) -> datetime | None:
    """A time of the gradebook, which is in UTC and doesn't say so."""
    return time.replace(tzinfo=UTC) if time else None


def _clean(value: float) -> float:
    return float(number(value))
