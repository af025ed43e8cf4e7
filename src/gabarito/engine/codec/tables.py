"""Pandas tables, column by column: as plain values on the wire, with an identity where they can change.

A column travels if it holds numbers, truth values, times, strings, categories or plain scalars; a table with any
other column is opaque as a whole.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, final

from gabarito.engine.codec import content, dtypes, layout, tags
from gabarito.engine.codec.containers import NO_LINKS, Commit, Links, begin
from gabarito.engine.codec.limits import CodecError
from gabarito.engine.codec.reader import Reader
from gabarito.engine.codec.reader import copy as read_copied
from gabarito.engine.codec.writer import TABLE_COST, Writer, plain_keys, write_opaque
from gabarito.engine.codec.writer import copy as write_copied

if TYPE_CHECKING:
    from gabarito.engine.codec.heap import Heap

_CELLS = {type(None), bool, int, float, str, bytes}
_BYTE = struct.Struct("<B")
_NUMBERS, _CELL_LIST, _TEXT, _CATEGORIES, _MASKED = "numbers", "cells", "text", "categories", "masked"
_RANGE, _LABELS, _LEVELS = "range", "labels", "levels"


@final
class SharedTable:
    """A DataFrame or Series with an identity."""

    __slots__ = ("agreed", "heap", "mine", "obj", "oid", "tag")

    def __init__(self, heap: Heap, oid: int, obj: Any, tag: int, *, mine: bool) -> None:
        self.heap, self.oid, self.obj, self.tag, self.mine = heap, oid, obj, tag, mine
        self.agreed: object = None

    def scan(self, writer: Writer) -> Commit | None:
        """Append the content if it changed.

        Raises:
            CodecError: it got a column that can't be sent.
        """
        parts = _parts(self.obj)
        if parts is None:
            raise CodecError("a table that both sides hold got a column that can't be sent: make a new table")
        return None if _short(parts, self.heap) == self.agreed else self._write(writer, parts)

    def start(self, writer: Writer) -> Commit:
        """Append the content of a new table."""
        return self._write(writer, _parts(self.obj))

    def _write(self, writer: Writer, parts: object) -> Commit:
        begin(writer, self.oid)
        writer.spend(_cost(parts))
        write_copied(writer, parts)
        short = _short(parts, self.heap)
        return lambda: setattr(self, "agreed", short)

    def read(self, reader: Reader) -> Commit:
        """Read the content; the result puts it in place."""
        parts = read_copied(reader)
        reader.spend(_cost(parts))
        made = _frame(parts) if self.tag == tags.FRAME else _series(parts)
        short = _short(parts, self.heap)

        def commit() -> None:
            self.obj._update_inplace(made)
            if self.tag == tags.SERIES:
                self.obj.name = made.name
            self.agreed = short

        return commit

    def links(self) -> Links:
        """Nothing: the content of tables has no identity."""
        return NO_LINKS


def blank(tag: int) -> Any:
    """An empty table, to be filled.

    Raises:
        CodecError: pandas isn't loaded.
    """
    pd = _pandas()
    return pd.DataFrame() if tag == tags.FRAME else pd.Series(dtype="float64")


def tag_of(obj: Any) -> int:
    """What a table is on the wire."""
    return tags.FRAME if type(obj) is _pandas().DataFrame else tags.SERIES


def can(obj: Any) -> bool:
    """Whether a table travels."""
    return _parts(obj) is not None


def write_index(writer: Writer, index: Any) -> None:
    """Append an index; one with labels that aren't plain is opaque."""
    parts = _index_parts(index)
    if parts is None:
        write_opaque(writer, writer.sharing.export(index))
        return
    writer.out.append(tags.PD_INDEX)
    writer.spend(_cost(parts))
    write_copied(writer, parts)


def read_index(reader: Reader) -> Any:
    """Read an index."""
    parts = read_copied(reader)
    reader.spend(_cost(parts))
    index = _index(parts)
    if len(index) > reader.limits.array_bytes // 8:
        raise CodecError(f"a message has an index of {len(index)} labels")
    return index


