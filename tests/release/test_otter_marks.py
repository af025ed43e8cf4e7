"""What a students' version has for otter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gabarito.errors import SourceError
from gabarito.release import release
from gabarito.release.otter_files import HEADER
from tests.release.factories import answer, graded, lesson, notebook, run_here, write_course, write_notebook

CONFIG = "c.Gabarito.otter_tests = True"


def test_without_the_option_only_marks_are_there(tmp_path: Path) -> None:
    course = write_course(tmp_path, ps1=notebook(*lesson()))
    release(course, "ps1", run=run_here)
    folder = course.release / "ps1"
    assert [p.name for p in folder.iterdir()] == ["ps1.ipynb"]
    cells = json.loads((folder / "ps1.ipynb").read_text())["cells"]
    marks = {c["metadata"]["nbgrader"]["grade_id"]: c["metadata"]["otter"] for c in cells if "otter" in c["metadata"]}
    assert marks == {"test-double": {"tests": ["test-double"]}, "test-half": {"tests": ["test-half"]}}


def test_visible_tests_have_nothing_hidden_in_them(tmp_path: Path) -> None:
    inside = "def check(f):\n    assert f(2) == 4\n    ### BEGIN HIDDEN TESTS: deep\n    assert f(77) == 154\n"
    inside += "    ### END HIDDEN TESTS\ncheck(double)"
    whole = "### BEGIN HIDDEN TESTS: all\nassert double(99) == 198\n### END HIDDEN TESTS"
    cells = [*lesson(), graded("inside", inside), graded("whole", whole)]
    course = write_course(tmp_path, CONFIG, ps1=notebook(*cells))
    done = release(course, "ps1", run=run_here)
    folder = course.release / "ps1" / "tests"
    texts = {path.stem: path.read_text() for path in folder.iterdir()}
    assert set(texts) == {"test-double", "test-half", "inside"}
    for text in texts.values():
        assert text.startswith(HEADER)
        assert not any(word in text for word in ("secret_size", "large numbers", "HIDDEN", "hidden=True", "77", "deep"))
    assert "assert double(2) == 4" in texts["test-double"]
    assert set(folder.iterdir()) <= set(done.written)
    assert all(path.exists() for path in (course.grader_tests / "ps1" / "tests" / f"{n}.py" for n in (*texts, "whole")))
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    release(write_course(tmp_path), "ps1", run=run_here)
    assert not folder.exists()


def test_notebooks_that_share_an_id_have_a_folder_each(tmp_path: Path) -> None:
    cells = [answer("a", "### BEGIN SOLUTION\nx = 1\n### END SOLUTION"), graded("t", "assert x")]
    course = write_course(tmp_path, CONFIG, ps1=notebook(*cells))
    write_notebook(course.source / "ps1" / "more.ipynb", notebook(*cells))
    release(course, "ps1", run=run_here)
    found = (course.release / "ps1" / "tests").rglob("*.py")
    assert sorted(p.parent.name for p in found) == ["more", "ps1"]


def test_an_instructors_own_test_file_is_never_overwritten(tmp_path: Path) -> None:
    course = write_course(tmp_path, CONFIG, ps1=notebook(*lesson()))
    own = course.source / "ps1" / "tests" / "mine.py"
    own.parent.mkdir()
    own.write_text("mine")
    release(course, "ps1", run=run_here)
    assert (course.release / "ps1" / "tests" / "mine.py").read_text() == "mine"
    own.rename(own.with_name("test-half.py"))
    with pytest.raises(SourceError, match=r"source/ps1/tests/test-half\.py is in the way"):
        release(course, "ps1", run=run_here)
