"""The frames and messages between coordinator, supervisor, checker and student process.

A frame is a length (4 bytes, big endian) and that many bytes of MessagePack; each receiver decodes it into a
closed set of typed messages, so that nothing a student process writes can become anything but plain data.
"""

from __future__ import annotations

import functools
import os
import socket
import struct
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from gabarito.errors import EngineError
from gabarito.model import CellReport, JobCell, Limits, Outcome, Role

FRAME_LIMIT = 64 * 2**20
_HEAD = struct.Struct(">I")
_FDS_AT_ONCE = 32
_MOST_FDS = 256


class Message(msgspec.Struct, frozen=True, tag=True):
    """Root of all messages."""


# coordinator → supervisor


class Begin(Message, frozen=True):
    """A job follows: `size` raw bytes behind this frame, which only the checker reads."""

    limits: Limits
    size: int
    kernel: str = ""
    """The Jupyter kernel that is to run the cells; empty for Python."""
    beginning: str = ""
    """Key of the beginning that it shares with other jobs, which has been run; empty where it shares none."""


class Beginning(Message, frozen=True):
    """Run these cells, which are the instructor's, once for all jobs that say they begin with them."""

    key: str
    cells: tuple[Run, ...]
    files: tuple[File, ...]
    wall_seconds: float
    """How long they may take."""


# supervisor → coordinator


class Ready(Message, frozen=True):
    """The worker has imported what it should; `weak` says in plain words what it can't hold here."""

    engine: str
    weak: tuple[str, ...]
    missing: tuple[str, ...]
    """Packages to import beforehand that could not be imported, with the reason."""
    problem: str = ""
    """Why it can't be used all the same, else empty."""


class Begun(Message, frozen=True):
    """The cells of a beginning have been run."""

    problem: str = ""
    """Why jobs can't share it, else empty."""


class Finished(Message, frozen=True):
    """The job's processes are gone; all its verdicts were written before."""

    cpu_seconds: float
    wall_seconds: float
    problem: str = ""
    """Why our own machinery failed, else empty."""
    stopped: str = ""
    """Why the checker had to be killed in the first cell without a verdict: what the test computed took too long."""


# checker → coordinator


class Verdict(Message, frozen=True):
    """How one cell ended, written as soon as it is known."""

    report: CellReport


class Timed(Message, frozen=True):
    """A test comes that looks at a clock: it waits for its `Turn`, and keeps it until its verdict is there."""


# coordinator → checker


class Turn(Message, frozen=True):
    """No other test on this machine looks at a clock now."""


# checker → supervisor


class Prepared(Message, frozen=True):
    """The checker has read the whole job; `files` is what the student's folder must hold."""


class Started(Message, frozen=True):
    """The cell at this position begins: its clocks start."""

    index: int


class Paused(Message, frozen=True):
    """No cell runs until the next one begins: what is waited for is none of the notebook's time."""


class Stop(Message, frozen=True):
    """Kill the student process: it broke a limit that the checker watches."""


class Heir(Message, frozen=True):
    """This process says that it is the student process, cleaned for a test: it is to be so, and alone."""

    pid: int


# supervisor → checker


class LimitHit(Message, frozen=True):
    """A limit that the supervisor watches was reached in the cell at this position, with one plain sentence."""

    index: int
    outcome: Outcome
    sentence: str
    of_checker: bool = False
    """The test's own code used too much, in the checker: it was interrupted in whatever it did."""


class Alone(Message, frozen=True):
    """The heir is the student process now: it has one thread, and no other process of the submission is left."""


class Died(Message, frozen=True):
    """The student process is gone: killed by `signal`, or exited with `status`."""

    signal: int
    status: int


# checker ⇄ student process, while a test runs in the checker; the bodies are of `gabarito.engine.codec`, `gone` are the
# shared objects that the sender has forgotten, to be released once the body is decoded


class Ask(Message, frozen=True):
    """Do something with an object of yours; `fds` descriptors follow."""

    body: bytes
    fds: int
    gone: tuple[int, ...] = ()


class Reply(Message, frozen=True):
    """The answer to an Ask."""

    body: bytes
    fds: int
    gone: tuple[int, ...] = ()


class Failure(Message, frozen=True):
    """What an Ask raised."""

    body: bytes
    fds: int
    gone: tuple[int, ...] = ()


# checker → student process


class Seed(Message, frozen=True):
    """Start of the random state."""

    value: int
    has_tests: bool = False
    """Whether a test will run in the student process, for which it must be able to clean itself."""


class File(Message, frozen=True):
    """A file for the student's folder."""

    path: str
    content: bytes


class Clean(Message, frozen=True):
    """Undo what student code did to you: a test comes. Where there are other threads, go on in a copy of yourself."""


class Run(Message, frozen=True):
    """Run this cell."""

    index: int
    label: str
    source: str
    is_test: bool
    output_bytes: int
    kept_bytes: int
    nonce: int = 0
    """A number that nobody can know before; the answer repeats it."""
    is_given: bool = False
    """It is an instructor's cell that is no test."""


# student process → checker


class Up(Message, frozen=True):
    """The student process is confined and waits for its first cell."""


class Unavailable(Message, frozen=True):
    """The kernel can't be started, and why; no student code ran."""

    sentence: str


