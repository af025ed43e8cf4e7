"""Whose hand-in each file of an archive is, by how nbgrader, Moodle, Canvas or a person lays such archives out.

The names are those that Moodle's mod/assign/classes/downloader.php and Canvas's lib/content_zipper.rb give.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatch

from gabarito.errors import SubmissionError, UsageError
from gabarito.exchange.people import Who
from gabarito.exchange.submissions import parse_time

_EXCHANGE = re.compile(
    r"(?P<student>.+)\+(?P<assignment>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d .+?)(?:\+[\w-]{12})?"  # a random end
)
_MOODLE = re.compile(r"(?P<name>.+?)(?:_(?P<number>\d+))?_assignsubmission_[a-z0-9]+(?:_(?P<file>.*))?")
_CANVAS = re.compile(
    r"(?:(?:LATE_)?(?P<anonymous>anon_[^\W_]+)|(?P<name>\w+?)_(?:LATE_)?(?P<user>\d+))"
    r"_(?:\d+_(?P<file>.+)|(?P<typed>(?:text|link)\.html))"
)
_JUNK = ("__MACOSX", "Thumbs.db", "desktop.ini")


class Layout(StrEnum):
    """How an archive is laid out."""

    EXCHANGE = "exchange"
    MOODLE = "moodle"
    CANVAS = "canvas"
    SUBMITTED = "submitted"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Found:
    """One hand-in in an archive."""

    who: Who
    files: dict[str, str] = field(default_factory=dict)
    """Name in the archive of each file, by POSIX path in the hand-in."""
    time: datetime | None = None
    """When it was handed in, where its name says so: UTC without a zone."""
    is_late: bool = False
    """Whether its name says so."""
    twice: dict[str, str] = field(default_factory=dict)
    """Files that would have the path of another."""


@dataclass(frozen=True, slots=True)
class Laid:
    """All that lies in an archive."""

    layout: Layout
    found: tuple[Found, ...]
    unexplained: tuple[str, ...]
    """Files that are not named as the layout has it."""
    others: int
    """Files of other assignments."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """One file of a hand-in; `key` is the same for all files of one, and empty for those of other assignments."""

    key: str
    who: Who
    path: str
    time: datetime | None = None
    is_late: bool = False


_OTHER = _Piece("", Who(""), "")


def lay_out(
    names: Sequence[str],
    title: str,
    assignment: str,
    layout: Layout | None,
    *,
    ignored: Collection[str] = (),
    knows: Callable[[Who], bool] = lambda who: True,
) -> Laid:
    """Which hand-ins these files are.

    Files that systems leave everywhere, hidden ones among them, don't count. Folders around everything don't matter.

    Args:
        names: POSIX paths.
        title: what messages call the archive.
        layout: how it is laid out; None to see for oneself.
        ignored: patterns of further names that don't count.
        knows: whether somebody is in the roster; where a folder may be a student or just be around everything.

    Raises:
        UsageError: it can be laid out in more than one way.
        SubmissionError: there is no hand-in in it.
    """
    names = [n for n in names if not is_junk(n, ignored)]
    for kinds in _TIERS if layout is None else ((layout,),):
        fitting = []
        for start in _starts(names):
            laid = [each for kind in kinds if _fits(each := _lay(names, start, assignment, kind))]
            if len(laid) > 1:
                raise UsageError(_ambiguous(title, laid))
            fitting += laid
        if fitting:
            return next((each for each in fitting if any(knows(found.who) for found in each.found)), fitting[0])
    raise SubmissionError(_nothing(names, title, assignment, layout))


def is_junk(name: str, ignored: Collection[str] = ()) -> bool:
    """Whether a file is hidden, one that systems leave everywhere, or of these patterns."""
    return any(p.startswith(".") or p in _JUNK or any(fnmatch(p, i) for i in ignored) for p in name.split("/"))


def _starts(names: Sequence[str]) -> Iterator[str]:
    """Nothing, and each folder in which everything lies, with its slash."""
    yield ""
    start = ""
    while names and "/" in names[0][len(start) :]:
        start += names[0][len(start) :].partition("/")[0] + "/"
        if not all(name.startswith(start) for name in names):
            return
        yield start


def _lay(names: Sequence[str], start: str, assignment: str, layout: Layout) -> Laid:
    found: dict[str, Found] = {}
    unexplained = []
    others = 0
    for name in names:
        piece = _PIECES[layout](name[len(start) :], assignment)
        if piece is None or any(part.startswith(".") for part in piece.path.split("/")):
            unexplained.append(name)
        elif piece is _OTHER:
            others += 1
        else:
            one = found.setdefault(piece.key, Found(piece.who, {}, piece.time, piece.is_late))
            (one.twice if piece.path in one.files else one.files)[piece.path] = name
    return Laid(layout, tuple(found.values()), tuple(unexplained), others)


def _fits(laid: Laid) -> bool:
    return any(path.lower().endswith((".ipynb", ".zip")) for found in laid.found for path in found.files)


def _exchange(name: str, assignment: str) -> _Piece | None:
    top, _, path = name.partition("/")
    match = _EXCHANGE.fullmatch(top)
    if match is None or not path:
        return None
    if match["assignment"] != assignment:
        return _OTHER
    student = match["student"]
    return _Piece(top, Who(student, student=student), path, parse_time(match["time"]))


def _moodle(name: str, assignment: str) -> _Piece | None:
    """`Ana Lima_1234567_assignsubmission_file/ps1.ipynb`, or `Ana Lima_1234567_assignsubmission_file_ps1.ipynb`.

    The number is the participant's in this one assignment, not the user's id: it says nothing to the roster.
    """
    top, _, path = name.partition("/")
    match = _MOODLE.fullmatch(top)
    if match is None or not (path or match["file"]):
        return None
    number = f"_{match['number']}" if match["number"] else ""
    label = match["name"] + number
    return _Piece(label, Who(label, name=match["name"], number=match["number"] or ""), path or match["file"])


def _canvas(name: str, assignment: str) -> _Piece | None:
    """`limaana_LATE_101_5001_ps1-1.ipynb`: sortable name, LATE where it was so, ids of the user and of the file."""
    match = _CANVAS.fullmatch(name)
    if match is None:
        return None
    label = match["anonymous"] or f"{match['name']}_{match['user']}"
    who = Who(label, name=match["name"] or "", lms_user_id=match["user"] or "")
    is_late = name.startswith(("LATE_", f"{match['name']}_LATE_"))
    return _Piece(label, who, match["file"] or match["typed"], is_late=is_late)


def _submitted(name: str, assignment: str) -> _Piece | None:
    student, _, rest = name.partition("/")
    of, _, path = rest.partition("/")
    if not path:
        return None
    return _Piece(student, Who(student, student=student), path) if of == assignment else _OTHER


def _plain(name: str, assignment: str) -> _Piece | None:
    top, _, path = name.partition("/")
    if not path and not name.lower().endswith(".ipynb"):
        return None
    label = top if path else name[: -len(".ipynb")]
    return _Piece(label, Who(label, anything=label), path or name)


_PIECES: Mapping[Layout, Callable[[str, str], _Piece | None]] = {
    Layout.EXCHANGE: _exchange,
    Layout.MOODLE: _moodle,
    Layout.CANVAS: _canvas,
    Layout.SUBMITTED: _submitted,
    Layout.PLAIN: _plain,
}
_TIERS = ((Layout.EXCHANGE, Layout.MOODLE, Layout.CANVAS), (Layout.SUBMITTED,), (Layout.PLAIN,))
"""Ways that no other can be taken for come first."""
_NAMED = {
    Layout.EXCHANGE: "STUDENT+{assignment}+TIME/NOTEBOOK.ipynb",
    Layout.MOODLE: "Full Name_1234567_assignsubmission_file/NOTEBOOK.ipynb",
    Layout.CANVAS: "lastnamefirst_101_5001_NOTEBOOK.ipynb",
    Layout.SUBMITTED: "STUDENT/{assignment}/NOTEBOOK.ipynb",
    Layout.PLAIN: "STUDENT/NOTEBOOK.ipynb or STUDENT.ipynb",
}


def _ambiguous(title: str, laid: Sequence[Laid]) -> str:
    seen = "; ".join(f"{next(iter(each.found[0].files.values()))!r} as {each.layout} has it" for each in laid)
    return f"{title} can be laid out in more than one way ({seen}); say which with --layout"


def _nothing(names: Sequence[str], title: str, assignment: str, layout: Layout | None) -> str:
    seen = f"; the first of its {len(names)} files is {names[0]!r}" if names else "; it has no file"
    if layout is not None:
        wanted = _NAMED[layout].format(assignment=assignment)
        return f"{title} has no hand-in of {assignment!r} named as {layout} has it ({wanted}){seen}"
    every = ", ".join(f"{_NAMED[kind].format(assignment=assignment)} ({kind})" for kind in Layout)
    return f"{title} has no hand-in of {assignment!r}{seen}. Known are: {every}"
