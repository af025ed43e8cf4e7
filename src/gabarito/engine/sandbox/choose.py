"""Which sandbox workers are started in: the one that was asked for, or the strongest that works here."""

from __future__ import annotations

from dataclasses import dataclass

from gabarito.engine.sandbox.apptainer import ApptainerSandbox
from gabarito.engine.sandbox.bubblewrap import BubblewrapSandbox
from gabarito.engine.sandbox.container import ContainerSandbox
from gabarito.engine.sandbox.process import ProcessSandbox
from gabarito.engine.sandbox.protocol import Sandbox
from gabarito.errors import EngineError, UsageError

AUTO = "auto"
STRONGEST_FIRST = ("podman", "docker", "bubblewrap", "apptainer", "process")
NAMES = (AUTO, *STRONGEST_FIRST)


@dataclass(frozen=True, slots=True)
class Choice:
    """A sandbox that works, and why each stronger one was not taken."""

    sandbox: Sandbox
    passed_over: tuple[tuple[str, str], ...] = ()
    """Names and reasons, strongest first."""


def make_sandbox(name: str, image: str = "", target: str = "cpu") -> Sandbox:
    """The sandbox with this name, whether it works here or not.

    Args:
        name: one of `STRONGEST_FIRST`.
        image: what containers run; the image that gabarito builds where it is empty.
        target: which one, `cpu` or `cuda`.

    Raises:
        UsageError: there is no sandbox of this name.
    """
    match name:
        case "podman" | "docker":
            return ContainerSandbox(name, image, target)
        case "bubblewrap":
            return BubblewrapSandbox()
        case "apptainer":
            return ApptainerSandbox(image)
        case "process":
            return ProcessSandbox()
        case _:
            raise UsageError(f"there is no sandbox {name!r}; take one of {', '.join(NAMES)}")


def choose_sandbox(name: str, image: str = "", target: str = "cpu") -> Choice:
    """The sandbox to use: the named one, or for `auto` the strongest that works. Arguments as of `make_sandbox`.

    Raises:
        UsageError: there is no sandbox of this name.
        EngineError: the named one can't be used here; the message says why and what to do.
    """
    if name != AUTO:
        sandbox = make_sandbox(name, image, target)
        if problem := sandbox.problem():
            raise EngineError(f"the sandbox {name!r} can't be used: {problem}")
        return Choice(sandbox)
    passed_over = []
    for each in STRONGEST_FIRST:
        sandbox = make_sandbox(each, image, target)
        problem = sandbox.problem()
        if not problem:
            break
        passed_over.append((each, problem))
    return Choice(sandbox, tuple(passed_over))
