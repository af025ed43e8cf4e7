"""Calls to the kernel that Python's own modules don't have."""

from __future__ import annotations

from pathlib import Path

import pytest

from gabarito.engine import system
from gabarito.engine.system import exchange_paths


@pytest.mark.parametrize("flag", [system._RENAME_EXCHANGE, 1 << 30], ids=["at once", "one after the other"])
def test_folders_change_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flag: int) -> None:
    monkeypatch.setattr(system, "_RENAME_EXCHANGE", flag)  # no kernel knows the other one
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    exchange_paths(tmp_path / "a", tmp_path / "b")
    assert {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*")} == {"a", "a/b", "b", "b/a"}


def test_one_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(FileNotFoundError):
        exchange_paths(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "a").is_dir()
