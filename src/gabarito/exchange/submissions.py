"""The hand-ins of an assignment, as they lie in nbgrader's `submitted/` folder."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from fnmatch import fnmatch
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from gabarito.course import Course
from gabarito.errors import SubmissionError

TIMESTAMP = "timestamp.txt"
# As nbgrader and we write it: a class has very many, and `parse_utc` looks at each for every way to write a time. Not
# 24:00, which `datetime` reads from Python 3.14 on, and nbgrader doesn't.
_USUAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} (?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.[0-9]{6})? UTC")


@dataclass(frozen=True, slots=True)
class Submission:
    """The current hand-in of one student; earlier ones lie elsewhere."""

    student: str
    assignment: str
    folder: Path
    notebooks: Mapping[str, Path]
    """Notebooks by name, without `.ipynb`."""
    files: Mapping[str, Path]
    """Everything else that was handed in, by POSIX path relative to the folder; links are left out."""
    timestamp: datetime | None
    """When it was handed in: UTC without a zone, as nbgrader keeps it; None where that isn't known."""
    stamp: bytes | None = None
    """What its `timestamp.txt` says, word for word; None where there is none."""
    problem: str = ""
    """Why its folder can't be read; empty where it can."""


def find_submissions(course: Course, assignment: str, students: Collection[str] = ()) -> list[Submission]:
    """The current hand-ins of an assignment, sorted by student.

    As in nbgrader, hidden folders and files that `CourseDirectory.ignore` names don't count, nor do students whom
    `CourseDirectory.student_id_exclude` names.

    Args:
        students: only these; all where it is empty.

    Raises:
        SubmissionError: one of `students` has handed in nothing.
    """
    directory = CourseDirectory(config=course.config)
    excluded = set(filter(None, directory.student_id_exclude.split(",")))
    folders = {
        path.name: path / assignment
        for path in sorted(course.submitted.glob("*"))
        if not path.name.startswith(".") and path.name not in excluded and _is_there(path / assignment)
    }
    for student in students:
        if student not in folders:
            raise SubmissionError(_unknown(student, assignment, folders))
    return [
        _submission(student, assignment, folder, directory.ignore)
        for student, folder in folders.items()
        if not students or student in students
    ]


def ignored_names(course: Course) -> list[str]:
    """Patterns of the names of files and folders that don't count: nbgrader's `CourseDirectory.ignore`."""
    return list(CourseDirectory(config=course.config).ignore)


def reread(submission: Submission, ignored: Sequence[str]) -> Submission:
    """The hand-in as it is now: another one may have taken its place since it was found.

    Args:
        ignored: as `ignored_names` gives.
    """
    return _submission(submission.student, submission.assignment, submission.folder, ignored)


def read_timestamp(folder: Path) -> datetime | None:
    """When the hand-in in this folder was made: UTC without a zone; None where there is no readable time."""
    try:
        return parse_time((folder / TIMESTAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def parse_time(text: str) -> datetime | None:
    """A time as timestamp.txt holds it: UTC without a zone; None where it is none."""
    written = text.strip()
    if _USUAL.fullmatch(written):
        with suppress(ValueError):  # such as a month 13
            return datetime.fromisoformat(written.removesuffix(" UTC"))
    try:
        found = parse_utc(written)
    except (ValueError, OverflowError):
        return None
    return found if isinstance(found, datetime) else None


def _is_there(folder: Path) -> bool:
    """Whether the folder exists; one that can't be looked at counts, so that nobody's hand-in is passed over."""
    try:
        return folder.is_dir()
    except OSError:
        return True


def _submission(student: str, assignment: str, folder: Path, ignored: Sequence[str]) -> Submission:
    files, problem = {}, ""
    try:
        files = dict(sorted(_files(folder, ignored)))
    except OSError as e:
        problem = f"{e.filename or folder} can't be read ({e.strerror}); check its permissions"
    return Submission(
        student=student,
        assignment=assignment,
        folder=folder,
        notebooks={path.stem: path for name, path in files.items() if "/" not in name and name.endswith(".ipynb")},
        files={n: path for n, path in files.items() if not n.endswith(".ipynb") and n != TIMESTAMP},
        timestamp=read_timestamp(folder),
        stamp=_stamp(folder),
        problem=problem,
    )


def _stamp(folder: Path) -> bytes | None:
    try:
        return (folder / TIMESTAMP).read_bytes()
    except OSError:
        return None


def _files(folder: Path, ignored: Sequence[str]) -> Iterator[tuple[str, Path]]:
    for where, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if not _matches(name, ignored)]
        for name in names:
            path = Path(where, name)
            if path.is_file() and not path.is_symlink() and not _matches(name, ignored):
                yield path.relative_to(folder).as_posix(), path


def _refuse(error: OSError) -> None:
    """Stop at a folder that can't be read; one that has gone meanwhile is empty."""
    if not isinstance(error, FileNotFoundError):
        raise error


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


def _unknown(student: str, assignment: str, folders: Mapping[str, Path]) -> str:
    names = {name.casefold(): name for name in folders}
    near = [repr(names[n]) for n in get_close_matches(student.casefold(), names, n=3, cutoff=0.5)]
    hint = f"did you mean {' or '.join(near)}?" if near else _count(len(folders))
    return f"student {student!r} has handed in nothing for {assignment!r}; {hint}"


def _count(students: int) -> str:
    if students == 1:
        return "one other student has"
    return f"{students} others have" if students else "nobody has yet: run 'gabarito submit' first"
