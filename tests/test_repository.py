"""The repository is a course of its own: what lies in it is what its own commands make."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from gabarito.course import load_course
from gabarito.model import Role
from gabarito.release.release import release
from tests.pictures import make_data
from tests.release.factories import run_perfectly

ROOT = Path(__file__).parents[1]
ASSIGNMENT = "differentiable"
ASSIGNMENTS = ("autograd", "differentiable", "softmax", "tensors")
_MACHINE = re.compile(
    r"""
    (?<![\w.-])/(?:
        work | farm | mnt | Users | opt/wheels | tmp/bash_jobs   # folders of somebody's machine
        | (?:home|root|tmp|var/tmp)/(?!x\b)                      # whatever is in these, but for the /tmp/x of a test
    )(?=[/\w])
    """,
    re.VERBOSE,
)


def run(root: Path, *command: str, expected: int = 0) -> str:
    """What a program of this Python's prints, called in this folder as after activating the environment."""
    scripts = str(Path(sys.executable).parent)
    path = os.pathsep.join([scripts, os.environ["PATH"]])
    program = shutil.which(command[0], path=scripts)
    assert program is not None
    done = subprocess.run(
        [program, *command[1:]], cwd=root, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == expected, done.stdout + done.stderr
    return done.stdout


def copy_course(root: Path, *folders: str) -> Path:
    """The repository's course, with its data and these of its folders."""
    root.mkdir(exist_ok=True)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    make_data(root / "data")
    for name in folders:
        shutil.copytree(ROOT / name, root / name)
    return root


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder, without what Python leaves there."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A copy of the course after `gabarito demo`, which releases first, and what that printed."""
    root = copy_course(tmp_path_factory.mktemp("demo"), "source", "release", "grader_tests")
    (root / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").write_text("an outdated release")
    return root, json.loads(run(root, "gabarito", "demo", "--size", "4", "--json"))


@pytest.mark.parametrize("folder", ["release", "grader_tests"])
def test_what_is_released_is_up_to_date(demo: tuple[Path, dict[str, Any]], folder: str) -> None:
    made, committed = contents(demo[0] / folder), contents(ROOT / folder)
    differing = sorted(f"{folder}/{n}" for n in made.keys() | committed.keys() if made.get(n) != committed.get(n))
    assert not differing, f"{', '.join(differing)}: not what the source gives; run 'gabarito release {ASSIGNMENT}'"


@pytest.mark.parametrize("assignment", sorted({*ASSIGNMENTS} - {ASSIGNMENT}))
def test_other_releases_are_what_the_source_gives(tmp_path: Path, assignment: str) -> None:
    """Without running their solutions, which takes minutes: of the contracts only that they are for these tests."""
    root = tmp_path
    (root / "data").mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", root)
    for folder in ("source", "grader_tests"):
        shutil.copytree(ROOT / folder / assignment, root / folder / assignment)
    course = load_course(root)
    known = course.contract(assignment)
    release(course, assignment, run=run_perfectly)
    for notebook in course.record(assignment).notebooks:
        assert known.tests(notebook).keys() == {c.id for c in notebook.cells if c.role is Role.TEST}
    for folder in ("release", "grader_tests"):
        made, committed = contents(root / folder / assignment), contents(ROOT / folder / assignment)
        made.pop("contract.json", None)
        committed.pop("contract.json", None)
        differing = sorted(n for n in made.keys() | committed.keys() if made.get(n) != committed.get(n))
        assert not differing, f"{folder}/{assignment}: {differing} differ; run 'gabarito release {assignment}'"


def test_the_demo_has_every_score_right(demo: tuple[Path, dict[str, Any]]) -> None:
    root, told = demo
    assert told["mismatches"] == []
    assert told["students"] == 4
    assert told["statuses"] == {"graded": 4}
    assert sum(told["outcomes"].values()) == 4 * 21
    assert [Path(p).suffix for p in told["pages"]] == [".html"] * 4
    assert all(Path(p).is_relative_to(root / "feedback") for p in told["pages"])
    students = {p.name for p in (root / "autograded").iterdir()}
    assert {Path(p).relative_to(root / "feedback").parts[0] for p in told["pages"]} == students


def test_nbgrader_works_on_the_result(demo: tuple[Path, dict[str, Any]]) -> None:
    root, _ = demo
    assert ASSIGNMENT in run(root, "nbgrader", "db", "assignment", "list")
    run(root, "nbgrader", "export")
    with (root / "grades.csv").open() as file:
        rows = list(csv.DictReader(file))
    report = json.loads(run(root, "gabarito", "report", ASSIGNMENT, "--json"))
    assert {r["student_id"]: float(r["score"]) for r in rows} == {s["student"]: s["score"] for s in report["students"]}
    assert {float(r["max_score"]) for r in rows} == {report["max_score"]}
    ours = root / "feedback"
    theirs = ours.rename(root / "ours")
    run(root, "nbgrader", "generate_feedback", ASSIGNMENT)
    assert {p.relative_to(ours) for p in ours.rglob("*.html")} == {
        p.relative_to(theirs) for p in theirs.rglob("*.html")
    }


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_nbgrader_makes_the_same_release(tmp_path: Path, assignment: str) -> None:
    root = copy_course(tmp_path / "course", "source")
    run(root, "nbgrader", "generate_assignment", assignment)
    path = Path("release", assignment, f"{assignment}.ipynb")
    theirs, ours = (nbformat.read(folder / path, as_version=4) for folder in (root, ROOT))
    for cell in theirs.cells:
        cell.metadata.pop("gabarito", None)  # notes on the solution, which nbgrader doesn't know
    assert theirs == ours


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    found = []
    for name in filter(None, names.split("\0")):
        path = ROOT / name
        if path.is_file() and path != Path(__file__):
            text = path.read_bytes().decode("utf-8", "replace")
            found += [f"{name}:{n}: {line}" for n, line in enumerate(text.splitlines(), 1) if _MACHINE.search(line)]
    assert found == []


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('path = "/root/course/x.py"', True),
        ("see /work/main/README.md", True),
        ("pip install --find-links /opt/wheels/x", True),
        ("rm -rf /tmp/bash_jobs.0/3", True),
        ("cd /home/ana/course", True),
        ('folders = ["/root", "/home", "/tmp"]', False),
        ("https://example.org/work/group", False),
        ("open('/tmp/x', 'w')", False),
        ("frame/work and home/root/", False),
    ],
)
def test_machine_paths_are_told_from_others(line: str, named: bool) -> None:
    assert bool(_MACHINE.search(line)) == named
