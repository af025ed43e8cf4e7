"""What a test may do with a student's objects: recorded from the instructor's own solution, obeyed when grading."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gabarito.engine.remote.operations import HARMLESS


class ViolationError(BaseException):
    """A test did something with a student's object that its contract doesn't know.

    No Exception, so that a test that expects some exception does not take it for one.
    """

    __module__ = "builtins"


class Policy(Protocol):
    """Asked before each operation on a student's object."""

    def check(self, operation: str, subject: str) -> None:
        """Let it pass, or raise ViolationError; `subject` describes the object, for the message."""


@dataclass(slots=True)
class Recorder:
    """Lets everything pass, and keeps which operation was used in which line of the test."""

    label: str
    used: dict[int, set[str]] = field(default_factory=dict)

    def check(self, operation: str, subject: str) -> None:
        """Keep it."""
        if operation not in HARMLESS:
            self.used.setdefault(line_in(self.label), set()).add(operation)


@dataclass(slots=True)
class Enforcer:
    """Lets pass what the contract allows in each line; the first violation decides the test, whatever comes after."""

    label: str
    allowed: Mapping[int, frozenset[str]]
    violation: str = ""

    def check(self, operation: str, subject: str) -> None:
        """Let it pass or raise.

        Raises:
            ViolationError: the contract doesn't allow this operation in this line.
        """
        if self.violation:
            raise ViolationError(self.violation)
        line = line_in(self.label)
        if operation in HARMLESS or operation in self.allowed.get(line, frozenset()):
            return
        expected = ", ".join(sorted(self.allowed.get(line, ()))) or "plain values only"
        self.violation = (
            f"line {line} of the test met {subject} where plain values or another kind of object were expected "
            f"({operation} is not used on students’ objects there; allowed: {expected})"
        )
        raise ViolationError(self.violation)


def line_in(label: str) -> int:
    """The outermost line of the test that is running; 0 where none is."""
    found = 0
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename == label:
            found = frame.f_lineno
        frame = frame.f_back  # type: ignore[assignment]
    return found
