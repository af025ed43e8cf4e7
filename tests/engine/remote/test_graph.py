# ruff: noqa: E501  # each test in one piece

"""Torch histories that cross from one process to the other: gradients are those of one process."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gabarito.engine.codec import CodecError
from gabarito.engine.remote import graph
from tests.engine.remote.pair import Pair, passes

CELLS = """
def apply(name, *xs): return STEPS[name](*xs)
STEPS = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "sub": lambda a, b: a - 2 * b,
    "sin": lambda a: a.sin(),
    "square": lambda a: a * a,
    "first": lambda a: a[:1],
    "double": lambda a: a.repeat(2)[:2] + a.sum(),
    "same": lambda a: a,
    "detach": lambda a: a.detach() + 1,
    "both": lambda a, b: torch.stack([a.sum(), b.sum()]),
    "matrix": lambda a: torch.outer(a, a).sum(0),
}
"""
_ARITY = {"add": 2, "mul": 2, "sub": 2, "both": 2}
_NAMES = ("add", "mul", "sub", "sin", "square", "double", "same", "detach", "both", "matrix")
Step = tuple[str, bool, tuple[int, int]]


def _programs() -> st.SearchStrategy[list[Step]]:
    """Steps: what is done, at which end, and to which of the values so far (counted from the last)."""
    places = st.tuples(st.integers(0, 3), st.integers(0, 3))
    return st.lists(st.tuples(st.sampled_from(_NAMES), st.booleans(), places), min_size=1, max_size=6)


def _run(program: list[Step], leaves: list[Any], ends: tuple[Callable[..., Any], Callable[..., Any]]) -> Any:
    values = list(leaves)
    for name, remote, places in program:
        chosen = [values[-1 - place % len(values)] for place in places[: _ARITY.get(name, 1)]]
        values.append(ends[remote](name, *chosen))
    return values[-1].sum()


def _derivatives(program: list[Step], ends: tuple[Callable[..., Any], Callable[..., Any]]) -> list[Any]:
    """First and second derivatives, by `grad` and by `backward`."""
    leaves = [torch.tensor(start, requires_grad=True) for start in ([0.5, -1.5], [2.0, 0.25])]
    result = _run(program, leaves, ends)
    found = [result.detach().clone(), result.requires_grad]
    if result.requires_grad:
        first = torch.autograd.grad(result, leaves, create_graph=True, allow_unused=True)
        found += first
        second = [each for each in first if each is not None and each.requires_grad]
        if second:
            found += torch.autograd.grad(
                sum((each * each).sum() for each in second), leaves, allow_unused=True, retain_graph=True
            )
        result.backward()
        found += [leaf.grad for leaf in leaves]
    return [each.detach().clone() if isinstance(each, torch.Tensor) else each for each in found]


def test_derivatives_are_those_of_one_process() -> None:
    with Pair(CELLS) as pair:
        there, steps = pair["apply"], pair.names["STEPS"]

        def here(name: str, *xs: Any) -> Any:
            return steps[name](*xs)

        @settings(max_examples=150)
        @given(_programs())
        def check(program: list[Step]) -> None:
            expected, found = _derivatives(program, (here, here)), _derivatives(program, (here, there))
            assert len(found) == len(expected)
            for one, other in zip(found, expected, strict=True):
                if isinstance(other, torch.Tensor):
                    torch.testing.assert_close(one, other)
                else:
                    assert one == other

        check()


NET = """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.tensor([2.0, 3.0]))
    def forward(self, x): return (self.w * x).sum()
net, calls = Net(), []
hidden = torch.ones(1, requires_grad=True)
def f(x): return (x**3 * hidden).sum()
def two(x): return x * 2, [x * 3, {"k": x * 4}], x.detach()
def slope(g, x):
    x = torch.tensor(x, requires_grad=True)
    g(x).backward()
    return x.grad.item()
