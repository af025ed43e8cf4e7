"""Apptainer (or Singularity), as on clusters: an image of our own, run with the rights of whoever calls it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping

from gabarito.engine.gpu.share import environment as gpu_environment
from gabarito.engine.image import PYTHON
from gabarito.engine.sandbox.host import THREADS, start_inside, supervisor_argv
from gabarito.engine.sandbox.lacks import MEMORY_IS_WATCHED, ONE_USER
from gabarito.engine.sandbox.protocol import DATA, Command, Request


class ApptainerSandbox:
    """A worker in an image file, without any other user's rights: all processes in it have one user id."""

    name = "apptainer"
    forks_workers = False
    lacks: Mapping[str, str] = {**ONE_USER, **MEMORY_IS_WATCHED}

    def __init__(self, image: str = "") -> None:
        """Args: the path of an image file (`.sif`)."""
        self._path = image

    @property
    def image(self) -> str:
        """The image file's path: it holds no digest that is cheap to read."""
        return self._path

    def problem(self) -> str:
        """Why it can't be used here, and what to do; empty where it can."""
        if shutil.which("apptainer") is None:
            return "apptainer is not installed; on a cluster it is often a module ('module load apptainer')"
        if not self._path:
            return (
                "apptainer needs an image file: c.Gabarito.image = 'gabarito.sif', made by "
                "'apptainer build gabarito.sif docker-archive:gabarito.tar'"
            )
        if not os.path.exists(self._path):
            return f"there is no image file {self._path}; correct c.Gabarito.image"
        return ""

    def command(self, request: Request) -> Command:
        """`apptainer exec` of a supervisor."""
        start = start_inside(request)
        argv = ("apptainer", "exec", *self._options(request), self._path, *supervisor_argv(PYTHON, start))
        return Command(argv=argv, environment=dict(os.environ))

    def root(self, command: Command, pid: int) -> int:
        """The process that was started."""
        return pid

    def stop(self, command: Command) -> None:
        """Nothing: what it runs ends with it."""

    def advice(self, said: str) -> str:
        """What to do about a failure that is known, or empty."""
        if "user namespace" in said:
            return "; this machine lets ordinary users make no namespaces: ask its administrator for them"
        return ""

    def _options(self, request: Request) -> Iterator[str]:
        yield from ("--containall", "--cleanenv", "--no-home", "--no-privs", "--pwd", "/")
        yield from ("--net", "--network", "none", "--hostname", "worker", "--no-eval")
        if request.gpu:
            yield "--nv"
        for key, source in request.data.items():
            yield from ("--bind", f"{source}:{DATA}/{key}:ro")
        for key, value in {**THREADS, **gpu_environment(request.gpu), **request.environment}.items():
            yield from ("--env", f"{key}={value}")
