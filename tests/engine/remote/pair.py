"""Both ends of a conversation in one process: a thread serves the student's end, with a notebook's names."""

from __future__ import annotations

import asyncio
import math
import os
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any

import numpy as np
import torch

from gabarito.engine import wire
from gabarito.engine.codec import Opaque
from gabarito.engine.remote.checker_side import CheckerSide
from gabarito.engine.remote.policy import Policy
from gabarito.engine.remote.student_side import StudentSide

LABEL = "<test>"
_JOIN_SECONDS = 60


class _Channel:
    """One end of the socket; it keeps what was said, so that tests can look at it."""

    def __init__(self, end: socket.socket, types: Any) -> None:
        self.end = end
        self.reader = wire.Reader(end.fileno(), types)
        self.sent: list[wire.Conversation] = []

    def send(self, message: wire.Conversation, fds: Sequence[int]) -> None:
        self.sent.append(message)
        wire.send(self.end.fileno(), message)
        wire.send_descriptors(self.end, fds)

    def receive(self) -> tuple[wire.Conversation, list[int]]:
        message = self.reader.read()
        if message is None:
            raise ConnectionError("the other end is gone")
        return message, wire.receive_descriptors(self.end, message.fds)


class Said:
    """An object of the student's that is described as the test likes, whatever it is."""

    def __init__(self, opaque: Opaque) -> None:
        self.opaque = opaque


class Pair:
    """The checker's end, in the caller's thread, and the student's. Leaving it raises what ended the student's.

    Attributes:
        names: the notebook's namespace.
        checker: what tests talk to.
        student: what answers; a liar's handlers and descriptions may be put into it.
        error: what ended the student's end; a test that expects it takes it away.
    """

    def __init__(
        self,
        cells: str = "",
        *,
        allowed: Mapping[int, frozenset[str]] | None = None,
        handlers: Mapping[str, Callable[..., Any]] | None = None,
        keeps: bool = False,
        **policy: Any,
    ) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__", "np": np, "torch": torch}
        self.policy = Policy(LABEL, allowed, **policy)
        ours, theirs = socket.socketpair()
        self._ends = ours, theirs
        self.checker_end, self.student_end = _Channel(ours, wire.FromStudent), _Channel(theirs, wire.ToStudent)
        self.checker = CheckerSide(self.checker_end, self.policy, os.getpid(), keeps=keeps)
        self.student = StudentSide(self.student_end, self.names)
        self.student.handlers.update(handlers or {})
        self.student.export = _telling(self.student.export)  # type: ignore[assignment,method-assign]
        self.error: BaseException | None = None
        exec(compile(cells, "<cell>", "exec", dont_inherit=True), self.names)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        channel = self.student_end
        try:
            while (message := channel.reader.read()) is not None:
                self.student.session.serve(message, wire.receive_descriptors(channel.end, message.fds))
        except BaseException as error:
            self.error = error
        finally:
            channel.end.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Pair:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        ours, theirs = self._ends
        try:
            ours.shutdown(socket.SHUT_RDWR)
        except OSError:  # the student's end was first
            assert self.error is not None or not self._thread.is_alive()
        self._thread.join(_JOIN_SECONDS)
        assert not self._thread.is_alive()
        for end in (ours, theirs):
            end.close()
        _end_tasks(self.student)
        if error is None and self.error is not None:
            raise self.error

    def __getitem__(self, name: str) -> Any:
        """What the checker gets under a name of the notebook's."""
        ((known, value),) = self.checker.names((name,))
        assert known, name
        return value

    def tell(self, opaque: Opaque) -> Any:
        """What the checker makes of a description that the student's end gives."""
        self.names["said"] = Said(opaque)
        self.student.owner.find = self._find  # type: ignore[method-assign]
        return self["said"]

    def _find(self, number: int) -> Any:
        """An object by its number, or whatever for one that was made up."""
        return self.student.owner._objects.get(number, number)

    def test(self, source: str, **ours: Any) -> dict[str, Any]:
        """Run a test against all names of the notebook that it doesn't have itself; gives its namespace."""
        own = {"__name__": "__main__", "np": np, "torch": torch, "math": math, **ours}
        own |= {name: self[name] for name in list(self.names) if name not in own and not name.startswith("__")}
        exec(compile(source, LABEL, "exec", dont_inherit=True), own)
        return own


def _end_tasks(student: StudentSide) -> None:
    """What student code still awaits: a process would just end."""
    if student._loop is not None:
        while left := asyncio.all_tasks(student._loop):
            for task in left:
                task.cancel()
            student._loop.run_until_complete(asyncio.wait(left, timeout=0.01))
        student._loop.close()


def _telling(export: Callable[[object], Opaque]) -> Callable[[object], Opaque]:
    return lambda obj: obj.opaque if isinstance(obj, Said) else export(obj)


def passes(cells: str, test: str, **settings: Any) -> None:
    """See that a test passes with a notebook's cells, and once more with only what it was seen to use allowed."""
    with Pair(cells, **settings) as pair:
        pair.test(test)
        assert not pair.policy.violation
        used = {line: frozenset(operations) for line, operations in pair.policy.used.items()}
        lent = frozenset(pair.policy.used_of_ours)
    with Pair(cells, allowed=used, lent=lent, **settings) as again:
        again.test(test)
        assert not again.policy.violation
