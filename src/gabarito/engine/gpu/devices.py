"""The GPUs of this machine, and which of them a run may use."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gabarito.engine.gpu import nvml
from gabarito.errors import EngineError, UsageError

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU, or one MIG instance of a GPU that is split into several."""

    index: str
    """As NVML and nvidia-smi count: `0`; `0:1` for a MIG instance, which is its name in CDI, too."""
    uuid: str
    """What CUDA_VISIBLE_DEVICES takes without mistaking one for another: CUDA counts in another order than NVML."""
    name: str
    memory_bytes: int
    """All of its memory; 0 where NVML does not tell, as of GPUs that have no memory of their own."""

    def __str__(self) -> str:
        memory = f", {self.memory_bytes // _MIB} MiB" if self.memory_bytes else ""
        return f"{self.index} ({self.name}{memory})"


def find_gpus() -> tuple[Gpu, ...]:
    """The NVIDIA GPUs of this machine that this process may use, in NVML's order; CUDA is not opened.

    None where there is no driver or no library. `CUDA_VISIBLE_DEVICES` counts, as it does for CUDA: indexes, UUIDs or
    beginnings of UUIDs, up to the first that does not exist. Indexes are NVML's, as with CUDA_DEVICE_ORDER=PCI_BUS_ID.

    Raises:
        EngineError: NVML is there and doesn't work.
    """
    with nvml.session() as library:
        gpus = () if library is None else tuple(_gpus(library))
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return gpus if visible is None else tuple(_visible(gpus, visible))


def choose_gpus(value: str, *, required_by: str = "") -> tuple[Gpu, ...]:
    """The GPUs that a run uses.

    Args:
        value: `auto` for all there are, `none`, or indexes with commas between them: `0,1`.
        required_by: name of an assignment that can't be graded without a GPU, or empty.

    Raises:
        UsageError: the value has another form, names a GPU that isn't there, or is `none` where one is required.
        EngineError: there is no GPU where one is required, or NVML doesn't work.
    """
    value = value.strip()
    if value == "none":
        if required_by:
            raise UsageError(
                f"the assignment {required_by!r} requires a GPU (c.Gabarito.require_gpu), and --gpus none gives it "
                "none; use --gpus auto"
            )
        return ()
    if value == "auto":
        gpus = find_gpus()
        if required_by and not gpus:
            raise EngineError(
                f"the assignment {required_by!r} requires a GPU (c.Gabarito.require_gpu), and {_there(())}; grade it "
                "on a machine that has one, or take its name from the list"
            )
        return gpus
    return _named(value)


def _named(value: str) -> tuple[Gpu, ...]:
    names = list(dict.fromkeys(name.strip() for name in value.split(",")))
    if not all(name.replace(":", "", 1).isdecimal() for name in names):
        raise UsageError(f"--gpus {value!r} is neither 'auto' nor 'none' nor indexes such as '0' or '0,1'")
    gpus = find_gpus()
    known = {gpu.index: gpu for gpu in gpus}
    missing = [name for name in names if name not in known]
    if missing:
        raise UsageError(f"--gpus {value!r} names GPU {', '.join(missing)}, and {_there(gpus)}")
    return tuple(known[name] for name in names)


def _there(gpus: Sequence[Gpu]) -> str:
    limited = " that CUDA_VISIBLE_DEVICES lets be used" if "CUDA_VISIBLE_DEVICES" in os.environ else ""
    if not gpus:
        return (
            f"there is no NVIDIA GPU here{limited} (no driver, or no libnvidia-ml.so.1)"
            if not limited
            else (f"there is no NVIDIA GPU here{limited}")
        )
    return f"there {'is' if len(gpus) == 1 else 'are'} here{limited}: {', '.join(map(str, gpus))}"


def _gpus(library: Any) -> Iterator[Gpu]:
    for number in range(library.nvmlDeviceGetCount()):
        try:
            handle = library.nvmlDeviceGetHandleByIndex(number)
        except library.NVMLError_NoPermission:  # another job's, on a cluster
            continue
        parts = list(_mig_instances(library, handle))
        for index, part in parts:
            yield _gpu(library, f"{number}:{index}", part)
        if not parts and not _is_split(library, handle):
            yield _gpu(library, str(number), handle)


def _gpu(library: Any, index: str, handle: Any) -> Gpu:
    try:
        memory = int(library.nvmlDeviceGetMemoryInfo(handle).total)
    except library.NVMLError_NotSupported:
        memory = 0
    return Gpu(index, library.nvmlDeviceGetUUID(handle), library.nvmlDeviceGetName(handle), memory)


def _is_split(library: Any, handle: Any) -> bool:
    try:
        return bool(library.nvmlDeviceGetMigMode(handle)[0])
    except (library.NVMLError_NotSupported, library.NVMLError_FunctionNotFound):
        return False


def _mig_instances(library: Any, handle: Any) -> Iterator[tuple[int, Any]]:
    """The instances of a GPU that is split, with their positions; CUDA can use them, and not the whole GPU."""
    if not _is_split(library, handle):
        return
    for index in range(library.nvmlDeviceGetMaxMigDeviceCount(handle)):
        try:
            yield index, library.nvmlDeviceGetMigDeviceHandleByIndex(handle, index)
        except library.NVMLError_NotFound:
            continue


def _visible(gpus: Sequence[Gpu], value: str) -> Iterator[Gpu]:
    given: set[str] = set()
    for name in filter(None, map(str.strip, value.split(","))):
        found = [gpu for gpu in gpus if name == gpu.index] or [
            gpu for gpu in gpus if name.startswith(("GPU-", "MIG-")) and gpu.uuid.startswith(name)
        ]
        if len(found) != 1 or found[0].uuid in given:
            return
        given.add(found[0].uuid)
        yield found[0]
