"""GPUs: which there are, who gets which part of which, and what holds student code to its part."""

from gabarito.engine.gpu.devices import Gpu, choose_gpus, find_gpus
from gabarito.engine.gpu.share import GpuShare, share_out

__all__ = ["Gpu", "GpuShare", "choose_gpus", "find_gpus", "share_out"]
