"""A worker's share of a GPU: which GPU, and how much of its memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gabarito.engine.gpu.devices import Gpu
from gabarito.engine.start import GpuPart
from gabarito.errors import UsageError

_OUTSIDE = 640 << 20
"""Bytes that a CUDA context and the libraries' kernels take beside what the allocator hands out."""


@dataclass(frozen=True, slots=True)
class GpuShare:
    """What one worker has of a GPU.

    Attributes:
        gpu: the one GPU that it sees.
        budget_bytes: memory that all its processes may use together, as NVML counts; 0 for no limit.
        slots: how many such shares the GPU has.
    """

    gpu: Gpu
    budget_bytes: int = 0
    slots: int = 1

    @property
    def fraction(self) -> float:
        """The part of the GPU's memory that torch's allocator may hand out; 0 where it isn't limited.

        It is less than the budget, since a CUDA context counts there too: torch says no, with an exception that names
        the line, before the watchdog ends the process.
        """
        if not self.budget_bytes or not self.gpu.memory_bytes:
            return 0.0
        inside = max(self.budget_bytes - _OUTSIDE, self.budget_bytes // 2)
        return min(1.0, inside / self.gpu.memory_bytes)


def share_out(gpus: Sequence[Gpu], *, slots: int = 1, budget_bytes: int = 0) -> tuple[GpuShare, ...]:
    """Shares for `slots` workers on each GPU, in the order in which workers take them: each GPU once, then again.

    Args:
        gpus: those to share.
        slots: workers on each GPU.
        budget_bytes: memory of each share; 0 divides the GPU's memory by `slots`.

    Raises:
        UsageError: the shares of a GPU are more than its memory.
    """
    for gpu in gpus:
        if gpu.memory_bytes and slots * budget_bytes > gpu.memory_bytes:
            raise UsageError(
                f"{slots} times {budget_bytes >> 20} MiB are more than GPU {gpu} has: lower c.Gabarito.gpu_slots or "
                "c.Gabarito.gpu_memory_mb"
            )
    shares = [GpuShare(gpu, budget_bytes or gpu.memory_bytes // slots, slots) for gpu in gpus]
    return tuple(shares * slots)


def part_of(share: GpuShare | None) -> GpuPart | None:
    """What the worker itself is told of its share."""
    return None if share is None else GpuPart(str(share.gpu), share.fraction, share.budget_bytes)


def environment(share: GpuShare | None) -> dict[str, str]:
    """The variable by which a worker that has all of this machine's devices sees its own GPU alone, or none."""
    return {"CUDA_VISIBLE_DEVICES": share.gpu.uuid if share else ""}
