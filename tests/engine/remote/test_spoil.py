"""What a call was given is spoilt after it, and mended again."""

from __future__ import annotations

import copy
from collections import Counter, OrderedDict, defaultdict, deque
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest
import torch

from gabarito.engine.remote.spoil import spoil


def same(one: Any, other: Any) -> bool:
    if isinstance(one, (np.ndarray, torch.Tensor)):
        return bool((one == other).all())
    if isinstance(one, (pd.DataFrame, pd.Series)):
        return bool(one.equals(other))
    return bool(one == other)


def containers() -> list[Any]:
    """One of each kind that student code can change by what it holds."""
    return [
        [1, 2],
        {"a": 1},
        {1, 2},
        bytearray(b"abc"),
        Counter("ab"),
        OrderedDict(a=1),
        defaultdict(int, a=1),
        deque([1, 2]),
        pd.DataFrame({"a": [1, 2]}),
        pd.Series([1, 2]),
    ]


@pytest.mark.parametrize(
    "value",
    [
        np.arange(3.0),
        np.array([True, False]),
        np.arange(3, dtype=np.uint8),
        torch.ones(2, requires_grad=True),
        torch.tensor([True]),
        torch.tensor(3),
        np.array(["x"]),
        np.array([1j]),
        *containers(),
    ],
)
def test_everything_that_can_change_is_changed_and_mended(value: Any) -> None:
    before = copy.deepcopy(value)
    undo = list(spoil(value))
    assert not same(value, before)
    for step in reversed(undo):
        step()
    assert same(value, before)


@pytest.mark.parametrize(
    "value",
    [5, "x", (1, 2), [], np.zeros(0), torch.zeros(0), torch.ones(1) * 1j, None],
)
def test_what_can_not_change_stays(value: Any) -> None:
    before = copy.deepcopy(value)
    undo = list(spoil(value))
    assert np.array_equal(value, before) if isinstance(value, np.ndarray) else str(value) in (str(before), "[None]")
    for step in reversed(undo):
        step()
    assert str(value) == str(before)


def test_a_read_only_array_stays() -> None:
    array = np.ones(2)
    array.flags.writeable = False
    assert list(spoil(array)) == []


def test_what_lies_deeper_is_spoilt_too_but_not_without_end() -> None:
    array, tensor, inner = np.ones(1), torch.ones(1), [1, 2]
    value = ({"a": [array], "b": (tensor,)}, inner)
    undo = list(spoil(value))
    assert (array[0], tensor.item(), value[0], inner) == (2.0, 2.0, {}, [None, 2])
    for step in reversed(undo):
        step()
    assert (array[0], tensor.item(), list(value[0]), inner) == (1.0, 1.0, ["a", "b"], [1, 2])
    deep: Any = array
    for _ in range(6):
        deep = [deep]
    list(spoil(deep))
    assert array[0] == 1.0
    deepest: Any = (array,)
    for _ in range(6):
        deepest = (deepest,)
    assert list(spoil(deepest)) == []


def test_what_an_object_of_the_test_holds_is_spoilt_but_none_of_a_library() -> None:
    array = np.ones(1)
    own: Any = type("Own", (), {"__module__": "__main__"})()
    own.array = array
    undo = list(spoil([own]))
    assert array[0] == 2.0
    for step in reversed(undo):
        step()
    assert array[0] == 1.0
    assert list(spoil(type("Slotted", (), {"__module__": "__main__", "__slots__": ()})())) == []
    other: Any = type("Other", (), {})()
    other.array = array
    assert list(spoil(other)) == []


def test_autograd_does_not_notice() -> None:
    x = torch.ones(2, requires_grad=True)
    y = (x * x).sum()
    for step in list(spoil(x)):
        step()
    y.backward()
    assert x.grad is not None
    assert x.grad.tolist() == [2, 2]
