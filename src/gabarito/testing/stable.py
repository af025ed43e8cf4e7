"""Whether an answer keeps its digits where numbers are very large, very small or nearly equal."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from gabarito.testing._arrays import (
    about,
    arguments,
    copied,
    detached,
    dtype_name,
    is_array,
    is_tensor,
    kind_of,
    position,
    values,
)
from gabarito.testing._elsewhere import title

_RTOL = {"float64": 1e-10, "float32": 1e-4, "float16": 1e-2, "bfloat16": 4e-2}


def assert_stable(
    f: Callable[..., Any],
    at: Any,
    reference: Callable[..., Any],
    *,
    digits: int | None = None,
    rtol: float | None = None,
) -> None:
    """Assert that `f(at)` gives no nan, does not overflow and does not lose digits.

    The answer is compared with `reference` in higher precision, at just the numbers that `f` is given. An infinity is
    right where the exact value is too large for the answer's dtype, nan where there is no exact value. The message says
    where the answer is wrong, and the relative error as a power of ten, but not the exact value.

    Args:
        f: called with a copy of `at`, or of the parts of `at` where it is a tuple; gives a tensor, an array or a
            number.
        at: tensor or array of floating-point numbers, or a number (float64).
        reference: called like `f`, with the same numbers in float64; it may be any formula that is exact enough there.
            For `f` in float64 give `digits`.
        digits: to calculate `reference` with so many decimal digits by `mpmath`: it is called with arrays of numpy's
            whose elements are `mpmath.mpf`, or with one `mpmath.mpf` for a single number. `numpy.vectorize(mpmath.exp)`
            is a function for such arrays; `+ - * /`, `**`, `sum` and `max` work by themselves.
        rtol: largest relative error; by default 1e-10 in float64, 1e-4 in float32, 1e-2 in float16, 4e-2 in bfloat16.

    Raises:
        AssertionError: the answer is nan or infinite where it should not be, has a relative error above `rtol`, has
            another shape than the reference, or is no tensor, array or float.
        TypeError: `at` holds no floating-point numbers.
        ValueError: `rtol` is no positive number; `digits` is less than 17; or an argument is in float64, in which the
            reference would not be more exact, and `digits` is None.
    """
    if rtol is not None and not rtol > 0:
        raise ValueError(f"rtol={rtol!r} is no tolerance: give a positive number")
    points = arguments(at)
    _check_precision(points, digits)
    result = f(*map(detached, points))
    if not is_array(result) and type(result) is not float:
        raise AssertionError(
            f"{title(f)} gave a result that is {kind_of(result)}; a tensor, an array or a float is asked for"
        )
    name = dtype_name(result)
    if name not in _RTOL:
        raise AssertionError(f"{title(f)} gave dtype {name}; floating-point numbers are asked for")
    exact = _exact_values(reference, points, digits)
    answer = values(result)
    if answer.shape != exact.shape:
        raise AssertionError(f"{title(f)} gave shape {answer.shape}; {exact.shape} is asked for")
    _compare(title(f), answer, exact, name, _RTOL[name] if rtol is None else rtol)


def _check_precision(points: tuple[Any, ...], digits: int | None) -> None:
    names = [dtype_name(x) for x in points]
    if not any(name in _RTOL for name in names):
        raise TypeError(f"at is of dtype {', '.join(names)}: give floating-point numbers")
    if digits is None and "float64" in names:
        raise ValueError("at is in float64, in which the reference would not be more exact: give digits=50")
    if digits is not None and not digits >= 17:
        raise ValueError(f"digits={digits!r} are no more than float64 has: give 50")


def _exact_values(reference: Callable[..., Any], points: tuple[Any, ...], digits: int | None) -> Any:
    """The reference's result: an array in float64, or of mpmath's numbers."""
    if digits is None:
        return values(reference(*map(_widened, points))).astype("float64")
    import mpmath
    import numpy as np

    with mpmath.workdps(digits):
        found = reference(*map(_exactly, points))
        return np.asarray(np.frompyfunc(mpmath.mpf, 1, 1)(np.asarray(found, dtype=object)), dtype=object)


def _widened(x: Any) -> Any:
    if dtype_name(x) not in _RTOL:
        return copied(x)
    return x.detach().double() if is_tensor(x) else x.astype("float64")


def _exactly(x: Any) -> Any:
    """Each number as mpmath's, which holds it exactly."""
    import mpmath
    import numpy as np

    if dtype_name(x) not in _RTOL:
        return copied(x)
    return np.frompyfunc(lambda each: mpmath.mpf(float(each)), 1, 1)(values(x))


def _compare(name: str, answer: Any, exact: Any, dtype: str, rtol: float) -> None:
    import numpy as np

    least, most, unit = _limits(dtype)
    errors = np.zeros(answer.shape)
    for index in np.ndindex(answer.shape):
        a, e = float(answer[index]), exact[index]
        if not _is_beyond(a, e, most):
            if not math.isfinite(a):
                raise AssertionError(
                    f"{name} gives {'nan' if math.isnan(a) else 'infinity'}{position(index)}, where the exact value is "
                    f"a number that {dtype} can hold"
                )
            errors[index] = float(abs(a - e) / max(abs(e), least))
    if (wrong := errors > rtol).any():
        several = f" at {int(wrong.sum())} of {wrong.size} positions, most" if wrong.size > 1 else ""
        worst = np.unravel_index(np.argmax(errors), errors.shape)
        raise AssertionError(
            f"{name} loses digits{several}{position(worst)}: a relative error of about "
            f"{about(min(errors[worst], 1.0))}; {dtype} can do {about(unit)}, and at most {rtol:.2g} is allowed"
        )


def _is_beyond(answer: float, exact: Any, most: float) -> bool:
    """Whether the exact value is none, or too large and the answer as large as can be."""
    if math.isnan(float(exact)):
        return True
    return bool(abs(exact) > most and abs(answer) >= most and (answer > 0) == (exact > 0))


def _limits(dtype: str) -> tuple[float, float, float]:
    """The least normal and the largest number of a dtype, and its rounding unit."""
    if dtype == "bfloat16":
        return 2.0**-126, 3.3895313892515355e38, 2.0**-7
    import numpy as np

    found = np.finfo(dtype)
    return float(found.tiny), float(found.max), float(found.eps)
