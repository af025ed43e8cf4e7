"""The random numbers of a process: where `random`, numpy and torch are in their streams."""

from __future__ import annotations

import os
import random
import sys
from typing import Any

from gabarito.engine.codec import CodecError
from gabarito.engine.processes import GPU_CONTROLS

_PARTS = 3
_WORDS = 624
"""Of a Mersenne twister; numpy reads on behind them from whatever position it is given."""


def random_states() -> tuple[Any, Any, Any]:
    """Where the three generators are; None for a library that is not loaded."""
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    return (
        random.getstate(),
        numpy.random.get_state() if numpy is not None else None,
        torch.get_rng_state() if torch is not None else None,
    )


def take_random_states(states: Any) -> None:
    """Put the three generators where another process has them.

    Raises:
        CodecError: these are no states of theirs.
    """
    if type(states) is not tuple or len(states) != _PARTS:
        raise CodecError("random states came in no known form")
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    try:
        if type(states[0][1]) is not tuple:  # a range, for one, can have more items than there is memory
            raise TypeError("the words of a generator are no tuple")
        random.setstate(states[0])
        if numpy is not None and states[1] is not None:
            _, _, position, *_ = state = states[1]
            if type(state) is not tuple or type(position) is not int or not 0 <= position <= _WORDS:
                raise ValueError("there is no such position in a generator")
            numpy.random.set_state(state)
        if torch is not None and states[2] is not None:
            torch.set_rng_state(states[2])
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as e:
        raise CodecError(f"random states came in no known form: {e}") from None


def seed(number: int) -> None:
    """Start the three generators."""
    random.seed(number)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(number % 2**32)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.default_generator.manual_seed(number)
        if any(map(os.path.exists, GPU_CONTROLS)):
            # For each kind of device it keeps this call for later, with its stack as text: 9 ms where there is none.
            torch.manual_seed(number)
