"""The limit of torch's allocator, in processes of their own: what is put on torch's list stays there."""

from __future__ import annotations

import subprocess
import sys

import pytest

_HERE = """
import torch
from gabarito.engine.gpu.allocator import limit_allocator
"""
_WITHOUT_GPU = (
    _HERE
    + """
set_to = []
torch._C._cuda_setMemoryFraction = lambda fraction, device: set_to.append((fraction, device))
before = len(torch.cuda._queued_calls)
limit_allocator(0.0)
assert len(torch.cuda._queued_calls) == before
limit_allocator(0.25)
assert not torch.cuda.is_initialized() and not set_to
torch.cuda._queued_calls[-1][0]()
assert set_to == [(0.25, 0)]
"""
)
_WITH_GPU = (
    _HERE
    + """
import os
limit_allocator(0.05)
assert not torch.cuda.is_initialized()
total = torch.cuda.get_device_properties(0).total_memory if os.fork() == 0 else 0
if not total:
    raise SystemExit(os.waitstatus_to_exitcode(os.wait()[1]))
torch.empty(total // 100, dtype=torch.uint8, device="cuda")
try:
    torch.empty(total // 10, dtype=torch.uint8, device="cuda")
except torch.OutOfMemoryError:
    os._exit(0)
os._exit(7)
"""
)


def _run(source: str) -> None:
    subprocess.run([sys.executable, "-c", source], check=True)


def test_the_limit_waits_for_cuda_to_be_opened() -> None:
    _run(_WITHOUT_GPU)


def test_there_is_nothing_to_limit_without_torch() -> None:
    _run("from gabarito.engine.gpu.allocator import limit_allocator; limit_allocator(0.5)")


@pytest.mark.gpu
def test_a_forked_process_is_held_to_the_limit() -> None:
    _run(_WITH_GPU)
