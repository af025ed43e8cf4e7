"""What runs in a Dask process: it keeps workers in sandboxes, and passes bytes on to them and back."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

import gabarito
from gabarito.engine.cluster.setup import Gpus, Setup, Tried
from gabarito.engine.data import data_digest
from gabarito.engine.gpu import GpuShare, find_gpus, share_out
from gabarito.engine.sandbox import make_sandbox
from gabarito.engine.seats import Seats
from gabarito.engine.worker import WorkerSpec
from gabarito.errors import GabaritoError, NodeError
from gabarito.model import Job, JobCell, Outcome, Report, Role

_IDLE_SECONDS = 600.0
_LOOK_SECONDS = 30.0


@dataclass(slots=True)
class _Place:
    seats: Seats
    image: str
    running: int = 0
    last: float = 0.0


_places: dict[bytes, _Place] = {}
_lock = threading.Lock()
_opening = threading.Lock()


def run_job(setup: bytes, job: bytes) -> bytes:
    """The report of a job as JSON; the job comes as MessagePack, the setup as JSON.

    Raises:
        EngineError: its worker broke, or the run was stopped.
        NodeError: no job can run here.
    """
    place = _place(setup)
    with _lock:
        place.running += 1
    try:
        return place.seats.run(job)
    finally:
        with _lock:
            place.running -= 1
            place.last = time.monotonic()


def try_node(setup: bytes) -> bytes:
    """Start a worker and run a notebook of ours in it; the answer is a `Tried` as JSON."""
    cell = JobCell(index=0, id="try", role=Role.PLAIN, source="6 * 7")
    try:
        answer = run_job(setup, msgspec.msgpack.encode(Job(key="try", cells=(cell,))))
        found = msgspec.json.decode(answer, type=Report).cells[0]
        if (found.outcome, found.value) != (Outcome.PASSED, "42"):
            raise NodeError(f"a first notebook, 6 * 7, ended there as {found.outcome.value}: {found.message}")
        place = _place(setup)
        tried = Tried(image=place.image, weak=tuple(sorted(place.seats.weak)))
    except (GabaritoError, OSError) as e:
        tried = Tried(problem=str(e))
    return msgspec.json.encode(tried)


def end_workers(setup: bytes) -> None:
    """The run is over: end its workers, in the middle of a job too."""
    with _lock:
        place = _places.pop(setup, None)
    if place is not None:
        place.seats.stop()
        threading.Thread(target=place.seats.close, daemon=True).start()


def _place(setup: bytes) -> _Place:
    with _opening:
        with _lock:
            found = _places.get(setup)
        if found is None:
            found = _open(msgspec.json.decode(setup, type=Setup))
            with _lock:
                _places[setup] = found
            _watch()
        return found


def _open(setup: Setup) -> _Place:
    """Workers of this machine for a run.

    Raises:
        GabaritoError: it can't be done here; the message says why.
    """
    if setup.version != gabarito.__version__:
        raise NodeError(
            f"it has gabarito {gabarito.__version__}, and the run is of {setup.version}; install the same version there"
        )
    for name, data in setup.data.items():
        try:
            is_same = data_digest(Path(data.path)) == data.digest
        except OSError as e:
            raise NodeError(f"the data folder {name!r} can't be read at {data.path} ({e.strerror}); mount it") from None
        if not is_same:
            raise NodeError(f"the data folder {data.path} has other files than where the command runs; copy it anew")
    sandbox = make_sandbox(setup.sandbox, setup.image, "cuda" if setup.gpus else "cpu")
    if problem := sandbox.problem():
        raise NodeError(f"the sandbox {setup.sandbox!r} can't be used: {problem}")
    spec = WorkerSpec(
        preload=setup.preload,
        hide=tuple(folder for folder in setup.hide if os.path.isdir(folder)),
        data={name: data.path for name, data in setup.data.items()},
        limits=setup.limits,
        sandbox=sandbox,
    )
    # As many as may ever be asked for; none is started before.
    parts = _shares(setup.gpus) if setup.gpus else (None,) * (os.cpu_count() or 1)
    return _Place(Seats(spec, parts), sandbox.image, last=time.monotonic())


def _shares(gpus: Gpus) -> tuple[GpuShare, ...]:
    found = find_gpus()
    if not found:
        raise NodeError("it offers a GPU, and there is no NVIDIA GPU (no driver, or CUDA_VISIBLE_DEVICES hides it)")
    return share_out(found, slots=gpus.slots, budget_bytes=gpus.budget_bytes)


@cache
def _watch() -> None:
    threading.Thread(target=_end_idle, daemon=True).start()


def _end_idle() -> None:
    while True:
        time.sleep(_LOOK_SECONDS)
        _end_idle_once()


def _end_idle_once() -> None:
    """End the workers of runs that ended without a word."""
    before = time.monotonic() - _IDLE_SECONDS
    with _lock:
        idle = [setup for setup, place in _places.items() if not place.running and place.last < before]
    for setup in idle:
        end_workers(setup)
