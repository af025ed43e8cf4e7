"""Whether an answer leaves loops over elements to a library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gabarito.testing._arrays import arguments
from gabarito.testing._elsewhere import title
from gabarito.testing._watch import watch

_ROUNDS = 2


def assert_vectorized(f: Callable[..., Any], make: Callable[[int], Any], *, sizes: tuple[int, int] = (4, 16)) -> None:
    """Assert that `f` has no Python loop over the elements, or rows, of what it is given.

    `f` is called with inputs of two sizes, and what is carried out is counted: operations of torch's, and Python's
    steps, that is lines, turns of loops and comprehensions, and functions that are entered. Neither may grow by as much
    as one for each element that is added. So loops count wherever they are, also in a function that `np.vectorize` or
    `map` calls, and text that looks like a loop does not; a loop over a fixed number of parts is none over elements.

    What C code does by itself is one step: `sum(x)` and `sorted(x)` over an array are not seen, as long as they call
    nothing. The counts rest on what the student's process reports, where it is a process of its own.

    Args:
        f: called with what `make` gives for each size.
        make: gives, for a number n of elements or rows, the arguments as a tuple, or the only argument.
        sizes: a small and a larger number.

    Raises:
        AssertionError: a count grows with the size; the message says which, and by how much.
        ValueError: the sizes are not two growing positive numbers.
    """
    small, large = _checked(sizes)
    counts: dict[int, list[tuple[int, int]]] = {small: [], large: []}
    for _ in range(_ROUNDS):  # what a first call imports and caches counts for nothing
        for size, found in counts.items():
            _, watched = watch(f, arguments(make(size)), work=True)
            found.append((watched.count, watched.steps))
    for index, what in enumerate(("operations of torch’s", "steps in Python")):
        few, many = (min(each[index] for each in found) for found in counts.values())
        if many - few >= large - small:
            raise AssertionError(
                f"{title(f)} loops over its input in Python: it takes {few} {what} for {small} elements or rows, and "
                f"{many} for {large}; their number should not grow"
            )


def _checked(sizes: Any) -> tuple[int, int]:
    if len(sizes) != 2 or not 1 <= sizes[0] < sizes[1]:
        raise ValueError(f"sizes={sizes!r} show no growth: give a small and a larger number, such as (4, 16)")
    return sizes[0], sizes[1]
