"""Who is late, and what a late penalty depends on."""

from __future__ import annotations

import hashlib
import inspect
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from nbgrader.api import Assignment, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import select
from sqlalchemy.orm import Session

from gabarito.course import Course, modules_beside
from gabarito.errors import GradebookError
from gabarito.gradebook.database import Database


def seconds_late(timestamp: datetime | None, duedate: datetime | None, extension: timedelta | None) -> float:
    """By how many seconds this hand-in came after its due date and extension; 0 where one of the times isn't known."""
    if timestamp is None or duedate is None:
        return 0.0
    return max(0.0, (timestamp - duedate - (extension or timedelta())).total_seconds())


@contextmanager
def penalty_step(course: Course) -> Iterator[Any]:
    """nbgrader's AssignLatePenalties with the course's plug-in in `plugin_inst`.

    The plug-in can import what lies beside nbgrader_config.py.

    Raises:
        Exception: whatever the plug-in raises when it is made.
    """
    from nbgrader.preprocessors import AssignLatePenalties

    with modules_beside(course.root):
        step = AssignLatePenalties(config=course.config)
        step.init_plugin()
        yield step


def late_penalty(course: Course, student: str, score: float, seconds: float) -> float | None:
    """What the course's plug-in takes off; None for nothing, and never less than 0 or more than the score.

    Args:
        score: points of one notebook.
        seconds: by which it is late.

    Raises:
        GradebookError: the plug-in can't be loaded, raises, or returns no number.
    """
    try:
        with penalty_step(course) as step:
            penalty = step.plugin_inst.late_submission_penalty(student, score, seconds)
            if penalty is None:
                return None
            penalty = float(step._check_late_penalty(SimpleNamespace(score=score), penalty))
            if not math.isfinite(penalty):
                raise ValueError(f"{penalty} is no number of points")
            return penalty
    except Exception as e:
        raise GradebookError(
            f"the late penalty of {student} can't be computed ({type(e).__name__}: {e}); mend the plug-in "
            f"{_name(course)}, or c.AssignLatePenalties.plugin_class in nbgrader_config.py"
        ) from e


def _name(course: Course) -> str:
    """What the course calls its plug-in."""
    given = course.config.AssignLatePenalties.get("plugin_class", "nbgrader.plugins.LateSubmissionPlugin")
    return f"{given.__module__}.{given.__qualname__}" if isinstance(given, type) else str(given)


@dataclass(slots=True)
class Lateness:
    """What the gradebook says about the times of an assignment's hand-ins. Made by `read_lateness`."""

    graded: Mapping[str, datetime | None]
    """When what has been graded was handed in, by student."""
    _course: Course
    _duedate: datetime | None
    _extensions: Mapping[str, timedelta | None]
    _rule: str | None = None

    def basis(self, student: str, timestamp: datetime | None) -> str:
        """All that the penalty of a hand-in of this time depends on, but for its score; empty where it isn't late."""
        timestamp = timestamp or self.graded.get(student)
        seconds = seconds_late(timestamp, self._duedate, self._extensions.get(student))
        if not seconds:
            return ""
        if self._rule is None:
            self._rule = _rule(self._course)
        return f"{seconds} {self._rule}"


def read_lateness(database: Database, course: Course, assignment: str) -> Lateness:
    """The due date, extensions and times of what was graded, from an open gradebook.

    Raises:
        GradebookError: it can't be read.
    """
    return database.read(lambda session: _read(session, course, assignment))


def _read(session: Session, course: Course, assignment: str) -> Lateness:
    duedate = session.scalar(select(Assignment.duedate).where(Assignment.name == assignment))
    scored = select(SubmittedNotebook.id).where(SubmittedNotebook.assignment_id == SubmittedAssignment.id).exists()
    rows = session.execute(
        select(SubmittedAssignment.student_id, SubmittedAssignment.timestamp, SubmittedAssignment.extension, scored)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .where(Assignment.name == assignment)
    ).all()
    return Lateness(
        graded={student: timestamp for student, timestamp, _, there in rows if there},
        _course=course,
        _duedate=duedate,
        _extensions={student: extension for student, _, extension, _ in rows},
    )


def _rule(course: Course) -> str:
    """A text that is another one when the plug-in, its settings or its file are."""
    try:
        with penalty_step(course) as step:
            plugin = step.plugin_inst
        kind = type(plugin)
        file = inspect.getsourcefile(kind.late_submission_penalty)
        code = Path(file).read_bytes() if file else b""
    except Exception as e:  # the plug-in's own; recording will tell
        return f"{type(e).__name__}: {e}"
    settings = sorted((name, repr(value)) for name, value in plugin.trait_values(config=True).items())
    return f"{kind.__module__}.{kind.__qualname__} {settings} {hashlib.sha256(code).hexdigest()}"
