"""What was downloaded, a zip archive or a folder, as a list of files that are safe to take.

Everything is looked at before anything is taken: where one file is a trick or too large, nothing is.
"""

from __future__ import annotations

import io
import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from gabarito.errors import SubmissionError

_CHUNK = 1 << 20
_LONGEST = 240  # bytes of a name; file systems take 255, and a file is written under a longer name first
_LONGEST_PATH = 1000  # bytes
_DEEPEST = 32  # folders in one another
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_UTF8_NAME = 0x800  # the flag that says so
_ENCRYPTED = 0x1
_BROKEN = (
    zipfile.BadZipFile,
    NotImplementedError,
    ValueError,
    OverflowError,
    EOFError,
    OSError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How much of an archive is taken."""

    files: int
    file_bytes: int
    """Of one file, unpacked."""
    total_bytes: int
    """Of all files, unpacked."""
    ratio: int = 200
    """How many times larger than the archive itself its files may be; where they are small, it doesn't matter."""
    small_bytes: int = 64 << 20


CLASS_LIMITS = ArchiveLimits(files=100_000, file_bytes=512 << 20, total_bytes=32 << 30)
"""Of what a whole class has handed in."""
STUDENT_LIMITS = ArchiveLimits(files=2_000, file_bytes=256 << 20, total_bytes=256 << 20)
"""Of an archive that one student has handed in."""


@dataclass(frozen=True, slots=True)
class Archive:
    """The files of an archive or folder, all looked at. Made by `open_archive`."""

    title: str
    """What messages call it."""
    sizes: Mapping[str, int]
    """Bytes of each file, by POSIX path in composed Unicode, sorted."""
    _streams: Callable[[str], BinaryIO]

    def read(self, name: str) -> bytes:
        """The content of a file.

        Raises:
            SubmissionError: it can't be read, or isn't what it was when it was looked at.
        """
        size = self.sizes[name]
        try:
            with self._streams(name) as stream:
                content = stream.read(size + 1)
        except _BROKEN as e:
            raise SubmissionError(f"{name!r} in {self.title} can't be read ({e}); run the command again") from None
        if len(content) != size:
            raise SubmissionError(f"{name!r} in {self.title} has changed while it was read; run the command again")
        return content


@contextmanager
def open_archive(path: Path, limits: ArchiveLimits = CLASS_LIMITS) -> Iterator[Archive]:
    """A zip archive or a folder, open for the block.

    Raises:
        SubmissionError: there is none, it can't be read or is no zip archive, or it has a file that isn't taken: one
            whose path leads elsewhere or can't be a name here, a link or a device, an encrypted one, two of the same
            name, too many, too large, or packed as only a bomb is.
    """
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
        handle = os.open(path, os.O_RDONLY | (os.O_DIRECTORY if is_folder else 0))
    except FileNotFoundError:
        raise SubmissionError(f"there is no file or folder {path}; check its name") from None
    except OSError as e:
        raise SubmissionError(f"{path} can't be read ({e.strerror}); check its permissions") from None
    if is_folder:
        try:
            yield _folder(handle, str(path), limits)
        finally:
            os.close(handle)
    else:
        with os.fdopen(handle, "rb") as file:
            yield _zip(file, path.name, limits)


def open_inner(content: bytes, title: str, limits: ArchiveLimits = STUDENT_LIMITS) -> Archive:
    """A zip archive that a student has handed in.

    Raises:
        SubmissionError: as `open_archive`.
    """
    return _zip(io.BytesIO(content), title, limits)


def _zip(file: BinaryIO, title: str, limits: ArchiveLimits) -> Archive:
    found: dict[str, zipfile.ZipInfo] = {}
    sizes: dict[str, int] = {}
    try:
        size = file.seek(0, os.SEEK_END)
        archive = zipfile.ZipFile(file)
    except _BROKEN as e:
        raise SubmissionError(
            f"{title} is no whole zip archive ({e}); download it again; one of another kind, unpack and name the folder"
        ) from None
    entries = archive.infolist()
    _refuse_many(len(entries), title, limits)
    for info in entries:
        name = _checked(_name(info), title)
        _refuse_kind(info, name, title)
        if info.is_dir():
            continue
        _refuse_twice(name, found, title)
        found[name] = info
    _refuse_both(found, title)
    total = 0
    for name, info in found.items():
        try:
            sizes[name] = _count(archive, info, name, title, limits)
        except _BROKEN as e:
            raise SubmissionError(f"{name!r} in {title} is damaged ({e}); download the archive again") from None
        total += sizes[name]
        _refuse_total(total, name, title, limits)
        if total > max(limits.ratio * size, limits.small_bytes):
            raise SubmissionError(
                f"{title} is packed as only a bomb is: up to {name!r}, its files have {total >> 20} MiB, more than "
                f"{limits.ratio} times its own size; remove that file from it, or unpack it and name the folder"
            )
    return Archive(title, dict(sorted(sizes.items())), lambda name: _stream(archive, found[name]))


def _stream(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    return archive.open(info)  # type: ignore[return-value]  # an IO[bytes], which has all that is used of it


def _name(info: zipfile.ZipInfo) -> str:
    """Its name as it was meant: zipfile cuts it off at a NUL, and takes UTF-8 without a flag for another encoding."""
    if not info.flag_bits & _UTF8_NAME:
        try:
            return info.orig_filename.encode("cp437").decode()
        except UnicodeError:
            pass
    return info.orig_filename


def _refuse_kind(info: zipfile.ZipInfo, name: str, title: str) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.flag_bits & _ENCRYPTED:
        raise SubmissionError(f"{name!r} in {title} is encrypted; unpack it with its password, and name the folder")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _no_file(name, title, kind)
    if info.compress_type not in _METHODS:
        raise SubmissionError(
            f"{name!r} in {title} is packed in a way that isn't taken (method {info.compress_type}); "
            "unpack it, and name the folder"
        )


def _count(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, title: str, limits: ArchiveLimits) -> int:
    """How many bytes it really has: what the archive says of itself may be wrong."""
    size = 0
    with archive.open(info) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            _refuse_size(size, name, title, limits)
    return size


def _folder(root: int, title: str, limits: ArchiveLimits) -> Archive:
    found: dict[str, str] = {}
    sizes: dict[str, int] = {}
    count = total = 0
    for where, folders, names, handle in os.fwalk(".", dir_fd=root, onerror=_not_readable(title)):
        for each in (*folders, *names):
            count += 1
            path = str(PurePosixPath(where, each))
            name = _checked(path, title)
            state = os.stat(each, dir_fd=handle, follow_symlinks=False)
            if stat.S_ISDIR(state.st_mode):
                continue
            if not stat.S_ISREG(state.st_mode):
                raise _no_file(name, title, stat.S_IFMT(state.st_mode))
            _refuse_twice(name, found, title)
            found[name], sizes[name] = path, state.st_size
            total += state.st_size
            _refuse_size(state.st_size, name, title, limits)
            _refuse_total(total, name, title, limits)
        _refuse_many(count, title, limits)
    return Archive(title, dict(sorted(sizes.items())), lambda name: _open_below(root, found[name]))


def _not_readable(title: str) -> Callable[[OSError], None]:
    def refuse(e: OSError) -> None:
        raise SubmissionError(f"{e.filename!r} in {title} can't be read ({e.strerror}); check its permissions")

    return refuse


def _open_below(root: int, path: str) -> BinaryIO:
    """Open a file without following a link on the way: in a folder of students' somebody may have put one meanwhile."""
    *folders, last = PurePosixPath(path).parts
    at = os.dup(root)
    try:
        for folder in folders:
            below = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = below
        return os.fdopen(os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at), "rb")
    finally:
        os.close(at)


def _checked(name: str, title: str) -> str:
    """The path in its plain form."""
    if fault := _fault(name):
        raise SubmissionError(f"{name!r} in {title} isn't taken: {fault}. Nothing was collected; remove it first")
    return unicodedata.normalize("NFC", str(PurePosixPath(name)))


def _fault(name: str) -> str:
    parts = name.split("/")
    odd = next((c for c in name if unicodedata.category(c) in ("Cc", "Cs")), "")
    faults = (
        (odd, f"its name has the character U+{ord(odd or ' '):04X}"),
        ("\\" in name, "its name has a backslash, which is another folder on Windows"),
        (name.startswith("/"), "its path is absolute"),
        (re.match(r"[A-Za-z]:", name), "its path begins with a drive"),
        (".." in parts, "its path leads out of the folder with '..'"),
        (not PurePosixPath(name).parts, "it has no name"),
        (any(len(os.fsencode(p)) > _LONGEST for p in parts), f"its name is longer than {_LONGEST} bytes"),
        (len(os.fsencode(name)) > _LONGEST_PATH, f"its path is longer than {_LONGEST_PATH} bytes"),
        (len(parts) > _DEEPEST, f"it lies in more than {_DEEPEST} folders"),
    )
    return next((why for is_so, why in faults if is_so), "")


def _no_file(name: str, title: str, kind: int) -> SubmissionError:
    what = "a link" if kind == stat.S_IFLNK else "a device or the like"
    return SubmissionError(f"{name!r} in {title} is {what}, not a file. Nothing was collected; remove it first")


def _refuse_twice(name: str, there: Mapping[str, object], title: str) -> None:
    if name in there:
        raise SubmissionError(f"{name!r} is in {title} twice. Nothing was collected; remove one of the two first")


def _refuse_both(files: Iterable[str], title: str) -> None:
    files = set(files)
    for name in sorted(files):
        for above in PurePosixPath(name).parents:
            if str(above) in files:
                raise SubmissionError(f"{str(above)!r} in {title} is a file and a folder; download the archive again")


def _refuse_many(count: int, title: str, limits: ArchiveLimits) -> None:
    if count > limits.files:
        raise SubmissionError(f"{title} has {count} files, more than the {limits.files} that are taken; split it")


def _refuse_size(size: int, name: str, title: str, limits: ArchiveLimits) -> None:
    if size > limits.file_bytes:
        raise SubmissionError(
            f"{name!r} in {title} has more than the {limits.file_bytes >> 20} MiB that are taken of a file. "
            "Nothing was collected; remove it first"
        )


def _refuse_total(total: int, name: str, title: str, limits: ArchiveLimits) -> None:
    if total > limits.total_bytes:
        raise SubmissionError(
            f"the files in {title} have more than the {limits.total_bytes >> 20} MiB that are taken "
            f"({name!r} is the first too many); split it, and collect one part after the other"
        )
