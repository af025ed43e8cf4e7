"""Notebooks of other languages: released, graded in their own kernels, in shared mode, and never zero for our lack."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbformat import NotebookNode

from gabarito.course import Course, load_course
from gabarito.engine.sandbox.kernels import VARIABLE, kernel_folders
from gabarito.errors import EngineError
from gabarito.grading.bulk import grade
from gabarito.grading.result import Status
from gabarito.model import Mode, Outcome
from gabarito.release import release
from tests.compat.compare import hand_in, read_scores
from tests.release.factories import answer, given, graded, notebook, write_course

BASH = """c.ClearSolutions.code_stub = {"bash": "# YOUR CODE HERE\\nfalse"}
c.Gabarito.sandbox = "process"
"""
HIDDEN = '### BEGIN HIDDEN TESTS\n[ "$(twice 4)" = $limit ]\n### END HIDDEN TESTS'
R = 'c.Gabarito.sandbox = "process"'


@pytest.fixture
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of kernels that has one for bash."""
    folder = tmp_path / "jupyter" / "kernels"
    (folder / "bash").mkdir(parents=True)
    spec = {"argv": [sys.executable, "-m", "bash_kernel", "-f", "{connection_file}"], "display_name": "Bash"}
    (folder / "bash" / "kernel.json").write_text(json.dumps(spec | {"language": "bash"}))
    monkeypatch.setenv(VARIABLE, str(folder.parent))
    kernel_folders.cache_clear()
    yield folder
    kernel_folders.cache_clear()


def _of(kernel: str, language: str, *cells: NotebookNode) -> NotebookNode:
    node = notebook(*cells)
    node.metadata["kernelspec"] = {"name": kernel, "language": language, "display_name": language}
    return node


def _bash_course(root: Path) -> Course:
    cells = (
        given("g", "limit=8"),
        answer("a", "### BEGIN SOLUTION\ntwice() { echo $((2 * $1)); }\n### END SOLUTION"),
        graded("small", f'[ "$(twice 1)" = 2 ]\n{HIDDEN}'),
        graded("after", "[ $limit = 8 ]", 0.5),
    )
    return write_course(root, BASH, ps=_of("bash", "bash", *cells))


def test_bash_runs_in_its_own_kernel(kernels: Path, tmp_path: Path) -> None:
    course = _bash_course(tmp_path / "course")
    done = release(course, "ps")
    assert [(c.id, c.solved, c.unsolved, c.mode) for c in done.cells] == [
        ("small", 1, 0, Mode.SHARED),
        ("after", 0.5, 0.5, Mode.SHARED),
    ]
    assert {c.reason for c in done.cells} == {"the notebook runs in the kernel “bash”, tests included"}
    assert not list((course.grader_tests / "ps").rglob("*.py"))
    assert "BEGIN HIDDEN" not in (course.release / "ps" / "ps.ipynb").read_text()
    for way in ("solved", "unsolved"):
        hand_in(course.root, way)
    first, second = grade(course, "ps").submissions
    assert [c.outcome for c in first.cells] == [Outcome.PASSED, Outcome.PASSED]
    assert [c.outcome for c in second.cells] == [Outcome.ERROR, Outcome.PASSED]
    assert {c.mode for c in first.cells} == {Mode.SHARED}
    scores = read_scores(course.root, "solved")
    shutil.rmtree(kernels / "bash")
    (again,) = grade(course, "ps", students=["solved"], force=True).submissions
    assert again.status is Status.UNGRADED
    assert "the kernel “bash” is not installed" in again.message
    assert read_scores(course.root, "solved") == scores


def test_nothing_is_released_where_the_kernel_is_missing(kernels: Path, tmp_path: Path) -> None:
    shutil.rmtree(kernels / "bash")
    with pytest.raises(EngineError, match="the kernel “bash” is not installed"):
        release(_bash_course(tmp_path / "course"), "ps", force=True)


@pytest.mark.skipif(shutil.which("R") is None, reason="R is not installed (Debian: apt-get install r-cran-irkernel)")
def test_r_runs_in_its_own_kernel(tmp_path: Path) -> None:
    cells = (
        answer("a", "### BEGIN SOLUTION\ntwice <- function(x) 2 * x\n### END SOLUTION"),
        graded("t", "stopifnot(twice(1:3) == c(2, 4, 6))", 2),
        graded("u", "if (exists('twice')) 1 else stop('no twice')"),
    )
    course = write_course(tmp_path, R, ps=_of("ir", "R", *cells))
    done = release(load_course(course.root), "ps")
    assert [(c.solved, c.unsolved, c.mode) for c in done.cells] == [(2, 0, Mode.SHARED), (1, 0, Mode.SHARED)]
