from __future__ import annotations

import os
import subprocess
import sys

import pytest

from gabarito.engine.gpu import Gpu, choose_gpus, find_gpus
from gabarito.errors import EngineError, UsageError
from tests.engine.gpu.stub import GIB, Machine

_FIND = "from gabarito.engine.gpu import find_gpus; print(*find_gpus(), sep='\\n')"


def _found_by_a_process(**environment: str) -> str:
    command = [sys.executable, "-c", _FIND]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=True).stdout


def test_a_process_finds_the_gpus_through_the_library_of_the_driver(machine: Machine) -> None:
    machine.gpu(0, memory=8 * GIB, name="NVIDIA Test 8")
    machine.gpu(1, memory=16 * GIB, name="NVIDIA Test 16")
    found = _found_by_a_process(**machine.environment)
    assert found == "0 (NVIDIA Test 8, 8192 MiB)\n1 (NVIDIA Test 16, 16384 MiB)\n"


def test_gpus_are_told_with_uuid_name_and_memory(machine: Machine) -> None:
    first, second = machine.gpu(0), machine.gpu(1, memory=3 * GIB, name="Another one")
    assert find_gpus() == (first, second)


def test_there_is_none_without_a_driver(machine: Machine) -> None:
    machine.refuse(9)
    assert find_gpus() == ()


def test_there_is_none_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    import pynvml

    def absent(name: str) -> object:
        raise OSError(name)

    monkeypatch.setattr(pynvml, "nvmlLib", None)
    monkeypatch.setattr(pynvml, "CDLL", absent)
    assert find_gpus() == ()


def test_a_driver_of_another_version_is_an_error_that_says_what_to_do(machine: Machine) -> None:
    machine.refuse(18)
    with pytest.raises(EngineError, match=r"different versions.*restart the machine.*--gpus none"):
        find_gpus()


@pytest.mark.parametrize(("what", "code"), [("count", 999), ("handle0", 15), ("memory", 16)])
def test_a_library_that_fails_is_an_error_that_quotes_it(machine: Machine, what: str, code: int) -> None:
    machine.gpu()
    machine.fail(what, code)
    with pytest.raises(EngineError, match=r"NVML\) doesn't work: .*nvidia-smi"):
        find_gpus()


def test_a_gpu_that_may_not_be_used_is_left_out(machine: Machine) -> None:
    machine.gpu(0)
    second = machine.gpu(1)
    machine.fail("handle0", 4)
    assert find_gpus() == (second,)


def test_a_gpu_without_memory_of_its_own_has_no_size(machine: Machine) -> None:
    machine.gpu(name="Shares the host's")
    machine.fail("memory", 3)
    (gpu,) = find_gpus()
    assert gpu.memory_bytes == 0
    assert str(gpu) == "0 (Shares the host's)"


def test_a_gpu_that_is_split_is_told_as_its_instances(machine: Machine) -> None:
    whole = machine.gpu(0)
    parts = machine.instance(whole, 0), machine.instance(whole, 1)
    other = machine.gpu(1)
    assert find_gpus() == (*parts, other)
    assert choose_gpus("0:1") == (parts[1],)


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        ("", ""),
        ("1", "1"),
        ("2,0", "20"),
        ("0,7,1", "0"),
        ("-1,0", ""),
        ("1,1", "1"),
        ("GPU-22aa", "2"),
        ("GPU-", ""),
        (" 0 , 2 ", "02"),
    ],
)
def test_cuda_visible_devices_counts(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, visible: str, expected: str
) -> None:
    for number in range(3):
        machine.gpu(number)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert "".join(gpu.index for gpu in find_gpus()) == expected


def test_auto_takes_all_and_none_takes_none(machine: Machine) -> None:
    assert choose_gpus("auto") == ()
    gpus = machine.gpu(0), machine.gpu(1)
    assert choose_gpus("auto") == gpus
    assert choose_gpus("none") == ()


def test_none_does_not_ask_for_gpus(machine: Machine) -> None:
    machine.refuse(999)
    assert choose_gpus("none") == ()


def test_indexes_are_taken_in_their_order(machine: Machine) -> None:
    gpus = [machine.gpu(number) for number in range(3)]
    assert choose_gpus("2, 0,2") == (gpus[2], gpus[0])


@pytest.mark.parametrize("value", ["", "all", "0,", "-1", "0;1", "0:1:2"])
def test_another_value_is_refused(machine: Machine, value: str) -> None:
    with pytest.raises(UsageError, match=r"neither 'auto' nor 'none' nor indexes"):
        choose_gpus(value)


def test_an_index_that_is_not_there_is_refused_with_what_is(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"names GPU 0, and there is no NVIDIA GPU here \(no driver"):
        choose_gpus("0")
    machine.gpu(0, name="Small one")
    with pytest.raises(UsageError, match=r"'0,1,3' names GPU 1, 3, and there is here: 0 \(Small one, 8192 MiB\)"):
        choose_gpus("0,1,3")
    machine.gpu(1)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    with pytest.raises(UsageError, match=r"names GPU 1, and there is here that CUDA_VISIBLE_DEVICES lets be used: 0 "):
        choose_gpus("1")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(UsageError, match=r"no NVIDIA GPU here that CUDA_VISIBLE_DEVICES lets be used$"):
        choose_gpus("1")


def test_an_assignment_that_requires_a_gpu_is_told_that_there_is_none(machine: Machine) -> None:
    with pytest.raises(EngineError, match=r"'ps5' requires a GPU .*there is no NVIDIA GPU here.*machine that has one"):
        choose_gpus("auto", required_by="ps5")
    with pytest.raises(UsageError, match=r"'ps5' requires a GPU .*--gpus none"):
        choose_gpus("none", required_by="ps5")
    gpu = machine.gpu()
    assert choose_gpus("auto", required_by="ps5") == (gpu,)


@pytest.mark.gpu
def test_a_real_gpu_is_found() -> None:
    for gpu in find_gpus():
        assert isinstance(gpu, Gpu)
        assert gpu.uuid.startswith(("GPU-", "MIG-"))
    assert find_gpus()
