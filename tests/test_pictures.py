"""The stand-in for FashionMNIST: torchvision's own code reads it, and it is always the same."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pictures import SCRIPT, make_data


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_data(tmp_path_factory.mktemp("course") / "data")


@pytest.mark.parametrize(("train", "count"), [(True, 1500), (False, 297)])
def test_torchvision_loads_it(data: Path, train: bool, count: int) -> None:
    from torchvision.datasets import FashionMNIST

    pictures = FashionMNIST(data, train=train, download=False)
    assert pictures.data.shape == (count, 28, 28)
    assert set(pictures.targets.tolist()) == set(range(10))
    assert pictures.data.max() == 255
    assert pictures[0][0].size == (28, 28)


def test_compressed_files_hold_the_same(data: Path) -> None:
    files = sorted((data / "FashionMNIST" / "raw").glob("*-ubyte"))
    assert len(files) == 4
    for file in files:
        assert gzip.decompress(file.with_name(f"{file.name}.gz").read_bytes()) == file.read_bytes()


def test_it_is_always_the_same(data: Path, tmp_path: Path) -> None:
    again = make_data(tmp_path / "data")
    files = [p.relative_to(data) for p in sorted(data.rglob("*")) if p.is_file()]
    assert files == [p.relative_to(again) for p in sorted(again.rglob("*")) if p.is_file()]
    assert all((again / f).read_bytes() == (data / f).read_bytes() for f in files)


def test_what_is_there_already_is_left_alone(tmp_path: Path) -> None:
    data = make_data(tmp_path / "data")
    file = data / "FashionMNIST" / "raw" / "train-images-idx3-ubyte"
    file.write_bytes(b"the real ones")
    make_data(data)
    assert file.read_bytes() == b"the real ones"


def test_usage() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "a", "b"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "usage: scripts/fashion-mnist [FOLDER]" in done.stderr
