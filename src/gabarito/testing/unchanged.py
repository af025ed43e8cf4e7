"""Whether a function leaves alone what it was given."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from gabarito.testing._arrays import dtype_name, is_array, is_tensor, values
from gabarito.testing._elsewhere import title

_PLAIN = (bool, int, str, bytes, type(None))


def assert_unchanged(f: Callable[..., Any], *args: Any) -> Any:
    """Assert that `f(*args)` leaves its arguments as they are; gives what `f` returned.

    Looked at are numbers (bit by bit, so nan is no change), shape, dtype, `requires_grad` and `grad` of tensors and
    arrays, parameters and buffers of modules, and what lists, tuples, dicts and sets hold, at any depth. Objects of
    other classes are not looked at.

    Raises:
        AssertionError: an argument was changed; the message says which, and which part of it.
    """
    before = _looks(args)
    result = f(*args)
    after = _looks(args)
    for place in (*before, *after):
        if place not in before or place not in after or before[place] != after[place]:
            raise AssertionError(f"{title(f)} changes {place}, which belongs to the caller: work on a copy of it")
    return result


def _looks(args: tuple[Any, ...]) -> dict[str, Any]:
    """What every part of the arguments looks like, by what to call it."""
    found: dict[str, Any] = {}
    for number, arg in enumerate(args, 1):
        _look(arg, f"argument {number}", found, set())
    return found


def _look(x: Any, place: str, found: dict[str, Any], above: set[int]) -> None:
    if is_array(x):
        look_at_array(x, place, found)
    elif isinstance(x, _PLAIN):
        found[place] = type(x), x
    elif isinstance(x, (float, complex)):
        found[place] = type(x), repr(x)  # nan is nan
    elif id(x) not in above:
        parts = _parts(x)
        found[place] = type(x), None if parts is None else len(parts)
        for name, part in parts or ():
            _look(part, f"{place}{name}", found, above | {id(x)})


def look_at_array(x: Any, place: str, found: dict[str, Any]) -> None:
    """Write down what a tensor or an array looks like."""
    numbers = values(x)
    bits = numbers.tolist() if numbers.dtype.hasobject else numbers.tobytes()
    found[place] = dtype_name(x), tuple(x.shape), is_tensor(x) and x.requires_grad, bits
    if is_tensor(x) and x.is_leaf and x.grad is not None:
        look_at_array(x.grad, f"{place}.grad", found)


def _parts(x: Any) -> list[tuple[str, Any]] | None:
    """What a container holds, each part with what to call it; None of another object."""
    if isinstance(x, dict):
        return [(f"[{key!r}]", value) for key, value in x.items()]
    if isinstance(x, (list, tuple)):
        return [(f"[{i}]", each) for i, each in enumerate(x)]
    if isinstance(x, (set, frozenset)):
        return [("", sorted(map(repr, x)))]
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(x, torch.nn.Module):
        return [(f".{name}", part) for name, part in [*x.named_parameters(), *x.named_buffers()]]
    return None
