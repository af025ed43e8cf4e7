"""Functions that live in another process: they are measured there, by an object that they bring along.

Whoever stands for such functions here gives the stand-ins' class a method `_gabarito_measured`, which returns an
`Elsewhere`. All other functions are measured in this process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, cast

_METHOD = "_gabarito_measured"
_here = 0


@dataclass(frozen=True, slots=True)
class Watched:
    """What was done during one call.

    Attributes:
        names: of the operations, and of torch's functions as Python calls them, without underscores at their ends; and
            those names that were asked for of which something was called, as they were given; each once.
        count: of operations.
        peak: bytes that were newly allocated at once, at most; 0 where memory was not watched.
        work: arithmetic operations, or elements where there is nothing to calculate; 0 where work was not watched.
        steps: lines that Python carried out, and functions that it entered; 0 where work was not watched.
    """

    names: tuple[str, ...]
    count: int
    peak: int
    work: int = 0
    steps: int = 0


class Elsewhere(Protocol):
    """One function in another process."""

    @property
    def name(self) -> str:
        """What to call it in a message."""

    @property
    def overhead(self) -> float:
        """CPU seconds that it costs to be asked, when last measured: known only roughly."""

    @property
    def spent(self) -> float:
        """CPU seconds that measuring it has taken so far."""

    def seconds(self, args: tuple[Any, ...], times: int) -> float:
        """CPU seconds of that process for so many calls with these arguments, without those for being asked."""

    def watch(self, args: tuple[Any, ...], *, memory: bool, work: bool, names: tuple[str, ...]) -> tuple[Any, Watched]:
        """What a call returns, and what was done in that process meanwhile, as that process tells it."""


def elsewhere(f: Callable[..., Any]) -> Elsewhere | None:
    """What measures `f` in the process that it lives in, or None where that is this one."""
    for cls in type(f).__mro__:
        if _METHOD in cls.__dict__:
            return cast("Elsewhere | None", cls.__dict__[_METHOD](f))
    return None


@contextmanager
def measuring_here() -> Iterator[None]:
    """A block in which only this process is measured: what others do for it would not be seen."""
    global _here  # noqa: PLW0603
    _here += 1
    try:
        yield
    finally:
        _here -= 1


def is_measuring_here() -> bool:
    """Whether such a block runs."""
    return _here > 0


def title(f: Callable[..., Any]) -> str:
    """What to call a function in a message."""
    there = elsewhere(f)
    return (getattr(f, "__name__", None) if there is None else there.name) or "the function"
