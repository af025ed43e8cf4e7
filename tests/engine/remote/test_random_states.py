"""Random streams that go from one process to the other."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from gabarito.engine.codec import CodecError
from gabarito.engine.remote.random_states import random_states, seed, take_random_states
from tests.engine.remote.pair import Pair


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    states = random_states()
    yield
    take_random_states(states)


def _draw() -> tuple[float, ...]:
    return random.random(), float(np.random.rand()), torch.rand(1).item()


def test_a_stream_goes_on_where_it_was() -> None:
    seed(5)
    states = random_states()
    first = _draw()
    assert _draw() != first
    take_random_states(states)
    assert _draw() == first
    seed(5)
    assert _draw() == first


@pytest.mark.parametrize("control", [__file__, "/nonexistent"])
def test_gpus_are_seeded_where_there_are_some(monkeypatch: pytest.MonkeyPatch, control: str) -> None:
    seeded: list[int] = []
    monkeypatch.setattr("gabarito.engine.remote.random_states.GPU_CONTROLS", (control,))
    monkeypatch.setattr(torch, "manual_seed", seeded.append)
    seed(5)
    assert seeded == ([5] if control == __file__ else [])


def test_a_large_seed_is_one_too() -> None:
    seed(2**63 - 1)
    first = _draw()
    seed(2**63 - 1)
    assert _draw() == first


def test_a_library_that_is_not_loaded_has_no_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    states = random_states()
    for name in ("numpy", "torch"):
        monkeypatch.delitem(sys.modules, name)
    assert random_states()[1:] == (None, None)
    take_random_states(states)
    seed(3)
    first = random.random()
    seed(3)
    assert random.random() == first
    monkeypatch.undo()
    before = np.random.get_state()[1].copy()  # type: ignore[index]
    take_random_states((states[0], None, None))
    assert (np.random.get_state()[1] == before).all()  # type: ignore[index]


@pytest.mark.parametrize(
    "states",
    [
        None,
        [],
        (1, 2),
        (5, None, None),
        ((3, (1,), None), None, None),
        (random.getstate(), ("MT19937", 3), None),
        (random.getstate(), ("MT19937", np.array(["x"] * 624), 1), None),
        *((random.getstate(), (*random_states()[1][:2], place, 0, 0.0), None) for place in (625, -1, 10**6, 1.0)),
        (random.getstate(), np.random.get_state(legacy=False), None),
        (random.getstate(), [*random_states()[1]], None),
        ((3, range(2**62), None), None, None),
        ((3, (2**70,) * 625, None), None, None),
        ((3, (-1,) * 625, None), None, None),
        (random.getstate(), None, 5),
        (random.getstate(), None, torch.zeros(3)),
        (random.getstate(), None, torch.zeros(3, dtype=torch.uint8)),
    ],
)
def test_what_is_no_state_is_refused(states: Any) -> None:
    with pytest.raises(CodecError, match="no known form"):
        take_random_states(states)


def test_student_code_may_go_on_with_the_tests_stream() -> None:
    """With a stream of its own over there, which the test stands for by one that is taken and given."""
    cells = "import random\ndef draw(): return random.random()\ndef fails():\n    random.random()\n    raise ValueError"
    for handlers, goes_on in (({}, True), ({"random": lambda states: random_states()}, True)):
        with Pair(cells, random=True, handlers=handlers) as pair:
            draw, fails = pair["draw"], pair["fails"]
            seed(9)
            expected = [random.random() for _ in range(4)]
            seed(9)
            found = [random.random(), draw(), random.random()]
            with pytest.raises(ValueError, match=r"^$"):
                fails()
            assert (found == expected[:3]) is goes_on


def test_a_liar_can_not_put_what_is_no_state_into_the_test() -> None:
    with Pair("def f(): pass", random=True, handlers={"random": lambda states: "x"}) as pair:
        f = pair["f"]
        with pytest.raises(CodecError, match="no known form"):
            f()
