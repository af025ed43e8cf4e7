"""Whether a gradient is right."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from gabarito.testing._arrays import (
    about,
    arguments,
    detached,
    dtype_name,
    is_array,
    is_tensor,
    kind_of,
    position,
    values,
)
from gabarito.testing._derivatives import Derivatives
from gabarito.testing._elsewhere import title

_RTOL = {"float64": 1e-5, "float32": 1e-3}
_RTOL_OF_OTHERS = 5e-2
_SMALL = 1e-2
"""An entry smaller than this part of the largest is measured by the largest."""
_SINGLE = 32
"""So many entries of each argument are looked at one by one."""
_DENSE = 4
"""And in so many directions all at once."""


@dataclass(frozen=True, slots=True)
class _Question:
    """One function at one point.

    Attributes:
        points: the arguments, tensors in the dtype that is worked with.
        which: the positions of those that are differentiated.
        weights: array in float64 of the result's shape: what its numbers are multiplied with and added up.
    """

    f: Callable[..., Any]
    points: tuple[Any, ...]
    which: tuple[int, ...]
    weights: Any

    @property
    def name(self) -> str:
        return title(self.f)


def assert_gradient(f: Callable[..., Any], at: Any, expected: Any = None, *, rtol: float | None = None) -> None:
    """Assert that the gradient of `f` at a point is right.

    Where `at` is a tensor, torch's gradient through `f` is compared: with `expected`, or with differences of `f`
    itself. That shows whether what `f` does, a backward pass written by hand for instance, is differentiated right.
    Where `at` is a number or an array of numpy's, `expected` is compared with differences of `f`: that shows whether a
    gradient that was worked out by hand is right.

    Differences are taken in float64 where `f` can be calculated in it, by a complex step where `f` takes complex
    numbers and is analytic, else by central differences of the fourth order; their own error is allowed for, also at a
    corner such as that of relu at 0. A result of several numbers is looked at through one sum of them with fixed
    weights. `f` must give the same each time.

    The error is relative to each entry, and to a hundredth of the largest entry where an entry is smaller or vanishes.
    The message has it as a power of ten, and its position, but neither of the two gradients.

    Args:
        f: differentiable function of `at`, or of the parts of `at` where it is a tuple; the result is one number, or a
            tensor or array of any shape.
        at: tensor, array of numpy's or number; or a tuple of arguments, of which those that hold floating-point numbers
            are differentiated. Each call gets copies of it.
        expected: the gradient, of the shape of `at`; the Jacobian, of the shape of the result and that of `at` behind
            it, where the result is no single number; or a function that gives it when it is called like `f`. A tuple of
            them where several arguments are differentiated.
        rtol: largest relative error; by default 1e-5 in float64, 1e-3 in float32, 5e-2 in dtypes of 16 bits.

    Raises:
        AssertionError: the gradients differ, one isn't finite or has the wrong shape, or torch can't differentiate the
            result.
        TypeError: `at` holds no floating-point numbers.
        ValueError: `rtol` is no positive number, or `expected` is missing where torch can't differentiate.
    """
    if rtol is not None and not rtol > 0:
        raise ValueError(f"rtol={rtol!r} is no tolerance: give a positive number")
    points = arguments(at)
    which = tuple(i for i, x in enumerate(points) if _is_real(x))
    if not which:
        raise TypeError(f"at is {kind_of(at)}: give floating-point numbers, at which a gradient can be taken")
    of_torch = any(is_tensor(points[i]) for i in which)
    if of_torch:
        which = tuple(i for i in which if is_tensor(points[i]))
    elif expected is None:
        raise ValueError("expected=None, and at is no tensor, so that torch can’t differentiate: give the gradient")
    question = _question(f, points, which)
    told = [] if expected is None else _told(question, expected)
    exactness = _rtol(question, expected) if rtol is None else rtol
    if not of_torch:
        _compare_with_differences(question, told, exactness)
    elif told:
        _compare(question, _by_torch(question), told, exactness)
    else:
        _compare_with_differences(question, _by_torch(question), exactness)


def _is_real(x: Any) -> bool:
    return dtype_name(x).startswith(("float", "bfloat")) if is_array(x) else type(x) is float


def _question(f: Callable[..., Any], points: tuple[Any, ...], which: tuple[int, ...]) -> _Question:
    """In float64 where the function can be calculated in it, else in its arguments' own dtype."""
    import numpy as np

    wide = tuple(_widened(x) if i in which else x for i, x in enumerate(points))
    try:
        result = f(*map(detached, wide))
    except Exception:
        wide = points
        result = f(*map(detached, wide))
    if not is_array(result) and not isinstance(result, (int, float)):
        raise AssertionError(
            f"{title(f)} gave a result that is {kind_of(result)}; a number, tensor or array is asked for"
        )
    shape = values(result).shape
    one = math.prod(shape) == 1
    return _Question(f, wide, which, np.ones(shape) if one else np.random.default_rng(0).standard_normal(shape))


