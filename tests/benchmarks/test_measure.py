"""The accounting sees every process that a command starts, however far down and whoever its parent is by then."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from benchmarks.measure import Cost, measure

# Each process burns some CPU time and adds what it has used, by its own clock, to a file.
_TREE = """
import os, sys, time

def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    with open("used", "a") as f:
        f.write(f"{time.process_time()}\\n")

def child(*work):
    pid = os.fork()
    if pid == 0:
        for each in work:
            each()
        os._exit(0)
    return pid
"""
_BURN = 0.25


def _run(folder: Path, script: str, burners: int) -> Cost:
    """Run a script that has `burners` processes burn CPU time; none of them may be missing from what is counted."""
    command = [sys.executable, "-c", _TREE + script]
    cost = measure(command, folder=folder, environment=os.environ)
    used = [float(line) for line in (folder / "used").read_text().split()]
    assert len(used) == burners
    assert all(u >= _BURN for u in used)
    assert cost.cpu >= sum(used) - 0.01
    return cost


def test_a_child_of_a_child_counts(tmp_path: Path) -> None:
    _run(
        tmp_path,
        f"""
def below():
    os.waitpid(child(lambda: burn({_BURN})), 0)

os.waitpid(child(lambda: burn({_BURN}), below), 0)
burn({_BURN})
""",
        burners=3,
    )


def test_an_orphan_in_a_session_of_its_own_counts(tmp_path: Path) -> None:
    """Its parent is gone, and so is the command itself, before it has done its work."""
    _run(
        tmp_path,
        f"""
orphan = lambda: child(os.setsid, lambda: burn({_BURN}))
os.waitpid(child(orphan), 0)
""",
        burners=1,
    )


def test_a_process_that_is_killed_counts(tmp_path: Path) -> None:
    _run(tmp_path, f"os.waitpid(child(lambda: burn({_BURN}), lambda: os.kill(os.getpid(), 9)), 0)", burners=1)


def test_processes_in_a_worker_s_view_of_the_machine_count(tmp_path: Path) -> None:
    """As root a worker lives in a namespace of processes of its own."""
    _run(
        tmp_path,
        f"""
from gabarito.engine import system, view

system.unshare(system.CLONE_NEWNS)
system.mount(None, "/", None, system.MS_REC | system.MS_PRIVATE)
view._new_processes()
os.waitpid(child(lambda: os.waitpid(child(lambda: burn({_BURN})), 0), lambda: burn({_BURN})), 0)
""",
        burners=2,
    )


def test_a_command_that_fails_says_what_it_printed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('no room left'); raise SystemExit(3)"]
    with pytest.raises(RuntimeError, match=r"status 3: no room left"):
        measure(command, folder=tmp_path, environment=os.environ)
    assert measure(command, folder=tmp_path, environment=os.environ, statuses=(0, 3)).wall > 0
