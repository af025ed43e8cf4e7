from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from gabarito.testing import assert_gradient


def function(factor: float) -> Any:
    class Sine(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x.sin()

        @staticmethod
        def backward(ctx: Any, *grads: Any) -> Any:
            (x,) = ctx.saved_tensors
            return grads[0] * x.cos() * factor

    return Sine.apply


def x(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


LINEAR = torch.nn.Linear(4, 2)
PASSES: dict[str, tuple[Any, ...]] = {
    "one number": (lambda t: t.sin().sum(), x(3, 4)),
    "many numbers": (lambda t: t.softmax(-1), x(3, 4)),
    "own backward": (function(1.0), x(3)),
    "a corner": (torch.relu, torch.zeros(3)),
    "no complex numbers": (torch.abs, torch.tensor([-1.0, 2.0])),
    "vanishing": (lambda t: (t**2).sum(), torch.tensor([0.0, 1.0])),
    "all vanishing": (lambda t: (t**2).sum(), torch.zeros(2)),
    "unused": (lambda t, u: t.sum() + 0 * u.detach().sum(), (x(2), x(2))),
    "own dtype only": (lambda t: LINEAR(t).tanh(), x(3, 4)),
    "half": (lambda t: (t * t).sum(), x(3).half()),
    "quick changes": (lambda t: (1e5 * t).sin().sum(), x(3).double()),
    "two arguments": (lambda a, b: a @ b.T, (x(2, 3), x(4, 3))),
    "labels beside": (torch.nn.functional.cross_entropy, (x(3, 4), torch.tensor([0, 1, 3]))),
    "expected function": (lambda t: (t**2).sum(), x(3), lambda t: 2 * t),
    "expected tensor": (lambda t: (t**2).sum(), x(3), 2 * x(3)),
    "expected Jacobian": (torch.sin, x(3), lambda t: torch.diag(t.cos())),
    "expected pair": (lambda a, b: (a * b).sum(), (x(3), x(3) + 1), lambda a, b: (b, a)),
    "numpy": (lambda t: (np.sin(t) * t).sum(), np.linspace(-1, 2, 5), lambda t: np.sin(t) + t * np.cos(t)),
    "a number": (lambda t: t**3, 2.0, 12.0),
    "no complex number": (math.fabs, -2.0, -1.0),
    "a mixture": (lambda t, n: t**n, (2.0, 3), 12.0),
}


@pytest.mark.parametrize("case", PASSES)
def test_right_gradients_pass(case: str) -> None:
    assert_gradient(*PASSES[case])


FAILS: dict[str, tuple[tuple[Any, ...], str]] = {
    "own backward": ((function(1.01), x(3)), "of apply by its argument at 0 is wrong by about 1e-2 of its size"),
    "detached in part": ((lambda t: (t.detach() * t).sum(), x(2, 3)), "by its argument at (0, 0) is wrong by as much"),
    "detached": ((lambda t: t.detach() ** 2, x(3)), "torch can’t differentiate what <lambda> gave"),
    "no tensor": ((lambda t: t.sum().item(), x(3)), "torch can’t differentiate"),
    "nothing": ((lambda t: None, x(3)), "gave a result that is None"),
    "not finite": ((lambda t: t.sqrt().sum(), torch.zeros(2)), "is not finite at 2 of 2 positions, first at 0"),
    "expected": ((lambda t: (t**2).sum(), x(3), lambda t: 2.1 * t), "is wrong by about"),
    "shape": ((lambda t: (t**2).sum(), x(3), lambda t: t[:2]), "a gradient has shape (2,); (3,) is asked for"),
    "shape of Jacobian": ((torch.sin, x(3), torch.cos), "a gradient has shape (3,); (3, 3) is asked for"),
    "too few": ((lambda a, b: a * b, (2.0, 3.0), 3.0), "1 gradients are given for 2 arguments"),
    "no gradient": ((lambda t: t * t, 2.0, lambda t: "4"), "a gradient is of type str"),
    "numpy": ((lambda t: (t**2).sum(), np.ones(3), lambda t: t), "by its argument at 0 is wrong by as much"),
    "a number": ((lambda t: t**3, 2.0, 12.01), "by its argument is wrong by about 1e-3 of its size"),
    "second argument": ((lambda a, b: (a * b.detach()).sum(), (x(2), x(2))), "by argument 2 at 0 is wrong"),
}


@pytest.mark.parametrize("case", FAILS)
def test_wrong_gradients_fail_with_where(case: str) -> None:
    args, says = FAILS[case]
    with pytest.raises(AssertionError) as caught:
        assert_gradient(*args)
    assert says in str(caught.value)


def test_arguments_stay_as_they_are() -> None:
    at = x(3)
    before = at.clone()
    assert_gradient(lambda t: (t.mul_(2) if not t.requires_grad else t * 2).sum(), at)
    assert torch.equal(at, before)
    assert not at.requires_grad


@pytest.mark.parametrize(
    ("args", "error", "says"),
    [
        ((torch.sin, torch.ones(2), None, 0.0), ValueError, "rtol=0.0"),
        ((abs, 2.0), ValueError, "expected=None"),
        ((abs, 2), TypeError, "give floating-point numbers"),
    ],
)
def test_bad_arguments_are_named(args: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        assert_gradient(*args[:3], **({"rtol": args[3]} if len(args) > 3 else {}))
