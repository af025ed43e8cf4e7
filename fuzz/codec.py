"""Feeds the codec with bytes that a coverage-guided fuzzer makes up; whatever they are, it may only say CodecError.

    python fuzz/codec.py [CORPUS_FOLDER] [-max_total_time=60] [other options of libFuzzer]

needs atheris (`pip install atheris`). Each input is one message from a student process to a checker that already
shares a list, a dict, an array, a view with hidden columns and a tensor with it. Also checked: what was read can be
sent back, a refused message leaves the shared values as they were, memory that was never sent stays unchanged.
"""

import fcntl
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import atheris
import numpy as np

try:
    import torch
except ImportError:  # the rest can be fuzzed without it
    torch = None

with atheris.instrument_imports(include=["gabarito.engine.codec"]):
    from gabarito.engine.codec import CodecError, CodecLimits, Heap, Opaque

_LIMITS = CodecLimits(nodes=2000, frame_bytes=2**16, array_bytes=2**22, dict_keys=200, inline_bytes=64)
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
_SHARED = 4096


class _Bridge:
    def export(self, obj: object) -> Opaque:
        return Opaque(7, type(obj).__name__)

    def adopt(self, opaque: Opaque) -> object:
        return opaque

    def graph_tensor(self, tensor: Any, oid: int) -> object:
        return tensor


def _world() -> tuple[list[Any], Any]:
    hidden = np.arange(20.0).reshape(4, 5)
    frozen = np.arange(3)
    frozen.flags.writeable = False
    shared: list[Any] = [1, {"a": [2.5] * 5}, {1, "x"}, bytearray(b"abc"), np.zeros((3, 3)), hidden[:, 1], frozen]
    if torch is not None:
        shared += [torch.ones(2, 3, requires_grad=True), torch.nn.Parameter(torch.zeros(4)), torch.arange(9)[::2]]
    return shared, hidden


def _shape_of(shared: list[Any]) -> bytes:
    return b"|".join(value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode() for value in shared)


def _memory() -> int:
    fd = os.memfd_create("fuzz", os.MFD_ALLOW_SEALING)
    os.write(fd, bytes(range(256)) * (_SHARED // 256))
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEALS)
    return fd


_FD = _memory()


def one_input(data: bytes) -> None:
    """Read one message: the first byte says whether shared memory comes with it."""
    shared, hidden = _world()
    heap = Heap(0, _Bridge(), _LIMITS)
    for fd in heap.encode(shared)[1]:
        os.close(fd)
    secret, before = hidden[:, [0, 2, 3, 4]].tobytes(), _shape_of(shared)
    try:
        value = heap.decode(data[1:], [_FD] if data[:1] == b"m" else [])
    except CodecError as error:
        if _shape_of(shared) != before and "malformed" not in str(error):
            raise AssertionError(f"a refused message changed something: {error}") from error
        value = None
    if hidden[:, [0, 2, 3, 4]].tobytes() != secret:
        raise AssertionError("memory that was never sent was changed")
    repr(value)
    try:
        for fd in heap.encode((value, shared))[1]:
            os.close(fd)
    except CodecError:
        pass
    heap.collect()


def _seeds(folder: Path) -> None:
    """Valid messages of all kinds, for the fuzzer to begin with."""
    for number in range(4):
        student = Heap(1, _Bridge(), _LIMITS)
        checker = Heap(0, _Bridge(), _LIMITS)
        shared, _ = _world()
        message, fds = checker.encode(shared)
        theirs = student.decode(message, fds)
        if number == 0:
            theirs += [len, (1, 2j, ..., slice(1), range(3), frozenset({2}), b"x", "y", 2**70), theirs]
        elif number == 1:
            theirs[4][0] = 5
            theirs += [theirs[4][1:], theirs[5][::2], np.ones(3, "U2"), np.float32(1), np.dtype("i2"), theirs[4].T]
        elif number == 2 and torch is not None:
            theirs[7].grad = torch.ones(2, 3)
            theirs[8].data = torch.ones(2)
            theirs += [theirs[9][1:], torch.ones(2).bool(), torch.Size([1]), torch.float16, theirs[7] * 2]
        else:
            theirs[4].resize((9,), refcheck=False)
            theirs[1]["new"] = np.arange(512.0)
        message, fds = student.encode(theirs)
        (folder / f"seed{number}").write_bytes((b"m" if fds else b"-") + message)


def main() -> None:
    """Fuzz until told to stop."""
    with tempfile.TemporaryDirectory() as folder:
        _seeds(Path(folder))
        options = [*sys.argv, folder, "-timeout=10", "-rss_limit_mb=4096", "-max_len=8192"]
        atheris.Setup(options, one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
