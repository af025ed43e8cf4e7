"""Every error that gabarito raises on purpose; what a student's code raises is data, never one of these."""

from collections.abc import Sequence
from typing import Any


class GabaritoError(Exception):
    """Root of all errors raised on purpose; the message names the thing, its value and what to do."""

    exit_code = 1


class UsageError(GabaritoError):
    """A command was called with a value that can't be meant (exit code 2)."""

    exit_code = 2


class CourseError(GabaritoError):
    """The course folder, its configuration or one of its files is missing or wrong."""


class SourceError(GabaritoError):
    """An instructor's notebook can't be released as it is; `findings` are its faults, one by one."""

    def __init__(self, message: str, findings: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


class SubmissionError(GabaritoError):
    """A submission can't be read at all."""


class GradebookError(GabaritoError):
    """The gradebook can't be opened, is locked, or doesn't know what is asked of it."""


class EngineError(GabaritoError):
    """Our own machinery failed: nobody loses a point for it."""


class NodeError(EngineError):
    """Jobs can't run on a machine, though nothing is wrong with them."""


def reason(error: Exception) -> str:
    """What an error says, in words for people: an error of a file as “path: reason”, without its number."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)
