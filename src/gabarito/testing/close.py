"""Whether an answer's numbers are the expected ones, and where they are not."""

from __future__ import annotations

import cmath
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Number
from typing import Any

from gabarito.testing._arrays import about, dtype_name, is_array, is_numpy, is_tensor, kind_of, position, values

_DEFAULTS = {
    "float16": (1e-3, 1e-5),
    "bfloat16": (1.6e-2, 1e-5),
    "float32": (1.3e-6, 1e-5),
    "complex64": (1.3e-6, 1e-5),
    "float64": (1e-7, 1e-7),
    "complex128": (1e-7, 1e-7),
}
_EIGHT_BITS = (1.3e-1, 1e-3)
_SIMILAR = 0.3


@dataclass(frozen=True, slots=True)
class _Rules:
    rtol: float | None
    atol: float | None
    equal_nan: bool
    check_dtype: bool

    def tolerances(self, *both: Any) -> tuple[float, float]:
        """Relative and absolute tolerance for two arrays or numbers: that of the less exact one where none is given."""
        found = [_default(x) for x in both]
        rtol = max(r for r, _ in found) if self.rtol is None else self.rtol
        atol = max(a for _, a in found) if self.atol is None else self.atol
        return rtol, atol


def assert_close(
    actual: Any,
    expected: Any,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_dtype: bool = True,
    name: str = "the answer",
) -> None:
    """Assert that numbers are the expected ones, but for rounding: |actual - expected| ≤ atol + rtol · |expected|.

    The message says how many numbers differ, where they differ most, in which dtype, and by which power of ten of their
    own size. It holds neither the expected value nor the exact error, because whoever knows the own answer could work
    out one from the other: an answer of zeros would be told, as its error, what it should be. The power of ten is of
    the difference over the larger of both, which is 1 for every answer of zeros.

    Whole numbers and truth values must be equal, unless a tolerance is given. Numbers are compared in the CPU's memory
    in float64 or complex128, whatever device they lie on. Default tolerances are those of `torch.testing.assert_close`.

    Args:
        actual: the answer: a number, a tensor, an array, or lists, tuples and dicts of these, also nested.
        expected: what it should be, of the same structure and shape. Where it is a Python number, a tensor or array of
            shape () will do.
        rtol: relative tolerance; by default that of the less exact dtype: 1.3e-6 in float32, 1e-7 in float64.
        atol: absolute tolerance; by default 1e-5 in float32, 1e-7 in float64.
        equal_nan: whether nan is equal to nan.
        check_dtype: whether a tensor must be a tensor, an array an array, and both of the same dtype.
        name: what to call `actual` in the message.

    Raises:
        AssertionError: a number differs, or the structure, shape, kind or dtype does.
        TypeError: `expected` is nothing that can be compared.
        ValueError: a tolerance is negative or no number.
    """
    for what, tolerance in (("rtol", rtol), ("atol", atol)):
        if tolerance is not None and not tolerance >= 0:
            raise ValueError(f"{what}={tolerance!r} is no tolerance: give 0 or a positive number")
    _compare(actual, expected, name, _Rules(rtol, atol, equal_nan, check_dtype))


def _compare(actual: Any, expected: Any, name: str, rules: _Rules) -> None:
    if is_array(expected) or isinstance(expected, Number):
        _compare_numbers(actual, expected, name, rules)
    elif isinstance(expected, (str, bytes)) or expected is None:
        if type(actual) is not type(expected) or actual != expected:
            raise AssertionError(f"{name} is not what is expected")
    elif isinstance(expected, Mapping):
        _compare_mappings(actual, expected, name, rules)
    elif isinstance(expected, Sequence):
        _compare_sequences(actual, expected, name, rules)
    else:
        raise TypeError(
            f"expected is of type {type(expected).__name__}, which can’t be compared: give numbers, tensors, arrays, "
            "or lists, tuples and dicts of these"
        )


def _compare_mappings(actual: Any, expected: Mapping[Any, Any], name: str, rules: _Rules) -> None:
    if not isinstance(actual, Mapping):
        raise AssertionError(f"{name} is {kind_of(actual)}; a dict is expected")
    missing, more = len(expected.keys() - actual.keys()), len(actual.keys() - expected.keys())
    if missing or more:
        raise AssertionError(f"{name} lacks {missing} of {len(expected)} keys, and has {more} that should not be there")
    for key in expected:
        _compare(actual[key], expected[key], f"{name}[{key!r}]", rules)


def _compare_sequences(actual: Any, expected: Sequence[Any], name: str, rules: _Rules) -> None:
    if isinstance(actual, (str, bytes)) or not isinstance(actual, Sequence):
        raise AssertionError(f"{name} is {kind_of(actual)}; a list or tuple is expected")
    if len(actual) != len(expected):
        raise AssertionError(f"{name} has length {len(actual)}; {len(expected)} is expected")
    for i, (one, other) in enumerate(zip(actual, expected, strict=True)):
        _compare(one, other, f"{name}[{i}]", rules)


