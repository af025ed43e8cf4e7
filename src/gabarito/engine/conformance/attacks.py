"""Promises about harm: it is gone before the next submission, which the same worker grades right."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from gabarito.engine.conformance.grounds import processes_with, sweep
from gabarito.engine.conformance.probes import bombs
from gabarito.engine.conformance.promise import Promise, Seen
from gabarito.engine.conformance.trial import Trial, cell_of
from gabarito.model import Outcome

_NEXT = (
    "import os; print(os.getppid())",
    "print(6 * 7)",
    "import tempfile; held = [tempfile.TemporaryFile(dir=d) for d in ('.', '/tmp', '/var/tmp', '/dev/shm')]",
    "for file in held: file.write(b'x' * (4 << 20))",
    "held = [bytearray(b'x' * (1 << 20)) for _ in range(32)]",
    "import subprocess, sys; subprocess.run([sys.executable, '-c', 'pass'], check=True)",
)
"""An honest submission, that needs some of everything."""


def _survives(what: str) -> Callable[[Trial], Seen]:
    def attempt(trial: Trial) -> Seen:
        token = f"bomb{secrets.token_hex(12)}"
        worker = trial.worker
        harm = trial.run(_NEXT[0], cell_of(bombs, what=what, token=token))
        still_there = processes_with(token)
        report = trial.run(*_NEXT)
        sweep(token)
        faults = [
            f"the next submission’s cell {c.index} ended as {c.outcome.value}: {c.message}"
            for c in report.cells
            if c.outcome is not Outcome.PASSED
        ]
        if "".join(o.get("text", "") for o in report.cells[1].outputs) != "42\n":
            faults.append("the next submission printed something else than it should")
        if trial.worker is not worker or report.cells[0].outputs != harm.cells[0].outputs:
            faults.append("another worker runs the next submission")
        if still_there:
            faults.append("the host still sees processes of it")
        return Seen.of(faults, f"{harm.cells[1].outcome.value}; the next is graded right, by the same worker")

    return attempt


ATTACKS = (
    Promise("fork-bomb", "A worker survives a fork bomb, of which nothing is left.", _survives("forks")),
    Promise("memory-bomb", "It survives processes that fill the memory together.", _survives("memory")),
    Promise("disk-bomb", "It survives full folders, and empties them.", _survives("disk")),
    Promise("memfd-bomb", "It survives memory that is filled with files without names.", _survives("files in memory")),
    Promise("zombies", "It survives processes that nobody collects.", _survives("zombies")),
    Promise("daemons", "It ends processes that have left their session and their parents.", _survives("daemons")),
)
