"""A hand-in: checked, kept byte for byte, and receipted."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from nbformat import NotebookNode

from gabarito.course import Course
from gabarito.errors import SubmissionError
from gabarito.exchange.identify import Match, identify
from gabarito.exchange.readable import has_conflict, read_file, read_submitted
from gabarito.exchange.receipt import HISTORY, Receipt, sealed
from gabarito.exchange.students import student_id
from gabarito.exchange.submissions import TIMESTAMP, read_timestamp
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
    with _locked(course.submitted / HISTORY):
        earlier: Path | None = None
        repeated = _holds(folder, {**files, name: content})
        if repeated:
            time = _time_of(folder) or time
        else:
            earlier = _keep(folder, course.submitted / HISTORY / student / match.release.assignment)
            # The notebook comes last: where this breaks off, handing in again is no repetition.
            _store(folder, {TIMESTAMP: _stamp(time), **files, name: content})
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


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process at a time write hand-ins."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _holds(folder: Path, files: Mapping[str, bytes]) -> bool:
    return all((folder / name).is_file() and (folder / name).read_bytes() == kept for name, kept in files.items())


def _keep(folder: Path, history: Path) -> Path | None:
    """Copy a hand-in to where earlier ones are kept; None where there is none."""
    if not folder.is_dir():
        return None
    time = _time_of(folder)
    name = f"{time:%Y-%m-%d_%H-%M-%S.%f}" if time else "unknown-time"
    target = history / name
    number = 2
    while target.exists():
        target = history / f"{name}_{number}"
        number += 1
    new = history / ".new"
    shutil.rmtree(new, ignore_errors=True)
    shutil.copytree(folder, new, symlinks=True)
    new.rename(target)
    return target


def _store(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write these files, in order, so that none is ever there by half; a new folder appears as a whole."""
    whole = folder if folder.is_dir() else folder.with_name(f".{folder.name}.new")
    if whole != folder:
        shutil.rmtree(whole, ignore_errors=True)
        whole.mkdir(parents=True)
    for name, content in files.items():
        new = whole / f".{name}.new"
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(whole / name)
    if whole != folder:
        whole.rename(folder)


def _time_of(folder: Path) -> datetime | None:
    found = read_timestamp(folder)
    return found.replace(tzinfo=UTC) if found else None


def _stamp(time: datetime) -> bytes:
    return f"{time:%Y-%m-%d %H:%M:%S.%f} UTC".encode()


def _relative(path: Path, course: Course) -> str:
    return str(path.relative_to(course.root)) if path.is_relative_to(course.root) else str(path)