def _compare_numbers(actual: Any, expected: Any, name: str, rules: _Rules) -> None:
    _check_kind(actual, expected, name, rules)
    rtol, atol = rules.tolerances(actual, expected)
    if type(actual) is int and type(expected) is int and not rtol and not atol:  # of any size
        if actual != expected:
            raise AssertionError(f"{name} differs from what is expected (int)")
        return
    mine, other = values(actual), values(expected)
    if mine.shape != other.shape:
        raise AssertionError(f"{name} has shape {mine.shape}; {other.shape} is expected")
    if other.dtype.kind not in "biufc" or mine.dtype.kind not in "biufc":
        if not (mine == other).all():
            raise AssertionError(f"{name} differs from what is expected (dtype {mine.dtype})")
        return
    wrong, sizes = differences(mine, other, rtol, atol, equal_nan=rules.equal_nan)
    if wrong.any():
        raise AssertionError(f"{name} {_in_words(wrong, sizes, mine, other, dtype_name(actual), rtol, atol)}")


def _check_kind(actual: Any, expected: Any, name: str, rules: _Rules) -> None:
    """See that both are numbers, and of the same kind where that is asked for."""
    if not is_array(actual) and not isinstance(actual, Number) and not (not rules.check_dtype and _is_plain(actual)):
        raise AssertionError(f"{name} is {kind_of(actual)}; {_wanted(expected)} is expected")
    if not rules.check_dtype or not is_array(expected):
        return
    if is_tensor(actual) != is_tensor(expected) or is_numpy(actual) != is_numpy(expected):
        raise AssertionError(f"{name} is {kind_of(actual)}; {_wanted(expected)} is expected")
    if dtype_name(actual) != dtype_name(expected):
        raise AssertionError(f"{name} has dtype {dtype_name(actual)}; {dtype_name(expected)} is expected")


def _is_plain(x: Any) -> bool:
    """Whether these are numbers in lists, of which numpy makes an array."""
    if type(x) in (list, tuple):
        return all(_is_plain(each) for each in x)
    return isinstance(x, Number)


def _wanted(expected: Any) -> str:
    return kind_of(expected) if is_array(expected) else "a number"


def differences(actual: Any, expected: Any, rtol: float, atol: float, *, equal_nan: bool = False) -> tuple[Any, Any]:
    """Where two arrays of numbers differ by more than is allowed, and the difference over the larger of both.

    Args:
        actual: array of numpy's, of any kind of number.
        expected: another, of the same shape.
    """
    import numpy as np

    same = np.asarray(actual == expected)
    wide = np.complex128 if "c" in (actual.dtype.kind, expected.dtype.kind) else np.float64
    with np.errstate(all="ignore"):
        a, e = actual.astype(wide), expected.astype(wide)
        error, finite = np.abs(a - e), np.isfinite(a) & np.isfinite(e)
        close = finite & (error <= atol + rtol * np.abs(e)) if rtol or atol else False
        sizes = np.where(finite, error / np.maximum(np.abs(a), np.abs(e)), np.inf)
    if equal_nan:
        same = same | (np.isnan(a) & np.isnan(e))
    return np.asarray(~(same | close)), np.asarray(sizes)


def _in_words(wrong: Any, sizes: Any, actual: Any, expected: Any, dtype: str, rtol: float, atol: float) -> str:
    import numpy as np

    worst = np.unravel_index(np.argmax(np.where(wrong, np.nan_to_num(sizes, posinf=np.inf), -1)), wrong.shape)
    count = f" at {int(wrong.sum())} of {wrong.size} positions, most" if wrong.size > 1 else ""
    allowed = f"; allowed: {rtol:.2g} of the value or {atol:.2g}" if rtol or atol else ""
    shape = f", shape {actual.shape}" if actual.shape else ""
    told = _by(actual[worst], expected[worst], float(sizes[worst]))
    return f"differs from what is expected{count}{position(worst)}: {told} ({dtype}{shape}{allowed})"


def _by(actual: Any, expected: Any, size: float) -> str:
    """How a number differs, without telling what it should be."""
    if cmath.isnan(actual):
        return "it is nan"
    if math.isinf(size):
        return "it is infinite" if not cmath.isnan(expected) and cmath.isinf(actual) else "no such number is expected"
    return f"by about {about(size)} of its size" if size < _SIMILAR else "by as much as the value itself"


def _default(x: Any) -> tuple[float, float]:
    name = dtype_name(x)
    return _EIGHT_BITS if name.startswith("float8") else _DEFAULTS.get(name, (0.0, 0.0))
