from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from gabarito.testing import assert_device, assert_dtype, assert_shape

X = torch.ones(3, 4)


def test_right_shapes_dtypes_and_devices_pass() -> None:
    assert_shape(X, (3, 4))
    assert_shape(X, [None, 4])
    assert_shape(np.float32(1), ())
    assert_shape(X, torch.Size([3, 4]))
    assert_dtype(X, torch.float32)
    assert_dtype(X, "float32")
    assert_dtype(X.bfloat16(), "bfloat16")
    assert_dtype(np.ones(2), float)
    assert_device(X, "cpu")
    assert_device(X, torch.device("cpu"))
    assert_device(np.ones(2), "cpu")
    assert_device(torch.nn.Linear(2, 2), "cpu")


@pytest.mark.parametrize(
    ("check", "x", "wanted", "says"),
    [
        (assert_shape, X, (4, 3), r"^x has shape \(3, 4\); \(4, 3\) is asked for"),
        (assert_shape, X, (None,), r"\(any,\) is asked for"),
        (assert_shape, [1], (1,), "x is of type list; a tensor or an array"),
        (assert_dtype, X, torch.float64, "x has dtype float32; float64 is asked for"),
        (assert_dtype, np.ones(1), "float32", "x has dtype float64"),
        (assert_dtype, 1.0, "float32", "x is of type float"),
        (assert_device, X.to("meta"), "cpu", "x lies on meta; cpu is asked for"),
        (assert_device, X, "cuda:1", "x lies on cpu; cuda:1"),
        (assert_device, np.ones(1), "cuda", "x lies on cpu; cuda"),
        (assert_device, torch.nn.Linear(2, 2, device="meta"), "cpu", "'weight' of x lies on meta"),
        (assert_device, None, "cpu", "x is None; a tensor, a module or an array"),
    ],
)
def test_others_fail_with_both(check: Any, x: Any, wanted: Any, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        check(x, wanted, name="x")


@pytest.mark.parametrize(
    ("check", "wanted", "error"),
    [
        (assert_shape, 3, TypeError),
        (assert_shape, "34", TypeError),
        (assert_shape, (3.0, 4), TypeError),
        (assert_shape, (True, 4), TypeError),
        (assert_shape, (-1, 4), ValueError),
        (assert_dtype, "floaty", TypeError),
        (assert_device, 3, TypeError),
        (assert_device, "gpu", ValueError),
    ],
)
def test_what_is_asked_for_must_make_sense(check: Any, wanted: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="give"):
        check(X, wanted)
