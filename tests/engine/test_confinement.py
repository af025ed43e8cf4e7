"""What a student process can't reach, where the tests run as root; elsewhere the worker says what is missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gabarito.engine import Worker, WorkerSpec
from gabarito.model import Outcome
from tests.engine.jobs import job

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user can't take rights away from a process")


@needs_root
@pytest.mark.parametrize(
    "source",
    [
        "import socket; socket.create_connection(('192.0.2.1', 80), timeout=5)",
        "open('/etc/shadow').read()",
        "open('/etc/gabarito-was-here', 'w')",
        "import os; os.setuid(0)",
        "import os; os.kill(1, 9)",
        "import os; os.chroot('/')",
        "open('/proc/1/environ').read()",
        "import gabarito; open(gabarito.__file__, 'a')",
        "import sys; open(sys.prefix + '/x', 'w')",
        "import os; os.mkdir('/root/' + 'x')",
    ],
)
def test_out_of_reach(worker: Worker, source: str) -> None:
    (cell,) = worker.run(job(source)).cells
    assert cell.outcome is Outcome.ERROR
    assert cell.error in {"PermissionError", "OSError", "FileNotFoundError", "ProcessLookupError"}


@needs_root
def test_hidden_folders_look_empty_but_for_python(tmp_path: Path) -> None:
    (tmp_path / "gradebook.db").write_text("scores")
    source = (
        f"import os; assert not os.path.exists({str(tmp_path / 'gradebook.db')!r})\nimport json.tool, gabarito.model"
    )
    with Worker(WorkerSpec(hide=(str(tmp_path),))) as worker:
        assert worker.weak == ()
        (cell,) = worker.run(job(source)).cells
    assert (cell.outcome, cell.message) == (Outcome.PASSED, "")
    assert (tmp_path / "gradebook.db").read_text() == "scores"


@needs_root
def test_only_its_own_processes_are_seen(worker: Worker) -> None:
    source = "import os\nsorted(int(p) for p in os.listdir('/proc') if p.isdigit()) == [os.getpid()]"
    assert worker.run(job(source)).cells[0].value == "True"


@needs_root
def test_nothing_of_one_job_is_there_for_the_next(worker: Worker) -> None:
    leave = "import tempfile, os\nfor d in ('/tmp', '/dev/shm', '/var/tmp', '.'): open(f'{d}/left', 'w').write('x')"
    find = "import os\n[d for d in ('/tmp', '/dev/shm', '/var/tmp', '.') if os.path.exists(f'{d}/left')]"
    assert worker.run(job(leave)).cells[0].outcome is Outcome.PASSED
    assert worker.run(job(find)).cells[0].value == "[]"


def test_a_student_holds_no_descriptor_but_its_own(worker: Worker) -> None:
    source = "import os\nlen([f for f in os.listdir('/proc/self/fd')])"
    value = worker.run(job(source)).cells[0].value
    assert value is not None
    assert int(value) <= 5  # 0, 1, 2, the checker's socket, and the folder that listdir reads
