"""Notebooks of other languages: a kernel below the student process, with the same limits and outcomes."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gabarito.engine import Worker, WorkerSpec
from gabarito.engine.sandbox import kernels
from gabarito.engine.sandbox.bubblewrap import BubblewrapSandbox
from gabarito.model import Job, JobFile, Limits, Mode, Outcome, Report, Role
from tests.engine.jobs import checked, job
from tests.engine.sandbox.test_bubblewrap import needs_bubblewrap

LIMITS = Limits(
    cell_cpu_seconds=1.0, idle_seconds=3.0, memory_bytes=400 << 20, output_bytes=64 << 10, kept_output_bytes=4 << 10
)


def run(worker: Worker, given: Job, kernel: str = "python3") -> Report:
    """How this job ends in a kernel. One of Python's is on every machine; to the engine it is like any other."""
    return worker.run(replace(given, kernel=kernel, limits=LIMITS))


def outcomes(report: Report) -> list[Outcome]:
    return [cell.outcome for cell in report.cells]


def test_outputs_values_and_files_are_those_of_the_kernel(worker: Worker) -> None:
    file = JobFile("data/n.txt", b"7", given=True)
    sources = (
        "from IPython.display import display\nn = int(open('data/n.txt').read())\nprint(n)\ndisplay(n)",
        "",
        "n + 0.5",
        "%%bash\necho said; echo blamed >&2",
        "from IPython.display import clear_output\nprint('gone')\nclear_output()\nprint('here')",
    )
    report = run(worker, job(*sources, files=(file,)))
    assert set(outcomes(report)) == {Outcome.PASSED}
    said, _, value, shell, cleared = (cell.outputs for cell in report.cells)
    assert [o["output_type"] for o in said] == ["stream", "display_data"]
    assert said[0]["text"] == "7\n"
    assert report.cells[2].value == value[0]["data"]["text/plain"] == "7.5"
    assert sorted((o["name"], o["text"]) for o in shell) == [("stderr", "blamed\n"), ("stdout", "said\n")]
    assert [o["text"] for o in cleared] == ["here\n"]


def test_a_test_in_a_kernel_is_in_shared_mode(worker: Worker) -> None:
    passed = run(worker, checked("assert x == 1", before="x = 1")).cells[1]
    assert (passed.outcome, passed.mode) == (Outcome.PASSED, Mode.SHARED)
    failed = run(worker, checked("assert x == 2", before="x = 1")).cells[1]
    assert (failed.outcome, failed.error, failed.mode) == (Outcome.FAILED, "AssertionError", Mode.SHARED)
    assert failed.outputs[-1]["output_type"] == "error"
    raised = run(worker, checked("assert y == 2", before="x = 1")).cells[1]
    assert (raised.outcome, raised.message) == (Outcome.ERROR, "NameError: name 'y' is not defined")


def test_the_next_cell_runs_after_an_error_and_a_limit(worker: Worker) -> None:
    report = run(worker, job("x = 1\n1 / 0", "while True: pass", "print('y' * 100_000)", "x"))
    assert outcomes(report) == [Outcome.ERROR, Outcome.TIMEOUT, Outcome.OUTPUT, Outcome.PASSED]
    assert "1 s of CPU time" in report.cells[1].message
    assert report.cells[3].value == "1"


def test_a_kernel_that_sleeps_or_takes_too_much_is_stopped(worker: Worker) -> None:
    slept = run(worker, job("import time\ntime.sleep(60)", "1"))
    assert outcomes(slept) == [Outcome.TIMEOUT, Outcome.PASSED]
    full = run(
        worker, job("import time\nx = bytearray(800 << 20)\nx[::4096] = b'1' * len(x[::4096])\ntime.sleep(9)", "1")
    )
    assert outcomes(full) in ([Outcome.MEMORY, Outcome.NOT_RUN], [Outcome.ERROR, Outcome.PASSED])
    assert "memory" in (full.cells[0].message + full.cells[0].error).lower()


def test_a_kernel_that_dies_ends_the_notebook(worker: Worker) -> None:
    report = run(worker, job("1", "import os\nos._exit(3)", "1"))
    assert outcomes(report) == [Outcome.PASSED, Outcome.CRASHED, Outcome.NOT_RUN]
    assert outcomes(run(worker, job("1"))) == [Outcome.PASSED]


def test_a_kernel_that_is_not_there_costs_nobody_a_point(worker: Worker) -> None:
    report = run(worker, job("1", "2"), kernel="klingon")
    assert outcomes(report) == [Outcome.UNGRADED, Outcome.UNGRADED]
    assert "the kernel “klingon” is not installed" in report.cells[0].message
    assert "python3" in report.cells[0].message
    assert outcomes(run(worker, job("1"))) == [Outcome.PASSED]


@needs_bubblewrap
def test_a_kernel_of_the_machine_is_seen_in_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> None:
    with Worker(WorkerSpec(sandbox=BubblewrapSandbox())) as worker:
        report = run(worker, job("import getpass, os\nos.getuid() != 0"))
    assert [cell.value for cell in report.cells] == ["True"]


def test_folders_of_kernels_are_named_by_the_folder_above_them(monkeypatch: pytest.MonkeyPatch) -> None:
    folders = ("/one/jupyter/kernels", "/two/kernels")
    monkeypatch.setattr(kernels, "kernel_folders", lambda: folders)
    assert kernels.kernel_path() == "/one/jupyter:/two"


def test_a_role_changes_nothing_for_the_kernel(worker: Worker) -> None:
    given = job("x = 1", "x")
    cells = tuple(replace(cell, role=Role.GIVEN) for cell in given.cells)
    assert run(worker, replace(given, cells=cells)).cells[1].value == "1"
