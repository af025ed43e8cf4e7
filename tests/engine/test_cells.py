"""What a notebook's cells can do, as they do it in Jupyter."""

from __future__ import annotations

import pytest

from gabarito.engine import Worker
from gabarito.model import CellReport, JobFile, Outcome
from tests.engine.jobs import checked, job


def run(worker: Worker, *sources: str) -> list[CellReport]:
    return list(worker.run(job(*sources)).cells)


def text_of(cell: CellReport, name: str = "stdout") -> str:
    return "".join(o["text"] for o in cell.outputs if o["output_type"] == "stream" and o["name"] == name)


@pytest.mark.parametrize(
    "source",
    [
        "%time 1 + 1",
        "%%time\nx = 1",
        "!echo from a shell",
        "%%bash\necho from bash",
        "found = !ls\nassert found == []",
        "import asyncio\nawait asyncio.sleep(0)",
        "%env NAME=value",
        "get_ipython().run_line_magic('who', '')",
        "import os\npid = os.fork()\npid or os._exit(7)\nassert os.waitpid(pid, 0)[1] == 7 << 8",
        "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(2) as e: list(e.map(abs, [1, 2]))",
        "import tempfile\nwith tempfile.TemporaryFile() as f: f.write(b'x')",
        "import subprocess\nassert subprocess.run(['echo', 'x'], capture_output=True).stdout == b'x\\n'",
        "with open('written.txt', 'w') as f: f.write('x')",
        "class A:\n    def __repr__(self): return 'A'\nA()",
        "import sqlite3\nsqlite3.connect(':memory:').execute('select 1')",
        "def f():\n    yield 1\nlist(f())",
        "assert __name__ == '__main__'",
        "import socket\na = socket.create_server(('127.0.0.1', 0))\nb = socket.create_connection(a.getsockname())",
    ],
)
def test_ordinary_cells_pass(worker: Worker, source: str) -> None:
    (cell,) = run(worker, source)
    assert (cell.outcome, cell.message) == (Outcome.PASSED, "")


def test_names_live_from_cell_to_cell_and_not_from_job_to_job(worker: Worker) -> None:
    assert [c.outcome for c in run(worker, "x = 1", "assert x == 1")] == [Outcome.PASSED] * 2
    (cell,) = run(worker, "x")
    assert (cell.outcome, cell.error) == (Outcome.ERROR, "NameError")


def test_an_error_does_not_stop_the_cells_after_it(worker: Worker) -> None:
    outcomes = [c.outcome for c in run(worker, "1 / 0", "print('on')", "raise ValueError('no')")]
    assert outcomes == [Outcome.ERROR, Outcome.PASSED, Outcome.ERROR]


def test_the_value_of_the_last_expression_is_the_result(worker: Worker) -> None:
    plain, silent, nothing = run(worker, "0.5 + 1", "2;", "None")
    assert plain.value == "1.5"
    assert plain.outputs[0]["output_type"] == "execute_result"
    assert plain.outputs[0]["execution_count"] == 1
    assert (silent.value, silent.outputs) == (None, ())
    assert (nothing.value, nothing.outputs) == (None, ())


def test_outputs_keep_their_order(worker: Worker) -> None:
    (cell,) = run(worker, "import sys\nprint('a')\ndisplay('b')\nprint('c')\nprint('d', file=sys.stderr)\n'e'")
    kinds = [(o["output_type"], o.get("name") or o["data"]["text/plain"]) for o in cell.outputs]
    assert kinds == [
        ("stream", "stdout"),
        ("display_data", "'b'"),
        ("stream", "stdout"),
        ("stream", "stderr"),
        ("execute_result", "'e'"),
    ]


def test_what_is_written_past_python_is_kept(worker: Worker) -> None:
    (cell,) = run(worker, "import os\nos.write(1, b'one\\n')\nos.system('echo two')\nNone")
    assert text_of(cell) == "one\ntwo\n"


def test_a_progress_bar_is_shown_as_it_ends(worker: Worker) -> None:
    (cell,) = run(worker, "for i in range(100): print(f'\\rat {i}', end='')\nprint()")
    assert text_of(cell) == "at 99\n"


