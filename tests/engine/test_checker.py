"""The checker against a student process and a supervisor that are played by the test, message by message."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from gabarito.engine import checker, wire
from gabarito.engine.beginning import Played
from gabarito.engine.bench import Bench
from gabarito.engine.checker import drive
from gabarito.errors import EngineError
from gabarito.model import CellReport, Contract, HiddenRegion, Job, JobCell, JobFile, Limits, Mode, Outcome, Role

LIMITS = Limits(output_bytes=1000, kept_output_bytes=500)
UP = wire.Up()
DONE = wire.Done(1)


class Play:
    """The other ends of a checker's descriptors."""

    def __init__(self, job: Job, gpu_bytes: int = 0, played: Sequence[Played] = ()) -> None:
        self.coordinator, jobs = socket.socketpair()
        self.student, student = socket.socketpair()
        self.supervisor, control = socket.socketpair()
        self._verdicts, verdicts = socket.socketpair()
        raw, self.raw = os.pipe()
        self._ends = [student, control, verdicts, jobs]
        self.control = control.fileno()
        self._raw_read = raw
        self.error: BaseException | None = None
        self._run: wire.Run | None = None
        self.timed = 0
        """How often it has asked for its turn."""
        self.cleans = True
        """Whether it gets ready for tests as it should."""

        def run() -> None:
            try:
                ends = (verdicts.fileno(), student.fileno(), raw, control.fileno(), os.getpid())
                drive(job, *ends, gpu_bytes, jobs.fileno(), played)
            except BaseException as e:
                self.error = e
            finally:
                for end in self._ends:
                    end.close()

        self._thread = threading.Thread(target=run)
        self._thread.start()

    def say(self, *messages: wire.Message) -> None:
        """Say something as the student process; the end of a cell waits for the cell, and repeats its number."""
        for message in messages:
            wire.send(self.student.fileno(), self._answered(message) if isinstance(message, wire.Done) else message)

    def _answered(self, done: wire.Done) -> wire.Done:
        while self._run is None:
            self.hear()
        run, self._run = self._run, None
        return msgspec.structs.replace(done, nonce=run.nonce)

    def rule(self, *messages: wire.Message) -> None:
        for message in messages:
            wire.send(self.supervisor.fileno(), message)

    def hear(self) -> wire.Message:
        message: wire.Message = wire.Reader(self.student.fileno(), wire.ToStudent).read()
        if isinstance(message, wire.Clean) and self.cleans:
            self.say(wire.Cleaned(4))
            while not isinstance(self.told(), wire.Heir):
                pass
            self.rule(wire.Alone())
            return self.hear()
        if isinstance(message, wire.Run):
            self._run = message
        return message

    def told(self) -> wire.Message | None:
        message: wire.Message | None = wire.Reader(self.supervisor.fileno(), wire.FromChecker).read()
        return message

    def die(self, *, signal: int = 0, status: int = 0) -> None:
        self.student.close()
        self.rule(wire.Died(signal, status))

    def reports(self) -> list[CellReport]:
        self._thread.join(30)
        assert not self._thread.is_alive()
        reader = wire.Reader(self._verdicts.fileno(), wire.FromSupervisor)
        found = []
        while (message := reader.read()) is not None:
            if isinstance(message, wire.Timed):
                self.timed += 1
            else:
                found.append(message.report)
        return found

    def close(self) -> None:
        for end in (self.student, self.supervisor, self._verdicts, self.coordinator):
            end.close()
        os.close(self.raw)
        self._thread.join(30)
        os.close(self._raw_read)


def make_job(*sources: str, role: Role = Role.PLAIN, files: tuple[JobFile, ...] = ()) -> Job:
    cells = tuple(JobCell(index=i, id=f"cell-{i}", role=role, source=s) for i, s in enumerate(sources))
    return Job(key="k", cells=cells, files=files, limits=LIMITS, seed=7)


