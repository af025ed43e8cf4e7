"""A hand-in: checked, kept byte for byte, and receipted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from nbformat import NotebookNode

from gabarito.course import Course
from gabarito.errors import SubmissionError
from gabarito.exchange.identify import Match, identify
from gabarito.exchange.kept import HISTORY, add, holds, keep, locked, stamp, time_of
from gabarito.exchange.readable import has_conflict, read_file, read_submitted
from gabarito.exchange.receipt import Receipt, sealed
from gabarito.exchange.students import student_id
from gabarito.exchange.submissions import TIMESTAMP
from gabarito.model import Role
from gabarito.notebook.restore import Restored, restore


def submit(
    course: Course,
    notebook: Path,
    student: str,
    *,
    assignment: str | None = None,
    extra: Sequence[Path] = (),
    now: datetime | None = None,
) -> Receipt:
    """Hand in a notebook, in nbgrader's folders, and say what is odd about it.

    It is taken as it is, under the name it was released by. What is missing or changed is only noticed: grading puts
    it right. The hand-in before it moves to `submitted/.history/`, where nbgrader doesn't look. Other notebooks of the
    assignment, and files that came with an earlier hand-in, stay unless they are handed in again.

    Args:
        assignment: which one it is; by default found by the notebook's cells and name.
        extra: files to keep beside the notebook.
        now: the time of the hand-in; by default the present.

    Raises:
        UsageError: the student's id can't be one.
        SubmissionError: a file can't be read or isn't a notebook, or the notebook is of no released assignment; then
            nothing is written.
        CourseError: the assignment has not been released.
    """
    student = student_id(student)
    content = read_file(notebook)
    parsed = read_submitted(content, notebook)
    match = identify(course, parsed, notebook, assignment)
    files = _extra(extra)
    name = f"{match.notebook.name}.ipynb"
    folder = course.submitted / student / match.release.assignment
    time = (now or datetime.now(UTC)).astimezone(UTC)
    with locked(course.submitted / HISTORY):
        earlier: Path | None = None
        repeated = holds(folder, {**files, name: content})
        if repeated:
            time = time_of(folder) or time
        else:
            earlier = keep(folder, course.submitted / HISTORY / student / match.release.assignment)
            # The notebook comes last: where this breaks off, handing in again is no repetition.
            add(folder, {TIMESTAMP: stamp(time), **files, name: content})
    restored = restore(parsed, match.notebook)
    receipt = Receipt(
        student=student,
        assignment=match.release.assignment,
        notebook=name,
        time=time,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        folder=_relative(folder, course),
        files=tuple(files),
        noticed=(*_about_name(notebook, match), *_about_content(parsed, restored, match), *_others(folder, match)),
        repeated=repeated,
        earlier=_relative(earlier, course) if earlier else None,
    )
    return sealed(course, receipt)


def _extra(paths: Sequence[Path]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for path in paths:
        if path.name == TIMESTAMP or path.name.startswith("."):
            raise SubmissionError(f"a file named {path.name} can't be handed in; give it another name")
        if path.suffix == ".ipynb":
            raise SubmissionError(f"{path.name} is a notebook; hand it in by itself")
        if path.name in files:
            raise SubmissionError(f"two files are named {path.name}; give one of them another name")
        files[path.name] = read_file(path)
    return files


def _about_name(path: Path, match: Match) -> Iterator[str]:
    name = f"{match.notebook.name}.ipynb"
    if path.name != name:
        yield f"The file is named {path.name!r}; it was taken as {name}."


def _about_content(parsed: NotebookNode, restored: Restored, match: Match) -> Iterator[str]:
    yield from restored.notes
    answers = [c.id for c in match.notebook.cells if c.role in (Role.ANSWER, Role.MANUAL)]
    empty = [i for i in answers if i in restored.unanswered]
    if empty and empty == answers:
        yield "No answer was written: every one is as it was released. Was the notebook saved before it was handed in?"
    elif empty:
        yield f"Not answered yet: {', '.join(empty)}."
    torn = [str(n) for n, cell in enumerate(parsed.cells, 1) if has_conflict(cell.source)]
    if torn:
        cells = f"Cell {torn[0]} holds" if len(torn) == 1 else f"Cells {', '.join(torn)} hold"
        yield f"{cells} a git merge conflict (counted from the top): such code does not run."


def _others(folder: Path, match: Match) -> Iterator[str]:
    names = [f"{n.name}.ipynb" for n in match.release.notebooks]
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        yield f"Still to hand in for {match.release.assignment}: {', '.join(missing)}."


def _relative(path: Path, course: Course) -> str:
    return str(path.relative_to(course.root)) if path.is_relative_to(course.root) else str(path)
