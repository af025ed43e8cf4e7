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
import torch

from gabarito.engine import checker, wire
from gabarito.engine.remote.student_side import StudentSide
from gabarito.model import CellReport, Contract, Job, JobCell, Limits, Mode, Outcome, Role

Twist = Callable[["Student", wire.Message], bool]


class Student:
    """A student process without a process: it answers from a namespace, unless a twist does so."""

    def __init__(self, end: socket.socket, control: socket.socket, names: dict[str, Any], twist: Twist | None) -> None:
        self.end = end
        self.control = control
        self.reader = wire.Reader(end.fileno(), wire.ToStudent)
        self.twist = twist
        self.side = StudentSide(self, names)
        self.asked = 0

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
    contract = {"fetch": tuple(names), "operations": dict.fromkeys(range(9), ("call",)), **contract}
    return grade_cells([given("import math"), checked(test, **contract)], names, twist)


def given(source: str) -> tuple[str, Role, Contract | None]:
    return source, Role.GIVEN, None


def checked(source: str, **contract: Any) -> tuple[str, Role, Contract | None]:
    return source, Role.TEST, Contract(mode=Mode.TWO_PROCESS, **contract)


def grade_cells(
    told: Sequence[tuple[str, Role, Contract | None]],
    names: dict[str, Any],
    twist: Twist | None = None,
    **limits: int,
) -> list[CellReport]:
    """Reports of these cells."""
    cells = tuple(
        JobCell(index=i, id=f"{role}-{i}", role=role, source=source, contract=contract)
        for i, (source, role, contract) in enumerate(told)
    )
    body = msgspec.msgpack.encode(Job(key="k", cells=cells, seed=5, limits=Limits(**limits)))
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
        checker.run_checker(jobs, len(body), verdicts_end.fileno(), *ends, process, ".", None, 4 << 30, b"")
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


def _prints(*outputs: wire.Message) -> Twist:
    """Say something whenever a function is called, and then answer."""

    def twist(student: Student, message: wire.Message) -> bool:
        if isinstance(message, wire.Ask) and student.asked:
            for each in outputs:
                wire.send(student.end.fileno(), each)
        student.asked += isinstance(message, wire.Ask)
        return False

    return twist


def test_what_student_code_prints_is_the_tests_output() -> None:
    test = (
        "import contextlib, io\nout, err = io.StringIO(), io.StringIO()\n"
        "with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):\n    assert f(2) == 2\n"
        "assert (out.getvalue(), err.getvalue()) == ('hello', 'alas')\nassert f(1) == 1"
    )
    said = (wire.Text("stdout", "hello"), wire.Text("stderr", "alas"), wire.Clear(wait=False))
    _, report = grade(test, {"f": lambda x: x}, _prints(*said))
    assert (report.outcome, report.message) == (Outcome.PASSED, "")
    assert [o["text"] for o in report.outputs if o["output_type"] == "stream"] == ["hello", "alas"]


def test_a_test_does_not_swallow_that_student_code_wrote_too_much() -> None:
    cells = [checked("try:\n    f(2)\nexcept BaseException:\n    pass", fetch=("f",), operations={2: ("call",)})]
    flood = _prints(wire.Text("stdout", "x" * 4000))
    (report,) = grade_cells(cells, {"f": lambda x: x}, flood, output_bytes=2000)
    assert report.outcome is Outcome.OUTPUT
    assert "wrote more than 1 KiB" in report.message


def test_a_test_does_not_swallow_a_violation() -> None:
    cells = [checked("try:\n    f(2)\nexcept BaseException:\n    pass", fetch=("f",))]
    (report,) = grade_cells(cells, {"f": lambda x: x})
    assert report.outcome is Outcome.FAILED
    assert "a function named" in report.message


def test_a_test_does_not_swallow_the_death_of_the_student() -> None:
    test = "for _ in range(2):\n    try:\n        f(2)\n    except BaseException:\n        pass"

    def twist(student: Student, message: wire.Message) -> bool:
        student.asked += isinstance(message, wire.Ask)
        if student.asked < 2:
            return False
        wire.send(student.control.fileno(), wire.Died(9, 0))  # once, as the supervisor does
        student.end.shutdown(socket.SHUT_RDWR)
        return True

    (report,) = grade_cells([checked(test, fetch=("f",), operations={3: ("call",)})], {"f": lambda x: x}, twist)
    assert report.outcome is Outcome.CRASHED
    assert "signal 9" in report.message


def test_names_go_from_the_student_to_the_test_and_back() -> None:
    names: dict[str, Any] = {"mine": [1]}
    cells = [
        given("mine, gone = 5, 7"),
        checked("assert mine == [1]\nmade = mine + [2]", fetch=("mine", "gone"), give=("made", "missing")),
        checked("assert mine == [1]\ngone", fetch=("mine",)),
    ]
    _, first, second = grade_cells(cells, names)
    assert (first.outcome, first.message) == (Outcome.PASSED, "")
    assert (second.error, names["made"], "missing" in names) == ("NameError", [1, 2], False)


SAME = """
import math, numpy as np, pandas as pd, torch
number, text, listed, nested, keyed = 1, "a", [1, 2], {"a": [1, (2, 3)]}, {"a": 1}
shorter, array, kind, tensor, frame, size = [1], np.ones(2), 1, torch.ones(2), pd.DataFrame({"a": [1]}), torch.Size([1])
function, only_here = math.sqrt, 1
"""


