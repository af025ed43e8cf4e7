from __future__ import annotations

from pathlib import Path

import pytest

from gabarito.engine.gpu import Gpu, GpuShare, share_out
from gabarito.engine.gpu.binds import cdi_arguments, device_files
from gabarito.engine.gpu.share import environment
from gabarito.errors import UsageError
from tests.engine.gpu.stub import GIB

_FIRST, _SECOND = Gpu("0", "GPU-a", "A", 8 * GIB), Gpu("1", "GPU-b", "B", 24 * GIB)


def test_each_gpu_is_given_once_before_one_is_given_twice() -> None:
    shares = share_out([_FIRST, _SECOND], slots=2)
    assert [(s.gpu.index, s.budget_bytes // GIB) for s in shares] == [("0", 4), ("1", 12), ("0", 4), ("1", 12)]


def test_a_budget_can_be_given() -> None:
    assert share_out([_FIRST], slots=2, budget_bytes=3 * GIB) == (GpuShare(_FIRST, 3 * GIB, 2),) * 2


def test_more_than_a_gpu_has_is_refused() -> None:
    with pytest.raises(UsageError, match=r"3 times 3072 MiB are more than GPU 0 \(A, 8192 MiB\) has: .*gpu_slots"):
        share_out([_SECOND, _FIRST], slots=3, budget_bytes=3 * GIB)


def test_a_gpu_that_tells_no_memory_has_a_budget_only_where_one_is_given() -> None:
    unknown = Gpu("0", "GPU-c", "C", 0)
    assert share_out([unknown], slots=2) == (GpuShare(unknown, 0, 2),) * 2
    assert share_out([unknown], slots=2, budget_bytes=GIB)[0].fraction == 0.0
    assert share_out([unknown])[0].fraction == 0.0


def test_the_allocator_has_less_than_the_budget_since_a_context_counts_too() -> None:
    assert GpuShare(_FIRST, 4 * GIB).fraction == pytest.approx((4 - 0.625) / 8)
    assert GpuShare(_FIRST, 1 * GIB).fraction == pytest.approx(0.5 / 8)
    assert GpuShare(_FIRST, 8 * GIB).fraction < 1


def test_a_worker_sees_its_gpu_by_a_name_that_cuda_and_nvml_share_and_no_other() -> None:
    assert environment(GpuShare(_SECOND))["CUDA_VISIBLE_DEVICES"] == "GPU-b"
    assert environment(None) == {"CUDA_VISIBLE_DEVICES": ""}


def test_containers_get_the_gpu_by_its_name_in_cdi() -> None:
    assert cdi_arguments(GpuShare(Gpu("0:1", "MIG-a", "part", GIB))) == ("--device", "nvidia.com/gpu=0:1")


def test_a_sandbox_is_told_the_files_that_are_there(tmp_path: Path) -> None:
    root = str(tmp_path)
    for name in ("nvidiactl", "nvidia0", "nvidia12", "nvidia-uvm", "nvidia-caps/nvidia-cap1", "null", "nvidia-modeset"):
        path = tmp_path / "dev" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    names = "nvidiactl", "nvidia-uvm", "nvidia0", "nvidia12", "nvidia-caps/nvidia-cap1"
    assert device_files(root) == tuple(f"{root}/dev/{name}" for name in names)