def test_clear_output_and_updates(worker: Worker) -> None:
    from_clear, from_update = run(
        worker,
        "from IPython.display import clear_output\nprint('old')\nclear_output(wait=True)\nprint('new')",
        "handle = display('old', display_id=True)\nhandle.update('new')",
    )
    assert text_of(from_clear) == "new\n"
    assert [o["data"]["text/plain"] for o in from_update.outputs] == ["'new'"]


def test_stderr_is_no_failure(worker: Worker) -> None:
    (cell,) = run(worker, "import warnings\nwarnings.warn('careful')")
    assert cell.outcome is Outcome.PASSED
    assert "careful" in text_of(cell, "stderr")


def test_a_failed_assertion_of_a_test_is_no_error_of_the_student(worker: Worker) -> None:
    failed = worker.run(checked("assert answer == 2, 'not two'", before="answer = 1")).cells[1]
    assert (failed.outcome, failed.message) == (Outcome.FAILED, "AssertionError: not two")
    error = worker.run(checked("assert answer == 2", before="nothing = 1")).cells[1]
    assert (error.outcome, error.error) == (Outcome.ERROR, "NameError")


@pytest.mark.parametrize(
    ("answer", "region"),
    [("0", None), ("1", 0), ("2", 1), ("3", None)],
)
def test_the_hidden_region_that_failed_is_named(worker: Worker, answer: str, region: int | None) -> None:
    source = "assert x != 0\n### BEGIN\nassert x != 1\n### END\n### BEGIN\nassert x != 2\n### END\nassert x != 3"
    cell = worker.run(checked(source, (2, 4), (5, 7), before=f"x = {answer}")).cells[1]
    assert cell.outcome is Outcome.FAILED
    assert cell.in_hidden == region


def test_a_helper_called_from_a_hidden_line_counts_as_hidden(worker: Worker) -> None:
    source = "def check(x):\n    assert x\ncheck(True)\n### BEGIN\ncheck(False)\n### END"
    assert worker.run(checked(source, (4, 6))).cells[1].in_hidden == 0


def test_our_own_frames_are_not_in_tracebacks(worker: Worker) -> None:
    (cell,) = run(worker, "input()")
    assert "gabarito" not in "".join(cell.outputs[-1]["traceback"])


def test_files_lie_beside_the_notebook(worker: Worker) -> None:
    files = (JobFile("data/x.txt", b"42"), JobFile("helper.py", b"y = 43"))
    report = worker.run(job("open('data/x.txt').read()", "import helper\nhelper.y", files=files))
    assert [c.value for c in report.cells] == ["'42'", "43"]


def test_the_seed_decides_the_random_state(worker: Worker) -> None:
    source = "import random\nrandom.random()"
    one, same, other = (worker.run(job(source, seed=seed)).cells[0].value for seed in (1, 1, 2))
    assert one == same != other


def test_text_beyond_the_kept_part_is_counted(worker: Worker) -> None:
    (cell,) = run(worker, "print('x' * 10**6)")
    assert cell.outcome is Outcome.PASSED
    assert len(text_of(cell)) < 300_000


def test_lines_of_a_cell_are_in_its_traceback(worker: Worker) -> None:
    (cell,) = run(worker, "x = 1\nassert x == 2, 'why'")
    told = "\n".join(cell.outputs[-1]["traceback"])
    assert "line 2" in told
    assert "assert x == 2" in told


@pytest.mark.parametrize(
    "source",
    [
        "In [1]: x = 5",
        ">>> x = 5",
        "  x = 5",
        "%time x = 5",
        "from IPython import get_ipython\nx = %sx echo 5\nx = int(x[0])",
        "x = (10\n%8) + 3",
    ],
)
def test_python_and_what_only_ipython_understands(worker: Worker, source: str) -> None:
    first, second = run(worker, source, "x")
    assert (first.outcome, second.value) == (Outcome.PASSED, "5")


def test_a_transformer_that_a_notebook_registers_is_used(worker: Worker) -> None:
    register = "get_ipython().input_transformers_post.append(lambda lines: [l.replace('ONE', '1') for l in lines])"
    assert [c.value for c in run(worker, register, "ONE = 5", "1 + 1", "ONE")] == [None, None, "2", "1"]