def _widened(x: Any) -> Any:
    if is_tensor(x):
        return x.detach().double()
    return float(x) if type(x) is float else x.astype("float64")


def _by_torch(question: _Question) -> list[Any]:
    """Torch's gradients of the weighted sum, as arrays."""
    import torch

    inputs = [detached(x).requires_grad_(i in question.which) if is_tensor(x) else x for i, x in _numbered(question)]
    result = question.f(*inputs)
    if not is_tensor(result) or not result.requires_grad:
        raise AssertionError(
            f"torch can’t differentiate what {question.name} gave: it hangs on none of the arguments (has it gone "
            "through numpy, detach, item, or no_grad?)"
        )
    weights = torch.as_tensor(question.weights).to(result.dtype).to(result.device).reshape(result.shape)
    leaves = [inputs[i] for i in question.which]
    found = torch.autograd.grad(result, leaves, weights, allow_unused=True)
    return [values(torch.zeros_like(x) if g is None else g) for x, g in zip(leaves, found, strict=True)]


def _numbered(question: _Question) -> Iterator[tuple[int, Any]]:
    for i, x in enumerate(question.points):
        is_real = is_tensor(x) and x.dtype.is_floating_point
        yield (i, x) if i in question.which or not is_real else (-1, x)


def _told(question: _Question, expected: Any) -> list[Any]:
    """What `expected` says of the weighted sum's gradients, as arrays."""
    import numpy as np

    given = expected(*map(detached, question.points)) if callable(expected) else expected
    parts = arguments(given)
    if len(parts) != len(question.which):
        raise AssertionError(f"{len(parts)} gradients are given for {len(question.which)} arguments")
    found = []
    for i, part in zip(question.which, parts, strict=True):
        if not is_array(part) and not isinstance(part, (int, float)):
            raise AssertionError(f"a gradient is {kind_of(part)}; a number, tensor or array is asked for")
        shape, array = values(question.points[i]).shape, values(part).astype("float64")
        outer = question.weights.shape
        if array.shape == shape and question.weights.size == 1:
            found.append(array)
        elif array.shape == (*outer, *shape):
            found.append(np.tensordot(question.weights, array, axes=len(outer)))
        else:
            one = shape if question.weights.size == 1 else (*outer, *shape)
            raise AssertionError(f"a gradient has shape {array.shape}; {one} is asked for")
    return found


def _rtol(question: _Question, expected: Any) -> float:
    names = [dtype_name(question.points[i]) for i in question.which]
    names += [dtype_name(part) for part in arguments(expected) if is_array(part)]
    return max(_RTOL.get(name, _RTOL_OF_OTHERS) for name in names)


def _compare(question: _Question, found: list[Any], told: list[Any], rtol: float) -> None:
    import numpy as np

    for i, one, other in zip(question.which, found, told, strict=True):
        _check_finite(question, i, one)
        most = float(np.max(np.abs(other), initial=0))
        error = np.abs(one - other)
        wrong = ~(error <= rtol * np.maximum(np.abs(other), _SMALL * most) + np.finfo(np.float64).tiny)
        if wrong.any():
            size = error / np.maximum(np.maximum(np.abs(one), np.abs(other)), np.finfo(np.float64).tiny)
            worst = np.unravel_index(np.argmax(np.where(wrong, size, -1)), size.shape)
            _fail(question, f"{_argument(question, i)}{position(worst)}", float(size[worst]))


