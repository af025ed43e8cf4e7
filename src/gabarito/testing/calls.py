"""Which functions an answer uses, and how many operations of torch's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from gabarito.testing._elsewhere import title
from gabarito.testing._named import Named
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
    """Assert that `f(*args)` gets by without the functions in `names`; gives what `f` returned.

    What is executed counts, not what is written: it doesn't matter under which other names a function is called, and
    code that isn't reached may hold it.

    A plain name (`sorted`, `einsum`, `softmax`) stands for every torch operation, function, method and class of that
    name in Python and in all libraries, underscores around it aside: `addmm` for `addmm_`, `matmul` for `__matmul__`
    and the operator `@`. A name with dots stands for one: `numpy.linalg.solve`, `list.sort`, `torch.nn.Linear`; `np` is
    numpy. numpy's functions stand for the methods of arrays too, and what is torch's for its operations of that name
    however they are called, `torch.softmax` for `torch.nn.functional.softmax` and `x.softmax()`.

    Of torch's operations, those count that torch makes of others (`bmm` of `einsum`). All else counts where `f`, or
    other code that is no library's, calls it or hands it to a library that does; not what libraries do by themselves.
    Python doesn't tell of calls of classes in C (`map`) and of numpy's ufuncs (`np.exp`), nor of calls of C code by C
    code (`map(sorted, rows)`): they count where code that is no library's takes them from a name, a module or a class,
    and are not seen where it gets them from `getattr` or out of a container that was filled before. Operators other
    than `@` are no calls.

    To keep an answer inside torch, forbid `numpy`, `array` (the method behind `np.asarray`) and `tolist`. Of a
    student's function that runs in a process of its own, the verdict rests on what that process reports.

    Raises:
        AssertionError: a forbidden function was called; the message names those that were.
        TypeError: `names` is a single text.
        ValueError: a name with dots can't be found here.
    """
    if isinstance(names, str):
        raise TypeError(f"names={names!r} is one name: give a set of them")
    asked = tuple(dict.fromkeys(names))
    for name in asked:
        Named(name)  # or a wrong name would be the student's error
    operations = {plain_name(name.rpartition(".")[2]) for name in asked if "." not in name or name.startswith("torch.")}
    result, watched = watch(f, args, names=asked)
    found = {name if "." in name else plain_name(name): None for name in watched.names if name in operations | {*asked}}
    called = [name for name in found if "." not in name or plain_name(name.rpartition(".")[2]) not in found]
    if called:
        raise AssertionError(f"{title(f)} uses {', '.join(called)}, which this exercise does not allow")
    return result


def count_operations(f: Callable[..., Any], *args: Any) -> int:
    """How many operations torch carries out while `f(*args)` runs, views and copies included.

    The count is exact and has nothing to do with the machine: one that grows with the number of rows shows a Python
    loop over the rows. Of a student's function that runs in a process of its own, it is that process's own count.
    """
    return watch(f, args)[1].count
