"""Workers that are forked from one process: they share its memory, and nothing else."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gabarito.engine import Worker, WorkerSpec
from gabarito.engine.conformance.grounds import processes_with
from gabarito.engine.forks import DESCRIPTORS, serve_forks
from gabarito.engine.processes import descendants, own_bytes
from gabarito.engine.sandbox import make_sandbox
from gabarito.engine.template import Template
from gabarito.errors import EngineError
from gabarito.model import Outcome
from tests.engine.jobs import job

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's workers share the machine anyway")

# One shows itself in every way until the other has looked; the child is there for the test to see.
_SHOWS = """
import os, socket, subprocess, sys, time
for folder in ("/tmp", "/var/tmp", "/dev/shm"):
    open(f"{folder}/shown", "w").write("x")
plain = socket.create_server(("127.0.0.1", 45_454))
hidden = socket.socket(socket.AF_UNIX)
hidden.bind(chr(0) + "shown")
hidden.listen()
child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()", TOKEN], stdin=subprocess.PIPE)
end = time.monotonic() + 60
while not os.path.exists("signs/go") and time.monotonic() < end:
    time.sleep(0.02)
child.kill()
"""
_LOOKS = """
import os, socket
found = [f for f in ("/tmp", "/var/tmp", "/dev/shm") if os.path.exists(f"{f}/shown")]
for family, address in ((socket.AF_INET, ("127.0.0.1", 45_454)), (socket.AF_UNIX, chr(0) + "shown")):
    with socket.socket(family) as tried:
        try:
            tried.connect(address)
        except OSError:
            continue
        found.append(address)
found += [pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) != os.getpid()]
found
"""


@pytest.fixture(params=["process", "bubblewrap"])
def spec(request: pytest.FixtureRequest, tmp_path: Path) -> WorkerSpec:
    sandbox = make_sandbox(request.param)
    if problem := sandbox.problem():
        pytest.skip(f"{request.param}: {problem}")
    if not sandbox.forks_workers:
        pytest.skip(f"{request.param}: workers can't be parted in it")
    return WorkerSpec(preload=("numpy",), data={"signs": str(tmp_path)}, sandbox=sandbox)


@pytest.fixture
def template(spec: WorkerSpec) -> Iterator[Template]:
    started = Template(spec)
    yield started
    started.close()


def test_they_run_jobs_like_any_other(spec: WorkerSpec, template: Template) -> None:
    with Worker(spec, None, template) as one, Worker(spec, None, template) as two, Worker(spec) as alone:
        for number, worker in enumerate((one, two, one)):
            value = worker.run(job(f"import numpy\nint(numpy.arange({number} + 2).sum())")).cells[0].value
            assert value == str(sum(range(number + 2)))
        assert (one.weak, one.missing, one.origin) == (alone.weak, alone.missing, alone.origin)
        assert two.run(job("import socket\nserver = socket.create_server(('127.0.0.1', 0))")).cells[0].message == ""


def test_they_share_what_was_imported(spec: WorkerSpec, template: Template) -> None:
    """Of the memory of a worker that was started by itself, one that was forked has less than a fifth."""

    def own(worker: Worker) -> int:
        return sum(own_bytes(pid) for pid in (worker.root, *descendants(worker.root)))

    with Worker(spec) as alone, Worker(spec, None, template) as forked:
        assert 0 < own(forked) < own(alone) / 5


@needs_root
def test_they_see_nothing_of_each_other(spec: WorkerSpec, template: Template, tmp_path: Path) -> None:
    token = f"shown-{os.getpid()}-{spec.sandbox.name}"
    with Worker(spec, None, template) as one, Worker(spec, None, template) as two, ThreadPoolExecutor(1) as pool:
        showing = pool.submit(one.run, job(_SHOWS.replace("TOKEN", repr(token))))
        try:
            while not processes_with(token):
                assert not showing.done(), showing.result()
            (looked,) = two.run(job(_LOOKS)).cells
        finally:
            (tmp_path / "go").touch()
        assert (looked.outcome, looked.value, looked.message) == (Outcome.PASSED, "[]", "")
        (shown,) = showing.result().cells
        assert (shown.outcome, shown.message) == (Outcome.PASSED, "")


def test_one_that_is_killed_ends_alone(spec: WorkerSpec, template: Template) -> None:
    with Worker(spec, None, template) as killed, Worker(spec, None, template) as other:
        below = [killed.pid, *descendants(killed.pid)]
        handles = [os.pidfd_open(pid) for pid in below]
        killed.kill()
        with pytest.raises(EngineError, match="worker ended"):
            killed.run(job("1"))
        _wait_for(handles)
        killed.kill()  # it has ended: nothing is left to be killed
        assert other.run(job("6 * 7")).cells[0].value == "42"


def test_all_end_with_the_template(spec: WorkerSpec, template: Template) -> None:
    worker = Worker(spec, None, template)
    handles = [os.pidfd_open(pid) for pid in (template.pid, *descendants(template.pid))]
    assert len(handles) > 1
    os.kill(template.pid, signal.SIGKILL)
    _wait_for(handles)
    with pytest.raises(EngineError, match="worker ended"):
        worker.run(job("1"))
    with pytest.raises(EngineError, match="no worker could be forked from the template"):
        Worker(spec, None, template)


def test_one_that_takes_its_time_to_end_is_waited_for(template: Template, spec: WorkerSpec) -> None:
    with tempfile.TemporaryFile() as said:
        forked = template.fork(said, 600)
        with pytest.raises(subprocess.TimeoutExpired, match="worker"):
            forked.wait(0.001)
        forked.kill()
        forked.wait()
        forked.wait()  # known by now
        for stream in (forked.stdin, forked.stdout):
            stream.close()


def test_a_template_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/no/such/python")
    with pytest.raises(EngineError, match=r"no worker can be started in process: .*/no/such/python"):
        Template(WorkerSpec())


def test_a_template_that_breaks_tells_what_it_said() -> None:
    template = Template(WorkerSpec(preload=("gabarito_no_such_thing",), data={"x": "/proc/self/no/such/place"}))
    try:
        os.kill(template.pid, signal.SIGSTOP)
        template._log.write(b"it can't go on\n")
        template._log.flush()
        os.kill(template.pid, signal.SIGKILL)
        with (
            pytest.raises(EngineError, match="from the template; it said: it can't go on"),
            tempfile.TemporaryFile() as said,
        ):
            template.fork(said, 600)
    finally:
        template.close()


def test_a_kernel_without_handles_of_processes_forks_nothing_that_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer then comes without one; the worker ends when its pipes are closed."""

    def refuses(pid: int) -> int:
        raise OSError(38, "not implemented")

    ours, theirs = socket.socketpair()
    with monkeypatch.context() as patch, tempfile.TemporaryFile() as file:
        patch.setattr(os, "pidfd_open", refuses)
        patch.setattr(os, "fork", os.getpid)
        socket.send_fds(ours, [b"f"], [file.fileno()] * DESCRIPTORS)
        ours.shutdown(socket.SHUT_WR)
        assert serve_forks(theirs.detach()) is None
    assert socket.recv_fds(ours, 1, 1)[:2] == (b"f", [])
    ours.close()


def _wait_for(handles: list[int]) -> None:
    """Wait until these processes have ended; it fails after a minute."""
    for handle in handles:
        assert select.select([handle], [], [], 60)[0]
        os.close(handle)
