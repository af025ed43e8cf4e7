"""A run that is killed anywhere goes on when it is started again, and ends as if nothing had happened."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

import gabarito.grading.bulk
from gabarito.cli import main
from gabarito.course import Course, load_course
from gabarito.engine.worker import Worker
from gabarito.gradebook.writer import GradebookWriter
from gabarito.grading.bulk import grade
from gabarito.grading.result import Status
from gabarito.model import Role
from tests.gradebook.test_parity import tables
from tests.grading.children import die_at, end_of, ends, fork
from tests.grading.courses import hand_in, publish, solved, write_course
from tests.notebook.released import ANSWERS, cell, small_source, source_notebook

State = tuple[dict[str, Any], dict[str, Any]]


def state(course: Course) -> State:
    """All that grading leaves behind, but for random ids and the seconds that cells took."""
    rows = {name: sorted(found, key=str) for name, found in tables(course.root / "gradebook.db").items()}
    files = {str(p.relative_to(course.root)): p for p in sorted(course.autograded.rglob("*")) if p.is_file()}
    return rows, {name: _plain(path) if path.suffix == ".ipynb" else path.read_bytes() for name, path in files.items()}


def _plain(path: Path) -> object:
    notebook = nbformat.read(path, as_version=4)
    for each in notebook.cells:
        each.metadata.get("gabarito", {}).pop("cpu_seconds", None)
    return notebook


def copy_of(course: Course, root: Path) -> Course:
    """The course again, in another folder."""
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(course.root, root)
    return load_course(root)


def run_command(course: Course, *arguments: str) -> None:
    """`gabarito grade small`, in this process."""
    sys.argv = ["gabarito", "--course", str(course.root), "grade", "small", *arguments]
    main()


# Every moment, without the engine


def test_killed_at_any_moment(small_class: Course, tmp_path: Path) -> None:
    undisturbed = copy_of(small_class, tmp_path / "course")
    grade(undisturbed, "small", workers=1)
    expected = state(undisturbed)
    assert state(copy_of(small_class, tmp_path / "course")) != expected

    for moment in itertools.count(1):
        course = copy_of(small_class, tmp_path / "course")

        def work(course: Course = course, moment: int = moment) -> None:
            die_at(moment)
            grade(course, "small", workers=1)

        ended = end_of(fork(work))
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
        run = grade(course, "small", workers=1)
        assert {s.status for s in run.submissions} <= {Status.GRADED, Status.KNOWN, Status.UNREADABLE}
        assert state(course) == expected, f"killed at moment {moment}"
    assert moment > 50


def test_going_back_after_a_kill(small_class: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gradebook has the scores of a test that is no longer so, and no notebook says that it hasn't."""
    two = {"small": small_source(), "other": source_notebook(cell(Role.TEST, "assert True", "other-test", points=4))}
    grade(small_class, "small")
    expected = state(small_class)
    publish(small_class, **{**two, "other": source_notebook(cell(Role.TEST, "assert 0", "other-test", points=4))})

    def killed(*arguments: object, **named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(gabarito.grading.bulk, "write_autograded", killed)
        with pytest.raises(KeyboardInterrupt):
            grade(small_class, "small")
    publish(small_class, **two)
    assert grade(small_class, "small").by_status()[Status.GRADED] == 1
    found = state(small_class)
    assert len(found[0].pop("gabarito_history")) == len(expected[0].pop("gabarito_history")) + 2, "there, and back"
    assert found == expected


def test_two_runs_at_the_same_time(small_class: Course, tmp_path: Path) -> None:
    undisturbed = copy_of(small_class, tmp_path / "undisturbed")
    grade(undisturbed, "small", workers=1)
    course = copy_of(small_class, tmp_path / "course")
    pairs = [socket.socketpair() for _ in range(3)]

    def work(mine: socket.socket) -> None:
        def wait_for_the_others(count: int) -> None:
            mine.send(b"ready")
            mine.recv(5)

        run = grade(course, "small", workers=1, force=True, on_start=wait_for_the_others)
        assert run.by_status()[Status.GRADED] == 2

    pids = [fork(lambda mine=mine: work(mine)) for mine, _ in pairs]  # type: ignore[misc]
    for _, theirs in pairs:
        assert theirs.recv(5) == b"ready"
    for _, theirs in pairs:
        theirs.send(b"go")
    assert [end_of(pid) for pid in pids] == [0, 0, 0]
    for end in itertools.chain.from_iterable(pairs):
        end.close()
    assert state(course) == state(undisturbed)


def test_recording_takes_turns(small_class: Course, tmp_path: Path) -> None:
    """One run is stopped in the middle of a file; another one must not sweep that away."""
    undisturbed = copy_of(small_class, tmp_path / "undisturbed")
    grade(undisturbed, "small", workers=1)
    (first, at_first), (second, at_second) = socket.socketpair(), socket.socketpair()

    def stops() -> None:
        sync = os.fsync

        def stopped(handle: Any) -> None:
            os.fsync = sync
            first.send(b"inside")
            first.recv(5)

        os.fsync = stopped  # type: ignore[assignment]
        assert grade(small_class, "small", workers=1).by_status()[Status.GRADED] == 2

    def sweeps() -> None:
        def tell(name: str, details: object) -> None:
            if name == "fcntl.flock":
                second.send(b"waits")

        sys.addaudithook(tell)
        assert grade(small_class, "small", workers=1, force=True).by_status()[Status.GRADED] == 2
        second.send(b"ends")

    pids = [fork(stops)]
    assert at_first.recv(6) == b"inside"
    pids.append(fork(sweeps))
    assert at_second.recv(5) in (b"waits", b"ends")
    at_first.send(b"go on")
    assert [end_of(pid) for pid in pids] == [0, 0]
    for end in (first, at_first, second, at_second):
        end.close()
    assert state(small_class) == state(undisturbed)


# Some moments, with workers


@pytest.fixture(scope="module")
def real_class(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, State]:
    root = tmp_path_factory.mktemp("real")
    course = write_course(root / "class")
    for number in range(8):
        triple = "triple = None" if number % 3 == 0 else ANSWERS["triple"]
        hand_in(course, f"student-{number}", small=solved(course, triple=f"{triple}  # answer {number}"))
    undisturbed = copy_of(course, root / "undisturbed")
    assert grade(undisturbed, "small").is_complete
    return course, state(undisturbed)


def _at_call(owner: type, name: str, number: int, what: Callable[[], None]) -> None:
    """Do something before the n-th call of a method."""
    method, calls = getattr(owner, name), itertools.count(1)

    def counted(*arguments: Any, **named: Any) -> Any:
        if next(calls) == number:
            what()
        return method(*arguments, **named)

    setattr(owner, name, counted)


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(
    ("owner", "name", "number"),
    [(Worker, "_next", 1), (Worker, "run", 2), (GradebookWriter, "record", 3), (Worker, "run", 8)],
    ids=["workers-start", "second-job", "third-record", "last-job"],
)
def test_no_worker_outlives_a_kill(
    real_class: tuple[Course, State], tmp_path: Path, owner: type, name: str, number: int
) -> None:
    course, expected = copy_of(real_class[0], tmp_path / "course"), real_class[1]

    def work() -> None:
        _at_call(owner, name, number, _kill)
        run_command(course)

    assert ends(work) == -signal.SIGKILL
    run = grade(course, "small")
    assert run.is_complete
    assert run.by_status()[Status.GRADED] >= 1
    assert state(course) == expected


@pytest.mark.parametrize(
    ("owner", "name", "number", "arguments"),
    [
        (Worker, "_next", 1, []),
        (Worker, "run", 3, ["--json"]),
        (GradebookWriter, "record", 2, []),
    ],
    ids=["workers-start", "third-job", "second-record"],
)
def test_an_interrupt_ends_it_cleanly(
    real_class: tuple[Course, State], tmp_path: Path, owner: type, name: str, number: int, arguments: list[str]
) -> None:
    course, expected = copy_of(real_class[0], tmp_path / "course"), real_class[1]
    endless = "while True: pass"
    hand_in(course, "student-9", small=solved(course, total=endless))
    patient = (course.root / "nbgrader_config.py").read_text().replace("cpu_seconds = ", "cpu_seconds = 1000")
    (course.root / "nbgrader_config.py").write_text(patient)

    def work() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _at_call(owner, name, number, lambda: os.kill(os.getpid(), signal.SIGINT))
        run_command(course, *arguments)

    said = tmp_path / "stderr"
    assert ends(work, said) == 130
    assert said.read_text().splitlines()[-1] == "stopped; nothing is left half done: run the command again to go on"
    assert "Traceback" not in said.read_text()
    shutil.rmtree(course.submitted / "student-9")
    shutil.copy(real_class[0].root / "nbgrader_config.py", course.root)
    assert grade(load_course(course.root), "small").is_complete
    assert state(course) == expected


def test_two_commands_at_the_same_time(real_class: tuple[Course, State], tmp_path: Path) -> None:
    course, expected = copy_of(real_class[0], tmp_path / "course"), real_class[1]
    pids = [fork(lambda: run_command(course, "--json", "--jobs", "1"), tmp_path / f"stderr-{n}") for n in range(2)]
    assert [end_of(pid) for pid in pids] == [0, 0]
    assert state(course) == expected
