"""NVIDIA's management library (NVML): which GPUs there are and who uses them, without opening CUDA."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gabarito.errors import EngineError


@contextmanager
def session() -> Iterator[Any]:
    """The module `pynvml`, ready for use inside of the block; None where there is no library or no driver.

    Raises:
        EngineError: NVML is there and doesn't work, at the start or in the block.
    """
    import pynvml

    try:
        pynvml.nvmlInit()
    except (pynvml.NVMLError_LibraryNotFound, pynvml.NVMLError_DriverNotLoaded):
        yield None
        return
    except pynvml.NVMLError as e:
        raise broken(e) from None
    try:
        yield pynvml
    except (pynvml.NVMLError, pynvml.NVMLLibraryMismatchError) as e:
        raise broken(e) from None
    finally:
        pynvml.nvmlShutdown()


def broken(error: Exception) -> EngineError:
    """What to say where NVML is there and doesn't work."""
    import pynvml

    if isinstance(error, pynvml.NVMLError_LibRmVersionMismatch):
        return EngineError(
            "the NVIDIA driver that is running and its library (libnvidia-ml.so.1) are of different versions, as they "
            "are after an update of the driver: restart the machine, or run without a GPU with --gpus none"
        )
    return EngineError(
        f"NVIDIA's management library (NVML) doesn't work: {error}; see what 'nvidia-smi' says, "
        "or run without a GPU with --gpus none"
    )