def slope_of_slope(g, x):
    x = torch.tensor(x, requires_grad=True)
    first, = torch.autograd.grad(g(x), x, create_graph=True)
    return torch.autograd.grad(first, x)[0].item()
def through(g, x): return g(x * 2) * 3
def bump(x): x += 1
kept = None
def keep(x):
    global kept
    kept = x * hidden
    return kept
def use(x): return (x + kept).sum()
def hidden_grad(): return hidden.grad
def not_used(x, y): return x * 2
def whole(x): return x.to(torch.int64)
"""

WORKS = {
    "a leaf of the test's": "x = torch.ones(2, requires_grad=True)\nf(x).backward()\nassert x.grad.tolist() == [3, 3]",
    "a leaf that only student code knows": "f(torch.ones(2, requires_grad=True)).backward()\nassert hidden_grad().item() == 2",
    "grad leaves other leaves alone": "x = torch.ones(2, requires_grad=True)\ntorch.autograd.grad(f(x), x)\nassert hidden_grad() is None",
    "a parameter": "net(torch.ones(2)).backward()\nassert net.w.grad.tolist() == [1, 1]\nnet.zero_grad()\nassert net.w.grad is None",
    "an optimiser of the test's": (
        "o = torch.optim.SGD(net.parameters(), lr=1.0)\nnet(torch.ones(2)).backward()\no.step()\nassert net.w.tolist() == [1, 2]\n"
        "assert net(torch.ones(2)).item() == 3"
    ),
    "several results": "x = torch.ones(1, requires_grad=True)\na, (b, c), d = two(x)\n(a + b + c['k'] + d).backward()\nassert x.grad.item() == 9",
    "a callback": "assert slope(lambda x: x**2, 3.0) == 6 and slope_of_slope(lambda x: x**3, 2.0) == 12",
    "there and back": "x = torch.ones(1, requires_grad=True)\nthrough(lambda y: y**2, x * 5).backward()\nassert x.grad.item() == 3 * 2 * 10 * 2 * 5",
    "a kept result": "x = torch.ones(1, requires_grad=True)\ny = keep(x)\nuse(x).backward()\nassert x.grad.item() == 2\nassert keep(x) is not y",
    "twice": "x = torch.ones(1, requires_grad=True)\ny = f(x)\ny.backward(retain_graph=True)\ny.backward()\nassert x.grad.item() == 6",
    "inputs that are not used": "x, y = torch.ones(1, requires_grad=True), torch.ones(1, requires_grad=True)\nz = not_used(x, y)\n"
    "assert torch.autograd.grad(z, [x, y], allow_unused=True)[1] is None",
    "without gradients": "x = torch.ones(1, requires_grad=True)\nassert not whole(x).requires_grad and not f(x.detach() * 0 + 2).grad_fn is None",
    "gradcheck": "x = torch.rand(2, dtype=torch.double, requires_grad=True)\nassert torch.autograd.gradcheck(f, x) and torch.autograd.gradgradcheck(f, x)",
    "hessian": "assert torch.autograd.functional.hessian(f, torch.ones(2)).diag().tolist() == [6, 6]",
    "the same leaf in every call": "x = torch.ones(1, requires_grad=True)\nfor n in range(3):\n    x.grad = None\n    f(x * 2).backward()\n    assert x.grad.item() == 24",
    "a view of a result": "x = torch.ones(2, requires_grad=True)\ny = x * 2\nf(y[:1]).backward()\nassert x.grad.tolist() == [24, 0]",
}  # fmt: skip


@pytest.mark.parametrize("name", WORKS)
def test_a_test_sees_what_it_sees_in_one_process(name: str) -> None:
    passes(NET, WORKS[name])


def _vjp(answer: Any) -> dict[str, Callable[..., Any]]:
    return {"vjp": lambda *asked: answer}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (None, "gave no gradients"),
        ([], "gave no gradients"),
        ([torch.ones(1), torch.ones(1)], "gave no gradients"),
        ([torch.ones(3)], "gradient of another shape"),
        ([2.0], "gradient of another shape"),
        (["x"], "gradient of another shape"),
    ],
)
def test_a_gradient_that_is_none_is_refused(answer: Any, says: str) -> None:
    with Pair(NET, handlers=_vjp(answer)) as pair:
        x = torch.ones(2, requires_grad=True)
        with pytest.raises(CodecError, match=says):
            pair["f"](x).backward()
        assert x.grad is None


def test_a_gradient_may_be_missing() -> None:
    with Pair(NET, handlers=_vjp([None])) as pair:
        x = torch.ones(2, requires_grad=True)
        pair["f"](x).backward()
        assert x.grad is None


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (7, "no known way"),
        (["x"], "no known way"),
        ((None,), "no known way"),
        (((1, 2),), "no known way"),
        (((torch.ones(1), "n", ()),), "no known way"),
        (((torch.ones(1), 1, []),), "no known way"),
        (((5, 1, ()),), "something else than a tensor"),
        (((torch.ones(1), 1, ("x",)),), "something else than a tensor"),
        (((torch.ones(1), 1, (77,)),), "not known here"),
        (((torch.ones(1), 1, (2,)),), "what is no result"),
    ],
)
def test_a_history_that_is_none_is_refused(told: Any, says: str) -> None:
    with Pair("kept = []\ndef take(f):\n    kept.append(f)") as pair:
        take = pair["take"]
        take(lambda: None)  # number 2 is a function
        pair.student.session.graph.origins = lambda value: told  # type: ignore[method-assign]
        with pytest.raises(CodecError, match=says):
            take(1)


@pytest.mark.parametrize("asked", [(2, torch.ones(1)), (4, 5), (99, torch.ones(1))])
def test_a_gradient_of_what_is_no_result_is_refused(asked: tuple[Any, Any]) -> None:
    number, grad = asked
    with Pair("kept = []\ndef take(f):\n    kept.append(f)") as pair:
        pair["take"](lambda: None)
        pair["take"](torch.ones(1, requires_grad=True) * 2)
        with pytest.raises(CodecError, match=r"what is no result|not known here"):
            pair.checker.handlers["vjp"](number, grad, [0], False, False)


def test_a_wanted_place_that_is_none_is_refused() -> None:
    with Pair("def take(x): return x") as pair:
        x = torch.ones(1, requires_grad=True) * 2
        pair["take"](x)
        with pytest.raises(IndexError):
            pair.checker.handlers["vjp"](2, torch.ones(1), [5], False, False)


def test_an_integer_tensor_gets_no_history() -> None:
    told = torch.ones(1, dtype=torch.int64)
    with Pair("def take(x): return told", handlers={}) as pair:
        pair.names["told"] = told
        pair.student.session.graph.origins = lambda value: ((told, 1, ()),) if value is told else ()  # type: ignore[method-assign]
        assert not pair["take"](1).requires_grad


def test_histories_that_nobody_holds_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "_MANY", 4)
    with Pair("def f(x): return x * 2") as pair:
        f = pair["f"]
        x = torch.ones(1, requires_grad=True)
        for _ in range(400):
            f(x * 3).sum()
        gc.collect()
        f(1)
        f(1)
        ours, theirs = pair.checker.session.graph, pair.student.session.graph
        for known in (ours._known, ours._told, theirs._known, theirs._told):
            assert len(known) < 150
        assert len(pair.student.owner._objects) < 150


def test_without_torch_nothing_is_a_tensor(monkeypatch: pytest.MonkeyPatch) -> None:
    with Pair("def f(x): return x") as pair:
        f = pair["f"]
        monkeypatch.delitem(sys.modules, "torch")
        try:
            assert list(graph._tensors([1, {"a": 2}])) == []
            with pytest.raises(CodecError, match=r"no result|not known"):
                pair.checker.handlers["vjp"](1, 1, [], False, False)
        finally:
            monkeypatch.undo()
        assert f(1) == 1
