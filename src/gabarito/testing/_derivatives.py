"""Derivatives of a function by evaluating it: by a complex step where it takes complex numbers, else by differences."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Value = Callable[[tuple[Any, ...]], Any]
"""Of a function: gets arrays of numpy's in float64 or complex128; gives a number and the rounding unit of its dtype."""

_TINY = 1e-20
_KINK = 0.05
"""So much of their size the slopes on both sides of a point differ by where it is a corner."""
_ALIKE = 1e-2
"""Differences that are this exact are exact enough to see whether a complex step is right."""
_SMALLER, _FACTOR = 4, 30
"""So many smaller steps are tried, each so many times smaller than the one before."""
_ROUNDINGS = 100
"""Rounding errors within the function, in units of its largest value."""


@dataclass(frozen=True, slots=True)
class Derivative:
    """A directional derivative, and by how much it may be wrong."""

    value: float
    error: float


class Derivatives:
    """Of one function at one point."""

    def __init__(self, f: Value, point: tuple[Any, ...]) -> None:
        """`point` holds one array in float64 for each argument that counts."""
        self._f, self._point = f, point
        self._middle, self._unit = f(point)
        self._takes_complex = True

    def along(self, direction: tuple[Any, ...]) -> Derivative:
        """The derivative along one array for each argument."""
        found = self._by_differences(direction)
        if self._takes_complex:
            exact = self._by_complex_step(direction)
            if exact is not None and abs(exact.value - found.value) <= found.error + _ALIKE * abs(found.value):
                return exact
            self._takes_complex = False
        return found

    def _by_differences(self, direction: tuple[Any, ...]) -> Derivative:
        """With smaller and smaller steps, until one is small enough for a function that changes quickly."""
        import numpy as np

        moved = [float(np.max(np.abs(x)[d != 0], initial=1.0)) for x, d in zip(self._point, direction, strict=True)]
        step: float = self._unit**0.2 * max(moved)
        best = self._central(direction, step)
        for _ in range(_SMALLER):
            if best.error <= _ALIKE * abs(best.value):
                break
            step /= _FACTOR
            best = min(best, self._central(direction, step), key=lambda found: found.error)
        return best

    def _central(self, direction: tuple[Any, ...], step: float) -> Derivative:
        """Central differences of the fourth order: Fornberg, Math. Comp. 51 (1988), table 1."""
        at = {k: self._f(self._moved(direction, k * step))[0] for k in (-2, -1, 1, 2)}
        near, far = (at[1] - at[-1]) / (2 * step), (at[2] - at[-2]) / (4 * step)
        most = max(map(abs, (self._middle, *at.values())))
        error = abs(near - far) + _ROUNDINGS * self._unit * most / step
        right, left = (at[1] - self._middle) / step, (self._middle - at[-1]) / step
        if abs(right - left) > _KINK * max(abs(right), abs(left)):
            error += abs(right - left)  # a corner has every slope between
        return Derivative(near + (near - far) / 3, error)

    def _by_complex_step(self, direction: tuple[Any, ...]) -> Derivative | None:
        """Squire and Trapp, SIAM Review 40 (1998); None where the function takes no complex numbers."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                value, unit = self._f(self._moved(direction, 1j * _TINY))
        except Exception:
            return None
        if not isinstance(value, complex) or value.imag != value.imag:
            return None
        slope = value.imag / _TINY
        return Derivative(slope, _ROUNDINGS * unit * max(abs(slope), abs(self._middle)))

    def _moved(self, direction: tuple[Any, ...], step: complex) -> tuple[Any, ...]:
        return tuple(x + step * d for x, d in zip(self._point, direction, strict=True))
