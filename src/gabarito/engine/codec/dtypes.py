"""Which numpy dtypes are plain, and how their bytes are looked at."""

from __future__ import annotations

import re
import sys
from typing import Any

from gabarito.engine.codec import content
from gabarito.engine.codec.limits import CodecError

_PLAIN = re.compile(
    r"\|b1|\|[iu]1|[<>][iu][248]|[<>]f[248]|[<>]c(8|16)"
    r"|[<>][Mm]8(\[[1-9]?\d{0,8}(Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?"
    r"|<U[1-9]\d{0,7}|\|S[1-9]\d{0,8}"
)
_BY_DTYPE: dict[Any, str] = {}
_BY_CODE: dict[str, Any] = {}
_ENOUGH = 1000
WORDS = {1: "u1", 2: "<u2", 4: "<u4", 8: "<u8", 16: "<c16"}
"""The type by which elements of so many bytes are copied."""


def numpy() -> Any:
    """The numpy of this process.

    Raises:
        CodecError: it isn't loaded.
    """
    np = sys.modules.get("numpy")
    if np is None:
        raise CodecError("a message has values of numpy, which isn't loaded here")
    return np


def code(dtype: Any) -> str:
    """The name of a dtype on the wire; empty if arrays of it don't travel."""
    known = _BY_DTYPE.get(dtype)
    if known is None:
        text: str = dtype.str
        known = text if dtype.names is None and _PLAIN.fullmatch(text) else ""
        if len(_BY_DTYPE) < _ENOUGH:
            _BY_DTYPE[dtype] = known
    return known


def by_code(text: str) -> Any:
    """The dtype with this name on the wire.

    Raises:
        CodecError: there is none.
    """
    dtype = _BY_CODE.get(text)
    if dtype is None:
        np = numpy()
        if not _PLAIN.fullmatch(text):
            raise CodecError(f"a message has an array of the type {text[:20]!r}, which can't be used here")
        dtype = np.dtype(text)
        if len(_BY_CODE) < _ENOUGH:
            _BY_CODE[text] = dtype
    return dtype


def word(dtype: Any) -> Any:
    """The dtype by which an array of `dtype` is copied."""
    size = dtype.itemsize
    return WORDS[size] if size in WORDS and dtype.kind not in "US" else f"V{size}"


def kind(dtype: Any) -> int:
    """What the bytes of such an array may be."""
    return {"b": content.BOOL, "U": content.TEXT}.get(dtype.kind, content.PLAIN)
