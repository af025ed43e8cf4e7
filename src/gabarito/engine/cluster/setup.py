"""What workers on other machines are to be like, as bytes that travel with each job."""

from __future__ import annotations

import msgspec

from gabarito.model import Limits


class Data(msgspec.Struct, frozen=True):
    """A folder that notebooks see: where it lies, on every machine, and what is in it."""

    path: str
    digest: str


class Gpus(msgspec.Struct, frozen=True):
    """How a machine's GPUs are shared out: notebooks on each at the same time, and bytes for each (0: its part)."""

    slots: int
    budget_bytes: int


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """Workers for the jobs of one run; what it says is the same on every machine."""

    version: str
    """Gabarito's, which has to be the same there."""
    preload: tuple[str, ...]
    hide: tuple[str, ...]
    data: dict[str, Data]
    limits: Limits
    sandbox: str
    image: str
    """What containers run; empty for Gabarito's own."""
    gpus: Gpus | None = None
    """None where student code sees no GPU."""


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What came of trying a node."""

    problem: str = ""
    """Why it can't be used, else empty."""
    image: str = ""
    """Digest of the image that its workers run."""
    weak: tuple[str, ...] = ()
