"""Assertions for test cells: speed, memory, in-place changes and forbidden calls, without false alarms.

They raise AssertionError, import torch only when they are called, and their messages hold ratios, bytes and names of
operations but never a value that a test compares with.
"""

from gabarito.testing.calls import MATRIX_PRODUCTS, assert_no_call, count_operations
from gabarito.testing.faster import assert_faster
from gabarito.testing.in_place import assert_in_place
from gabarito.testing.memory import assert_peak_memory

__all__ = [
    "MATRIX_PRODUCTS",
    "assert_faster",
    "assert_in_place",
    "assert_no_call",
    "assert_peak_memory",
    "count_operations",
]
