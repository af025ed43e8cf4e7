"""What a student gets for a hand-in, sealed with the course's secret, so that a teaching assistant can verify it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from gabarito.course import Course
from gabarito.errors import CourseError, SubmissionError
from gabarito.exchange.kept import HISTORY
from gabarito.exchange.submissions import read_timestamp
from gabarito.grading.secret import course_secret


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a student gets for a hand-in."""

    student: str
    assignment: str
    notebook: str
    """Name of the file that it is kept as."""
    time: datetime
    """When it was handed in, UTC; for a repeated hand-in, when it was so first."""
    sha256: str
    size: int
    """Bytes of the notebook."""
    folder: str
    """Where it is kept, relative to the course folder."""
    files: tuple[str, ...] = ()
    """Names of the files that were handed in with it."""
    noticed: tuple[str, ...] = ()
    """What is missing, changed or odd, one sentence each."""
    repeated: bool = False
    """Whether the last hand-in was the same, byte for byte: then nothing was written, and its time stands."""
    earlier: str | None = None
    """Where the hand-in that this one replaced is kept, relative to the course folder."""
    seal: str = ""
    """A keyed hash (HMAC-SHA-256) of what was handed in, by whom and when; empty where the secret can't be read."""


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What can be said of a receipt."""

    receipt: Receipt
    is_ours: bool
    """Whether the seal is this course's, and of just this student, assignment, notebook, time and content."""
    kept: tuple[str, ...]
    """Where the notebook is kept as it was handed in, relative to the course folder; newest first."""
    is_current: bool
    """Whether it is what counts now."""


def sealed(course: Course, receipt: Receipt) -> Receipt:
    """The receipt with its seal; without one where this user can't read the course's secret."""
    try:
        secret = course_secret(course)
    except CourseError:
        return receipt
    return msgspec.structs.replace(receipt, seal=_seal(secret, receipt))


def read_receipt(path: Path) -> Receipt:
    """The receipt in a file, as `gabarito submit --receipt` or `--json` writes it.

    Raises:
        SubmissionError: the file can't be read, or holds no receipt.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Receipt)
    except OSError as e:
        raise SubmissionError(f"the receipt {path} can't be read ({e.strerror}); check its name") from None
    except msgspec.MsgspecError as e:
        raise SubmissionError(
            f"{path} is no receipt ({e}); take the file that 'gabarito submit --receipt FILE' has written"
        ) from None


def verify(course: Course, receipt: Receipt) -> Verified:
    """Whether this course has given the receipt, and whether it still has what was handed in.

    Raises:
        CourseError: the course's secret can't be read.
    """
    seal = _seal(course_secret(course), receipt)
    kept = tuple(_kept(course, receipt))
    current = str(_folder(course, receipt).relative_to(course.root)) if kept else ""
    return Verified(
        receipt=receipt,
        is_ours=hmac.compare_digest(seal.encode(), receipt.seal.encode()),
        kept=kept,
        is_current=current in kept,
    )


def _seal(secret: bytes, receipt: Receipt) -> str:
    said = (receipt.student, receipt.assignment, receipt.notebook, receipt.time, receipt.sha256, receipt.size)
    return hmac.digest(secret, b"receipt\0" + msgspec.json.encode(said), "sha256").hex()


def _folder(course: Course, receipt: Receipt) -> Path:
    return course.submitted / Path(receipt.student).name / Path(receipt.assignment).name


def _kept(course: Course, receipt: Receipt) -> Iterator[str]:
    """Folders with the same notebook, handed in at the same time: of the names in a receipt only the last parts."""
    student, assignment = Path(receipt.student).name, Path(receipt.assignment).name
    earlier = course.submitted / HISTORY / student / assignment
    for folder in (_folder(course, receipt), *sorted(earlier.glob("[!.]*"), reverse=True)):
        try:
            content = (folder / Path(receipt.notebook).name).read_bytes()
        except OSError:
            continue
        time = read_timestamp(folder)
        if hashlib.sha256(content).hexdigest() == receipt.sha256 and time == receipt.time.replace(tzinfo=None):
            yield str(folder.relative_to(course.root))
