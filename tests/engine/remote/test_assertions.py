# ruff: noqa: E501  # each test in one piece

"""Assertions of `gabarito.testing` about a student's functions and their results, while the test runs in the checker."""

from __future__ import annotations

from typing import Any

import pytest

from gabarito.engine import Worker
from gabarito.model import CellReport, Outcome
from tests.engine.remote.test_conversation import GIVEN, grade, warm

__all__ = ["warm"]

TESTING = f"{GIVEN}\nimport mpmath\nfrom gabarito.testing import *\ntorch.manual_seed(0)\n"
RIGHT = """
def softmax(x):
    return torch.softmax(x, -1)
def square(x):
    return x * x
def gradient(x):
    return 2 * x
def double(x):
    return 2 * x
def view(x):
    return x[1:].T
def sort(x):
    return torch.sort(x).values
def draw(n):
    return torch.randn(n)
def loop(n):
    return [i * 0.5 for i in range(n)]
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x
    @staticmethod
    def backward(ctx, g):
        return 2 * g * ctx.saved_tensors[0]
def layer(x):
    return Square.apply(x)
class Thing:
    pass
def give():
    return torch.ones(2)
"""
WRONG = """
def softmax(x):
    return x.exp() / x.exp().sum(-1, keepdim=True)
def square(x):
    return x * x.detach()
def gradient(x):
    return x
def double(x):
    x *= 2
    return x
def view(x):
    return x[1:].T.clone()
def sort(x):
    done = torch.zeros_like(x)
    for i in range(len(x)):
        done[(x < x[i]).sum()] = x[i]
    return done
def draw(n):
    return torch.rand(n)
def loop(n):
    return [i * 0.5 for i in range(n) for j in range(n)]
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x
    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[0]
def layer(x):
    return Square.apply(x)
class Thing:
    shape, dtype, device = (2,), torch.float32, 'cpu'
def give():
    return Thing()
"""
NAMES = ("softmax", "square", "gradient", "double", "view", "sort", "draw", "loop", "layer", "give")
TESTS = {
    "close": ("x = torch.randn(3)\nassert_close(double(x.clone()), 2 * x)\nassert_close(gradient(x), 2 * x)", "the answer differs from what is expected at 3 of 3 positions"),
    "opaque": ("assert_close(give(), torch.ones(2))", "the answer is of type Thing; a tensor is expected"),
    "shape": ("assert_shape(give(), (2,))", "the answer is of type Thing; a tensor or an array"),
    "dtype": ("assert_dtype(give(), torch.float32)", "the answer is of type Thing; a tensor or an array"),
    "device": ("assert_device(give(), 'cpu')", "the answer is of type Thing; a tensor, a module or an array"),
    "unchanged": ("x = torch.ones(3)\nassert_close(assert_unchanged(double, x), torch.full((3,), 2.0))", "double changes argument 1"),
    "shares": ("x = torch.randn(3, 4)\nassert_shares_memory(view(x), x)", "it is a copy, where a view is asked for"),
    "stable": ("assert_stable(softmax, torch.tensor([1000.0, 1.0]), lambda x: torch.softmax(x, -1))", "softmax gives nan at 0"),
    "digits": ("assert_stable(softmax, torch.tensor([710.0, 709.0]).double(), lambda x: (e := np.vectorize(mpmath.exp)(x)) / e.sum(), digits=40)", "softmax gives nan at 0"),
    "gradient": ("assert_gradient(square, torch.randn(3))", "the gradient of square by its argument at 0 is wrong"),
    "function": ("assert_gradient(layer, torch.randn(3, 2))", "the gradient of layer by its argument at (0, 0) is wrong"),
    "by hand": ("assert_gradient(lambda x: (x * x).sum(), torch.randn(3), gradient)", "the gradient of <lambda> by its argument at 0 is wrong"),
    "numpy": ("assert_gradient(lambda x: (x * x).sum(), np.arange(3.0), gradient)", "the gradient of <lambda> by its argument at 1 is wrong"),
    "vectorized": ("assert_vectorized(sort, torch.randn)", "sort loops over its input in Python"),
    "operations": ("assert_scaling(sort, (16, 32, 64), 1, make=torch.randn)", "the work of sort grows like n^"),
    "time": ("assert_scaling(loop, (40, 80, 160), 1)", "(by CPU time); at most n^1 is asked"),
    "distribution": ("assert_distribution(draw(1000), 'normal')", "the sample does not follow the distribution"),
}  # fmt: skip


def obeyed(worker: Worker, answer: str, test: str) -> tuple[CellReport, CellReport]:
    """The reports of a test under the contract that the right answer shows: of the right answer, and of this one."""
    learned = grade(worker, RIGHT, test, *NAMES, given=TESTING)[2]
    assert (learned.outcome, learned.message) == (Outcome.PASSED, "")
    assert learned.learned is not None
    terms: dict[str, Any] = {"operations": learned.learned.operations}
    right, wrong = (grade(worker, each, test, *NAMES, given=TESTING, **terms)[2] for each in (RIGHT, answer))
    return right, wrong


@pytest.mark.parametrize("name", TESTS)
def test_a_right_answer_passes_and_a_wrong_one_fails_with_the_reason(warm: Worker, name: str) -> None:
    test, says = TESTS[name]
    right, wrong = obeyed(warm, WRONG, test)
    assert (right.outcome, right.message) == (Outcome.PASSED, "")
    assert wrong.outcome is Outcome.FAILED
    assert says in wrong.message


def test_only_calls_are_learned(warm: Worker) -> None:
    for test, _ in TESTS.values():
        learned = grade(warm, RIGHT, test, *NAMES, given=TESTING)[2].learned
        assert learned is not None
        assert {each for line in learned.operations.values() for each in line} <= {"call"}
