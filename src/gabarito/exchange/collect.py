"""Bringing in what a class has handed in elsewhere: in an LMS, in nbgrader's exchange, or in a folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import msgspec

from gabarito.course import Course
from gabarito.errors import SubmissionError, UsageError
from gabarito.exchange.archive import Archive, open_archive, open_inner
from gabarito.exchange.kept import HISTORY, contents, find_kept, keep, locked, place_in, replace, stamp, time_of
from gabarito.exchange.layouts import Found, Laid, Layout, is_junk, lay_out
from gabarito.exchange.named import Named, name_files
from gabarito.exchange.people import Match, People, read_map
from gabarito.exchange.submissions import TIMESTAMP, ignored_names, parse_time
from gabarito.gradebook.adopted import released
from gabarito.gradebook.late import Lateness, lateness_of
from gabarito.gradebook.roster import read_roster
from gabarito.model import ReleaseRecord


class Status(StrEnum):
    """What became of a hand-in."""

    COLLECTED = "collected"
    """It is the first."""
    REPLACED = "replaced"
    """It took the place of an earlier one, which is kept."""
    EARLIER = "kept as earlier"
    """It is older than the one that counts."""
    REPEATED = "repeated"
    """It was here already."""
    UNMATCHED = "unmatched"
    """Nobody can say whose it is."""
    REFUSED = "refused"
    """It is no hand-in of this assignment."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one hand-in."""

    found: str
    """What the archive calls it."""
    status: Status
    student: str = ""
    is_new: bool = False
    """Whether the student isn't in the roster yet; grading adds them."""
    time: datetime | None = None
    """When it was handed in, UTC; None where nothing says so."""
    is_late: bool = False
    seconds_late: float = 0.0
    """After the due date in the gradebook, extension included; 0 where one of the times isn't known."""
    notebooks: dict[str, str] = {}
    """What each notebook was called in the archive, by the name that it has now."""
    message: str = ""
    """Why it was not collected."""
    noticed: tuple[str, ...] = ()
    """What is odd about it, one sentence each."""
    earlier: str = ""
    """Where what it replaced, or it itself where it is older, is kept, relative to the course."""


class Collected(msgspec.Struct, frozen=True, kw_only=True):
    """What a run of `collect` did, or would do."""

    assignment: str
    layout: Layout
    duedate: datetime | None
    entries: tuple[Entry, ...]
    others: int
    """Files of other assignments, which were left alone."""
    dry_run: bool

    @property
    def is_complete(self) -> bool:
        """Whether every hand-in is in its place."""
        return not any(e.status in (Status.UNMATCHED, Status.REFUSED) for e in self.entries)

    def by_status(self) -> Counter[Status]:
        """How many hand-ins there are of each status."""
        return Counter(e.status for e in self.entries)


def collect(
    course: Course,
    assignment: str,
    source: Path,
    *,
    layout: Layout | None = None,
    mapped: Path | None = None,
    dry_run: bool = False,
) -> Collected:
    """Put the hand-ins in an archive or folder into `submitted/`, each under the student whose it is.

    Each is put there as a whole or not at all, under the lock that `submit` takes. A later one takes the place of an
    earlier one, which is kept; one without a time counts as later. Nobody is guessed: where it isn't clear whose one
    is, it is left out, and the result says why.

    Args:
        layout: how the archive is laid out; None to see for oneself.
        mapped: a table that says who is who: see `read_map`.
        dry_run: say what would be done, and write nothing.

    Raises:
        CourseError: the assignment has not been released, or the table is none.
        GradebookError: the gradebook can't be read.
        UsageError: the source is the course's own folder, or it can be laid out in more than one way.
        SubmissionError: the archive can't be read, isn't safe, or has no hand-in, or the table names nobody. Nothing is
            written.
    """
    release, _ = released(course, assignment)
    if source.is_dir() and source.resolve().is_relative_to(course.submitted.resolve()):
        raise UsageError(f"{source} is where this course keeps its hand-ins; name what is to be brought in")
    roster = read_roster(course)
    takes_new = bool(course.config.Autograde.get("create_student", True))
    people = People(roster, {}, takes_new=takes_new)
    if mapped is not None:
        people = People(roster, read_map(mapped, people), takes_new=takes_new)
    ignored = ignored_names(course)
    with open_archive(source) as archive:
        laid = lay_out(
            tuple(archive.sizes),
            archive.title,
            assignment,
            layout,
            ignored=ignored,
            knows=people.knows,
        )
        desk = _Desk(course, release, laid.layout, archive, ignored, lateness_of(course, assignment), dry_run)
        entries = [*desk.collect(laid, people)]
    return Collected(
        assignment=assignment,
        layout=laid.layout,
        duedate=desk.lateness.duedate,
        entries=tuple(entries),
        others=laid.others,
        dry_run=dry_run,
    )


_LARGEST = 1 << 30  # bytes of one hand-in
_LONGEST_TIME = 100
_TRUSTED = (Layout.EXCHANGE, Layout.SUBMITTED, Layout.PLAIN)  # elsewhere a timestamp.txt is the student's own


@dataclass(frozen=True, slots=True)
class _Timed:
    """A hand-in whose student and time are known."""

    found: Found
    match: Match
    time: datetime | None
    noticed: tuple[str, ...]


