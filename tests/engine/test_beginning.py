"""Beginnings that are run once: what each submission gets is what it would get alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from gabarito.engine import Worker, WorkerSpec
from gabarito.engine.sandbox import make_sandbox
from gabarito.model import Contract, Job, JobCell, JobFile, Limits, Mode, Outcome, Report, Role

APART = Contract(mode=Mode.TWO_PROCESS, fetch=("total",), is_being_written=True)
ONCE = "import os\nonce = os.urandom(8).hex()\n"


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker(WorkerSpec(preload=("numpy", "torch"))) as started:
        yield started


def _job(given: str, answer: str = "", test: str = "", *, files: tuple[JobFile, ...] = (), **limits: float) -> Job:
    cells = [
        JobCell(index=0, id="given", role=Role.GIVEN, source=given),
        JobCell(index=1, id="answer", role=Role.ANSWER, source=answer or "def total():\n    return 0"),
        JobCell(index=2, id="shared", role=Role.TEST, source=test),
        JobCell(index=3, id="apart", role=Role.TEST, source=test, contract=APART),
    ]
    return Job(key="job", cells=tuple(cells), files=files, beginning=1, limits=Limits(**limits))  # type: ignore[arg-type]


def _text(report: Report, index: int) -> str:
    return "".join(o.get("text", "") for o in report.cells[index].outputs)


def test_the_first_cells_run_once_and_every_submission_has_them(worker: Worker) -> None:
    given = ONCE + "numbers = [1, 2, 3]\nprint('loaded', once)\nlen(numbers)"
    answer = "numbers.append(4)\nprint(once)\ndef total():\n    return sum(numbers)"
    test = "print(once, len(numbers))\nassert total() == 10"
    job = _job(given, answer, test)
    reports = [worker.run(job), worker.run(job), worker.run(replace(job, beginning=0))]
    assert [r.alone for r in reports] == ["", "", ""]
    assert {c.outcome for r in reports for c in r.cells} == {Outcome.PASSED}
    first, second, alone = ([_text(report, i).split() for i in range(4)] for report in reports)
    once = first[0][1]
    assert first == [["loaded", once], [once], [once, "4"], [once, "3"]]  # the checker's list is its own
    assert second == first
    assert once not in alone[0]
    assert reports[0].cells[0].outputs[1]["data"] == {"text/plain": "3"}
    assert [c.outputs[-1].get("execution_count") for c in (reports[0].cells[0], reports[2].cells[0])] == [1, 1]


def test_one_submission_leaves_nothing_for_the_next(worker: Worker) -> None:
    given = ONCE + "kept = {}\n"
    spoils = "kept['spoilt'] = True\nimport math; math.pi = 3\ntotal = lambda: 1\nopen('left', 'w').write('x')"
    clean = "import math, os\ntotal = lambda: (kept, math.pi > 3.1, os.listdir('.'))"
    test = "print(total())"
    assert {c.outcome for c in worker.run(_job(given, spoils, test)).cells} == {Outcome.PASSED}
    report = worker.run(_job(given, clean, test))
    assert _text(report, 2) == "({}, True, [])\n"
    assert _text(report, 3) == "({}, True, [])\n"


def test_beginnings_and_other_jobs_take_turns(worker: Worker) -> None:
    jobs = [_job(f"{ONCE}which = {i}", test=f"assert which == {i}") for i in range(10)]
    for job in [*jobs, replace(jobs[0], beginning=0), *jobs]:
        report = worker.run(job)
        assert {c.outcome for c in report.cells} == {Outcome.PASSED}
        assert report.alone == ""


def test_files_beside_the_notebook_are_read(worker: Worker) -> None:
    job = _job(
        "numbers = [*map(int, open('data/n.txt'))]",
        test="assert numbers == [1, 2] and open('data/n.txt').read()",
        files=(JobFile("data/n.txt", b"1\n2\n", given=True),),
    )
    report = worker.run(job)
    assert {c.outcome for c in report.cells} == {Outcome.PASSED}
    assert report.alone == ""


def test_each_submission_draws_numbers_of_its_own(worker: Worker) -> None:
    draw = "import random, numpy, torch\nprint(random.random(), numpy.random.rand(), float(torch.rand(1)))"
    job = _job("x = 1", draw + "\ntotal = None")
    one, other = worker.run(replace(job, seed=1)), worker.run(replace(job, seed=2))
    assert _text(one, 1) != _text(other, 1)
    assert _text(one, 1) == _text(worker.run(replace(job, seed=1, beginning=0)), 1)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("1 / 0", "“Cell [given]” raises ZeroDivisionError"),
        ("import random\nrandom.random()", "they draw random numbers, or seed them"),
        ("import numpy\nnumpy.random.seed(1)", "they draw random numbers, or seed them"),
        ("import torch\nx = torch.rand(2)", "they draw random numbers, or seed them"),
        ("import numpy\nrng = numpy.random.default_rng()", "they keep a generator of random numbers"),
        ("import numpy\ndraw = [numpy.random.default_rng(3).normal]", "they keep a generator of random numbers"),
        ("import random\ndef draw(rng=random.Random(1)): pass", "they keep a generator of random numbers"),
        ("import torch\nclass A:\n    rng = torch.Generator()", "they keep a generator of random numbers"),
        ("open('x', 'w').close()", "they write files, or go to another folder"),
        ("import os\nos.chdir('/tmp')", "they write files, or go to another folder"),
        ("import os\nhere = [{'at': os.getcwd()}]", "they keep the path of their folder"),
        ("import pathlib\nhere = pathlib.Path('data').absolute()", "they keep the path of their folder"),
        ("import os\nhere = os.getcwdb()", "they keep the path of their folder"),
        (
            "import os\ndef f():\n    h = os.getcwd()\n    return lambda: h\nf = f()",
            "they keep the path of their folder",
        ),
        ("import os\nos.environ['DATA'] = os.getcwd()", "they keep the path of their folder in the environment"),
        ("import os\nos.write(1, b'x')", "they write to the process’s own output, past Python"),
        ("f = open('/etc/hostname')", "they open files, sockets or a GPU, and leave them open"),
        ("import signal\nsignal.setitimer(signal.ITIMER_VIRTUAL, 1e6)", "they set a timer"),
        (
            "import mmap\nboard = mmap.mmap(-1, 4096)",
            "they make memory or locks that all processes forked from theirs would share",
        ),
        (
            "import multiprocessing\nlock = multiprocessing.Lock()",
            "they make memory or locks that all processes forked from theirs would share",
        ),
        (
            "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()",
            "they start threads or processes that go on",
        ),
        ("import subprocess\np = subprocess.Popen(['sleep', '60'])", "they start threads or processes that go on"),
        ("import helper", "they import helper from a file beside the notebook"),
        ("import time\ntime.sleep(3)", "they take longer than 1 s"),
    ],
)
def test_what_a_fork_would_not_have_is_not_shared(given: str, why: str, worker: Worker) -> None:
    job = _job(given, test="total", files=(JobFile("helper.py", b"x = 1", given=True),), cell_wall_seconds=1.0)
    job = replace(job, cells=job.cells[:3])
    report = worker.run(job)
    assert report.alone == why
    assert [c.outcome for c in report.cells] == [c.outcome for c in worker.run(replace(job, beginning=0)).cells]


def test_a_beginning_that_ends_its_process_is_not_shared(worker: Worker) -> None:
    job = _job("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    report = worker.run(replace(job, cells=job.cells[:3]))  # no cell of it runs in the checker
    assert report.alone == "they end the process"
    assert report.cells[0].outcome is Outcome.CRASHED


def test_generators_that_everybody_has_are_no_reason(worker: Worker) -> None:
    report = worker.run(
        _job("from random import random\nfrom numpy.random import rand\nimport torch\nrandn = torch.randn")
    )
    assert report.alone == ""


def test_what_the_first_cells_used_counts(worker: Worker) -> None:
    work = "import time\nend = time.process_time() + 0.5\nwhile time.process_time() < end: pass\n"
    given, busy = work + "big = bytearray(100 << 20)", work + "total = 1"
    report = worker.run(_job(given, busy, notebook_cpu_seconds=0.9))
    assert report.alone == ""
    assert report.cells[1].outcome is Outcome.TIMEOUT
    assert "0.9 s of CPU time in all" in report.cells[1].message
    greedy = "more = bytearray(80 << 20)\ntotal = 1\nimport time; time.sleep(1)"
    report = worker.run(_job(given, greedy, memory_bytes=150 << 20))
    assert report.alone == ""
    assert report.cells[1].outcome is Outcome.MEMORY
    assert "150 MiB" in report.cells[1].message


def test_large_files_are_not_shared(worker: Worker) -> None:
    report = worker.run(_job("x = 1", "total = 1", files=(JobFile("large", bytes(33 << 20), given=True),)))
    assert report.alone == "the files beside the notebook are larger than 32 MiB"
    assert {c.outcome for c in report.cells} == {Outcome.PASSED}


@pytest.mark.parametrize("name", ["bubblewrap", "podman"])
def test_in_a_sandbox_the_cells_run_once_too(name: str, request: pytest.FixtureRequest) -> None:
    sandbox = make_sandbox(name, request.getfixturevalue("cpu_image") if name == "podman" else "")
    if problem := sandbox.problem():
        pytest.skip(f"{name}: {problem}")
    job = _job(ONCE + "numbers = [1, 2]", "print(once)\ntotal = 1", "assert numbers == [1, 2] and total == 1")
    with Worker(WorkerSpec(preload=("numpy", "torch"), sandbox=sandbox)) as started:
        reports = [started.run(job) for _ in range(2)]
    assert [r.alone for r in reports] == ["", ""]
    assert {c.outcome for r in reports for c in r.cells} == {Outcome.PASSED}
    assert _text(reports[0], 1) == _text(reports[1], 1)
