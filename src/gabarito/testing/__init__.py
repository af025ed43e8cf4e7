"""Assertions for test cells and tests: values, shapes, gradients, chance, speed, memory, without false alarms.

They raise AssertionError, import numpy, torch and mpmath only when they are called, and their messages hold ratios,
bytes, positions, names and rough errors, but never a value that a test compares with.
"""

from gabarito.testing.attributes import assert_device, assert_dtype, assert_shape
from gabarito.testing.calls import MATRIX_PRODUCTS, assert_no_call, count_operations
from gabarito.testing.close import assert_close
from gabarito.testing.distribution import assert_distribution
from gabarito.testing.faster import assert_faster
from gabarito.testing.gradient import assert_gradient
from gabarito.testing.in_place import assert_in_place
from gabarito.testing.memory import assert_peak_memory
from gabarito.testing.scaling import assert_scaling
from gabarito.testing.sharing import assert_shares_memory
from gabarito.testing.stable import assert_stable
from gabarito.testing.unchanged import assert_unchanged
from gabarito.testing.vectorized import assert_vectorized

__all__ = [
    "MATRIX_PRODUCTS",
    "assert_close",
    "assert_device",
    "assert_distribution",
    "assert_dtype",
    "assert_faster",
    "assert_gradient",
    "assert_in_place",
    "assert_no_call",
    "assert_peak_memory",
    "assert_scaling",
    "assert_shape",
    "assert_shares_memory",
    "assert_stable",
    "assert_unchanged",
    "assert_vectorized",
    "count_operations",
]
