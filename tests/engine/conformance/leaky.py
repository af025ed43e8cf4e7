"""A sandbox that breaks what it promises, in ways that a test chooses; it runs the supervisor of `leaky_supervisor`."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from gabarito.engine.sandbox import Command, ProcessSandbox, Request
from gabarito.engine.sandbox.protocol import SUPERVISOR
from gabarito.errors import EngineError

_LEAKY_SUPERVISOR = "tests.engine.conformance.leaky_supervisor"

_ROOT = str(Path(__file__).parents[3])


@dataclass(slots=True)
class LeakySandbox:
    """A plain process with leaks, which it says nothing about.

    Args:
        leaks: those of `leaky_supervisor`, and those below.
    """

    leaks: Collection[str] = ()
    name: str = "leaky"
    image: str = ""
    lacks: Mapping[str, str] = field(default_factory=dict)
    forks_workers: bool = False
    _started: int = 0

    def problem(self) -> str:
        return ""

    def command(self, request: Request) -> Command:
        self._started += 1
        if "starts no more than two workers" in self.leaks and self._started > 2:
            raise EngineError("there is no worker left")
        if "shows the course" in self.leaks:
            request = replace(request, hide=())
        if "gives large folders" in self.leaks:
            request = replace(request, limits=msgspec.structs.replace(request.limits, scratch_bytes=1 << 30))
        command = ProcessSandbox().command(request)
        argv = tuple(_LEAKY_SUPERVISOR if word == SUPERVISOR else word for word in command.argv)
        paths = [_ROOT, *filter(None, [command.environment.get("PYTHONPATH", "")])]
        environment = {**command.environment, "LEAKS": ", ".join(self.leaks), "PYTHONPATH": os.pathsep.join(paths)}
        if "hands down variables" in self.leaks:
            environment = {**os.environ, **environment}
        return Command(argv=argv, environment=environment)

    def root(self, command: Command, pid: int) -> int:
        return pid

    def stop(self, command: Command) -> None:
        pass

    def advice(self, said: str) -> str:
        return ""
