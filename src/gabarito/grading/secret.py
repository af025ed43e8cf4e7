"""The course's secret: random bytes from which the seeds of all submissions are made."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from gabarito.course import Course
from gabarito.errors import CourseError
from gabarito.grading.lock import alone

_BYTES = 32


def course_secret(course: Course) -> bytes:
    """The 32 bytes in `.gabarito/secret`, which are drawn the first time that they are asked for.

    Whoever knows them can tell the random numbers of any submission beforehand. So the file is its owner's alone, lies
    in the course folder, which student code can't see, and where git doesn't take it along.

    Raises:
        CourseError: the file can't be read or written, or has something else in it.
    """
    path = course.secret_path
    try:
        if not path.exists():
            _draw(path)
        text = path.read_text(encoding="ascii", errors="replace")
    except OSError as e:
        raise CourseError(
            f"the course’s secret {path} can’t be used ({e.strerror or e}); grading makes random numbers from it, so "
            "run this as the user who graded here first, or have the file's owner give you the right to read it"
        ) from None
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != _BYTES:
        raise CourseError(
            f"the course’s secret {path} is damaged: it is not {2 * _BYTES} hexadecimal digits; put back a copy, or "
            "remove the file: then a new one is drawn, and random numbers are other ones from then on"
        )
    return found


def _draw(path: Path) -> None:
    """Write a new secret, unless another process was faster; the file appears whole or not at all."""
    with alone(path.parent):
        if path.exists():
            return
        (path.parent / ".gitignore").write_text("*\n")
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{secrets.token_hex(_BYTES)}\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
