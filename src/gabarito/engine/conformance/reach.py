"""Promises about what student code can reach over a network or a socket."""

from __future__ import annotations

from gabarito.engine.conformance.probes import network, sockets
from gabarito.engine.conformance.promise import Promise, Seen
from gabarito.engine.conformance.trial import Trial


def _network(trial: Trial) -> Seen:
    grounds = trial.grounds
    grounds.received()
    faults = trial.look(network, listening=grounds.listening, token=grounds.token)
    return Seen.of([*faults, *grounds.received()], "no way out, and nothing arrived at the host’s loopback services")


def _families(trial: Trial) -> Seen:
    return Seen.of(trial.look(sockets, what="families"), "59 other families and raw sockets tried: none opens")


def _unix(trial: Trial) -> Seen:
    addresses = trial.grounds.sockets
    return Seen.of(
        trial.look(sockets, what="unix", addresses=addresses), f"{len(addresses)} sockets of the host not reached"
    )


REACH = (
    Promise("network", "Student code reaches no other machine, and no service of this one.", _network),
    Promise(
        "socket-families", "It opens no sockets but those of IP, Unix and netlink: no vsock, no packets.", _families
    ),
    Promise("unix-sockets", "It reaches no Unix socket of the host, neither by name nor by path.", _unix),
)
