from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest
import torch

from gabarito.testing import assert_stable

SMALL = torch.tensor([1e-8, 1e-3])
LOG1P = np.vectorize(mpmath.log1p)


def naive(x: torch.Tensor) -> torch.Tensor:
    return x.exp() / x.exp().sum(-1, keepdim=True)


def test_stable_answers_pass() -> None:
    assert_stable(lambda x: x.softmax(-1), torch.tensor([[1000.0, 1001.0], [-1e4, 0.0]]), lambda x: x.softmax(-1))
    assert_stable(torch.log1p, SMALL, torch.log1p)
    assert_stable(torch.log1p, SMALL.double(), LOG1P, digits=50)
    assert_stable(torch.log1p, SMALL.bfloat16(), torch.log1p)
    assert_stable(np.log1p, SMALL.numpy(), np.log1p)
    assert_stable(math.expm1, 1e-9, mpmath.expm1, digits=30)
    assert_stable(lambda x, n: x**n, (SMALL, 2), lambda x, n: x**n)


def test_infinity_and_nan_are_right_where_the_exact_value_is() -> None:
    assert_stable(torch.exp, torch.tensor([1000.0, -1000.0]), torch.exp)
    assert_stable(lambda x: -x.exp(), torch.tensor([1000.0]), lambda x: -x.exp())
    assert_stable(torch.exp, torch.tensor([1000.0]).double(), np.vectorize(mpmath.exp), digits=20)
    assert_stable(torch.sqrt, torch.tensor([-1.0, 4.0]), torch.sqrt)


@pytest.mark.parametrize(
    ("f", "at", "reference", "options", "says"),
    [
        (naive, torch.tensor([[0.0, 1.0], [1.0, 1e3]]), lambda x: x.softmax(-1), {}, "naive gives nan at (1, 1)"),
        (torch.exp, torch.tensor([89.0]), lambda x: x, {}, "exp gives infinity at 0"),
        (lambda x: (1 + x).log(), SMALL, torch.log1p, {}, "at 1 of 2 positions, most at 0: a relative error of"),
        (lambda x: (1 + x).log(), SMALL.double() / 3, LOG1P, {"digits": 50}, "float64 can do 1e-16, and at most 1e-10"),
        (lambda x: math.exp(x) - 1, 1e-9, mpmath.expm1, {"digits": 30}, "loses digits: a relative error of about 1e-7"),
        (lambda x: x.sum(), SMALL, lambda x: x, {}, "gave shape (); (2,) is asked for"),
        (lambda x: x.int(), SMALL, lambda x: x, {}, "gave dtype int32"),
        (lambda x: None, SMALL, lambda x: x, {}, "gave a result that is None"),
    ],
)  # fmt: skip
def test_others_fail_with_where_and_how_much(f: Any, at: Any, reference: Any, options: Any, says: str) -> None:
    with pytest.raises(AssertionError) as caught:
        assert_stable(f, at, reference, **options)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("at", "options", "error", "says"),
    [
        (SMALL.double(), {}, ValueError, "give digits=50"),
        (SMALL, {"digits": 5}, ValueError, "digits=5"),
        (SMALL, {"rtol": -1.0}, ValueError, "rtol=-1.0"),
        (3, {}, TypeError, "give floating-point numbers"),
    ],
)
def test_bad_arguments_are_named(at: Any, options: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        assert_stable(torch.exp, at, torch.exp, **options)
