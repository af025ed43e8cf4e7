"""The try of a GPU, with a torch that stands in for the real one."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from gabarito.engine.gpu.probe import try_gpu


def _torch(zeros: Callable[..., Any], *, built: bool = True) -> Any:
    return SimpleNamespace(zeros=zeros, backends=SimpleNamespace(cuda=SimpleNamespace(is_built=lambda: built)))


def _works(count: int, device: str) -> Any:
    return SimpleNamespace(item=lambda: 0.0)


def _raises(count: int, device: str) -> Any:
    raise RuntimeError("Found no NVIDIA driver\non your system")


def _dies(count: int, device: str) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def _nothing() -> None:
    pass


def test_a_gpu_that_works_has_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", _torch(_works))
    assert try_gpu(_nothing) == ""


def test_a_worker_without_torch_tries_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert try_gpu(_nothing) == ""


def test_a_torch_without_cuda_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", _torch(_works, built=False))
    assert try_gpu(_nothing) == "its torch is built without CUDA"


def test_what_cuda_says_is_the_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", _torch(_raises))
    assert try_gpu(_nothing) == "RuntimeError: Found no NVIDIA driver\non your system"


def test_a_process_that_dies_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", _torch(_dies))
    assert try_gpu(_nothing) == "the process that tried it ended without a word"


def test_a_process_that_hangs_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gabarito.engine.gpu.probe._SECONDS", 0.0)
    monkeypatch.setitem(sys.modules, "torch", _torch(lambda count, device: signal.pause()))
    assert try_gpu(_nothing) == "nothing happened for 0 s"


def test_it_is_tried_with_a_submissions_rights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", _torch(_works))

    def confine() -> None:
        raise PermissionError("not a number on this GPU")

    assert try_gpu(confine) == "PermissionError: not a number on this GPU"


@pytest.mark.gpu
def test_a_real_gpu_works_in_a_fork() -> None:
    import torch

    assert try_gpu(_nothing) == ""
    assert not torch.cuda.is_initialized()
