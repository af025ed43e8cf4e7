"""What to do when podman or docker fails, by what it said."""

from __future__ import annotations


def advice(program: str, said: str) -> str:
    """What to do, as the end of a sentence; empty where nothing is known.

    Args:
        said: what the program wrote.
    """
    low = said.lower()
    for signs, told in _ADVICE:
        if any(sign in low for sign in signs):
            return told.format(program=program)
    return ""


# The first that fits.
_ADVICE: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("no space left on device", "disk quota exceeded"),
        (
            "the disk is full: free some space ('{program} system df' shows what images take, '{program} image prune' "
            "removes those without a name), then try again"
        ),
    ),
    (
        ("cannot connect to the docker daemon", "is the docker daemon running"),
        ("start docker's daemon ('systemctl start docker'), or take podman, which needs none (--engine podman)"),
    ),
    (
        ("no subuid ranges", "no subgid ranges", "newuidmap", "newgidmap"),
        (
            "your account has no user ids of its own for containers: have an administrator run 'usermod --add-subuids "
            "100000-165535 --add-subgids 100000-165535 YOU' and install uidmap, or try as root"
        ),
    ),
    (
        ("setrlimit", "setting rlimit", "rlimit_nofile", "rlimit_nproc"),
        (
            "this machine forbids raising limits: name a file in CONTAINERS_CONF that sets default_ulimits in "
            "[containers] to what 'ulimit -Hn' and 'ulimit -Hu' say; docs/containers.md shows one"
        ),
    ),
    (
        ("could not find a version that satisfies", "no matching distribution found"),
        (
            "a package of the lock can't be found where pip looks here ('pip config list'): add an index that has it, "
            "or pin what there is with 'make lock'"
        ),
    ),
    (
        ("cannot open shared object file",),
        "the base image lacks a library that a package needs: name another one with --base, or install it there",
    ),
    (
        (
            "manifest unknown",
            "name unknown",
            "no such image",
            "image not known",
            "repository does not exist",
            "registry localhost:",
        ),
        (
            "there is no such image: look at its spelling, or name one that exists with --base "
            "('{program} images' lists those of this machine)"
        ),
    ),
    (
        ("pinging container registry", "initializing source", "error pulling image", "failed to resolve reference"),
        (
            "the base image can't be fetched: is there a network? Without one, name an image of this machine with "
            "--base; docs/containers.md tells how to make one"
        ),
    ),
    (
        ("temporary failure in name resolution", "newconnectionerror", "network is unreachable"),
        "the packages can't be fetched: is there a network, and is pip told where to look ('pip config list')?",
    ),
    (
        ("cannot allocate memory", "out of memory", "oom"),
        "the machine is out of memory: grade fewer at a time (--jobs), or give it more",
    ),
    (
        ("unresolvable cdi devices",),
        "no CDI specification names that GPU: 'nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml' makes one",
    ),
    (
        ("permission denied", "operation not permitted"),
        "it lacks a right: try as root, or ask an administrator to let you use {program}",
    ),
)