@pytest.fixture
def play() -> Iterator[Callable[..., Play]]:
    plays: list[Play] = []

    def start(job: Job, gpu_bytes: int = 0, played: Sequence[Played] = ()) -> Play:
        plays.append(Play(job, gpu_bytes, played))
        return plays[-1]

    yield start
    for each in plays:
        each.close()


def test_files_and_seed_come_before_the_first_cell(play: Callable[..., Play]) -> None:
    stage = play(make_job("1", files=(JobFile("x.txt", b"42"),)))
    stage.say(UP)
    assert [stage.hear(), stage.hear()] == [wire.Seed(7), wire.File("x.txt", b"42")]
    run = stage.hear()
    assert isinstance(run, wire.Run)
    assert (run.source, run.is_test, run.label) == ("1", False, "Cell [number 1]")
    stage.say(DONE)
    assert [r.outcome for r in stage.reports()] == [Outcome.PASSED]
    assert [stage.told(), stage.told()] == [wire.Started(0), None]


def test_a_test_cell_is_named_and_marked(play: Callable[..., Play]) -> None:
    stage = play(make_job("assert x", role=Role.TEST))
    stage.say(UP)
    assert stage.hear() == wire.Seed(7, has_tests=True)
    run = stage.hear()
    assert isinstance(run, wire.Run)
    assert (run.is_test, run.label) == (True, "Cell [cell-0]")
    stage.say(wire.Done(0, error="AssertionError", outcome=Outcome.FAILED, lines=(1,)))
    (report,) = stage.reports()
    assert (report.outcome, report.message, report.in_hidden) == (Outcome.FAILED, "AssertionError", None)


def test_a_test_waits_until_the_student_process_is_alone(play: Callable[..., Play]) -> None:
    stage = play(make_job("assert x", role=Role.TEST))
    stage.cleans = False
    stage.say(UP)
    assert [stage.hear(), stage.hear()] == [wire.Seed(7, has_tests=True), wire.Clean()]
    stage.say(wire.Text("stdout", "x"), wire.Cleaned(4))
    assert [stage.told(), stage.told()] == [wire.Started(0), wire.Heir(4)]
    os.write(stage.raw, b"y")
    stage.rule(wire.LimitHit(99, Outcome.TIMEOUT, "of another cell"), wire.Alone())
    assert isinstance(stage.hear(), wire.Run)
    stage.say(wire.Done(0))
    assert stage.reports()[0].outcome is Outcome.PASSED


@pytest.mark.parametrize("said", [wire.Done(0), wire.Reply(b"", 0)])
def test_a_student_that_does_not_get_ready_is_stopped(play: Callable[..., Play], said: wire.Message) -> None:
    stage = play(make_job("assert x", role=Role.TEST))
    stage.cleans = False
    stage.say(UP)
    assert [stage.hear(), stage.hear()] == [wire.Seed(7, has_tests=True), wire.Clean()]
    wire.send(stage.student.fileno(), said)
    assert [stage.told(), stage.told()] == [wire.Started(0), wire.Stop()]
    stage.die(signal=9)
    (report,) = stage.reports()
    assert (report.outcome, report.message) == (
        Outcome.CRASHED,
        "the notebook's process was stopped: it did not get ready for a test",
    )


def test_a_student_that_dies_while_it_gets_ready(play: Callable[..., Play]) -> None:
    stage = play(make_job("assert x", role=Role.TEST))
    stage.cleans = False
    stage.say(UP, wire.Cleaned(4))
    assert [stage.told(), stage.told()] == [wire.Started(0), wire.Heir(4)]
    stage.rule(wire.LimitHit(0, Outcome.CRASHED, "it had threads"))
    stage.die(signal=9)
    (report,) = stage.reports()
    assert (report.outcome, report.message) == (Outcome.CRASHED, "it had threads")


