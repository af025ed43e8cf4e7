"""What of the machine a sandbox must let in for a GPU."""

from __future__ import annotations

from glob import glob

from gabarito.engine.gpu.share import GpuShare

_DEVICES = ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", "/dev/nvidia[0-9]*", "/dev/nvidia-caps/*")


def device_files(root: str = "/") -> tuple[str, ...]:
    """The NVIDIA device files to bind where a sandbox has a /dev of its own; all, since CUDA picks by its variable."""
    return tuple(name for pattern in _DEVICES for name in sorted(glob(root.rstrip("/") + pattern)))


def cdi_arguments(share: GpuShare) -> tuple[str, ...]:
    """Arguments of `podman run` and `docker run`: the GPU by its name in the Container Device Interface.

    Not `--gpus`, which podman takes and ignores.
    """
    return ("--device", f"nvidia.com/gpu={share.gpu.index}")
