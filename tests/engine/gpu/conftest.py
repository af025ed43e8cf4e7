from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.gpu.stub import VARIABLE, Machine, build, load


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("nvml"))


@pytest.fixture
def machine(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine without GPUs, until a test puts some in."""
    made = Machine(tmp_path / "nvml.txt", library)
    load(library, monkeypatch)
    monkeypatch.setenv(VARIABLE, str(made.path))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return made
