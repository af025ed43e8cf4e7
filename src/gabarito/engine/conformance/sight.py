"""Promises about what student code sees of the machine, and what it can change there."""

from __future__ import annotations

from gabarito.engine.conformance.grounds import DATA_NAME
from gabarito.engine.conformance.probes import identity, places, secrets
from gabarito.engine.conformance.promise import Promise, Seen
from gabarito.engine.conformance.trial import Trial

_HARMLESS = tuple(f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty", "ptmx", "console"))


def _data(trial: Trial) -> Seen:
    faults = trial.look(places, what="data", folder=DATA_NAME, token=trial.grounds.token)
    if trial.grounds.data_has_changed():
        faults.append("the host’s data folder has changed")
    return Seen.of(faults, "it can be read; 6 ways to change it fail")


def _system(trial: Trial) -> Seen:
    faults = trial.look(places, what="system", token=trial.grounds.token)
    return Seen.of(faults, "no folder but the temporary ones can be written")


def _course(trial: Trial) -> Seen:
    paths = trial.grounds.secret_files
    return Seen.of(trial.look(secrets, what="files", paths=paths), f"{len(paths)} files and folders not seen")


def _homes(trial: Trial) -> Seen:
    grounds = trial.grounds
    inside = [str(p) for home in grounds.homes for p in sorted(home.iterdir()) if p.is_file()]
    paths = [str(grounds.temporary), *inside]
    return Seen.of(trial.look(secrets, what="files", paths=paths), f"{len(paths)} files not seen")


def _others(trial: Trial) -> Seen:
    grounds = trial.grounds
    paths = [str(grounds.elsewhere / "notes.txt")]
    return Seen.of(trial.look(secrets, what="files", paths=paths), "a file outside of course and homes is not seen")


def _processes(trial: Trial) -> Seen:
    faults = trial.look(secrets, what="processes", token=trial.grounds.token)
    return Seen.of(faults, "a process of the host is not seen")


def _workers(trial: Trial) -> Seen:
    return Seen.of(trial.look(secrets, what="workers"), "only its own processes are seen; signals are refused")


def _environment(trial: Trial) -> Seen:
    faults = trial.look(secrets, what="environment", token=trial.grounds.token)
    return Seen.of(faults, "a variable of the host is not seen")


def _devices(trial: Trial) -> Seen:
    return Seen.of(trial.look(secrets, what="devices", devices=_HARMLESS), "only null, zero, random and the like open")


def _descriptors(trial: Trial) -> Seen:
    who = trial.look(identity, data=[DATA_NAME], program="")
    held = [d for d in who["descriptors"] if not d.endswith(" /dev/null") and " pipe:" not in d]
    faults = [f"it holds {d.partition(' ')[2]}" for d in held[1:]]
    return Seen.of(faults, "it holds its outputs and one socket")


SIGHT = (
    Promise("data-read-only", "Data folders can be read, and nothing in them can be changed.", _data),
    Promise("system-read-only", "Nothing but its own folder and the temporary folders can be written.", _system),
    Promise("course-hidden", "It sees no tests, no gradebook and no other submission.", _course),
    Promise("homes-hidden", "It sees no home folder and no temporary files of the machine.", _homes),
    Promise("files-hidden", "It sees no other files of the machine.", _others),
    Promise("processes-hidden", "It sees no process of the machine.", _processes),
    Promise("worker-hidden", "It neither sees nor signals supervisor and checker.", _workers),
    Promise("environment-hidden", "It sees no variable of the one who grades.", _environment),
    Promise("devices-hidden", "It opens no device but harmless ones.", _devices),
    Promise("descriptors", "It holds no file or socket but its own.", _descriptors),
)
