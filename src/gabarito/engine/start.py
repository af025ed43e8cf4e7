"""What a worker is started with: plain data that the coordinator writes and the supervisor reads."""

from __future__ import annotations

import msgspec


class GpuPart(msgspec.Struct, frozen=True):
    """What a worker has of a GPU."""

    name: str
    """For messages: its index, and what it is."""
    fraction: float
    """The part of its memory that torch's allocator may hand out, or 0 for no limit."""
    budget_bytes: int
    """What the worker's processes may use of its memory together, or 0 for no limit."""


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """The one argument of a supervisor, as JSON. It holds no secret: whatever runs in the worker can read it."""

    preload: tuple[str, ...] = ()
    """Packages to import once."""
    makes_view: bool = False
    """Whether the supervisor gives itself a private view of the machine; a sandbox around it has done so else."""
    hides_processes: bool = False
    """Whether the supervisor is to hide other users' processes, in a sandbox that lets it."""
    hide: tuple[str, ...] = ()
    """Folders that are to look empty in the private view."""
    kernels: tuple[str, ...] = ()
    """Folders with specifications of kernels, which stay in sight."""
    data: dict[str, str] = {}
    """Read-only folders that notebooks see beside them: by name, where they lie for the worker."""
    scratch_bytes: int = 1 << 30
    """Size of each temporary folder, where the supervisor makes them."""
    gpu: GpuPart | None = None
    """The GPU that it has, or None."""
    is_template: bool = False
    """Whether workers are to be forked from it: descriptor 0 is then the socket that `gabarito.engine.forks` serves."""
    filter: bytes = b""
    """A compiled seccomp filter for what runs below the supervisor; none where it is empty."""
