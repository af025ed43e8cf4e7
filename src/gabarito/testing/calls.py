"""Which torch operations an answer uses, and how many."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from gabarito.testing._elsewhere import title
from gabarito.testing._watch import plain_name, watch

# fmt: off
MATRIX_PRODUCTS = frozenset((
    "matmul", "mm", "mv", "bmm", "dot", "vdot", "inner", "einsum", "tensordot", "linear", "bilinear", "addmm",
    "addmv", "addbmm", "baddbmm", "sspaddmm", "chain_matmul", "multi_dot", "vecdot", "linalg_matmul",
    "linalg_multi_dot", "linalg_vecdot", "rmatmul", "imatmul",
))
# fmt: on
"""Names of torch's operations that multiply matrices or vectors and sum."""


def assert_no_call(f: Callable[..., Any], *args: Any, names: Iterable[str]) -> Any:
    """Assert that `f(*args)` gets by without the torch operations in `names`; gives what `f` returned.

    Both what `f` calls (`einsum`) and what torch makes of it (`bmm`) are looked at; underscores around a name are
    ignored, so `addmm` stands for `addmm_` and `matmul` for `__matmul__`. What numpy does is not seen: forbid
    `numpy` and `array` (the method behind `np.asarray`) to keep an answer inside torch. Of a student's function that
    runs in a process of its own, the verdict rests on what that process reports.

    Raises:
        AssertionError: a forbidden operation was called; the message names those that were.
    """
    forbidden = {plain_name(name) for name in names}
    result, watched = watch(f, args)
    called = [name for name in watched.names if name in forbidden]
    if called:
        raise AssertionError(f"{title(f)} uses {', '.join(called)}, which this exercise does not allow")
    return result


def count_operations(f: Callable[..., Any], *args: Any) -> int:
    """How many operations torch carries out while `f(*args)` runs, views and copies included.

    The count is exact and has nothing to do with the machine: one that grows with the number of rows shows a Python
    loop over the rows. Of a student's function that runs in a process of its own, it is that process's own count.
    """
    return watch(f, args)[1].count
