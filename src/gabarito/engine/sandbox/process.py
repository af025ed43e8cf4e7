"""No sandbox around the worker: as root it gives itself a private view of the machine, as anybody else it can't."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from gabarito.engine.gpu.share import environment as gpu_environment
from gabarito.engine.gpu.share import part_of
from gabarito.engine.sandbox.host import own_environment, supervisor_argv
from gabarito.engine.sandbox.kernels import kernel_folders
from gabarito.engine.sandbox.lacks import MEMORY_IS_WATCHED
from gabarito.engine.sandbox.protocol import Command, Request
from gabarito.engine.start import Start

_PROGRAMS = "student code sees the programs and the system files of this machine"
_DEVICES = "student code can open the devices of this machine that anybody may open"
_YOUR_RIGHTS = "student code runs with your own rights: it can use the network, and read and change your files"
_NEEDS_ROOT = (
    *("network", "unix-sockets", "data-read-only", "system-read-only", "course-hidden", "homes-hidden"),
    *("processes-hidden", "worker-hidden", "environment-hidden", "own-user"),
    *("nothing-left-in-files", "scratch-limit"),
)


class ProcessSandbox:
    """The worker is an ordinary process of this machine. For development, and where there is nothing else."""

    name = "process"
    image = ""
    forks_workers = True

    @property
    def lacks(self) -> Mapping[str, str]:
        """What it can't hold, by promise: little as root, and next to nothing as anybody else."""
        own = {"files-hidden": _PROGRAMS, "devices-hidden": _DEVICES, **MEMORY_IS_WATCHED}
        return own if os.geteuid() == 0 else dict.fromkeys(_NEEDS_ROOT, _YOUR_RIGHTS) | own

    def problem(self) -> str:
        """Nothing: it works everywhere."""
        return ""

    def command(self, request: Request) -> Command:
        """This Python, as it is."""
        start = Start(
            preload=request.preload,
            makes_view=True,
            hide=request.hide,
            kernels=kernel_folders(),
            data=dict(request.data),
            gpu=part_of(request.gpu),
            scratch_bytes=request.limits.scratch_bytes,
            is_template=request.is_template,
            filter=request.filter,
        )
        environment = own_environment({**gpu_environment(request.gpu), **request.environment})
        return Command(argv=supervisor_argv(sys.executable, start), environment=environment)

    def root(self, command: Command, pid: int) -> int:
        """The process that was started."""
        return pid

    def stop(self, command: Command) -> None:
        """Nothing: everything below the process that was started ends with it."""

    def advice(self, said: str) -> str:
        """Nothing that its own words would not say."""
        return ""