def _cost(parts: object) -> int:
    """What making a table of these parts takes, in values."""
    return TABLE_COST + sum(map(_cost, parts)) if isinstance(parts, tuple) else 0


def write_array(writer: Writer, array: Any) -> None:
    """Append a numpy array without identity."""
    code = dtypes.code(array.dtype).encode()
    writer.out.append(tags.NP_COPY)
    writer.text(code.decode())
    writer.out += struct.pack(f"<B{array.ndim}q", array.ndim, *array.shape)
    writer.weigh(array.nbytes)
    dense = sys.modules["numpy"].ascontiguousarray(array)
    content.write(writer, writer.out, dense.view(dtypes.word(array.dtype)), None)


def read_array(reader: Reader) -> Any:
    """Read a numpy array without identity."""
    dtype = dtypes.by_code(reader.text())
    (dimensions,) = reader.unpack(_BYTE)
    shape = reader.numbers(dimensions)
    size = layout.check(shape, layout.dense(shape, dtype.itemsize), dtype.itemsize, 0, 2**62, reader.logical)
    reader.weigh(2 * size)
    source, given = content.read(reader)
    if given != size:
        raise CodecError(f"a message has {given} bytes for an array of {size}")
    array = sys.modules["numpy"].empty(shape, dtype)
    content.load(source, reader.segment, array.view(dtypes.word(dtype)), dtypes.kind(dtype))
    return array


def _pandas() -> Any:
    pandas = sys.modules.get("pandas")
    if pandas is None:
        raise CodecError("a message has a table of pandas, which isn't loaded here")
    return pandas


# Tables to plain values.


def _parts(obj: Any) -> tuple[Any, ...] | None:
    if type(obj) is _pandas().DataFrame:
        columns = tuple(_column_parts(obj.iloc[:, at]) for at in range(obj.shape[1]))
        parts: tuple[Any, ...] = (_index_parts(obj.index), _index_parts(obj.columns), columns)
        return None if None in (*parts[:2],) or None in columns else parts
    parts = (_index_parts(obj.index), _column_parts(obj), obj.name)
    return None if parts[0] is None or parts[1] is None or not plain_keys((obj.name,)) else parts


def _column_parts(holder: Any) -> tuple[Any, ...] | None:
    """What is in a series or index."""
    pd, np = _pandas(), dtypes.numpy()
    dtype, column = holder.dtype, holder.array
    if isinstance(dtype, np.dtype):
        values = holder.to_numpy()
        if dtype.kind == "O":
            cells = values.tolist()
            return (_CELL_LIST, cells) if _CELLS.issuperset(map(type, cells)) else None
        return (_NUMBERS, values) if dtypes.code(dtype) else None
    if isinstance(dtype, pd.StringDtype):
        missing = column.isna().tolist()
        cells = [None if gone else cell for cell, gone in zip(column.tolist(), missing, strict=True)]
        return (_TEXT, dtype.na_value is not pd.NA, cells)
    if isinstance(dtype, pd.CategoricalDtype):
        labels = _index_parts(column.categories)
        return None if labels is None else (_CATEGORIES, column.codes, labels, bool(column.ordered))
    if isinstance(column, pd.arrays.BooleanArray | pd.arrays.IntegerArray | pd.arrays.FloatingArray):
        return (_MASKED, column._data, column._mask)
    return None


def _index_parts(index: Any) -> tuple[Any, ...] | None:
    pd = _pandas()
    if not plain_keys(index.names):
        return None
    if type(index) is pd.RangeIndex:
        return (_RANGE, index.start, index.stop, index.step, index.name)
    if type(index) is pd.MultiIndex:
        levels = tuple(_index_parts(level) for level in index.levels)
        return (
            None
            if None in levels
            else (_LEVELS, levels, tuple(map(dtypes.numpy().asarray, index.codes)), tuple(index.names))
        )
    column = _column_parts(index)
    return None if column is None else (_LABELS, column, index.name)


