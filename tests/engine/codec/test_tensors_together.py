"""Tensors, their views and the arrays over the same memory, on two sides: a model in one process can't tell."""

from typing import Any

import numpy as np
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.engine.codec.pair import Pair

_DTYPES = ["float32", "float64", "bfloat16", "int64", "bool", "complex64", "uint8"]


def _other(a: Any) -> Any:
    if isinstance(a, torch.Tensor):
        return a if a.dtype is torch.bfloat16 or a.is_conj() else a.detach().numpy()
    return torch.from_numpy(a) if a.flags.writeable else a


_VIEWS = {
    "column": lambda a: a[..., :1],
    "later": lambda a: a[1:],
    "transposed": lambda a: a.T if isinstance(a, np.ndarray) else a.permute(tuple(reversed(range(a.ndim)))),
    "flat": lambda a: a.reshape(-1),
    "repeated": lambda a: np.broadcast_to(a, (2, *a.shape)) if isinstance(a, np.ndarray) else a.expand(2, *a.shape),
    "empty": lambda a: a[:0],
    "same": lambda a: a[...],
    "parameter": lambda a: torch.nn.Parameter(a, requires_grad=False) if isinstance(a, torch.Tensor) else a,
    "conjugate": lambda a: a.conj(),
    "other library": _other,
}


def _bytes(a: Any) -> bytes:
    if isinstance(a, torch.Tensor):
        a = a.detach().resolve_conj().contiguous()
        a = a.view(torch.int16).numpy() if a.dtype is torch.bfloat16 else a.numpy()
    data: bytes = a.tobytes()
    return data


def _span(a: Any) -> Any:
    if isinstance(a, torch.Tensor):
        a = a.detach()
        a = a.conj() if a.is_conj() else a
        a = a.view(torch.int16).numpy() if a.dtype is torch.bfloat16 else a.numpy()
    return a


class TwoProcesses(RuleBasedStateMachine):
    """Tensors and arrays by number: in the model, and on each side that knows them."""

    @initialize()
    def begin(self) -> None:
        self.pair = Pair()
        self.turn = 0
        self.model: dict[int, Any] = {}
        self.sides: tuple[dict[int, Any], dict[int, Any]] = ({}, {})
        self.count = 0

    def put(self, obj: Any, twin: Any) -> None:
        self.model[self.count] = obj
        self.sides[self.turn][self.count] = twin
        self.count += 1

    def pick(self, data: st.DataObject) -> tuple[Any, Any]:
        number = data.draw(st.sampled_from(sorted(self.sides[self.turn])))
        return self.model[number], self.sides[self.turn][number]

    @rule(
        dtype=st.sampled_from(_DTYPES),
        shape=st.lists(st.integers(0, 3), max_size=3),
        kind=st.sampled_from(["tensor", "array", "leaf", "parameter"]),
    )
    def new(self, dtype: str, shape: list[int], kind: str) -> None:
        made: list[Any] = [
            torch.arange(int(np.prod(shape))).to(getattr(torch, dtype)).reshape(shape).clone() for _ in range(2)
        ]
        if kind == "array" and dtype != "bfloat16":
            made = [tensor.numpy().copy() for tensor in made]
        elif kind in ("leaf", "parameter") and made[0].dtype.is_floating_point:
            made = [torch.nn.Parameter(t) if kind == "parameter" else t.requires_grad_() for t in made]
        self.put(*made)

    @precondition(lambda self: self.sides[self.turn])
    @rule(data=st.data(), view=st.sampled_from(sorted(_VIEWS)))
    def view(self, data: st.DataObject, view: str) -> None:
        picked = self.pick(data)
        if picked[0].ndim < 6 and (picked[0].ndim or view not in ("column", "later", "empty")):
            # torch ties a view's requires_grad to its base's: that tie is not promised
            picked = tuple(a.detach() if isinstance(a, torch.Tensor) else a for a in picked)
            made = [_VIEWS[view](each) for each in picked]
            # Some views of some arrays are the array itself, or a number of numpy's.
            if all(isinstance(m, np.ndarray | torch.Tensor) and m is not p for m, p in zip(made, picked, strict=True)):
                self.put(*made)

    @precondition(lambda self: self.sides[self.turn])
    @rule(data=st.data(), value=st.integers(0, 99))
    def write(self, data: st.DataObject, value: int) -> None:
        picked = self.pick(data)
        if all(picked[0].shape) and (isinstance(picked[0], torch.Tensor) or picked[0].flags.writeable):
            at = tuple(data.draw(st.integers(0, length - 1)) for length in picked[0].shape)
            with torch.no_grad():
                for array in picked:
                    array[at] = value

    @precondition(lambda self: self.sides[self.turn])
    @rule(data=st.data(), act=st.sampled_from(["data", "grad", "no grad", "requires", "frozen"]))
    def attribute(self, data: st.DataObject, act: str) -> None:
        picked = self.pick(data)
        if not isinstance(picked[0], torch.Tensor) or not picked[0].dtype.is_floating_point:
            return
        for tensor in picked:
            if act == "data":
                tensor.data = torch.ones(2, 2, dtype=tensor.dtype)
                tensor.grad = None
            elif act == "grad":
                tensor.grad = torch.full_like(tensor.detach(), 3)
            elif act == "no grad":
                tensor.grad = None
            else:
                tensor.requires_grad_(act == "requires")

    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        both = sorted(self.sides[0].keys() & self.sides[1].keys())
        # What one side alone still sees through another view is not promised to be shared after that.
        lone = [_span(self.model[number]) for number in self.model.keys() - both]
        both = [n for n in both if not any(np.shares_memory(_span(self.model[n]), other) for other in lone)]
        if both:
            number = data.draw(st.sampled_from(both))
            for known in (self.model, *self.sides):
                del known[number]

    @rule(data=st.data(), collect=st.booleans())
    def send(self, data: st.DataObject, collect: bool) -> None:
        here, there = self.sides[self.turn], self.sides[1 - self.turn]
        numbers = data.draw(st.lists(st.sampled_from(sorted(here)), unique=True)) if here else []
        arrived = self.pair.send(tuple(here[number] for number in numbers), self.turn, collect=collect)
        for number, obj in zip(numbers, arrived, strict=True):
            assert there.setdefault(number, obj) is obj
        self.turn = 1 - self.turn

    @invariant()
    def nobody_can_tell(self) -> None:
        known = self.sides[self.turn]
        for number, array in known.items():
            model = self.model[number]
            assert type(array) is type(model)
            assert (array.dtype, array.shape) == (model.dtype, model.shape)
            assert _bytes(array) == _bytes(model)
            if isinstance(array, torch.Tensor):
                assert (array.requires_grad, array.is_leaf) == (model.requires_grad, model.is_leaf)
                assert array.is_conj() == model.is_conj()
                assert (array.grad is None) == (model.grad is None)
                if array.grad is not None:
                    assert _bytes(array.grad) == _bytes(model.grad)
            if all(array.shape):
                for other, second in known.items():
                    assert np.shares_memory(_span(array), _span(second)) == np.shares_memory(
                        _span(model), _span(self.model[other])
                    )


TestTwoProcesses = TwoProcesses.TestCase
TestTwoProcesses.settings = settings(max_examples=100, stateful_step_count=25, deadline=None)
