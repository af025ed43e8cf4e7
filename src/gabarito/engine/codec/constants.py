"""Small immutable values of numpy and torch: scalars, dtypes, shapes and devices."""

from __future__ import annotations

import struct
import sys
from typing import Any

from gabarito.engine.codec import content, dtypes, tags, tensors
from gabarito.engine.codec.limits import CodecError
from gabarito.engine.codec.reader import Reader
from gabarito.engine.codec.writer import Writer, write_opaque


def write_scalar(writer: Writer, value: Any) -> None:
    """Append a numpy scalar."""
    dtype = value.dtype
    writer.out.append(tags.NP_SCALAR)
    if dtype.kind in "US":
        writer.text(dtype.kind)
        writer.value(str(value) if dtype.kind == "U" else bytes(value))
    else:
        writer.text(dtypes.code(dtype))
        writer.out += value.tobytes()


def read_scalar(reader: Reader) -> Any:
    """Read a numpy scalar."""
    code = reader.text()
    if code in ("U", "S"):
        np = dtypes.numpy()
        value = reader.value()
        if type(value) is not (str if code == "U" else bytes):
            raise CodecError("a message has a numpy scalar that is no text")
        return np.str_(value) if code == "U" else np.bytes_(value)
    dtype = dtypes.by_code(code)
    if dtype.kind in "US":
        raise CodecError(f"a message has a numpy scalar of the type {code!r}")
    data = dtypes.numpy().frombuffer(reader.take(dtype.itemsize), "u1")
    content.valid(data, dtypes.kind(dtype))
    return data.view(dtype)[0]


def write_dtype(writer: Writer, dtype: Any) -> None:
    """Append a numpy dtype; one that arrays can't have here is opaque."""
    code = dtypes.code(dtype)
    if not code:
        write_opaque(writer, writer.sharing.export(dtype))
        return
    writer.out.append(tags.NP_DTYPE)
    writer.text(code)


def read_dtype(reader: Reader) -> Any:
    """Read a numpy dtype."""
    return dtypes.by_code(reader.text())


def write_size(writer: Writer, size: Any) -> None:
    """Append a torch.Size."""
    writer.out.append(tags.TORCH_SIZE)
    writer.nested(size)


def read_size(reader: Reader) -> Any:
    """Read a torch.Size."""
    lengths = reader.nested()
    if any(type(length) is not int or not -(2**63) <= length < 2**63 for length in lengths):
        raise CodecError("a message has an impossible torch.Size")
    return sys.modules["torch"].Size(lengths)


def write_torch_dtype(writer: Writer, dtype: Any) -> None:
    """Append a torch.dtype."""
    number = tensors.number_of(dtype)
    if number is None:
        write_opaque(writer, writer.sharing.export(dtype))
        return
    writer.out += bytes((tags.TORCH_DTYPE, number))


def read_torch_dtype(reader: Reader) -> Any:
    """Read a torch.dtype."""
    return tensors.by_number(reader.unpack(struct.Struct("<B"))[0])


def write_device(writer: Writer, device: Any) -> None:
    """Append a torch.device."""
    name = str(device)
    if tensors.DEVICE.fullmatch(name) is None:
        write_opaque(writer, writer.sharing.export(device))
        return
    writer.out.append(tags.TORCH_DEVICE)
    writer.text(name)


def read_device(reader: Reader) -> Any:
    """Read a torch.device."""
    name = reader.text()
    if tensors.DEVICE.fullmatch(name) is None:
        raise CodecError(f"a message has the device {name[:20]!r}, which can't be used here")
    return sys.modules["torch"].device(name)