def test_a_traceback_shows_the_visible_lines_of_a_test_and_no_hidden_one(play: Callable[..., Play]) -> None:
    source = "import x\n# BEGIN\nassert x.hidden\n# END\nassert x.shown"
    cell = JobCell(index=0, id="t", role=Role.TEST, source=source, hidden=(HiddenRegion(2, 4, "h"),))
    stage = play(Job(key="k", cells=(cell,), limits=LIMITS))
    stage.say(UP)
    lines = [f'  File "Cell [t]", line {n}, in <module>' for n in (1, 3, 5, 6, 0)]
    told = (
        *lines,
        '  File "Cell [t]", line 1, in <module>',
        "    import x",
        '  File "Cell [u]", line 1, in f',
        "E: no",
    )
    stage.say(wire.Done(0, error="E", message="no", traceback=told))
    (report,) = stage.reports()
    shown = [*lines[:1], "    import x", *lines[1:3], "    assert x.shown", *lines[3:]]
    assert report.outputs[0]["traceback"] == [*shown, *told[5:]]


def test_a_traceback_of_another_cell_is_left_alone(play: Callable[..., Play]) -> None:
    stage = play(make_job("1 / 0"))
    stage.say(UP)
    told = ('  File "Cell [number 1]", line 1, in <module>', "E")
    stage.say(wire.Done(0, error="E", traceback=told))
    assert stage.reports()[0].outputs[0]["traceback"] == list(told)


def test_a_student_that_never_comes_up_is_our_failure(play: Callable[..., Play]) -> None:
    stage = play(make_job("1"))
    stage.die(status=1)
    assert stage.reports() == []
    assert isinstance(stage.error, EngineError)
    assert "did not start" in str(stage.error)


def test_a_student_that_dies_while_files_are_sent_is_our_failure(play: Callable[..., Play]) -> None:
    stage = play(make_job("1", files=(JobFile("big", bytes(10**7)),)))
    stage.say(UP)
    stage.die(signal=9)
    assert stage.reports() == []
    assert "killed by signal 9" in str(stage.error)


def test_a_dead_student_leaves_the_rest_not_run(play: Callable[..., Play]) -> None:
    stage = play(make_job("1", "2", "3"))
    stage.say(UP, DONE)
    stage.hear()
    stage.die(signal=11)
    passed, crashed, left = stage.reports()
    assert [passed.outcome, crashed.outcome, left.outcome] == [Outcome.PASSED, Outcome.CRASHED, Outcome.NOT_RUN]
    assert "signal 11 (segmentation fault)" in crashed.message
    assert crashed.message in left.message
    assert crashed.outputs[-1]["output_type"] == "error"


