"""Promises about what one submission leaves for the next: nothing."""

from __future__ import annotations

import secrets

from gabarito.engine.conformance.grounds import processes_with, sweep
from gabarito.engine.conformance.probes import ipc, places
from gabarito.engine.conformance.promise import Promise, Seen
from gabarito.engine.conformance.trial import Trial


def _files(trial: Trial) -> Seen:
    token = secrets.token_hex(8)
    left = trial.look(places, what="leave", token=token)
    faults = trial.look(places, what="find", token=token, places=left)
    sweep(token, left)
    return Seen.of(faults, f"files left in {len(left)} places are gone")


def _objects(trial: Trial) -> Seen:
    token, key = f"/left{secrets.token_hex(8)}", secrets.randbits(30) + 1
    left = trial.look(ipc, what="leave", token=token, key=key)
    faults = trial.look(ipc, what="find", token=token, key=key)
    if processes_with(token):
        faults.append("the host sees a process of it")
    return Seen.of(faults, f"gone: {', '.join(left)}" if left else "nothing of the kind can be left")


LEFTOVERS = (
    Promise(
        "nothing-left-in-files", "No file, folder, variable or name of a submission is there for the next.", _files
    ),
    Promise("nothing-left-running", "Nor a process, socket, queue, key or shared memory.", _objects),
)
