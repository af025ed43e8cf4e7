"""The zip for otter; that otter runs it, and with which scores, is shown in tests/compat/test_otter.py."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from gabarito.course import Course, load_course
from gabarito.errors import CourseError, EngineError, UsageError
from gabarito.model import Role
from gabarito.release import release
from gabarito.release.autograder import autograder_export
from tests.release.factories import (
    answer,
    graded,
    labelled,
    lesson,
    notebook,
    plain,
    run_here,
    write_course,
    write_notebook,
)

CONFIG = "c.Gabarito.otter_tests = True\nc.Gabarito.data = ['data']\nc.Gabarito.preload = ['nbformat']"
USES = """
import numpy
from gabarito.testing import assert_close
import helper
try:
    import nowhere_at_all
except ImportError:
    pass
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Two notebooks, a module beside them, a data folder, and otter's own settings."""
    root = tmp_path_factory.mktemp("autograder")
    (root / "data").mkdir()
    (root / "data" / "a.csv").write_text("1\n")
    course = write_course(root, CONFIG, ps1=notebook(*lesson()))
    answered = answer("a", "### BEGIN SOLUTION\nx = 1\n### END SOLUTION")
    hand = labelled(Role.MANUAL, "why", "Because.", 1, "markdown")
    more = notebook(plain(USES), answered, graded("test-part", "x * 2", 2), hand)
    write_notebook(course.source / "ps1" / "more.ipynb", more)
    write_notebook(course.source / "ps2" / "ps2.ipynb", notebook(hand))
    (course.source / "ps1" / "helper.py").write_text("")
    ours = course.grader_tests / "ps1"
    ours.mkdir(parents=True)
    (ours / "otter_config.json").write_text(json.dumps({"show_stdout": True}))
    (ours / "environment.yml").write_text("channels: [mine]\ndependencies: [graphviz]\n")
    for name in ("ps1", "ps2"):
        release(course, name, force=True, run=_run_with_helper)
    return course


def _run_with_helper(jobs, **settings):  # type: ignore[no-untyped-def]
    import sys

    sys.modules["helper"] = ModuleType("helper")
    yield from run_here(jobs, **settings)


def test_one_notebook_of_several(course: Course) -> None:
    made = autograder_export(course, "ps1/more")
    assert made.name == "ps1-more-autograder.zip"
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        names = set(archive.namelist())
        environment = yaml.safe_load(archive.read("environment.yml"))
        config = json.loads(archive.read("otter_config.json"))
    assert {n for n in names if n.startswith("tests/")} == {"tests/test-part.py"}
    assert names >= {"files/helper.py", "files/data/a.csv", "files/gabarito/testing/close.py", "setup.sh"}
    assert not any(n.startswith("files/") and (n.endswith(".ipynb") or "/tests/" in n) for n in names)
    assert not any("grading" in n or "engine" in n for n in names)
    assert config == {"show_stdout": True}
    assert "graphviz" in environment["dependencies"]
    packages = [line.split("==")[0] for line in environment["dependencies"][-1]["pip"]]
    assert packages == ["otter-grader[grading,plugins]", "mpmath", "nbformat", "numpy"]
    assert [note.split(",")[0] for note in made.notes] == [
        "a person gives the points of why",
        "test-part gives all of its points or none in otter",
        "the notebook imports nowhere_at_all",
    ]


def test_requirements_of_ones_own(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        given = Path(command[command.index("--requirements") + 1])
        written.append(given.read_text())
        return subprocess.CompletedProcess(command, 1, "", "Traceback\nValueError: no such thing\n")

    monkeypatch.setattr("subprocess.run", run)
    released, ours = (folder / "ps1" / "requirements.txt" for folder in (course.release, course.grader_tests))
    try:
        for path in (released, ours):
            path.write_text(f"{path.parent.parent.name}\n")
            with pytest.raises(EngineError, match="otter could not make the autograder: ValueError: no such thing"):
                autograder_export(course, "ps1/ps1.ipynb")
    finally:
        released.unlink()
        ours.unlink(missing_ok=True)
    assert written == ["release\n", "grader_tests\n"]


def test_what_otter_cannot_take_is_refused(course: Course, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has 2 notebooks, and otter grades one: name ps1/more, ps1/ps1"):
        autograder_export(course, "ps1")
    with pytest.raises(UsageError, match="'ps1' has no notebook 'other'; it has: ps1/more, ps1/ps1"):
        autograder_export(course, "ps1/other")
    with pytest.raises(CourseError, match=r"ps2\.ipynb has no tests"):
        autograder_export(course, "ps2")
    with pytest.raises(CourseError, match="has not been released"):
        autograder_export(write_course(tmp_path / "new", ps3=notebook(*lesson())), "ps3")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EngineError, match="pip install otter-grader"):
        autograder_export(course, "ps1/more")


def test_another_language_and_a_missing_release_are_refused(course: Course, tmp_path: Path) -> None:
    ours = tmp_path / "grader_tests" / "ps1"
    ours.mkdir(parents=True)
    (tmp_path / "nbgrader_config.py").write_text("")
    record = json.loads(course.record_path("ps1").read_text())
    record["notebooks"] = record["notebooks"][:1]
    (ours / "record.json").write_text(json.dumps(record))
    with pytest.raises(CourseError, match="run 'gabarito release ps1' first"):
        autograder_export(load_course(tmp_path), "ps1")
    record["notebooks"][0]["kernelspec"] = {"name": "ir", "language": "R"}
    (ours / "record.json").write_text(json.dumps(record))
    with pytest.raises(CourseError, match=r"more\.ipynb is in R, and otter’s test files are Python"):
        autograder_export(load_course(tmp_path), "ps1")
