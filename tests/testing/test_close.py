from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gabarito.testing import assert_close

NAN, INF = float("nan"), float("inf")
F = torch.float64


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (1, 1),
        (1.0, 1),
        (2**70, 2**70),
        (True, True),
        (1 + 1e-9, 1.0),
        (torch.tensor(2.0), 2.0),
        (np.float32(2), 2),
        (torch.ones(2, dtype=torch.bfloat16), torch.ones(2, dtype=torch.bfloat16)),
        (torch.tensor([1.0, INF]), torch.tensor([1.0 + 1e-7, INF])),
        (torch.tensor([1 + 1j]), torch.tensor([1 + 1j])),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (torch.eye(2).to_sparse(), torch.eye(2)),
        ({"a": [1, (2.0, "x")], "b": None}, {"b": None, "a": (1, [2.0, "x"])}),
        (np.array(["a", "b"]), np.array(["a", "b"])),
    ],
)
def test_passes_what_is_close(actual: Any, expected: Any) -> None:
    assert_close(actual, expected)


@pytest.mark.parametrize(
    ("actual", "expected", "says"),
    [
        (
            torch.ones(3, 4),
            torch.ones(3, 4) * 1.001,
            "at 12 of 12 positions, most at (0, 0): by about 1e-3 of its size",
        ),
        (torch.zeros(2), torch.tensor([0.0, 3.7]), "most at 1: by as much as the value itself (float32, shape (2,)"),
        (torch.tensor([1, NAN]), torch.tensor([1.0, 2.0]), "most at 1: it is nan"),
        (torch.tensor([1.0, 2.0]), torch.tensor([1, NAN]), "no such number is expected"),
        (np.array([1, INF]), np.array([1.0, 2.0]), "it is infinite"),
        (np.array([1.0, 2.0]), np.array([1.0, INF]), "no such number is expected"),
        (np.array([1.0, -INF]), np.array([1.0, INF]), "it is infinite"),
        (2**70, 2**70 + 1, "differs from what is expected (int)"),
        (5, 6, "differs from what is expected (int)"),
        (1.5, 1, "differs"),
        (torch.ones(2), torch.ones(3), "has shape (2,); (3,) is expected"),
        (torch.ones(2), torch.ones(2, dtype=F), "has dtype float32; float64 is expected"),
        (np.ones(2), torch.ones(2), "is an array of numpy’s; a tensor is expected"),
        (torch.ones(2), np.ones(2), "is a tensor; an array of numpy’s is expected"),
        ([1.0, 2.0], np.ones(2), "is of type list; an array of numpy’s is expected"),
        (None, 1.0, "is None; a number is expected"),
        ("x", "y", "the answer is not what is expected"),
        (0, None, "the answer is not what is expected"),
        ({"a": 1, "b": 1}, {"a": 1, "c": 2}, "lacks 1 of 2 keys, and has 1 that should not be there"),
        ([1], {"a": 1}, "is of type list; a dict is expected"),
        ([1, [2, 3]], [1, [2, 4]], "the answer[1][1] differs"),
        ({"w": torch.zeros(1)}, {"w": torch.ones(1)}, "the answer['w'] differs"),
        ([1], [1, 2], "has length 1; 2 is expected"),
        ("ab", [1, 2], "is of type str; a list or tuple is expected"),
        (np.array(["a"]), np.array(["b"]), "differs from what is expected (dtype <U1)"),
        (torch.tensor([True, False]), torch.tensor([True, True]), "at 1 of 2 positions"),
    ],
)
def test_fails_with_where_and_how_much(actual: Any, expected: Any, says: str) -> None:
    with pytest.raises(AssertionError) as caught:
        assert_close(actual, expected)
    assert says in str(caught.value)


def test_tolerances_nan_and_dtypes_can_be_chosen() -> None:
    assert_close(1.05, 1.0, rtol=0.1)
    assert_close(10, 11, atol=1)
    assert_close(torch.tensor([NAN]), torch.tensor([NAN]), equal_nan=True)
    assert_close(torch.ones(2), torch.ones(2, dtype=F), check_dtype=False)
    assert_close([1.0, [2.0][0]], np.array([1.0, 2.0]), check_dtype=False)
    with pytest.raises(AssertionError, match="the mean differs"):
        assert_close(1.0, 1.0 + 1e-12, rtol=0, atol=0, name="the mean")


@pytest.mark.parametrize("tolerance", [-1, NAN])
def test_a_tolerance_is_no_less_than_0(tolerance: float) -> None:
    with pytest.raises(ValueError, match="give 0 or a positive number"):
        assert_close(1, 1, rtol=tolerance)
    with pytest.raises(ValueError, match="atol="):
        assert_close(1, 1, atol=tolerance)


def test_what_cannot_be_compared_is_the_tests_own_fault() -> None:
    with pytest.raises(TypeError, match="expected is of type object"):
        assert_close(1, object())


def test_a_class_that_lies_is_compared_as_the_tensor_it_is() -> None:
    class Liar(torch.Tensor):  # type: ignore[misc]
        @classmethod
        def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return torch.ones(2)

    with pytest.raises(AssertionError, match="by as much as the value itself"):
        assert_close(torch.zeros(2).as_subclass(Liar), torch.ones(2), check_dtype=False)


@given(st.floats(-1e6, 1e6).filter(lambda x: abs(x) > 1e-3), st.floats(1e-3, 1e6))
def test_answers_of_zeros_are_told_the_same_whatever_is_expected(one: float, other: float) -> None:
    told = []
    for expected in (one, other):
        with pytest.raises(AssertionError) as caught:
            assert_close(np.zeros(3), np.full(3, expected))
        told.append(str(caught.value))
    assert told[0] == told[1]


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=9), st.floats(-2e-6, 2e-6))
def test_agrees_with_torch(numbers: list[float], off: float) -> None:
    expected = torch.tensor(numbers, dtype=torch.float32)
    actual = expected * (1 + off)
    verdicts = []
    for check in (assert_close, torch.testing.assert_close):
        try:
            check(actual.double(), expected.double(), rtol=1.3e-6, atol=1e-5)
            verdicts.append(True)
        except AssertionError:
            verdicts.append(False)
    assert verdicts[0] is verdicts[1]
