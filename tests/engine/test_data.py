"""The digest of a folder of data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gabarito.engine.data import data_digest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    (made / "train").mkdir(parents=True)
    (made / "train" / "one.png").write_bytes(b"1")
    return made


def test_names_and_sizes(folder: Path) -> None:
    found = [data_digest(folder)]
    (folder / "train" / "one.png").write_bytes(b"22")
    found.append(data_digest(folder))
    (folder / "train" / "one.png").rename(folder / "one.png")
    found.append(data_digest(folder))
    assert len(set(found)) == 3


def test_times_only_where_they_count(folder: Path) -> None:
    plain, timed = data_digest(folder), data_digest(folder, with_times=True)
    os.utime(folder / "train" / "one.png", (1, 1))
    assert data_digest(folder) == plain
    assert data_digest(folder, with_times=True) != timed


def test_links_are_followed_once(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (folder / "linked").symlink_to(other)
    (folder / "around").symlink_to(folder)
    before = data_digest(folder)
    (other / "two.png").write_bytes(b"2")
    assert data_digest(folder) != before


def test_what_cannot_be_looked_at(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        data_digest(tmp_path / "missing")
