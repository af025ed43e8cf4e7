"""Promises about limits: each ends what is too much, with the right outcome, and a sentence where it ends a cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from gabarito.engine.conformance.probes import spending
from gabarito.engine.conformance.promise import Promise, Seen
from gabarito.engine.conformance.trial import LIMITS, Trial, cell_of, told
from gabarito.model import CellReport, Limits, Outcome

_LITTLE = 0.5
_MUCH = 4
_ENDING = ", which is the limit"
_FOLDERS = (".", "/tmp", "/var/tmp", "/dev/shm")  # noqa: S108


def _stops(outcome: Outcome, limits: Limits = LIMITS, **given: Any) -> Callable[[Trial], Seen]:
    """Tries whether something ends with this outcome."""

    def attempt(trial: Trial) -> Seen:
        cell = trial.run(cell_of(spending, **given), limits=limits).cells[0]
        return Seen.of(_faults(cell, outcome), f"{outcome.value}: {cell.message.removesuffix(_ENDING)}")

    return attempt


def _faults(cell: CellReport, outcome: Outcome) -> list[str]:
    if cell.outcome is outcome:
        return [] if cell.message else [f"it ended as {outcome.value} without a sentence"]
    if cell.outcome is Outcome.PASSED:
        return [f"nothing stopped it: {', '.join(told(cell.outputs))}"]
    return [f"it ended as {cell.outcome.value}, not as {outcome.value}: {cell.message}"]


def _refuses(held: str, **given: Any) -> Callable[[Trial], Seen]:
    """Tries whether a program gets an error, and no more than the limit."""

    def attempt(trial: Trial) -> Seen:
        return Seen.of(trial.look(spending, **given), held)

    return attempt


def _scratch(trial: Trial) -> Seen:
    size, most = LIMITS.scratch_bytes, LIMITS.file_bytes
    faults = [
        fault
        for folder in _FOLDERS
        for fault in trial.look(spending, what="fill", folder=folder, much=size + most, most=most)
    ]
    return Seen.of(faults, f"{', '.join(_FOLDERS)} hold {size >> 20} MiB and no more")


def _set(**limits: Any) -> Limits:
    return msgspec.structs.replace(LIMITS, **limits)


_FILES_IN_MEMORY = 640 << 20

LIMITED = (
    Promise(
        "cpu-limit",
        "A cell that computes for too long is stopped.",
        _stops(Outcome.TIMEOUT, _set(cell_cpu_seconds=_LITTLE), what="cpu", much=_MUCH),
    ),
    Promise(
        "notebook-limit",
        "A notebook that computes for too long is stopped.",
        _stops(Outcome.TIMEOUT, _set(notebook_cpu_seconds=_LITTLE), what="cpu", much=_MUCH),
    ),
    Promise(
        "idle-limit",
        "A cell that sleeps for too long is stopped.",
        _stops(Outcome.TIMEOUT, _set(idle_seconds=_LITTLE), what="idle", much=2 * _MUCH),
    ),
    Promise(
        "clock-limit",
        "A cell that neither sleeps nor computes is stopped after its time on the clock.",
        _stops(Outcome.TIMEOUT, _set(cell_wall_seconds=_LITTLE), what="clock", much=2 * _MUCH),
    ),
    Promise(
        "memory-limit",
        "A notebook that takes too much memory is stopped.",
        _stops(Outcome.MEMORY, what="memory", much=LIMITS.memory_bytes + (LIMITS.memory_bytes >> 2)),
    ),
    Promise(
        "files-in-memory-limit",
        "Files in memory count as memory.",
        _stops(Outcome.MEMORY, what="files in memory", much=_FILES_IN_MEMORY, most=LIMITS.file_bytes),
    ),
    Promise(
        "output-limit",
        "A cell that writes too much is stopped.",
        _stops(Outcome.OUTPUT, what="output", much=4 * LIMITS.output_bytes),
    ),
    Promise(
        "process-limit",
        "No more processes than the limit.",
        _refuses(f"{LIMITS.processes} processes and no more", what="processes", much=LIMITS.processes + 8),
    ),
    Promise(
        "open-files-limit",
        "No more open files than the limit.",
        _refuses(f"{LIMITS.open_files} open files and no more", what="open files", much=LIMITS.open_files),
    ),
    Promise(
        "file-size-limit",
        "No file larger than the limit.",
        _refuses(f"{LIMITS.file_bytes >> 20} MiB and no more", what="file size", much=LIMITS.file_bytes + (1 << 20)),
    ),
    Promise("scratch-limit", "No more in its own and the temporary folders than the limit.", _scratch),
)