@dataclass(slots=True)
class _Desk:
    """Takes one hand-in after the other."""

    course: Course
    release: ReleaseRecord
    layout: Layout
    archive: Archive
    ignored: list[str]
    lateness: Lateness
    dry_run: bool
    _current: dict[str, tuple[datetime | None, Mapping[str, bytes]]] = field(default_factory=dict)
    """Time and files of what would count now, by student, where nothing is written."""

    def collect(self, laid: Laid, people: People) -> Iterator[Entry]:
        """What becomes of each hand-in: first those of students, then those of nobody, then what is no hand-in."""
        matches = [(found, people.match(found.who)) for found in laid.found]
        claims: dict[str, set[str]] = {}
        for found, match in matches:
            claims.setdefault(match.student, set()).add(found.who.label)
        timed = []
        unmatched = []
        for found, match in matches:
            others = sorted(claims[match.student] - {found.who.label}) if match.student else []
            if others:
                why = f"{' and '.join(map(repr, others))} would be {match.student}, too"
                unmatched.append(Entry(found=found.who.label, status=Status.UNMATCHED, message=why))
            elif match.student:
                timed.append(self._timed(found, match))
            else:
                unmatched.append(Entry(found=found.who.label, status=Status.UNMATCHED, message=match.why))
        yield from map(self._take, sorted(timed, key=_newest_first))
        yield from unmatched
        for name in laid.unexplained:
            yield Entry(found=name, status=Status.REFUSED, message=f"it isn’t named as {laid.layout} has it")

    def _timed(self, found: Found, match: Match) -> _Timed:
        stamped = found.files.pop(TIMESTAMP, "")
        time, noticed = found.time, ""
        if stamped and self.layout not in _TRUSTED:
            noticed = f"Its {TIMESTAMP} was left out: the student made it."
        elif stamped:
            said = parse_time(self.archive.read(stamped)[:_LONGEST_TIME].decode(errors="replace"))
            if said is None:
                noticed = f"Its {TIMESTAMP} holds no time."
            elif time is not None and abs((time - said).total_seconds()) > 1:
                noticed = f"Its {TIMESTAMP} says {said:%Y-%m-%d %H:%M:%S} UTC, and its name another time."
            time = said or time
        aware = time.replace(tzinfo=UTC) if time else None
        return _Timed(found, match, aware, (noticed,) if noticed else ())

    def _take(self, timed: _Timed) -> Entry:
        found, student = timed.found, timed.match.student
        entry = Entry(
            found=found.who.label, status=Status.REFUSED, student=student, is_new=timed.match.is_new, time=timed.time
        )
        try:
            named = self._named(found)
        except SubmissionError as e:
            return msgspec.structs.replace(entry, message=str(e), noticed=timed.noticed)
        seconds = self.lateness.seconds(student, timed.time.replace(tzinfo=None) if timed.time else None)
        entry = msgspec.structs.replace(
            entry,
            is_late=found.is_late or seconds > 0,
            seconds_late=seconds,
            notebooks=dict(named.notebooks),
            noticed=(*timed.noticed, *named.noticed),
        )
        if self.dry_run:
            return self._put(entry, named.files)
        with locked(self.course.submitted / HISTORY):
            return self._put(entry, named.files)

    def _named(self, found: Found) -> Named:
        if twice := next((path for path in found.twice if path != TIMESTAMP), ""):
            first, second = found.files[twice], found.twice[twice]
            raise SubmissionError(f"{twice!r} came in twice ({first!r}, {second!r}); remove one of them")
        size = sum(self.archive.sizes[name] for name in found.files.values())
        if size > _LARGEST:
            raise SubmissionError(f"its files have {size >> 20} MiB, more than the {_LARGEST >> 20} that are taken")
        files = {path: self.archive.read(name) for path, name in found.files.items()}
        return name_files(self.release, self._unpacked(files), trusts_names=self.layout is not Layout.CANVAS)

    def _unpacked(self, files: dict[str, bytes]) -> dict[str, bytes]:
        """The files, and in the place of a zip archive its own, where no notebook lies beside it."""
        zips = [name for name in files if name.lower().endswith(".zip")]
        if len(zips) != 1 or any(name.lower().endswith(".ipynb") for name in files):
            return files
        inner = open_inner(files.pop(zips[0]), zips[0])
        unpacked = {n: inner.read(n) for n in inner.sizes if not is_junk(n, self.ignored)}
        return files | unpacked if not files.keys() & unpacked.keys() else unpacked

    def _put(self, entry: Entry, files: Mapping[str, bytes]) -> Entry:
        folder = self.course.submitted / entry.student / self.release.assignment
        history = self.course.submitted / HISTORY / entry.student / self.release.assignment
        time, there = self._current.get(entry.student) or (time_of(folder), contents(folder))
        stamped = {TIMESTAMP: stamp(entry.time), **files} if entry.time else files
        if there == files:
            return msgspec.structs.replace(entry, status=Status.REPEATED)
        known = find_kept(history, files, entry.time)
        if there and entry.time and time and entry.time < time:
            if known:
                return msgspec.structs.replace(entry, status=Status.REPEATED)
            target = place_in(history, entry.time)
            if not self.dry_run:
                replace(target, stamped)
            return msgspec.structs.replace(entry, status=Status.EARLIER, earlier=self._relative(target))
        earlier = None
        if self.dry_run:
            self._current[entry.student] = entry.time, files
        else:
            earlier = find_kept(history, there, time) or keep(folder, history)
            replace(folder, stamped)
        if known:
            again = f"It is the same as an earlier one ({self._relative(known)}): is this an old archive?"
            entry = msgspec.structs.replace(entry, noticed=(*entry.noticed, again))
        return msgspec.structs.replace(
            entry,
            status=Status.REPLACED if there else Status.COLLECTED,
            earlier=self._relative(earlier) if earlier else "",
        )

    def _relative(self, path: Path) -> str:
        root = self.course.root
        return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _newest_first(timed: _Timed) -> tuple[str, bool, float]:
    """One student's hand-ins together, and the newest first: the others go to the history at once."""
    return timed.match.student, timed.time is not None, -timed.time.timestamp() if timed.time else 0.0
