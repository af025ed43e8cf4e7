"""Which types of numpy, torch and pandas travel; known once the process itself has loaded the library, never before."""

from __future__ import annotations

import struct
import sys
from typing import Any

from gabarito.engine.codec import constants, dtypes, tables, tags, tensors
from gabarito.engine.codec.reader import READ
from gabarito.engine.codec.writer import SCALARS, WRITE, Writer, write_opaque

_REF = struct.Struct("<BQ")
_CODES = "?bBhHiIlLqQefdFDMmUS"
TABLES: set[type] = set()


def learn() -> None:
    """Get to know the libraries that were loaded since the last time."""
    for name in [name for name in _unknown if _ready(name)]:
        _unknown.pop(name)(sys.modules[name])


def _ready(name: str) -> bool:
    module = sys.modules.get(name)
    return module is not None and not getattr(getattr(module, "__spec__", None), "_initializing", False)


def _numpy(np: Any) -> None:
    for code in _CODES:
        dtype = np.dtype(code)
        WRITE[dtype.type] = constants.write_scalar
        WRITE[type(dtype)] = constants.write_dtype
        SCALARS.update((dtype.type, type(dtype)))
    WRITE[np.ndarray] = _write_array
    READ[tags.NP_SCALAR] = constants.read_scalar
    READ[tags.NP_DTYPE] = constants.read_dtype
    READ[tags.NP_COPY] = tables.read_array


def _torch(torch: Any) -> None:
    tensors.learn(torch)
    WRITE[torch.Tensor] = WRITE[torch.nn.Parameter] = _write_tensor
    WRITE[torch.Size] = constants.write_size
    WRITE[torch.dtype] = constants.write_torch_dtype
    WRITE[torch.device] = constants.write_device
    SCALARS.update((torch.Size, torch.dtype, torch.device))
    READ[tags.TORCH_SIZE] = constants.read_size
    READ[tags.TORCH_DTYPE] = constants.read_torch_dtype
    READ[tags.TORCH_DEVICE] = constants.read_device


def _pandas(pd: Any) -> None:
    TABLES.update((pd.DataFrame, pd.Series))
    WRITE[pd.DataFrame] = WRITE[pd.Series] = _write_table
    for index in (pd.Index, pd.RangeIndex, pd.MultiIndex, pd.DatetimeIndex, pd.TimedeltaIndex, pd.CategoricalIndex):
        WRITE[index] = tables.write_index
    READ[tags.PD_INDEX] = tables.read_index


def _write_table(writer: Writer, table: Any) -> None:
    if tables.can(table) and not writer.copying:
        _refer(writer, table)
    else:
        write_opaque(writer, writer.sharing.export(table))


def _write_array(writer: Writer, array: Any) -> None:
    if writer.copying and dtypes.code(array.dtype):
        tables.write_array(writer, array)
    elif dtypes.code(array.dtype):
        _refer(writer, array)
    else:
        write_opaque(writer, writer.sharing.export(array))


def _write_tensor(writer: Writer, tensor: Any) -> None:
    if tensors.can(tensor):
        _refer(writer, tensor)
    else:
        write_opaque(writer, writer.sharing.export(tensor))


def _refer(writer: Writer, obj: object) -> None:
    writer.out += _REF.pack(tags.REF, writer.sharing.refer(writer, obj))


_unknown = {"numpy": _numpy, "torch": _torch, "pandas": _pandas}
"""How to get to know the libraries that were not loaded yet, each from its module."""
