"""Which released notebook a file is: by the ids of its cells, then by its name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from gabarito.course import Course
from gabarito.errors import SubmissionError
from gabarito.model import NotebookRecord, ReleaseRecord
from gabarito.notebook.cells import grade_id

_ENOUGH = 0.25  # share of a release's cells; ids such as `setup` are in many assignments


@dataclass(frozen=True, slots=True)
class Match:
    """A released notebook that a file may be."""

    release: ReleaseRecord
    notebook: NotebookRecord
    share: float
    """How much of its cells the file has, 0 to 1."""
    named: bool
    """Whether the file's name has the notebook's name in it."""


def identify(course: Course, notebook: NotebookNode, path: Path, assignment: str | None = None) -> Match:
    """The released notebook that this file is: the one whose cells it has; else, the one whose name it bears.

    Args:
        assignment: look at this assignment only, and believe that it is one of its notebooks.

    Raises:
        CourseError: the assignment has not been released, or a release record is damaged.
        SubmissionError: it can be none of them, or more than one.
    """
    names = _released(course) if assignment is None else [assignment]
    return identify_among([course.record(name) for name in names], notebook, path, assignment)


def identify_among(
    releases: Sequence[ReleaseRecord], notebook: NotebookNode, path: Path, assignment: str | None = None
) -> Match:
    """As `identify`, among these releases.

    Raises:
        SubmissionError: it can be none of them, or more than one.
    """
    names = [release.assignment for release in releases]
    ids = {grade_id(cell) for cell in notebook.cells}
    matches = [
        Match(release, known, _share(ids, known), bears(path.name, known.name))
        for release in releases
        for known in release.notebooks
    ]
    fitting = [m for m in matches if m.share >= _ENOUGH or m.named]
    if not fitting and assignment is not None:
        fitting = matches if len(matches) == 1 else [m for m in matches if m.share]
    if not fitting:
        raise SubmissionError(_none(path, names, assignment, matches))
    best = max(fitting, key=_rank)
    equal = [m for m in fitting if _rank(m) == _rank(best)]
    if len(equal) > 1:
        them = " and ".join(f"{m.notebook.name!r} of {m.release.assignment!r}" for m in equal)
        raise SubmissionError(
            f"{path.name} may be {them} alike; "
            + ("name the file as that notebook" if assignment else "say which with --assignment")
        )
    return best


def _rank(match: Match) -> tuple[float, bool]:
    return match.share if match.share >= _ENOUGH else 0.0, match.named


def _released(course: Course) -> list[str]:
    return sorted(path.parent.name for path in course.grader_tests.glob("*/record.json"))


def _share(ids: set[str | None], known: NotebookRecord) -> float:
    return sum(c.id in ids for c in known.cells) / len(known.cells) if known.cells else 0.0


def bears(file: str, name: str) -> bool:
    """Whether `name` is a word of the file's name: `name.ipynb`, `name (1).ipynb`, `my-name-final.ipynb`.

    Blanks and underscores are the same: LMSs write one for the other.
    """
    file, name = (re.sub(r"[\s_]+", " ", text).casefold() for text in (file, name))
    return re.search(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", file) is not None


def _none(path: Path, names: Iterable[str], assignment: str | None, matches: Iterable[Match]) -> str:
    if assignment is not None:
        known = ", ".join(f"{m.notebook.name}.ipynb" for m in matches) or "none"
        return (
            f"{path.name} is none of the notebooks of {assignment!r} ({known}): it has none of their cells; "
            "name the file as the one that it is"
        )
    released = ", ".join(names) or "none: run 'gabarito release ASSIGNMENT' first"
    return (
        f"{path.name} is not a notebook of this course: neither its cells nor its name are those of a released one; "
        f"if it is all the same, say which with --assignment (released: {released})"
    )
