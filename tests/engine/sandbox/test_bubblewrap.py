"""The command line of bubblewrap, and a worker below the real one."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from gabarito.engine import Worker, WorkerSpec
from gabarito.engine.sandbox import Request
from gabarito.engine.sandbox.bubblewrap import BubblewrapSandbox, _path_of_workers
from gabarito.model import Outcome
from tests.engine.jobs import job
from tests.engine.sandbox.programs import Says, put_program

needs_bubblewrap = pytest.mark.skipif(
    shutil.which("bwrap") is None or os.geteuid() != 0, reason="bubblewrap is not installed, or this is not root"
)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (None, "apt-get install bubblewrap"),
        ({"--unshare-ipc": Says(stderr="bwrap: No permissions to create new user namespace", status=1)}, "namespaces"),
        ({"--unshare-ipc": Says(stderr="bwrap: odd", status=1)}, "does not start: bwrap: odd"),
        ({"--unshare-ipc": Says(status=7)}, "does not start: status 7"),
        ({}, ""),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answers: dict[str, Says] | None, words: str
) -> None:
    put_program(monkeypatch, tmp_path, "bwrap", answers)
    problem = BubblewrapSandbox().problem()
    assert words in problem
    assert bool(problem) == bool(words)


def test_a_program_that_hangs_is_a_problem_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put_program(monkeypatch, tmp_path, "bwrap", {})
    monkeypatch.setattr("gabarito.engine.sandbox.bubblewrap._TRY_SECONDS", 0.0)
    assert "timed out" in BubblewrapSandbox().problem()


@pytest.mark.parametrize("user", [0, 1000])
def test_the_command_line_shows_little(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, user: int) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])  # such as the folder of a script that calls us
    argv = BubblewrapSandbox().command(Request(data={"d": str(tmp_path / "d")})).argv
    line = " ".join(argv)
    for part in ("--unshare-net", "--unshare-pid", "--unshare-ipc", "--die-with-parent", "--cap-drop ALL"):
        assert part in line
    assert f"--ro-bind {tmp_path / 'd'} /data/d" in line
    assert str(tmp_path) not in [a for a in argv if a != str(tmp_path / "d")]
    assert "--bind" not in argv
    assert ("--unshare-user" in argv) == (user != 0)
    assert ("CAP_SETUID" in argv) == (user == 0)
    assert ("one user id" in " ".join(BubblewrapSandbox().lacks.values())) == (user != 0)


@needs_bubblewrap
def test_a_worker_below_it_sees_its_own_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "numbers"
    folder.mkdir()
    (folder / "one").write_text("1")
    with Worker(WorkerSpec(sandbox=BubblewrapSandbox(), data={"numbers": str(folder)})) as worker:
        assert worker.weak == ()
        assert worker.origin.sandbox == "bubblewrap"
        read = worker.run(job("import os\nopen('numbers/one').read(), os.getuid() > 0, os.path.exists('/etc/passwd')"))
        assert read.cells[0].value == "('1', True, False)"
        write = worker.run(job("open('numbers/two', 'w')")).cells[0]
        assert (write.outcome, write.error) == (Outcome.ERROR, "OSError")


@needs_bubblewrap
def test_packages_below_a_temporary_folder_stay_in_sight(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("below-tmp")
    assert str(folder).startswith("/tmp/")
    package = folder / "site"
    package.mkdir()
    (package / "a_package_below_tmp.py").write_text("WORD = 'seen'")
    (folder / "private").write_text("not for students")
    for parent in (folder, *folder.parents[:-2]):
        parent.chmod(0o755)
    monkeypatch.setenv("PYTHONPATH", str(package))
    _path_of_workers.cache_clear()
    code = "import os, a_package_below_tmp as p\n"
    code += f"p.WORD, os.path.exists({str(folder / 'private')!r}), os.access(p.__file__, os.W_OK)"
    try:
        with Worker(WorkerSpec(sandbox=BubblewrapSandbox())) as worker:
            for _ in range(2):
                seen = worker.run(job(f"open('/tmp/x', 'w').close()\n{code}")).cells[0]
                assert (seen.value, seen.error) == ("('seen', False, False)", "")
    finally:
        _path_of_workers.cache_clear()
