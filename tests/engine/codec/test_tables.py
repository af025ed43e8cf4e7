"""Pandas tables arrive as they were, changes in place are seen, and impossible ones are refused."""

import struct
import sys
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gabarito.engine.codec import CodecError, CodecLimits, Opaque
from tests.engine.codec import forge
from tests.engine.codec.pair import Ghost, Pair


def table() -> Any:
    return pd.DataFrame(
        {
            "whole": [1, 2],
            "text": ["x", None],
            "mixed": [True, None],
            "kind": pd.Categorical(["u", "v"], ordered=True),
            "maybe": pd.array([1, None], "Int64"),
            "perhaps": pd.array([1.5, None], "Float64"),
            "truth": pd.array([True, None], "boolean"),
            "time": pd.to_datetime(["2020-01-01", None]),
            "float": [1.5, np.nan],
            7: pd.array(["x", None], dtype=pd.StringDtype(na_value=pd.NA)),
        },
        index=pd.Index(["a", "b"], name="row"),
    )


def test_a_frame_arrives_as_it_was_and_changes_are_seen() -> None:
    pair = Pair()
    mine = table()
    theirs = pair.send(mine)
    pd.testing.assert_frame_equal(theirs, mine)
    theirs["new"] = [3, 4]
    del theirs["text"]
    theirs.loc["a", "float"] = 9
    assert pair.back(theirs) is mine
    pd.testing.assert_frame_equal(theirs, mine)
    pair.back(theirs)
    assert len(pair.last) < 60


def test_a_series_arrives_as_it_was_and_changes_are_seen() -> None:
    pair = Pair()
    index = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["x", None])
    mine = pd.Series([1.0, 2.0], index=index, name="s")
    theirs = pair.send(mine)
    pd.testing.assert_series_equal(theirs, mine)
    theirs.iloc[0] = 5
    theirs.name = "t"
    pair.back()
    pd.testing.assert_series_equal(theirs, mine)


def test_indexes_arrive_as_they_were() -> None:
    indexes = [
        pd.RangeIndex(2, 9, 3, name="r"),
        pd.Index(["a", None]),
        pd.Index([1.5, 2]),
        pd.to_datetime(["2020-01-01", "2020-03-01"]),
        pd.to_timedelta([1, 2]),
        pd.CategoricalIndex(["a", "b"]),
        pd.Index([("a", 1)]),
        pd.Index([1, "a", None], dtype=object),
    ]
    for index in indexes:
        arrived = Pair().send(index)
        assert type(arrived) is type(index)
        pd.testing.assert_index_equal(arrived, index)


def test_empty_tables_arrive() -> None:
    for empty in (pd.DataFrame(), pd.DataFrame({"a": []}), pd.DataFrame(index=[1, 2])):
        pd.testing.assert_frame_equal(Pair().send(empty), empty)
    pd.testing.assert_series_equal(Pair().send(pd.Series([], dtype="int8")), pd.Series([], dtype="int8"))


def test_big_columns_travel_in_shared_memory() -> None:
    pair = Pair(CodecLimits(inline_bytes=100))
    mine = pd.DataFrame({"a": np.arange(100_000.0)})
    theirs = pair.send(mine)
    assert len(pair.last) < 1000
    pd.testing.assert_frame_equal(theirs, mine)


@pytest.mark.parametrize(
    "value",
    [
        pd.DataFrame({"x": [object()]}),
        pd.Series([len]),
        pd.Series([1], name=len),
        pd.Series(pd.to_datetime(["2020-01-01"]).tz_localize("UTC")),
        pd.Series(pd.Categorical([len])),
        pd.DataFrame([[1]], columns=[len]),
        pd.Index([1], name=len),
        pd.MultiIndex.from_tuples([(len, 1)]),
        pd.Series([np.longdouble(1)]),
        pd.Timestamp("2020-01-01"),
        pd.period_range("2020", periods=2),
    ],
    ids=range(11),
)
def test_others_stay_where_they_are(value: Any) -> None:
    assert type(Pair().send(value)) is Ghost


def test_a_table_in_a_description_stays_where_it_is() -> None:
    arrived = Pair().send(Opaque(2, "x", "", {"frame": pd.DataFrame()}))
    assert type(arrived.opaque.about["frame"]) is Opaque


def test_a_shared_table_can_not_get_a_column_that_stays() -> None:
    pair = Pair()
    theirs = pair.send(table())
    theirs["bad"] = [len, len]
    with pytest.raises(CodecError, match="got a column that can't be sent"):
        pair.back()


def test_without_pandas_tables_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "pandas")
    with pytest.raises(CodecError, match="pandas, which isn't loaded"):
        Pair().heaps[0].decode(forge.message(forge.container(8, 1)))


