"""The command line of apptainer, which can't be installed everywhere that tests run."""

from __future__ import annotations

from pathlib import Path

import pytest

from gabarito.engine.sandbox import Request
from gabarito.engine.sandbox.apptainer import ApptainerSandbox
from tests.engine.sandbox.programs import put_program


def test_what_is_wrong_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    image = tmp_path / "course.sif"
    put_program(monkeypatch, tmp_path / "none", "apptainer")
    assert "module load apptainer" in ApptainerSandbox(str(image)).problem()
    put_program(monkeypatch, tmp_path / "bin", "apptainer", {})
    assert "needs an image file" in ApptainerSandbox().problem()
    assert f"there is no image file {image}" in ApptainerSandbox(str(image)).problem()
    image.touch()
    assert ApptainerSandbox(str(image)).problem() == ""


def test_the_command_line_takes_everything_away() -> None:
    sandbox = ApptainerSandbox("course.sif")
    argv = sandbox.command(Request(data={"d": "/srv/d"}, environment={"A": "b"})).argv
    line = " ".join(argv)
    assert argv[:2] == ("apptainer", "exec")
    assert "--containall --cleanenv --no-home --no-privs" in line
    assert "--net --network none" in line
    assert "--bind /srv/d:/data/d:ro" in line
    assert "--env A=b" in line
    assert argv[argv.index("course.sif") + 1 :][:5] == (
        "/opt/gabarito/venv/bin/python",
        "-P",
        "-s",
        "-m",
        "gabarito.engine.supervisor",
    )
    assert sandbox.image == "course.sif"
    assert sandbox.lacks


def test_a_known_failure_has_advice() -> None:
    sandbox = ApptainerSandbox("course.sif")
    assert "administrator" in sandbox.advice("could not create user namespace")
    assert sandbox.advice("odd") == ""