def test_a_student_whose_end_is_seen_before_it_is_told(
    play: Callable[..., Play], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, death = threading.Event(), checker._Checker._death

    def asks(self: checker._Checker) -> wire.Died:
        asked.set()
        return death(self)

    monkeypatch.setattr(checker._Checker, "_death", asks)
    played = play(make_job("first"))
    played.say(wire.Up())
    assert isinstance(played.hear(), wire.Seed)
    assert isinstance(played.hear(), wire.Run)
    played.student.close()
    assert asked.wait(30)
    played.rule(wire.Died(signal=9, status=0))
    (report,) = played.reports()
    assert report.outcome is Outcome.CRASHED
    assert "signal 9" in report.message


def test_an_unknown_signal_is_called_by_its_number(play: Callable[..., Play]) -> None:
    stage = play(make_job("1"))
    stage.say(UP)
    stage.hear()
    stage.hear()
    stage.die(signal=31)
    assert "signal 31 (signal)" in stage.reports()[0].message


def test_a_limit_makes_the_outcome_whatever_the_student_says(play: Callable[..., Play]) -> None:
    stage = play(make_job("1"))
    stage.say(UP)
    stage.hear()
    stage.hear()
    stage.rule(wire.LimitHit(0, Outcome.TIMEOUT, "too long"))
    stage.say(DONE)
    (report,) = stage.reports()
    assert (report.outcome, report.message) == (Outcome.TIMEOUT, "too long")


def test_a_limit_of_an_earlier_cell_comes_too_late(play: Callable[..., Play]) -> None:
    stage = play(make_job("1", "2"))
    stage.say(UP, DONE)
    stage.hear()
    stage.rule(wire.LimitHit(0, Outcome.TIMEOUT, "too long"))
    stage.say(DONE)
    assert [r.outcome for r in stage.reports()] == [Outcome.PASSED] * 2


def test_a_kill_after_a_limit_tells_the_limit(play: Callable[..., Play]) -> None:
    stage = play(make_job("1"))
    stage.say(UP)
    stage.hear()
    stage.hear()
    stage.rule(wire.LimitHit(0, Outcome.MEMORY, "too much"))
    stage.die(signal=9)
    (report,) = stage.reports()
    assert (report.outcome, report.message) == (Outcome.MEMORY, "too much")
    assert report.outputs[-1]["evalue"] == "too much"


def test_nonsense_after_a_limit_tells_the_limit(play: Callable[..., Play]) -> None:
    stage = play(make_job("1"))
    stage.say(UP)
    stage.hear()
    stage.hear()
    stage.rule(wire.LimitHit(0, Outcome.TIMEOUT, "too long"))
    stage.student.sendall(b"\0\0\0\x05hello")
    stage.die(signal=9)
    assert stage.reports()[0].message == "too long"


@pytest.mark.parametrize(("lines", "region"), [((1,), None), ((3,), 0), ((1, 6), 1), ((4, 6), 0), ((), None)])
def test_the_outermost_line_in_a_hidden_region_names_it(
    play: Callable[..., Play], lines: tuple[int, ...], region: int | None
) -> None:
    hidden = (HiddenRegion(2, 4, "first"), HiddenRegion(6, 8, "second"))
    cell = JobCell(index=0, id="test", role=Role.TEST, source="…", hidden=hidden)
    stage = play(Job(key="k", cells=(cell,)))
    stage.say(UP, wire.Done(0, error="AssertionError", outcome=Outcome.FAILED, lines=lines))
    assert stage.reports()[0].in_hidden == region


@pytest.mark.parametrize("data", [b"\0\0\0\x05hello", b"\xff\xff\xff\xffhello", b"\0\0\0\x01\xc1"])
def test_nonsense_from_the_student_stops_it(play: Callable[..., Play], data: bytes) -> None:
    stage = play(make_job("1", "2"))
    stage.say(UP)
    stage.student.sendall(data)
    assert [stage.told(), stage.told()] == [wire.Started(0), wire.Stop()]
    stage.die(signal=9)
    crashed, left = stage.reports()
    assert (crashed.outcome, left.outcome) == (Outcome.CRASHED, Outcome.NOT_RUN)
    assert "message" in crashed.message


@pytest.mark.parametrize("said", [UP, wire.Done(1, nonce=0), wire.Reply(b"", 0)])
def test_a_student_that_does_not_keep_to_the_conversation_is_stopped(
    play: Callable[..., Play], said: wire.Message
) -> None:
    stage = play(make_job("1"))
    stage.say(UP)
    wire.send(stage.student.fileno(), said)
    assert [stage.told(), stage.told()] == [wire.Started(0), wire.Stop()]
    stage.die(signal=9)
    assert "process was stopped" in stage.reports()[0].message


def test_a_flood_past_python_is_stopped(play: Callable[..., Play], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker, "_UNCOUNTED", 2000)
    stage = play(make_job("1", "2"))
    stage.say(UP)
    os.write(stage.raw, b"x" * 5000)
    assert [stage.told(), stage.told()] == [wire.Started(0), wire.Stop()]
    os.write(stage.raw, b"the rest of it")
    stage.die(signal=9)
    flood, left = stage.reports()
    assert (flood.outcome, left.outcome) == (Outcome.OUTPUT, Outcome.NOT_RUN)
    assert "which is the limit" in flood.message


def test_a_flood_of_messages_is_stopped(play: Callable[..., Play], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker, "_UNCOUNTED", 2000)
    stage = play(make_job("1"))
    stage.say(UP, *[wire.Text("stdout", "x" * 1000)] * 5)
    assert [stage.told(), stage.told()] == [wire.Started(0), wire.Stop()]
    stage.die(signal=9)
    assert stage.reports()[0].outcome is Outcome.OUTPUT


def test_outcomes_that_the_student_process_sees_itself(play: Callable[..., Play]) -> None:
    stage = play(make_job("1", "2"))
    stage.say(
        UP,
        wire.Done(1, error="OutputLimitReached", outcome=Outcome.OUTPUT),
        wire.Done(2, error="MemoryError", outcome=Outcome.MEMORY),
    )
    output, memory = stage.reports()
    assert "wrote more than 0 KiB" in output.message
    assert "memory limit is 4096 MiB" in memory.message


@pytest.mark.parametrize(("gpu_bytes", "told"), [(0, ""), (3 << 30, " (the limit of GPU memory is 3072 MiB)")])
def test_the_memory_of_a_gpu_has_a_limit_of_its_own(play: Callable[..., Play], gpu_bytes: int, told: str) -> None:
    stage = play(make_job("1"), gpu_bytes)
    stage.say(UP, wire.Done(1, error="OutOfMemoryError", message="CUDA out of memory", outcome=Outcome.MEMORY))
    (report,) = stage.reports()
    assert report.message == f"OutOfMemoryError: CUDA out of memory{told}"


def test_an_outcome_without_an_error_is_a_pass(play: Callable[..., Play]) -> None:
    """Only an exception makes a cell fail; there is no word for `failed` without one."""
    stage = play(make_job("1"))
    stage.say(UP, wire.Done(1, outcome=Outcome.UNGRADED))
    assert stage.reports()[0].outcome is Outcome.PASSED


@pytest.mark.parametrize("outcome", [Outcome.PASSED, Outcome.UNGRADED, Outcome.NOT_RUN])
def test_a_student_cannot_choose_an_outcome_that_is_ours(play: Callable[..., Play], outcome: Outcome) -> None:
    stage = play(make_job("1"))
    stage.say(UP, wire.Done(1, error="AssertionError", outcome=outcome))
    assert stage.reports()[0].outcome is Outcome.ERROR


def test_what_was_written_past_python_at_the_end_is_kept(play: Callable[..., Play]) -> None:
    stage = play(make_job("1"))
    os.write(stage.raw, b"early ")
    stage.say(UP, DONE)
    text = "".join(o["text"] for o in stage.reports()[0].outputs)
    assert text == "early "


@pytest.mark.parametrize("started", [True, False])
def test_without_a_supervisor_there_is_no_verdict(play: Callable[..., Play], started: bool) -> None:
    stage = play(make_job("1"))
    if started:
        stage.say(UP)
        stage.hear()
        stage.hear()
    stage.supervisor.shutdown(socket.SHUT_WR)
    if not started:
        stage.student.close()
    assert stage.reports() == []
    assert "supervisor is gone" in str(stage.error)


def two_process_job() -> Job:
    contract = Contract(mode=Mode.TWO_PROCESS)
    cells = (
        JobCell(index=0, id="test", role=Role.TEST, source="f(1)", contract=contract),
        JobCell(index=1, id="next", role=Role.PLAIN, source="1"),
    )
    return Job(key="k", cells=cells, limits=LIMITS)


def _bench(monkeypatch: pytest.MonkeyPatch, ends: Callable[[], wire.Done]) -> None:
    """A bench on which every test ends so."""
    monkeypatch.setattr(Bench, "test", lambda self, contract, run, outputs: ends())


@pytest.mark.parametrize(
    ("error", "says"),
    [
        *((kind("no sense"), "no sense") for kind in (EngineError, TypeError, ValueError)),
        (MemoryError(), "it sent more than fits into 4096 MiB, which is the memory limit"),
    ],
    ids=repr,
)
def test_a_conversation_that_makes_no_sense_stops_the_student(
    play: Callable[..., Play], monkeypatch: pytest.MonkeyPatch, error: Exception, says: str
) -> None:
    def ends() -> wire.Done:
        raise error

    _bench(monkeypatch, ends)
    stage = play(two_process_job())
    stage.say(UP)
    assert [stage.told(), stage.told()] == [wire.Started(0), wire.Stop()]
    stage.die(signal=9)
    crashed, left = stage.reports()
    assert (crashed.outcome, crashed.mode, left.outcome) == (Outcome.CRASHED, Mode.TWO_PROCESS, Outcome.NOT_RUN)
    assert crashed.message == f"the notebook's process was stopped: {says}"


def test_tests_of_their_own_process_see_the_instructors_files(
    play: Callable[..., Play], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    files = (JobFile("data/given.txt", b"ours", given=True), JobFile("theirs.txt", b"theirs"))
    stage = play(msgspec.structs.replace(two_process_job(), files=files))
    _bench(monkeypatch, lambda: DONE)
    stage.say(UP, DONE)
    assert [report.outcome for report in stage.reports()] == [Outcome.PASSED] * 2
    assert [path.read_bytes() for path in tmp_path.rglob("*.txt")] == [b"ours"]


def test_more_than_the_memory_can_hold_is_the_students_fault(
    play: Callable[..., Play], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = wire.read_exactly

    def read_exactly(fd: int, size: int) -> bytes | None:
        if size == 12345:
            raise MemoryError
        return real(fd, size)

    monkeypatch.setattr(wire, "read_exactly", read_exactly)
    stage = play(make_job("1"))
    stage.say(UP)
    stage.student.sendall((12345).to_bytes(4, "big"))
    assert [stage.told(), stage.told()] == [wire.Started(0), wire.Stop()]
    stage.die(signal=9)
    assert "sent more than fits into" in stage.reports()[0].message


@pytest.mark.parametrize("interrupted", [True, False])
def test_a_test_that_used_too_much_itself_ends_the_notebook(
    play: Callable[..., Play], monkeypatch: pytest.MonkeyPatch, interrupted: bool
) -> None:
    """It was interrupted in whatever it did, perhaps in the middle of a message: nothing can follow it."""
    told = threading.Event()

    def ends() -> wire.Done:
        assert told.wait(30)
        if interrupted:
            raise KeyboardInterrupt
        return DONE

    _bench(monkeypatch, ends)
    stage = play(two_process_job())
    stage.say(UP)
    assert stage.told() == wire.Started(0)
    stage.rule(wire.LimitHit(0, Outcome.TIMEOUT, "the test took too long", of_checker=True))
    told.set()
    assert stage.told() == wire.Stop()
    stage.die(signal=9)
    stopped, left = stage.reports()
    assert (stopped.outcome, stopped.message, left.outcome) == (
        Outcome.TIMEOUT,
        "the test took too long",
        Outcome.NOT_RUN,
    )


def test_a_student_that_used_too_much_in_a_test_ends_only_the_test(
    play: Callable[..., Play], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = threading.Event()

    def ends() -> wire.Done:
        assert told.wait(30)
        return wire.Done(1, error="KeyboardInterrupt")

    _bench(monkeypatch, ends)
    stage = play(two_process_job())
    stage.say(UP)
    stage.rule(wire.LimitHit(0, Outcome.TIMEOUT, "the cell took too long"))
    told.set()
    stage.say(DONE)
    stopped, passed = stage.reports()
    assert (stopped.outcome, stopped.message, passed.outcome) == (
        Outcome.TIMEOUT,
        "the cell took too long",
        Outcome.PASSED,
    )


def test_a_checker_reads_its_job_and_exits(tmp_path: object) -> None:
    """`run_checker` in a real fork: its exit status says whether all verdicts were written."""
    job = make_job()
    body = msgspec.msgpack.encode(job)
    for size, expected in ((len(body), 0), (len(body) + 1, 1)):
        read, write = os.pipe()
        os.write(write, body)
        os.close(write)
        student, checker_end = socket.socketpair()
        control, checker_control = socket.socketpair()
        raw = os.pipe()
        verdicts = os.open(os.devnull, os.O_WRONLY)
        wire.send(student.fileno(), UP)
        pid = os.fork()
        if pid == 0:
            ends = (checker_end.fileno(), raw, checker_control.fileno())
            checker.run_checker(read, size, verdicts, *ends, os.getpid(), ".", None, 4 << 30, b"")
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == expected
        for end in (student, checker_end, control, checker_control):
            end.close()
        for fd in (read, *raw, verdicts):
            os.close(fd)


@pytest.mark.parametrize(
    ("error", "told"),
    [(EngineError("the supervisor is gone"), "the supervisor is gone\n"), (KeyError("expected_77"), "KeyError in ")],
)
def test_a_checker_that_fails_says_where_and_shows_nothing_of_a_test(
    monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(checker, "drive", fails)
    body = msgspec.msgpack.encode(make_job())
    read, write = os.pipe()
    os.write(write, body)
    log, logged = os.pipe()
    student, control = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        os.dup2(logged, 2)
        raw = os.pipe()
        checker.run_checker(
            read, len(body), write, student.fileno(), raw, control.fileno(), os.getpid(), ".", None, 4 << 30, b""
        )
    os.close(logged)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
    with open(log) as lines:
        said = lines.read()
    assert said.startswith(told)
    assert "expected_77" not in said
    assert ("checker.py:" in said) is isinstance(error, KeyError)
    for end in (student, control):
        end.close()
    for fd in (read, write):
        os.close(fd)


def test_a_test_that_looks_at_a_clock_waits_for_its_turn(play: Callable[..., Play]) -> None:
    job = make_job("x = 1", "assert x")
    job = msgspec.structs.replace(job, cells=(job.cells[0], msgspec.structs.replace(job.cells[1], timed=True)))
    stage = play(job)
    stage.say(UP, DONE)
    assert [stage.told() for _ in range(2)] == [wire.Started(0), wire.Paused()]
    wire.send(stage.coordinator.fileno(), wire.Turn())
    assert stage.told() == wire.Started(1)
    stage.say(DONE)
    assert [report.outcome for report in stage.reports()] == [Outcome.PASSED] * 2
    assert stage.timed == 1


def test_a_coordinator_that_gives_no_turn_is_gone(play: Callable[..., Play]) -> None:
    job = make_job("assert x", role=Role.TEST)
    stage = play(msgspec.structs.replace(job, cells=(msgspec.structs.replace(job.cells[0], timed=True),)))
    stage.say(UP)
    stage.coordinator.close()
    assert stage.reports() == []
    assert str(stage.error) == "the coordinator is gone"


def test_a_kernel_that_can_not_start_is_no_fault_of_the_notebook(play: Callable[..., Play]) -> None:
    stage = play(make_job("1", "2"))
    stage.say(wire.Unavailable("no kernel of this name"))
    assert [(r.outcome, r.message) for r in stage.reports()] == [(Outcome.UNGRADED, "no kernel of this name")] * 2
    assert stage.error is None


def test_cells_that_were_run_before_are_told_and_not_asked_for(play: Callable[..., Play]) -> None:
    played = Played((wire.Text("stdout", "loaded\n"),), wire.Done(1, cpu_seconds=0.5))
    stage = play(make_job("load()", "2"), played=[played])
    stage.say(UP, DONE)
    first, second = stage.reports()
    assert (first.outcome, first.cpu_seconds) == (Outcome.PASSED, 0.5)
    assert [o["text"] for o in first.outputs] == ["loaded\n"]
    assert second.index == 1
    assert stage.error is None


def test_an_interrupt_waits_until_the_supervisor_is_heard(
    play: Callable[..., Play], monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked: dict[int, set[bool]] = {}
    read = wire.read_exactly

    def reading(fd: int, size: int) -> bytes | None:
        blocked.setdefault(fd, set()).add(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        return read(fd, size)

    monkeypatch.setattr(wire, "read_exactly", reading)
    stage = play(make_job("while True: pass"))
    control = stage.control
    stage.say(UP)
    stage.hear()
    stage.rule(wire.LimitHit(0, Outcome.TIMEOUT, "too long"))
    stage.die(signal=9)
    assert stage.reports()[0].message == "too long"
    assert blocked[control] == {True}
    assert {fd for fd, states in blocked.items() if True in states} == {control}
