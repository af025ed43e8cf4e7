"""The checker where it runs tests itself, in a real fork, against a student's side that is played by the test."""

from __future__ import annotations

import contextlib
import os
import socket
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from gabarito.engine import checker, wire
from gabarito.engine.remote.student_side import StudentSide
from gabarito.model import CellReport, Contract, Job, JobCell, Mode, Outcome, Role

Twist = Callable[["Student", wire.Message], bool]


class Student:
    """A student process without a process: it answers from a namespace, unless a twist does so."""

    def __init__(self, end: socket.socket, control: socket.socket, names: dict[str, Any], twist: Twist | None) -> None:
        self.end = end
        self.control = control
        self.reader = wire.Reader(end.fileno(), wire.ToStudent)
        self.twist = twist
        self.side = StudentSide(self, names)

    def send(self, message: wire.Conversation, fds: Sequence[int]) -> None:
        wire.send(self.end.fileno(), message)
        wire.send_descriptors(self.end, fds)

    def receive(self) -> tuple[wire.Conversation, list[int]]:
        message = self.reader.read()
        return message, wire.receive_descriptors(self.end, message.fds)

    def serve(self) -> None:
        while (message := self.reader.read()) is not None:
            if self.twist is not None and self.twist(self, message):
                continue
            if isinstance(message, wire.Run):
                wire.send(self.end.fileno(), wire.Done(1, nonce=message.nonce))
            elif isinstance(message, wire.Ask):
                self.side.session.serve(message, wire.receive_descriptors(self.end, message.fds))


@pytest.fixture(autouse=True)
def _no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))


def grade(test: str, names: dict[str, Any], twist: Twist | None = None, **contract: Any) -> list[CellReport]:
    """Reports of a given cell and of a test that takes `names` from the student."""
    made = Contract(
        mode=Mode.TWO_PROCESS, fetch=tuple(names), operations=dict.fromkeys(range(9), ("call",)), **contract
    )
    cells = (
        JobCell(index=0, id="given", role=Role.GIVEN, source="import math"),
        JobCell(index=1, id="test", role=Role.TEST, source=test, contract=made),
    )
    body = msgspec.msgpack.encode(Job(key="k", cells=cells))
    jobs, jobs_end = os.pipe()
    os.write(jobs_end, body)
    verdicts, verdicts_end = socket.socketpair()
    student, checker_end = socket.socketpair()
    control, checker_control = socket.socketpair()
    raw = os.pipe()
    wire.send(student.fileno(), wire.Up())
    process = os.getpid()
    pid = os.fork()
    if pid == 0:
        warnings.simplefilter("ignore")  # a checker is no pytest: IPython may warn in it
        ends = (checker_end.fileno(), raw, checker_control.fileno())
        checker.run_checker(jobs, len(body), verdicts_end.fileno(), *ends, process, ".", None, 4 << 30)
    for end in (verdicts_end, checker_end, checker_control):
        end.close()
    with contextlib.suppress(OSError):
        Student(student, control, names, twist).serve()
    os.waitpid(pid, 0)
    found = list(_reports(verdicts))
    for end in (verdicts, student, control):
        end.close()
    for fd in (jobs, jobs_end, *raw):
        os.close(fd)
    return found


def _reports(end: socket.socket) -> Iterator[CellReport]:
    reader = wire.Reader(end.fileno(), wire.FromSupervisor)
    while (message := reader.read()) is not None:
        yield message.report


def test_a_test_runs_here_and_the_student_is_only_asked() -> None:
    _, report = grade("assert f(2) == math.factorial(3)", {"f": lambda x: x + 4})
    assert (report.outcome, report.message, report.mode) == (Outcome.PASSED, "", Mode.TWO_PROCESS)


def test_large_values_come_with_a_descriptor() -> None:
    big = np.arange(2.0**17)
    _, report = grade("assert len(x) == 2**17 and f(x + 1) == 4", {"x": big, "f": lambda x: float(x[3])})
    assert (report.outcome, report.message) == (Outcome.PASSED, "")


def test_what_the_student_says_of_itself_decides_nothing() -> None:
    _, report = grade("assert f(2) == 5", {"f": lambda x: x})
    assert report.outcome is Outcome.FAILED


def test_while_it_is_written_everything_is_recorded() -> None:
    _, report = grade("assert f(2) == 2", {"f": lambda x: x}, is_being_written=True, compare=("math",))
    assert report.outcome is Outcome.PASSED
    assert report.learned is not None
    assert report.learned.operations == {1: ("call",)}


def _says(*messages: wire.Message) -> Twist:
    def twist(student: Student, message: wire.Message) -> bool:
        if not isinstance(message, wire.Ask):
            return False
        for each in messages:
            wire.send(student.end.fileno(), each)
        wire.send(student.control.fileno(), wire.Died(9, 0))
        return True

    return twist


@pytest.mark.parametrize(
    "said",
    [
        wire.Done(1),
        wire.Up(),
        wire.Reply(b"", 1000),
        wire.Reply(b"nonsense", 0),
        wire.Ask(b"", 0),
        wire.Text("stdout", "x"),
    ],
)
def test_a_student_that_does_not_keep_to_the_conversation_fails(said: wire.Message) -> None:
    _, report = grade("f(2)", {"f": lambda x: x}, _says(said))
    assert report.outcome in (Outcome.CRASHED, Outcome.ERROR)


def test_nonsense_after_a_limit_tells_the_limit() -> None:
    limit = wire.LimitHit(1, Outcome.TIMEOUT, "too long")

    def twist(student: Student, message: wire.Message) -> bool:
        if not isinstance(message, wire.Ask):
            return False
        wire.send(student.control.fileno(), limit)
        wire.send(student.end.fileno(), wire.Done(1))
        wire.send(student.control.fileno(), wire.Died(9, 0))
        return True

    _, report = grade("f(2)", {"f": lambda x: x}, twist)
    assert (report.outcome, report.message) == (Outcome.TIMEOUT, "too long")


def test_what_student_code_prints_is_the_tests_output() -> None:
    def twist(student: Student, message: wire.Message) -> bool:
        if isinstance(message, wire.Ask):
            wire.send(student.end.fileno(), wire.Text("stdout", "hello"))
        return False

    _, report = grade("assert f(2) == 2", {"f": lambda x: x}, twist)
    assert report.outcome in (Outcome.PASSED, Outcome.CRASHED)