class Cleaned(Message, frozen=True):
    """This process is ready for a test."""

    pid: int


class Text(Message, frozen=True):
    """Something written on `stdout` or `stderr`."""

    name: str
    text: str


class Rich(Message, frozen=True):
    """Something displayed, or the value of the cell's last expression."""

    data: dict[str, Any]
    metadata: dict[str, Any]
    is_result: bool = False
    display_id: str | None = None
    is_update: bool = False


class Clear(Message, frozen=True):
    """`clear_output()`."""

    wait: bool


class Done(Message, frozen=True):
    """The cell ended."""

    count: int
    error: str = ""
    message: str = ""
    traceback: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()
    """Lines of this cell on the stack when the exception was raised, outermost first."""
    outcome: Outcome = Outcome.PASSED
    cpu_seconds: float = 0.0
    nonce: int = 0


FromCoordinator = Begin | Beginning
FromSupervisor = Ready | Begun | Finished | Verdict | Timed
FromChecker = Prepared | Started | Paused | Stop | Heir
ToChecker = LimitHit | Died | Alone
Conversation = Ask | Reply | Failure
ToStudent = Seed | File | Clean | Run | Conversation
FromStudent = Up | Unavailable | Cleaned | Text | Rich | Clear | Done | Conversation


def run_of(cell: JobCell, limits: Limits, nonce: int = 0) -> Run:
    """The order to run a cell of a job with these limits."""
    return Run(
        index=cell.index,
        label=f"Cell [{name_of(cell)}]",
        source=cell.source,
        is_test=cell.role is Role.TEST,
        output_bytes=limits.output_bytes,
        kept_bytes=limits.kept_output_bytes,
        nonce=nonce,
        is_given=cell.role is Role.GIVEN,
    )


def name_of(cell: JobCell) -> str:
    """How a cell is called where people read it."""
    return cell.id if cell.role is not Role.PLAIN else f"number {cell.index + 1}"


M = TypeVar("M")
_encoder = msgspec.msgpack.Encoder()


@functools.cache
def _decoder_of(types: Any) -> msgspec.msgpack.Decoder[Any]:
    """Made once, before any fork: it takes milliseconds."""
    return msgspec.msgpack.Decoder(types)


for _types in (FromChecker, ToChecker, ToStudent, FromStudent, Turn):
    _decoder_of(_types)


def encode(message: Message) -> bytes:
    """The message as one frame."""
    body = _encoder.encode(message)
    return _HEAD.pack(len(body)) + body


def send(fd: int, message: Message) -> None:
    """Write the message to a blocking descriptor.

    Raises:
        OSError: the other side is gone.
    """
    write_all(fd, encode(message))


def write_all(fd: int, data: bytes) -> None:
    """Write every byte to a blocking descriptor.

    Raises:
        OSError: the other side is gone.
    """
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


class Reader:
    """Messages of one closed set, read from one descriptor."""

    def __init__(self, fd: int, types: Any, limit: int = FRAME_LIMIT) -> None:
        self.fd = fd
        self._decoder = _decoder_of(types)
        self._limit = limit

    def read(self) -> Any:
        """The next message, or None at the end of the stream.

        Raises:
            EngineError: what was written is no message of this set.
        """
        head = read_exactly(self.fd, _HEAD.size)
        if head is None:
            return None
        size = _HEAD.unpack(head)[0]
        if size > self._limit:
            raise EngineError(f"a message of {size} bytes was announced; the limit is {self._limit}")
        body = read_exactly(self.fd, size)
        if body is None:
            return None
        try:
            return self._decoder.decode(body)
        except (msgspec.MsgspecError, RecursionError) as e:
            raise EngineError(f"a malformed message was received: {e}") from None


def send_descriptors(end: socket.socket, fds: Sequence[int]) -> None:
    """Send descriptors behind a message that announced them, and close them here.

    Raises:
        OSError: the other side is gone.
    """
    try:
        for start in range(0, len(fds), _FDS_AT_ONCE):
            socket.send_fds(end, [b"F"], fds[start : start + _FDS_AT_ONCE])
    finally:
        for fd in fds:
            os.close(fd)


def receive_descriptors(end: socket.socket, count: int) -> list[int]:
    """The descriptors that a message announced; the caller closes them.

    Raises:
        EngineError: there are too many, or others came.
    """
    if not 0 <= count <= _MOST_FDS:
        raise EngineError(f"a message announced {count} descriptors; the limit is {_MOST_FDS}")
    fds: list[int] = []
    try:
        while len(fds) < count:
            data, new, _, _ = socket.recv_fds(end, 1, min(_FDS_AT_ONCE, count - len(fds)))
            fds += new
            if data != b"F" or not new:
                raise EngineError("descriptors were announced and did not come")
    except BaseException:
        for fd in fds:
            os.close(fd)
        raise
    return fds


def read_exactly(fd: int, size: int) -> bytes | None:
    """`size` bytes from a blocking descriptor, or None where the stream ends before."""
    first = os.read(fd, min(size, 1 << 20))
    if len(first) == size:  # mostly
        return first
    parts = [first]
    size -= len(first)
    while size:
        part = os.read(fd, min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
