"""nbgrader's own ways of a student, on a notebook that gabarito has released."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
from nbgrader.utils import get_username
from typer.testing import CliRunner

import gabarito.cli.grade
import gabarito.cli.release  # noqa: F401
from gabarito.cli.app import app
from tests.exchange.courses import save
from tests.notebook.released import small_source, solve


def _nbgrader(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder,
        env={**os.environ, "USER": "ana", "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout + done.stderr


def test_validate_and_submit(tmp_path: Path) -> None:
    course, desk = tmp_path / "course", tmp_path / "desk"
    save(small_source(), course / "source" / "small" / "small.ipynb")
    exchange = tmp_path / "exchange"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    settings = f"c = get_config()\nc.CourseDirectory.course_id = 'course'\nc.Exchange.root = {str(exchange)!r}\n"
    (course / "nbgrader_config.py").write_text(settings)
    released = CliRunner().invoke(app, ["--course", str(course), "release", "small", "--sandbox", "process"])
    assert released.exit_code == 0, released.output
    _nbgrader(course, "release_assignment", "small")

    desk.mkdir()
    (desk / "nbgrader_config.py").write_text(settings)
    _nbgrader(desk, "fetch_assignment", "small")
    path = desk / "small" / "small.ipynb"
    assert "VALIDATION FAILED ON 4 CELL(S)" in _nbgrader(desk, "validate", "small/small.ipynb")
    save(solve(nbformat.read(path, as_version=4)), path)
    assert "Success! Your notebook passes all the tests." in _nbgrader(desk, "validate", "small/small.ipynb")
    _nbgrader(desk, "submit", "small")

    _nbgrader(course, "collect", "small")
    runner = CliRunner()
    graded = runner.invoke(app, ["--course", str(course), "grade", "small", "--sandbox", "process", "--json"])
    assert graded.exit_code == 0, graded.output
    (submission,) = json.loads(graded.output)["submissions"]
    assert (submission["student"], [cell["points"] for cell in submission["cells"]]) == (
        get_username(),
        [2.0, 1.0, 1.0, 2.0],
    )
