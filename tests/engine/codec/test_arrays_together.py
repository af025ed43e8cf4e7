"""Arrays and their views on two sides, message after message: a model in one process can't tell."""

from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.engine.codec.pair import Pair

_DTYPES = ["f8", "f4", "f2", "i4", "u1", "?", "c16", ">i2", "M8[s]", "U2", "S3"]
_VIEWS = {
    "column": lambda a: a[..., :1],
    "later": lambda a: a[1:],
    "every other": lambda a: a[::2],
    "backwards": lambda a: a[::-1],
    "transposed": lambda a: a.T,
    "flat": lambda a: a.reshape(-1),
    "bytes": lambda a: a.view(f"V{a.dtype.itemsize}").view(a.dtype),
    "repeated": lambda a: np.broadcast_to(a, (2, *a.shape)),
    "square": lambda a: np.lib.stride_tricks.as_strided(a, (2, 2), (0, 0)) if a.size else a,
    "empty": lambda a: a[:0],
    "same": lambda a: a[...],
    "copy": lambda a: a.copy("K"),
}


class TwoProcesses(RuleBasedStateMachine):
    """Arrays by number: in the model, and on each side that knows them."""

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

    @rule(dtype=st.sampled_from(_DTYPES), shape=st.lists(st.integers(0, 4), max_size=3), order=st.sampled_from("CF"))
    def new(self, dtype: str, shape: list[int], order: Any) -> None:
        made = [np.arange(int(np.prod(shape))).astype(dtype).reshape(shape).copy(order) for _ in range(2)]
        self.put(*made)

    @precondition(lambda self: self.sides[self.turn])
    @rule(data=st.data(), view=st.sampled_from(sorted(_VIEWS)))
    def view(self, data: st.DataObject, view: str) -> None:
        picked = self.pick(data)
        if picked[0].ndim < 6 and (view != "column" or picked[0].ndim):
            if view in ("later", "every other", "backwards", "empty") and not picked[0].ndim:
                return
            if view == "bytes" and not picked[0].flags.c_contiguous:
                return
            self.put(*map(_VIEWS[view], picked))

    @precondition(lambda self: self.sides[self.turn])
    @rule(data=st.data(), value=st.integers(0, 99))
    def write(self, data: st.DataObject, value: int) -> None:
        picked = self.pick(data)
        if picked[0].flags.writeable and picked[0].size:
            at = tuple(data.draw(st.integers(0, length - 1)) for length in picked[0].shape)
            for array in picked:
                array[at] = np.array(value).astype(array.dtype)

    @precondition(lambda self: self.sides[self.turn])
    @rule(data=st.data())
    def freeze(self, data: st.DataObject) -> None:
        picked = self.pick(data)
        copies = [array.copy() for array in picked]
        for array in copies:
            array.flags.writeable = False
        self.put(*copies)

    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        both = sorted(self.sides[0].keys() & self.sides[1].keys())
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
            assert (array.dtype, array.shape) == (model.dtype, model.shape)
            assert array.tobytes() == model.tobytes()
            assert array.flags.writeable == model.flags.writeable
            if array.size:
                assert [s for s, n in zip(array.strides, array.shape, strict=True) if n > 1] == [
                    s for s, n in zip(model.strides, model.shape, strict=True) if n > 1
                ]
                for other, second in known.items():
                    assert np.shares_memory(array, second) == np.shares_memory(model, self.model[other])
                    if model.base is None or (type(model.base) is np.ndarray and model.base.base is None):
                        assert (array.base is second) == (model.base is self.model[other])


TestTwoProcesses = TwoProcesses.TestCase
TestTwoProcesses.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
