"""What both sides know alike: names of classes, which of them a stand-in may be, and values by their parts."""

from __future__ import annotations

import datetime
import sys
import types
import uuid
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gabarito.engine.codec import CodecError
from gabarito.engine.remote.kinds import (
    base_class,
    error_class,
    find_class,
    from_parts,
    library_name,
    own_class,
    parts_of,
    plain_base,
    plain_value,
)
from gabarito.errors import EngineError
from tests.engine.remote.pair import Pair

_VALUES = st.one_of(
    st.fractions(),
    st.decimals(allow_nan=False),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
    st.uuids(),
    st.sampled_from([Path("a/b"), PurePosixPath("/x"), list[int], dict[str, list[int]], type[int]]),
)


def test_values_arrive_as_they_were() -> None:
    with Pair("def f(x): return x\ndef same(x, y): return type(x) is type(y) and x == y") as pair:
        f, same = pair["f"], pair["same"]

        @given(_VALUES)
        def check(value: Any) -> None:
            arrived = f(value)
            assert (type(arrived), arrived) == (type(value), value)
            assert same(value, arrived)

        check()


def test_a_time_with_a_zone_is_an_object_of_its_side() -> None:
    assert parts_of(datetime.datetime.now(datetime.UTC)) is None
    assert parts_of(5) is None


@pytest.mark.parametrize(
    ("name", "parts", "says"),
    [
        ("os.system", ("ls",), "unknown type"),
        ("decimal.Decimal", ["1"], "unknown type"),
        ("decimal.Decimal", (1,), "malformed value"),
        ("decimal.Decimal", ("x",), "malformed value"),
        ("fractions.Fraction", (1, 0), "malformed value"),
        ("fractions.Fraction", (1, True), "malformed value"),
        ("datetime.date", (2020, 13, 1), "month must be"),
        ("datetime.timedelta", (10**12, 0, 0), "malformed value"),
        ("uuid.UUID", ("x",), "malformed value"),
        ("types.GenericAlias", (print, int), "no such alias"),
        ("types.GenericAlias", (list, *[int] * 21), "no such alias"),
        ("types.GenericAlias", (), "malformed value"),
    ],
)
def test_parts_that_make_no_value_are_refused(name: str, parts: object, says: str) -> None:
    with pytest.raises(CodecError, match=says):
        from_parts(name, parts)


def test_values_have_the_names_that_they_are_told_by() -> None:
    for value in (Fraction(1, 2), Decimal(1), datetime.date(2020, 1, 1), uuid.UUID(int=1), Path("x"), list[int]):
        told = parts_of(value)
        assert told is not None
        assert from_parts(*told) == value


class _Alien:
    __module__ = 5  # type: ignore[assignment]


def test_a_class_of_the_notebook_has_no_library_name() -> None:
    assert library_name(type("Own", (), {"__module__": "__main__"})) == ""
    assert library_name(_Alien) == ""
    assert library_name(np.ndarray) == "numpy.ndarray"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("torch.nn.modules.linear.Linear", torch.nn.Linear),
        ("builtins.int", int),
        ("no_such_module.Thing", None),
        ("math.pi", None),
        ("math.pi.real", None),
        ("os.error", None),  # another name of OSError
        ("math", None),
    ],
)
def test_a_class_is_found_by_its_own_name_only(name: str, found: object) -> None:
    assert find_class(name) is found


def test_nothing_is_imported_to_find_a_class() -> None:
    sys.modules.pop("this", None)
    assert find_class("this.Zen") is None
    assert "this" not in sys.modules


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("builtins.ValueError", ValueError),
        ("builtins.KeyboardInterrupt", KeyboardInterrupt),
        ("asyncio.exceptions.CancelledError", None),
        ("builtins.int", None),
        (library_name(EngineError), None),
        ("nothing", None),
    ],
)
def test_exceptions_by_name(name: str, found: object) -> None:
    assert error_class(name) is found


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("torch.nn.modules.module.Module", torch.nn.Module),
        ("torch.Tensor", None),
        ("numpy.ndarray", None),
        ("builtins.object", None),
        ("abc.ABC", None),
        ("string.Template", None),  # it does something when a class is derived from it
        ("unittest.mock.NonCallableMock", None),
        ("gabarito.engine.bench.Bench", None),
        ("nothing", None),
    ],
)
def test_a_stand_in_is_no_instance_of_what_c_code_reads(name: str, found: object) -> None:
    import string
    import unittest.mock

    assert string
    assert unittest.mock
    assert base_class(name) is found


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("builtins.ValueError", ValueError),
        ("torch.nn.modules.linear.Linear", torch.nn.Linear),
        ("numpy.float64", np.float64),
        ("numpy.random.mtrand.RandomState", None),
        ("torch.nn.nothing", None),
        ("collections.OrderedDict", None),
    ],
)
def test_classes_that_are_the_same_on_both_sides(name: str, found: object) -> None:
    assert own_class(name) is found


def test_an_object_of_a_c_type_is_stood_for_by_a_bare_stand_in() -> None:
    with Pair("import types\nspace = types.SimpleNamespace(a=1)") as pair:
        assert not isinstance(pair["space"], types.SimpleNamespace)
        assert pair["space"].a == 1


def test_the_nearest_plain_type_counts() -> None:
    from collections import Counter

    assert plain_base(type("Own", (Counter,), {})) is Counter
    assert plain_base(type("Own", (type("More", (int,), {}),), {})) is int
    assert plain_base(types.SimpleNamespace) is None
    assert plain_value(str, type("Loud", (str,), {"__str__": str.upper})("x")) == "x"