def _short(parts: Any, heap: Heap) -> object:
    """What to keep of a table's parts to see a change."""
    if isinstance(parts, tuple):
        return tuple(_short(part, heap) for part in parts)
    if isinstance(parts, list):
        return [(type(cell), repr(cell)) for cell in parts]
    if type(parts) is dtypes.numpy().ndarray:
        dense = dtypes.numpy().ascontiguousarray(parts)
        return parts.dtype.str, parts.shape, content.agreed(dense.view(dtypes.word(dense.dtype)), heap.weights)
    return type(parts), repr(parts)


# Plain values to tables; whatever pandas raises about them becomes a CodecError.


def _frame(parts: Any) -> Any:
    pd = _pandas()
    index_parts, labels_parts, columns = _tuple(parts, 3)
    index, labels = _index(index_parts), _index(labels_parts)
    made = {at: _values(index, _column(column)) for at, column in enumerate(columns)}
    frame = pd.DataFrame(made, index=index)
    if len(labels) != len(made):
        raise CodecError(f"a message has a table of {len(made)} columns with {len(labels)} labels")
    frame.columns = labels
    return frame


def _series(parts: Any) -> Any:
    index_parts, column, name = _tuple(parts, 3)
    made = _values(_index(index_parts), _column(column))
    made.name = name
    return made


def _values(index: Any, column: Any) -> Any:
    if len(column) != len(index):
        raise CodecError(f"a message has a table of {len(index)} rows with a column of {len(column)}")
    return _pandas().Series(column, index=index, dtype=column.dtype)


def _tuple(parts: Any, length: int) -> tuple[Any, ...]:
    if type(parts) is not tuple or len(parts) != length:
        raise CodecError("a message has a table that lacks a part")
    return parts


def _column(parts: Any) -> Any:
    pd, np = _pandas(), dtypes.numpy()
    kind, first, *rest = parts
    if kind == _CELL_LIST:
        column = np.empty(len(first), object)
        column[:] = _cells(first, _CELLS)
        return column
    if kind == _TEXT:
        (cells,) = rest
        return pd.array(_cells(cells, {str, type(None)}), dtype=pd.StringDtype(na_value=np.nan if first else pd.NA))
    numbers = _numbers(first)
    if kind == _NUMBERS:
        return numbers
    if kind == _CATEGORIES:
        labels, ordered = rest
        return pd.Categorical.from_codes(numbers, categories=_index(labels), ordered=ordered is True)
    if kind == _MASKED:
        (mask,) = rest
        kinds = {"b": pd.arrays.BooleanArray, "f": pd.arrays.FloatingArray}
        return kinds.get(numbers.dtype.kind, pd.arrays.IntegerArray)(numbers, _numbers(mask))
    raise CodecError("a message has a column of an unknown kind")


def _cells(cells: Any, kinds: set[type]) -> list[Any]:
    if type(cells) is not list or not kinds.issuperset(map(type, cells)):
        raise CodecError("a message has a column with cells that don't belong there")
    return cells


def _numbers(array: Any) -> Any:
    if type(array) is not dtypes.numpy().ndarray or array.ndim != 1:
        raise CodecError("a message has a column without numbers")
    return array


def _index(parts: Any) -> Any:
    pd = _pandas()
    kind, *rest = parts
    if kind == _RANGE:
        start, stop, step, name = rest
        return pd.RangeIndex(start, stop, step, name=_name(name))
    if kind == _LABELS:
        column, name = rest
        values = _column(column)
        return pd.Index(values, dtype=values.dtype, name=_name(name))
    if kind == _LEVELS:
        levels, codes, names = rest
        return pd.MultiIndex(
            [_index(level) for level in levels], [_numbers(code) for code in codes], names=_names(names)
        )
    raise CodecError("a message has an index of an unknown kind")


def _name(name: Any) -> Any:
    return _names((name,))[0]


def _names(names: Any) -> Sequence[Any]:
    if not plain_keys(names):
        raise CodecError("a message has an index with a name that isn't plain")
    return names
