"""The store of reports: what was once computed, by the hash of everything that it depends on.

An entry is a file of its own, with a digest of its content: what a crash left half written is told from what is whole.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import time
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from gabarito.course import Course
from gabarito.model import CellReport, Origin

_HEAD = b"gabarito report 1 "
_SUFFIX = ".report"
_TEMPORARY = ".tmp"
_KEPT = 8
_LARGEST = 1 << 30
_FORGOTTEN_SECONDS = 3600.0


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """A complete report: one of the versions of the tests, on the same content."""

    key: str
    """`Keys.whole`."""
    cells: tuple[CellReport, ...]
    """Of the cells that are no tests, in order."""
    tests: dict[str, str]
    """By grade id, where in the entry's `tests` the verdict is."""
    origin: Origin
    cpu_seconds: float
    """What running all of it took, or would have."""
    is_divisible: bool
    """Whether other versions of the tests may take verdicts from it: no limit was hit or near, and nothing ended."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about one content: everything that a job has, but for its tests."""

    key: str
    """`Keys.base`."""
    wholes: tuple[Whole, ...]
    """The newest last."""
    tests: dict[str, CellReport]
    """By the hash of what the verdict depends on."""

    def whole(self, key: str) -> Whole | None:
        """The complete report of this name, or None."""
        return next((each for each in self.wholes if each.key == key), None)

    def with_whole(self, whole: Whole, tests: dict[str, CellReport]) -> Entry:
        """The entry with one more complete report, without verdicts that none of the last few ones has."""
        wholes = (*(each for each in self.wholes if each.key != whole.key), whole)[-_KEPT:]
        known = {name for each in wholes for name in each.tests.values()}
        return Entry(key=self.key, wholes=wholes, tests={n: t for n, t in (self.tests | tests).items() if n in known})


_decoder = msgspec.msgpack.Decoder(Entry)
_count = itertools.count()


class DamagedError(Exception):
    """An entry is there and can't be used; the text says why."""


@dataclass(slots=True)
class Store:
    """The entries below one folder; any number of processes may read and write at the same time.

    Attributes:
        problems: what could not be read or written, in plain sentences; nothing of it stops anybody.
    """

    folder: Path
    problems: list[str] = field(default_factory=list)

    def get(self, key: str) -> Entry | None:
        """The entry of this name; None where there is none that can be used."""
        path = self.path(key)
        try:
            return read_entry(path)
        except FileNotFoundError:
            return None
        except DamagedError as e:
            self._say(f"{path} {e}; it is left aside, and computed and written again")
        except OSError as e:
            self._say(f"{path} can't be read ({e.strerror or e}); it is left aside, and computed again")
        return None

    def put(self, entry: Entry) -> None:
        """Write an entry: it appears whole or not at all. Where that fails, it is only computed again some day."""
        path = self.path(entry.key)
        draft = path.with_name(f"{path.name}.{os.getpid()}-{next(_count)}{_TEMPORARY}")
        body = zlib.compress(msgspec.msgpack.encode(entry), 1)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._keep_from_git()
            try:
                # Without a sync: after a power cut the digest tells an entry that was not all written.
                draft.write_bytes(_HEAD + hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
                draft.replace(path)
            except BaseException:
                draft.unlink(missing_ok=True)
                raise
        except OSError as e:
            self._say(
                f"{path} can't be written ({e.strerror or e}); what was graded is recorded, but not kept for later"
            )

    def paths(self) -> Iterator[Path]:
        """The files of all entries, damaged ones too, in order."""
        yield from sorted(self.folder.glob(f"*/*{_SUFFIX}"))

    def path(self, key: str) -> Path:
        """Where an entry lies."""
        return self.folder / key[:2] / f"{key[2:]}{_SUFFIX}"

    def _keep_from_git(self) -> None:
        mark = self.folder.parent / ".gitignore"
        if not mark.exists():
            mark.write_text("*\n")

    def _say(self, sentence: str) -> None:
        if sentence not in self.problems:
            self.problems.append(sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What `sweep` has removed, or would."""

    removed: int
    removed_bytes: int
    kept: int


def open_store(course: Course) -> Store:
    """The store of a course; its folder is made when the first entry is written."""
    return Store(course.root / ".gabarito" / "store")


def key_of(path: Path) -> str:
    """The name of the entry that lies in this file."""
    return path.parent.name + path.name.removesuffix(_SUFFIX)


def read_entry(path: Path) -> Entry:
    """The entry in this file.

    Raises:
        DamagedError: it is no entry, not all of it is there, or it is another one's.
        OSError: it can't be read; FileNotFoundError where there is none.
    """
    content = path.read_bytes()
    head, _, body = content.partition(b"\n")
    if not head.startswith(_HEAD):
        raise DamagedError("is no entry of this version's store")
    if head.removeprefix(_HEAD) != hashlib.sha256(body).hexdigest().encode():
        raise DamagedError("is damaged: its content is not what was written")
    try:
        unpacker = zlib.decompressobj()
        entry = _decoder.decode(unpacker.decompress(body, _LARGEST))
    except (zlib.error, msgspec.MsgspecError) as e:
        raise DamagedError(f"is damaged: {e}") from None
    if entry.key != key_of(path) or any(name not in entry.tests for w in entry.wholes for name in w.tests.values()):
        raise DamagedError("is damaged: it holds something else than its name says")
    return entry


def sweep(store: Store, wanted: Collection[str], *, older_than: float = 0.0, dry_run: bool = False) -> Swept:
    """Remove the entries that nothing refers to, and what writers that were killed left behind.

    Args:
        wanted: names of the entries that stay.
        older_than: seconds since an entry was written; a younger one stays.
        dry_run: only say what would be removed.

    Raises:
        OSError: a file can't be removed.
    """
    now = time.time()
    removed = removed_bytes = kept = 0
    for path in (*store.paths(), *sorted(store.folder.glob(f"*/*{_TEMPORARY}"))):
        is_draft = path.suffix == _TEMPORARY
        try:
            about = path.stat()
        except FileNotFoundError:  # its writer is done, or another process swept
            continue
        age = now - about.st_mtime
        stays = age < _FORGOTTEN_SECONDS if is_draft else key_of(path) in wanted or age < older_than
        if stays:
            kept += not is_draft
            continue
        removed += not is_draft
        removed_bytes += about.st_size
        if not dry_run:
            path.unlink(missing_ok=True)
    return Swept(removed=removed, removed_bytes=removed_bytes, kept=kept)
