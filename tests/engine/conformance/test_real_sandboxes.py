"""What real sandboxes hold on this machine: all that they promise, but what they declare."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from gabarito.engine.conformance import PROMISES, Finding, Verdict, try_sandbox
from gabarito.engine.sandbox import make_sandbox

# One each: the kernel counts the processes of a user, and tests run side by side.
_USERS = {"process": 12_345, "bubblewrap": 12_346}
_STARTS_ITSELF = "import gabarito, IPython, subprocess, sys; subprocess.run([sys.executable, '-c', ''], check=True)"
_SOURCES = Path(__file__).parents[3] / "src"

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="what is tried here is what root can hold")


def _check(findings: Sequence[Finding]) -> None:
    assert [f.promise for f in findings] == [p.id for p in PROMISES]
    assert [(f.promise, f.seen) for f in findings if f.verdict is Verdict.BROKEN] == []
    assert {f.promise for f in findings if f.verdict is Verdict.NOT_HELD} == {f.promise for f in findings if f.lack}


@needs_root
@pytest.mark.parametrize("forks", [True, False], ids=["forked", "started"])
@pytest.mark.parametrize("name", ["process", "bubblewrap"])
def test_as_root(name: str, forks: bool) -> None:
    sandbox = make_sandbox(name)
    if problem := sandbox.problem():
        pytest.skip(f"{name}: {problem}")
    _check(try_sandbox(sandbox, forks=forks))


@needs_root
def test_podman_as_root(cpu_image: str) -> None:
    sandbox = make_sandbox("podman", cpu_image)
    assert sandbox.problem() == ""
    _check(try_sandbox(sandbox))


@needs_root
@pytest.mark.parametrize("name", _USERS)
def test_as_an_ordinary_user(name: str) -> None:
    command = [*_as(_USERS[name]), "-m", "gabarito", "doctor", "--sandbox", name, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", env=_environment())
    if done.returncode == 1 and "can't be used" in done.stderr:
        pytest.skip(f"{name}: {done.stderr}")
    assert done.stderr == ""
    _check(msgspec.convert(json.loads(done.stdout)["promises"], type=tuple[Finding, ...]))
    assert done.returncode == 0


def _environment() -> dict[str, str]:
    """For a Python that may be another one than this: it finds the same packages."""
    packages = [path for path in sys.path if path.endswith("site-packages")]
    return {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "PYTHONPATH": os.pathsep.join([str(_SOURCES), *packages]),
    }


def _as(user: int) -> list[str]:
    """What runs a Python as somebody who has no account: this one, or the system's where only root may run this."""
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed (util-linux)")
    change = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/python{version}"):
        tried = subprocess.run(
            [*change, python, "-c", _STARTS_ITSELF],
            capture_output=True,
            check=False,
            cwd="/",
            env=_environment(),
        )
        if tried.returncode == 0:
            return [*change, python]
    pytest.skip(f"user {user} can't run this Python, nor the system's with these packages")
