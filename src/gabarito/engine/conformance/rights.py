"""Promises about who student code is, and what the kernel refuses it."""

from __future__ import annotations

from typing import Any

from gabarito.engine.conformance.grounds import DATA_NAME
from gabarito.engine.conformance.probes import calls, identity
from gabarito.engine.conformance.promise import Promise, Seen
from gabarito.engine.conformance.trial import Trial

_CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapAmb")
_FILTERED = "2"


def _who(trial: Trial) -> dict[str, Any]:
    program = f"{DATA_NAME}/{trial.grounds.program.name}"
    return dict(trial.look(identity, data=[DATA_NAME], program=program))


def _not_root(trial: Trial) -> Seen:
    who = _who(trial)
    return Seen.of(["it runs as root, or in root’s group"] if 0 in who["users"] else [], f"user {who['user']}")


def _own_user(trial: Trial) -> Seen:
    first, second = _who(trial), _who(trial)
    faults = []
    if first["parent"] == first["user"]:
        faults.append("the supervisor has the same user id")
    if first["user"] == second["user"]:
        faults.append("the next submission has the same user id")
    return Seen.of(faults, f"users {first['user']} and {second['user']}")


def _own_folder(trial: Trial) -> Seen:
    first, second = _who(trial), _who(trial)
    faults = [f"the folder holds {name} at the start" for name in (*first["files"], *second["files"])]
    if first["folder"] == second["folder"]:
        faults.append("the next submission has the same folder")
    return Seen.of(faults, "two submissions had two empty folders")


def _privileges(trial: Trial) -> Seen:
    who = _who(trial)
    faults = []
    if who["status"].get("NoNewPrivs") != "1":
        faults.append("programs can give it new rights (NoNewPrivs is off)")
    owner = trial.grounds.program.stat().st_uid
    if who["raised"].isdigit() and int(who["raised"]) != who["user"] and int(who["raised"]) == owner:
        faults.append(f"a program with the set-user-id bit ran as user {who['raised']}")
    return Seen.of(faults, f"NoNewPrivs is on; a set-user-id program says: {who['raised']}")


def _capabilities(trial: Trial) -> Seen:
    status = _who(trial)["status"]
    faults = [f"{name} is {status[name]}" for name in _CAPABILITIES if int(status.get(name, "0"), 16)]
    return Seen.of(faults, "none inherited, permitted, effective or ambient")


def _calls(trial: Trial) -> Seen:
    faults = [] if _who(trial)["status"].get("Seccomp") == _FILTERED else ["system calls are not filtered"]
    return Seen.of([*faults, *trial.look(calls)], "a filter is on; all calls that were tried are refused")


RIGHTS = (
    Promise("not-root", "Student code is never root.", _not_root),
    Promise("own-user", "Each submission has a user id of its own, which is not the supervisor’s.", _own_user),
    Promise("own-folder", "Each submission begins in an empty folder of its own.", _own_folder),
    Promise("no-new-privileges", "No program gives it new rights.", _privileges),
    Promise("no-capabilities", "It has none of root’s capabilities.", _capabilities),
    Promise("calls-refused", "System calls that are ways out are refused by a filter.", _calls),
)
