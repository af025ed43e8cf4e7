"""A machine with the GPUs that a test wants: a libnvidia-ml of its own, compiled once, that answers from a file."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import pytest

from gabarito.engine.gpu import Gpu

VARIABLE = "GABARITO_TEST_NVML"
GIB = 1 << 30
_SOURCE = Path(__file__).with_name("nvml.c")


def build(folder: Path) -> Path:
    """Compile the library; its path, in a folder that LD_LIBRARY_PATH can name. Skips the test without a compiler."""
    if shutil.which("gcc") is None:
        pytest.skip("needs gcc, to build a libnvidia-ml without a GPU")
    library = folder / "libnvidia-ml.so.1"
    command = ["gcc", "-O1", "-shared", "-fPIC", "-Wall", "-Werror", "-o", str(library), str(_SOURCE)]
    subprocess.run(command, check=True)
    return library


class Machine:
    """The state file: change it, and the library answers otherwise at once."""

    def __init__(self, path: Path, library: Path) -> None:
        self.path, self.library = path, library
        self._lines: list[str] = []
        self._write()

    @property
    def environment(self) -> dict[str, str]:
        """What a process that is started needs, to find these GPUs."""
        return {VARIABLE: str(self.path), "LD_LIBRARY_PATH": str(self.library.parent)}

    def gpu(self, number: int = 0, *, memory: int = 8 * GIB, name: str = "Test GPU") -> Gpu:
        """Put in a GPU."""
        gpu = Gpu(str(number), f"GPU-{number}{number}aa-0000", name, memory)
        self._add(f"gpu {gpu.uuid} {memory} {name}")
        return gpu

    def instance(self, of: Gpu, number: int, *, memory: int = 2 * GIB) -> Gpu:
        """Split a part from the GPU that was put in last."""
        gpu = Gpu(f"{of.index}:{number}", f"MIG-{number}-{of.uuid}", f"{of.name} MIG", memory)
        self._add(f"mig {gpu.uuid} {memory} {gpu.name}")
        return gpu

    def use(self, gpu: Gpu, pid: int, memory: int | None) -> None:
        """Let a process use memory; None for a GPU that does not say how much."""
        self._add(f"process {gpu.uuid} {pid} {-1 if memory is None else memory}")

    def idle(self) -> None:
        """Let nobody use anything."""
        self._lines = [line for line in self._lines if not line.startswith("process")]
        self._write()

    def fail(self, what: str, code: int) -> None:
        """Let one function give an error."""
        self._add(f"fail {what} {code}")

    def refuse(self, code: int) -> None:
        """Let the library not start."""
        self._add(f"init {code}")

    def _add(self, line: str) -> None:
        self._lines.append(line)
        self._write()

    def _write(self) -> None:
        self.path.write_text("".join(f"{line}\n" for line in self._lines))


def load(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pynvml call this library in this process, as LD_LIBRARY_PATH does in one that is started."""
    import pynvml

    monkeypatch.setattr(pynvml, "nvmlLib", ctypes.CDLL(str(library)))
    monkeypatch.setattr(pynvml, "_nvmlGetFunctionPointer_cache", {})
