"""`gabarito grade --gpus` as somebody calls it who has GPUs, and who has none: NVML is a library of the tests'."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gabarito.course import Course
from gabarito.engine.file_lock import lock_folder
from gabarito.model import Role
from tests.engine.gpu.stub import VARIABLE, Machine, build
from tests.grading.courses import hand_in, released, write_course
from tests.notebook.released import cell, source_notebook


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("nvml"))


@pytest.fixture
def machine(library: Path, tmp_path: Path) -> Iterator[Machine]:
    yield Machine(tmp_path / "nvml.txt", library)
    for left in lock_folder().glob("gabarito-GPU-??aa-0000.*"):  # of GPUs that are nowhere
        left.unlink()


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """Whoever is graded gets the point if there is a GPU."""
    source = source_notebook(
        cell(Role.GIVEN, "import os\ncuda = os.environ['CUDA_VISIBLE_DEVICES']", "given"),
        cell(Role.ANSWER, "### BEGIN SOLUTION\n### END SOLUTION", "answer"),
        cell(Role.TEST, "assert cuda.startswith('GPU-')", "test", points=1),
    )
    course = write_course(tmp_path / "course", small=source)
    for student in ("ana", "bo"):
        hand_in(course, student, small=released(course))
    return course


def _grade(course: Course, machine: Machine, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("CUDA_VISIBLE_DEVICES", VARIABLE)}
    command = [sys.executable, "-m", "gabarito", "--course", str(course.root), "grade", "small", *arguments]
    environment |= machine.environment | {"COLUMNS": "200"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_class_is_graded_on_the_gpus_there_are(course: Course, machine: Machine) -> None:
    machine.gpu(0, name="Test A")
    machine.gpu(1, name="Test B")
    done = _grade(course, machine)
    assert done.returncode == 0, done.stderr
    assert "It ran on GPUs 0 (Test A, 8192 MiB), 1 (Test B, 8192 MiB)." in done.stdout
    assert "2  passed" in done.stdout


def test_a_class_is_graded_on_the_gpu_that_was_named(course: Course, machine: Machine) -> None:
    machine.gpu(0)
    machine.gpu(1)
    done = _grade(course, machine, "--gpus", "1", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["gpus"], told["lacks_gpu"], told["workers"]) == (["1 (Test GPU, 8192 MiB)"], False, 1)


def test_a_class_is_graded_on_the_cpu_where_there_is_none_and_that_is_said(course: Course, machine: Machine) -> None:
    machine.refuse(9)
    done = _grade(course, machine)
    assert done.returncode == 0, done.stderr
    assert "Its cells mention a GPU, and none was used: it ran on the CPU." in done.stdout
    assert "2  failed" in done.stdout


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [("7", 2, "names GPU 7, and there is here: 0 (Test GPU, 8192 MiB)"), ("some", 2, "neither 'auto' nor 'none'")],
)
def test_a_wrong_value_is_refused(course: Course, machine: Machine, value: str, code: int, words: str) -> None:
    machine.gpu(0)
    done = _grade(course, machine, "--gpus", value)
    assert done.returncode == code
    assert words in " ".join(done.stderr.split())


def test_an_assignment_that_requires_one_is_not_graded_without(course: Course, machine: Machine) -> None:
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "c.Gabarito.require_gpu = ['small']\n")
    machine.refuse(9)
    done = _grade(course, machine)
    assert done.returncode == 1
    assert "'small' requires a GPU" in " ".join(done.stderr.split())
    assert not (course.root / "gradebook.db").exists()