def test_values_of_the_students_that_differ_are_told_of_and_used() -> None:
    names: dict[str, Any] = {}
    exec(compile(SAME, "<student>", "exec", dont_inherit=True), names)
    del names["only_here"]
    everything = (*(name for name in names if not name.startswith("__") and len(name) > 2), "only_here")
    names["function"] = lambda x: x
    contract: dict[str, Any] = {"compare": everything, "is_being_written": True}
    same = grade_cells([given(SAME), checked("assert only_here == 1", **contract)], names)[1].learned
    assert same is not None
    assert same.differing == ()
    other = {
        **names, "number": 2, "text": "b", "listed": [1, 3], "nested": {"a": [1, (2, 4)]}, "keyed": {"b": 1},
        "shorter": [1, 1], "array": np.zeros(2), "kind": 1.0, "tensor": torch.zeros(2),
        "size": torch.Size([2]), "frame": names["frame"] + 1,
    }  # fmt: skip
    report = grade_cells([given(SAME), checked("assert number == 2 and new == 7", **contract)], other)[1]
    assert report.error == "NameError"
    contract["compare"] = (*everything, "new")
    report = grade_cells([given(SAME), checked("assert number == 2 and new == 7", **contract)], {**other, "new": 7})[1]
    assert report.learned is not None
    assert set(report.learned.differing) == {*everything, "new"} - {"math", "torch", "function", "only_here"}


def test_given_cells_and_tests_draw_from_streams_of_their_own() -> None:
    draw = "import random\nfirst, own = random.random(), random.Random(5)\nassert first != own.random()"
    cells = [
        given("import random\none = random.random()"),
        checked(draw),
        given("two = random.random()"),
        checked(f"{draw}\nown = random.Random(5)\nassert [one, two] == [own.random(), own.random()]"),
        checked("assert random.random() != first"),
    ]
    reports = grade_cells(cells, {})
    assert [(report.outcome, report.message) for report in reports] == [(Outcome.PASSED, "")] * 5


def test_what_a_test_spoils_to_learn_is_mended() -> None:
    cells = [
        given("values = [1, 2]"),
        checked("f(values)\nassert values == [None, 2]", fetch=("f",), is_being_written=True, is_poisoned=True),
        checked("assert values == [1, 2]"),
    ]
    reports = grade_cells(cells, {"f": lambda x: None})
    assert [(report.outcome, report.message) for report in reports] == [(Outcome.PASSED, "")] * 3


def test_what_was_handed_over_is_spoilt_for_later_tests_or_put_back() -> None:
    call = {"fetch": ("f",), "operations": {1: ("call",)}}
    names = {"f": lambda x: x.clear()}
    spoilt = [
        given("values = [1, 2]"),
        checked("f(len)", **call, is_being_written=True),
        checked("f(values)\nvalues[:] = [1, 2]", **call, is_being_written=True, is_spoiling=True),
        checked("assert values == [None, 2]"),
    ]
    reports = grade_cells(spoilt, {"f": lambda x: None})
    assert [(report.outcome, report.message) for report in reports] == [(Outcome.PASSED, "")] * 4
    kept = [
        given("values = [1, 2]"),
        checked("f(values)", **call),
        checked("assert not values"),
        checked("assert values == [1, 2]", earlier=True),
        checked("f(values)", **call),
        given("size = len(values)"),
        checked("assert size == 2"),
    ]
    reports = grade_cells(kept, names)
    assert [(report.outcome, report.message) for report in reports] == [(Outcome.PASSED, "")] * 7


def _waiting(answer: Callable[[Student, wire.Ask], None]) -> Twist:
    """Answer so, wait until the checker wants the student process stopped, and see it dead."""

    def twist(student: Student, message: wire.Message) -> bool:
        if not isinstance(message, wire.Ask):
            return False
        answer(student, message)
        told = wire.Reader(student.control.fileno(), wire.FromChecker)
        while not isinstance(told.read(), wire.Stop):
            pass
        wire.send(student.control.fileno(), wire.Died(9, 0))
        return True

    return twist


class _Failing(dict[str, Any]):
    def __getitem__(self, name: str) -> Any:
        raise AssertionError("no name")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda student, ask: student.side.session.serve(ask, []), "AssertionError was raised"),
        (lambda student, ask: wire.send(student.end.fileno(), wire.Reply(b"nonsense", 0)), "a message is malformed"),
    ],
)
def test_what_goes_wrong_before_a_test_is_no_error_of_the_tests(
    answer: Callable[[Student, wire.Ask], None], says: str
) -> None:
    (report,) = grade_cells([checked("f", fetch=("f",))], _Failing(f=1), _waiting(answer))
    assert report.outcome is Outcome.CRASHED
    assert says in report.message


def test_what_student_code_displays_in_a_test_is_no_value_of_it() -> None:
    value = wire.Rich({"text/plain": "'full points'"}, {}, is_result=True)
    _, report = grade("f(2)\n5", {"f": lambda x: x}, _prints(value))
    assert (report.outcome, report.value) == (Outcome.PASSED, "5")


def test_given_cells_are_of_any_kind_and_what_they_import_of_the_future_stays() -> None:
    cells = [
        given("from __future__ import annotations"),
        given("%config InlineBackend.figure_format = 'png'\nfrom math import tau\ntau"),
        given("import asyncio\nawait asyncio.sleep(0)\nwaited = True"),
        given("raise ValueError('the student process tells of it')"),
        checked("def f(x: nothing): pass\nassert waited and tau > 6 and f.__annotations__ == {'x': 'nothing'}"),
    ]
    *_, report = grade_cells(cells, {})
    assert (report.outcome, report.message) == (Outcome.PASSED, "")