def _compare_with_differences(question: _Question, found: list[Any], rtol: float) -> None:
    import numpy as np

    for i, each in zip(question.which, found, strict=True):
        _check_finite(question, i, each)
    derivatives = Derivatives(
        _value(question), tuple(values(question.points[i]).astype("float64") for i in question.which)
    )
    looked = [(place, d, derivatives.along(d)) for place, d in _directions(question)]
    most = max(abs(derivative.value) for _, _, derivative in looked)
    for place, direction, derivative in looked:
        slope = sum(float(np.sum(g * d)) for g, d in zip(found, direction, strict=True))
        allowed = rtol * max(abs(derivative.value), _SMALL * most) + derivative.error
        if not abs(slope - derivative.value) <= allowed:
            size = abs(slope - derivative.value) / max(abs(slope), abs(derivative.value))
            _fail(question, place, size)


def _value(question: _Question) -> Callable[[tuple[Any, ...]], tuple[Any, float]]:
    """The weighted sum as a function of the arguments that count, as arrays."""
    import numpy as np

    def value(moved: tuple[Any, ...]) -> tuple[Any, float]:
        inputs = list(map(detached, question.points))
        for i, array in zip(question.which, moved, strict=True):
            inputs[i] = _like(question.points[i], array)
        result = values(question.f(*inputs))
        unit = float(np.finfo(result.dtype).eps) if result.dtype.kind in "fc" else float(np.finfo(np.float64).eps)
        total = np.sum(result.reshape(question.weights.shape) * question.weights)
        return (complex(total) if np.iscomplexobj(total) else float(total)), unit

    return value


def _like(x: Any, array: Any) -> Any:
    """An array as what stands at this place: a tensor in its dtype and on its device, an array, or a number."""
    import numpy as np

    is_complex = np.iscomplexobj(array)
    if is_tensor(x):
        import torch

        made = torch.from_numpy(np.array(array))
        return made.to(x.device) if is_complex else made.to(x.dtype).to(x.device)
    if is_array(x):
        return np.array(array) if is_complex else np.array(array, dtype=x.dtype)
    return complex(array) if is_complex else float(array)


def _directions(question: _Question) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Single entries, evenly spread, and all of them at once; with what to call them."""
    import numpy as np

    shapes = [values(question.points[i]).shape for i in question.which]
    for number, shape in enumerate(shapes):
        size = math.prod(shape)
        for flat in np.unique(np.linspace(0, size - 1, min(size, _SINGLE)).astype(int)) if size else ():
            index = np.unravel_index(flat, shape)
            direction = tuple(map(np.zeros, shapes))
            direction[number][index] = 1.0
            yield f"{_argument(question, question.which[number])}{position(index)}", direction
    rng = np.random.default_rng(1)
    for _ in range(_DENSE):
        drawn = [rng.standard_normal(shape) for shape in shapes]
        length = math.sqrt(sum(float(np.sum(d * d)) for d in drawn)) or 1.0
        yield "taken in all arguments at once", tuple(d / length for d in drawn)


def _argument(question: _Question, i: int) -> str:
    return f"by argument {i + 1}" if len(question.points) > 1 else "by its argument"


def _check_finite(question: _Question, i: int, gradient: Any) -> None:
    import numpy as np

    wrong = ~np.isfinite(gradient)
    if wrong.any():
        where = position(np.argwhere(wrong)[0])
        raise AssertionError(
            f"the gradient of {question.name} {_argument(question, i)} is not finite at {int(wrong.sum())} of "
            f"{wrong.size} positions, first{where or ' there'}"
        )


def _fail(question: _Question, place: str, size: float) -> None:
    how = f"by about {about(size)} of its size" if size < 0.3 else "by as much as its own size"
    raise AssertionError(f"the gradient of {question.name} {place} is wrong {how}")
