from __future__ import annotations

import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from gabarito.images.pip_settings import INSIDE, PipSettings, read_pip_settings, translate


def values(settings: PipSettings) -> dict[str, list[str]]:
    parser = ConfigParser(interpolation=None)
    parser.read_string(settings.text)
    return {name: value.split() for name, value in parser["global"].items()}


def test_addresses_stay_as_they_are() -> None:
    told = translate("global.index-url='https://pypi.example.org/simple'\nglobal.timeout='60'\n")
    assert values(told) == {"index-url": ["https://pypi.example.org/simple"], "timeout": ["60"]}
    assert told.mounts == {}


def test_folders_are_mounted_and_named_as_inside(tmp_path: Path) -> None:
    wheels, index = tmp_path / "wheels", tmp_path / "pypi" / "simple"
    wheels.mkdir()
    index.mkdir(parents=True)
    told = translate(
        f"global.find-links='{wheels}'\nglobal.extra-index-url='file://{index}\\nhttps://pypi.example.org/more'\n"
    )
    # An index names files beside it, so what is mounted is the folder above.
    assert told.mounts == {str(index.parent): f"{INSIDE}/0", str(wheels): f"{INSIDE}/1"}
    assert values(told) == {
        "find-links": [f"{INSIDE}/1"],
        "extra-index-url": [f"file://{INSIDE}/0/simple", "https://pypi.example.org/more"],
    }
    assert str(tmp_path) not in told.text


def test_a_folder_that_is_not_there_is_left_to_pip() -> None:
    told = translate("global.find-links='/no/such/folder'\n")
    assert values(told) == {"find-links": ["/no/such/folder"]}
    assert told.mounts == {}


def test_an_index_right_below_the_root_is_mounted_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda _: True)
    assert translate("global.index-url='file:///simple'\n").mounts == {"/simple": f"{INSIDE}/0"}


def test_a_bundle_of_certificates_is_mounted(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.touch()
    told = translate(f":env:.cert='{bundle}'\n")
    assert told == PipSettings(f"[global]\ncert = {INSIDE}/0\n", {str(bundle): f"{INSIDE}/0"})


def test_the_environment_comes_before_install_and_that_before_all() -> None:
    lines = [f"{scope}.index-url='https://{host}.example.org'" for scope, host in ((":env:", "a"), ("install", "b"))]
    assert "https://a.example" in translate("\n".join(["global.index-url='https://c.example.org'", *lines])).text
    assert "https://b.example" in translate("\n".join([lines[1], "global.index-url='https://c.example.org'"])).text


@pytest.mark.parametrize(
    "line",
    [
        "global.constraint='/x/constraints.txt'",
        "download.index-url='https://a.example.org'",
        "nonsense",
        "global.proxy=(",
    ],
)
def test_other_settings_are_left_out(line: str) -> None:
    assert translate(line) == PipSettings("[global]\n", {})


def test_this_machines_settings_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://pypi.example.org/of-this-test")
    assert "index-url =\n    https://pypi.example.org/of-this-test\n" in read_pip_settings().text


def test_without_pip_there_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'No module named pip' >&2; exit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    assert read_pip_settings() == PipSettings("[global]\n", {})
