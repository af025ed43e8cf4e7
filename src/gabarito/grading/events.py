"""What a run of grading tells a program: one JSON object in a line, as soon as it has happened."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from gabarito.grading.result import Graded, GradeRun, Status

_log = logging.getLogger(__name__)


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag=str.lower):
    """Root of all events; `event` is the name of its class in small letters."""

    time: datetime


class Started(Event, frozen=True, kw_only=True):
    """Grading begins."""

    assignment: str
    submissions: int


class Submission(Event, frozen=True, kw_only=True):
    """A submission has ended, in one of the states `graded`, `known`, `unreadable`, `ungraded`."""

    student: str
    status: str
    done: int
    """How many have ended, with this one."""
    points: float
    max_points: float
    outcomes: dict[str, int]
    """How many of its tests ended in each way."""
    spent: dict[str, float]
    """Where its time went, in seconds."""
    wall_seconds: float
    message: str = ""
    """Why it is unreadable or ungraded."""


class Finished(Event, frozen=True, kw_only=True):
    """Everything has ended."""

    statuses: dict[str, int]
    outcomes: dict[str, int]
    spent: dict[str, float]
    wall_seconds: float
    workers: int
    is_complete: bool
    """Whether each submission is recorded."""


class Failed(Event, frozen=True, kw_only=True):
    """The run was given up; what was recorded before stays."""

    error: str


Tell = Callable[[Event], None]


class Events:
    """A run's events, from the callbacks of `grade`."""

    def __init__(self, assignment: str, tell: Tell) -> None:
        """`tell` gets each event."""
        self._assignment = assignment
        self._tell = tell
        self._done = 0

    def on_start(self, count: int) -> None:
        """As `grade` has it."""
        self._tell(Started(time=_now(), assignment=self._assignment, submissions=count))

    def on_graded(self, graded: Graded) -> None:
        """As `grade` has it."""
        self._done += 1
        self._tell(
            Submission(
                time=_now(),
                student=graded.student,
                status=graded.status.value,
                done=self._done,
                points=graded.points,
                max_points=graded.max_points,
                outcomes={outcome.value: count for outcome, count in graded.by_outcome().items()},
                spent=graded.spent.parts(),
                wall_seconds=graded.wall_seconds,
                message=graded.message,
            )
        )

    def finished(self, run: GradeRun) -> None:
        """The run has come to its end."""
        self._tell(
            Finished(
                time=_now(),
                statuses={status.value: count for status, count in run.by_status().items()},
                outcomes={outcome.value: count for outcome, count in run.by_outcome().items()},
                spent=run.spent().parts(),
                wall_seconds=run.wall_seconds,
                workers=run.workers,
                is_complete=run.is_complete,
            )
        )

    def failed(self, error: BaseException) -> None:
        """The run has come to no good end."""
        self._tell(Failed(time=_now(), error=f"{type(error).__name__}: {error}".rstrip(": ")))


def to_log(event: Event) -> None:
    """Write an event into the log of this package; what needs a person is a warning."""
    told = msgspec.to_builtins(event)
    level = logging.INFO
    if isinstance(event, Failed):
        level = logging.ERROR
    elif isinstance(event, Submission) and event.status in (Status.UNREADABLE, Status.UNGRADED):
        level = logging.WARNING
    if why := told.pop("message", ""):
        told["why"] = why
    _log.log(level, told.pop("event"), extra={"told": told})


def _now() -> datetime:
    return datetime.now(UTC)
