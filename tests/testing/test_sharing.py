from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gabarito.testing import assert_shares_memory, assert_unchanged


def test_views_share_also_across_libraries() -> None:
    x = torch.arange(12.0).reshape(3, 4)
    for view in (x, x.T[1:], x[1:2], x.expand(2, 3, 4), x.view(torch.int32), x.numpy()[::-1, ::2]):
        assert_shares_memory(view, x)
        assert_shares_memory(x, view)


@pytest.mark.parametrize(
    "make", [torch.clone, lambda x: x + 0, lambda x: x[:0], lambda x: x.to("meta"), lambda x: x.numpy().copy()]
)
def test_copies_share_nothing(make: Any) -> None:
    x = torch.ones(3, 4)
    with pytest.raises(AssertionError, match=r"^y lies in memory of its own"):
        assert_shares_memory(make(x), x, name="y")


def test_views_of_one_tensor_may_share_nothing() -> None:
    x = torch.ones(4, 4)
    with pytest.raises(AssertionError):
        assert_shares_memory(x[:, ::2], x[:, 1::2])


def test_only_tensors_and_arrays_have_such_memory() -> None:
    with pytest.raises(AssertionError, match="the answer is of type list"):
        assert_shares_memory([1], torch.ones(1))
    with pytest.raises(TypeError, match="b is of type list"):
        assert_shares_memory(torch.ones(1), [1])


slices = st.builds(slice, st.integers(0, 9), st.integers(0, 12), st.sampled_from([-3, -2, -1, 1, 2, 3]))


@given(slices, slices, slices, slices)
def test_agrees_with_numpy(a: slice, b: slice, c: slice, d: slice) -> None:
    x = np.zeros((10, 11), np.float32)
    one, other = x[a, b], x[c, d].T
    try:
        assert_shares_memory(one, other)
        shares = True
    except AssertionError:
        shares = False
    assert shares is bool(np.shares_memory(one, other))


def test_unchanged_arguments_pass_and_the_result_comes_back() -> None:
    args = (
        torch.tensor([1.0, float("nan")]),
        np.ones(2),
        [1, {"a": float("nan")}],
        {2, 3},
        torch.nn.Linear(2, 2),
        "x",
        object(),
    )
    assert assert_unchanged(lambda *xs: len(xs), *args) == 7
    loop: list[Any] = []
    loop.append(loop)
    assert_unchanged(len, loop)


@pytest.mark.parametrize(
    ("change", "args", "place"),
    [
        (lambda x: x.add_(1), (torch.ones(2),), "argument 1"),
        (lambda x: x.requires_grad_(), (torch.ones(2),), "argument 1"),
        (lambda x: x.sum().backward(), (torch.ones(2, requires_grad=True),), "argument 1.grad"),
        (lambda x: x.resize_(3), (torch.ones(2),), "argument 1"),
        (lambda _, y: y.sort(), (0, np.array([2, 1])), "argument 2"),
        (lambda x: x.append(1), ([],), "argument 1"),
        (lambda x: x["a"][0].zero_(), ({"a": [torch.ones(1)]},), r"argument 1\['a'\]\[0\]"),
        (lambda x: x.add(1), (set(),), "argument 1"),
        (lambda x: x.weight.data.zero_(), (torch.nn.Linear(2, 2),), "argument 1.weight"),
        (lambda x: x.__setitem__(0, -0.0), (np.zeros(1),), "argument 1"),
    ],
)
def test_a_change_fails_with_its_place(change: Any, args: tuple[Any, ...], place: str) -> None:
    with pytest.raises(AssertionError, match=rf"^<lambda> changes {place}, which belongs to the caller"):
        assert_unchanged(change, *args)
