"""A class gets the same scores in a container as anywhere else: those that its known answers must get."""

from __future__ import annotations

import shutil
from pathlib import Path

from gabarito.course import load_course
from gabarito.demo.run import run_demo
from gabarito.grading.result import Status

_ROOT = Path(__file__).parents[2]
_ASSIGNMENT = "differentiable"
_SIZE = 4


def test_the_class_of_the_demo_gets_its_scores_in_podman(tmp_path: Path, cpu_image: str) -> None:
    for folder in ("source", "grader_tests"):
        shutil.copytree(_ROOT / folder / _ASSIGNMENT, tmp_path / folder / _ASSIGNMENT)
    (tmp_path / "data").mkdir()
    settings = (_ROOT / "nbgrader_config.py").read_text()
    (tmp_path / "nbgrader_config.py").write_text(f"{settings}c.Gabarito.image = {cpu_image!r}\n")
    demo = run_demo(load_course(tmp_path), _ASSIGNMENT, size=_SIZE, workers=1, sandbox="podman")
    assert demo.run.sandbox == "podman"
    assert demo.run.by_status() == {Status.GRADED: _SIZE}
    assert demo.mismatches == ()
