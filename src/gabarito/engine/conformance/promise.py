"""A promise that every sandbox makes about what runs in it, and what came of trying it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from gabarito.engine.conformance.trial import Trial


class Verdict(StrEnum):
    """What came of one promise."""

    HELD = "held"
    BROKEN = "broken"
    NOT_HELD = "not held"  # and the sandbox says so itself


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen when a promise was tried.

    Attributes:
        faults: how it was broken, in plain words; none where it was held.
        held: what was tried, for a promise that was held.
    """

    faults: tuple[str, ...]
    held: str

    @classmethod
    def of(cls, faults: Sequence[str], held: str) -> Seen:
        """Of faults in any sequence."""
        return cls(tuple(faults), held)


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise.

    Attributes:
        id: its name, by which a sandbox declares that it doesn't hold it.
        sentence: what is promised.
        attempt: tries to break it; it may raise EngineError where the worker breaks, which breaks the promise.
    """

    id: str
    sentence: str
    attempt: Callable[[Trial], Seen]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one promise in one sandbox."""

    promise: str
    """The promise's id."""
    sentence: str
    verdict: Verdict
    seen: str
    """What was tried, or how it was broken."""
    lack: str = ""
    """What the sandbox itself says about this promise, or empty."""