def test_a_forgotten_table_is_collected() -> None:
    pair = Pair()
    mine = table()
    pair.send(mine)
    assert pair.heaps[0].collect() == []
    del mine
    assert len(pair.heaps[0].collect()) == 1


def _parts(*parts: bytes) -> bytes:
    return b"\x0d" + forge.sequence(*parts)


def _numbers(*values: int, shape: tuple[int, ...] | None = None, code: str = "<i8") -> bytes:
    data = struct.pack(f"<{len(values)}q", *values)
    lengths = (len(values),) if shape is None else shape
    form = struct.pack(f"<B{len(lengths)}q", len(lengths), *lengths)
    return b"\x17" + forge.text(code) + form + struct.pack("<QQ", 2**64 - 1, len(data)) + data


def _range(stop: int = 1) -> bytes:
    return _parts(forge.text("range"), b"\5\0", forge.number(stop), b"\5\1", b"\0")


def _column(*values: int) -> bytes:
    return _parts(forge.text("numbers"), _numbers(*values))


def _cells(kind: str, *cells: bytes) -> bytes:
    return _parts(forge.text(kind), *([b"\1"] if kind == "text" else []), b"\x13" + forge.sequence(*cells))


@pytest.mark.parametrize(
    ("kind", "parts", "match"),
    [
        (9, _parts(_range(), _column(1), b"\0"), ""),
        (8, _parts(_range(), _range(), _parts(_column(1))), ""),
        (9, b"\0", "lacks a part"),
        (9, _parts(_range(), _column(1)), "lacks a part"),
        (9, _parts(_range(), _column(1, 2), b"\0"), "1 rows with a column of 2"),
        (8, _parts(_range(), _range(2), _parts(_column(1))), "1 columns with 2 labels"),
        (9, _parts(_range(), _parts(forge.text("odd"), _numbers(1)), b"\0"), "column of an unknown kind"),
        (9, _parts(_parts(forge.text("odd")), _column(1), b"\0"), "index of an unknown kind"),
        (9, _parts(_range(), _parts(forge.text("numbers"), b"\0"), b"\0"), "without numbers"),
        (9, _parts(_range(), _parts(forge.text("numbers"), _numbers(1, shape=(1, 1))), b"\0"), "without numbers"),
        (9, _parts(_range(), _cells("cells", forge.opaque()), b"\0"), "cells that don't belong"),
        (9, _parts(_range(), _cells("text", b"\1"), b"\0"), "cells that don't belong"),
        (9, _parts(_range(), _cells("text", forge.text("a")), b"\0"), ""),
        (9, _parts(_range(), b"\0", b"\0"), "malformed"),
        (9, _parts(_range(), _parts(forge.text("categories"), _numbers(5), _range(), b"\2"), b"\0"), "malformed"),
        (9, _parts(_range(), _parts(forge.text("masked"), _numbers(1), _numbers(1)), b"\0"), "malformed"),
        (9, _parts(_parts(forge.text("range"), *[b"\0"] * 4), _column(1), b"\0"), "malformed"),
        (9, _parts(_parts(forge.text("labels"), _column(1), forge.opaque()), _column(1), b"\0"), "name that isn't"),
        (9, _parts(_range(), _column(1), b"\x13" + forge.sequence()), "malformed"),
    ],
)
def test_impossible_tables_are_refused(kind: int, parts: bytes, match: str) -> None:
    data = forge.message(forge.container(kind, 1), contents=[forge.content(1, parts)], root=forge.ref(1))
    if match:
        with pytest.raises(CodecError, match=match):
            Pair().heaps[0].decode(data)
    else:
        assert len(Pair().heaps[0].decode(data)) == 1


@pytest.mark.parametrize(
    ("value", "match"),
    [
        (_numbers(1, shape=(2,)), "8 bytes for an array of 16"),
        (_numbers(shape=(2**40,)), "hold more"),
        (_numbers(shape=(-1,)), "impossible shape"),
        (_numbers(1, code="|O"), "type"),
        (_numbers(1, shape=(1,) * 65), "65 dimensions"),
        (b"\x1b" + _range(2**40), "1099511627776 labels"),
    ],
)
def test_impossible_copies_are_refused(value: bytes, match: str) -> None:
    with pytest.raises(CodecError, match=match):
        Pair().heaps[0].decode(forge.message(root=value))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4))
@pytest.mark.filterwarnings("ignore")
def test_mutated_tables_are_read_or_refused(changes: list[tuple[int, int]]) -> None:
    data, _ = Pair().heaps[1].encode((table(), pd.Index([1, 2])))
    spoiled = bytearray(data)
    for place, value in changes:
        spoiled[place % len(data)] = value
    try:
        repr(Pair().heaps[0].decode(bytes(spoiled)))
    except CodecError:
        return
