"""The filter of system calls, in the kernel."""

from __future__ import annotations

import builtins
from typing import Any

import pytest

from gabarito.engine import Worker, WorkerSpec
from gabarito.engine.sandbox import seccomp
from gabarito.engine.sandbox.process import ProcessSandbox
from gabarito.engine.sandbox.protocol import Command, Request
from tests.engine.jobs import job

_CALL = "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nctypes.set_errno(0)\n"


def test_a_filter_is_compiled_once_for_this_machine() -> None:
    compiled, problem = seccomp.system_call_filter()
    assert problem == ""
    assert len(compiled) % 8 == 0
    assert seccomp.system_call_filter()[0] is compiled


@pytest.mark.parametrize(
    ("call", "number"),
    [
        ("libc.unshare(0x10000000)", 1),
        ("libc.unshare(0x40000000)", 1),
        ("libc.mount(b'none', b'/tmp', b'tmpfs', 0, b'')", 1),
        ("libc.ptrace(0, 0, 0, 0)", 1),
        ("libc.chroot(b'/')", 1),
        ("libc.socket(40, 1, 0)", 97),
        ("libc.socket(38, 5, 0)", 97),
        ("libc.socket(17, 3, 0)", 97),
        ("libc.socket(2, 1, 0)", 0),
        ("libc.socket(1, 1, 0)", 0),
        ("libc.socket(16, 3, 0)", 0),
        ("libc.getpid()", 0),
    ],
)
def test_dangerous_calls_are_refused_and_others_are_not(worker: Worker, call: str, number: int) -> None:
    (cell,) = worker.run(job(f"{_CALL}{call}, ctypes.get_errno()")).cells
    assert cell.value is not None, cell.message
    result, found = cell.value.strip("()").split(", ")
    assert int(found) == number
    assert (int(result) < 0) == bool(number)


def test_threads_and_processes_still_start(worker: Worker) -> None:
    source = (
        "import subprocess, threading\nt = threading.Thread(target=int); t.start(); t.join()\n"
        "subprocess.run(['true']).returncode"
    )
    assert worker.run(job(source)).cells[0].value == "0"


@pytest.mark.parametrize("error", [ImportError("no such module"), RuntimeError("no libseccomp")])
def test_a_machine_without_the_library_says_so(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "pyseccomp":
            raise error
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    assert seccomp.system_call_filter.__wrapped__() == (
        b"",
        f"system calls are not filtered ({error}; install libseccomp 2)",
    )


def test_a_kernel_that_refuses_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(lib: object) -> bytes:
        raise OSError("the kernel is too old")

    monkeypatch.setattr(seccomp, "_compile", refuse)
    assert "too old" in seccomp.system_call_filter.__wrapped__()[1]


class _Unfiltered(ProcessSandbox):
    """As on a machine without the library."""

    def command(self, request: Request) -> Command:
        return super().command(Request(preload=request.preload))


def test_without_a_filter_the_worker_works_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gabarito.engine.worker.system_call_filter", lambda: (b"", "system calls are not filtered"))
    with Worker(WorkerSpec(sandbox=_Unfiltered())) as worker:
        assert "system calls are not filtered" in worker.weak
        assert worker.run(job("open('/proc/self/status').read().count('Seccomp:\\t0')")).cells[0].value == "1"
