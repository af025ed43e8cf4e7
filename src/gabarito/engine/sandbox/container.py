"""Containers of podman and docker: an image of our own, read-only, one container for each worker."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from gabarito.engine.capabilities import FOR_GPU, NEEDED
from gabarito.engine.container_advice import advice
from gabarito.engine.gpu.binds import cdi_arguments
from gabarito.engine.image import PYTHON, WORKER_LABEL, reference, worker_digest
from gabarito.engine.sandbox.host import THREADS, start_inside, supervisor_argv
from gabarito.engine.sandbox.protocol import DATA, Command, Request

_ASK_SECONDS = 60.0
_SCRATCH = ("/tmp", "/var/tmp")  # noqa: S108
_BUILD = "build it with 'gabarito image build'"


class ContainerSandbox:
    """A worker in a container. What podman and docker have in common; each says what it does otherwise."""

    forks_workers = False

    def __init__(self, name: str, image: str = "", target: str = "cpu") -> None:
        """A way to start containers.

        Args:
            name: the engine's name, which is that of its program.
            image: what to run; by default the image that gabarito builds for the target.
            target: `cpu`, or `cuda` where workers use a GPU.
        """
        self.name = name
        self._reference = image or reference(target)
        self._own_image = not image

    @property
    def image(self) -> str:
        """The image's digest, or empty where it is not there."""
        return str(self._inspected.get("Id", "")).removeprefix("sha256:")

    @property
    def lacks(self) -> Mapping[str, str]:
        """What it can't hold on this machine, by promise."""
        found = {}
        if self.name == "docker":
            found["worker-hidden"] = "processes of a submission see that supervisor and checker are there"
        if self._ignores_limits:
            found["files-in-memory-limit"] = (
                "memory is watched, and not held by the kernel: rootless containers have no limits with control "
                "groups of version 1"
            )
        return found

    def problem(self) -> str:
        """Why no container can be started here, and what to do; empty where one can."""
        if shutil.which(self.name) is None:
            return f"{self.name} is not installed; install it (Debian, Ubuntu: apt-get install {_PACKAGES[self.name]})"
        asked = self._ask("version")
        if asked.returncode != 0:
            return f"{self.name} does not answer: {_last(asked.stderr)}{self.advice(asked.stderr)}"
        if not self._inspected:
            return f"there is no image {self._reference}; {_BUILD}"
        if self._own_image and self._label(WORKER_LABEL) != worker_digest():
            return f"the image {self._reference} was built from another version of gabarito; {_BUILD}"
        # Of all that can go wrong (storage, runtime, control groups), the container itself knows best.
        command = self._run(Request(), self._new_name(), (PYTHON, "-c", "None"))
        tried = self._ask(*command[1:])
        if tried.returncode != 0:
            return f"{self.name} starts no container: {_last(tried.stderr)}{self.advice(tried.stderr)}"
        return ""

    def command(self, request: Request) -> Command:
        """`podman run` or `docker run` of a supervisor."""
        start = start_inside(request)
        name = self._new_name()
        argv = self._run(request, name, supervisor_argv(PYTHON, start))
        return Command(argv=tuple(argv), environment=_client_environment(), name=name)

    def root(self, command: Command, pid: int) -> int:
        """The container's first process: it is none of the client's."""
        said = self._ask("inspect", "--type", "container", "--format", "{{.State.Pid}}", command.name).stdout.strip()
        return int(said) if said.isdecimal() and int(said) else pid

    def stop(self, command: Command) -> None:
        """Kill the container: it outlives the client that started it."""
        self._ask("kill", command.name)

    def advice(self, said: str) -> str:
        """What to do about a failure that is known, or empty."""
        told = advice(self.name, said)
        return f"; {told}" if told else ""

    def _run(self, request: Request, name: str, argv: Sequence[str]) -> list[str]:
        return [self.name, "run", *self._options(request, name), self._reference, *argv]

    def _options(self, request: Request, name: str) -> Iterator[str]:
        limits = request.limits
        yield from ("--rm", "--interactive", "--name", name, "--pull", "never", "--network", "none", "--read-only")
        yield from ("--hostname", "worker", "--user", "0:0", "--workdir", "/", "--log-driver", "none")
        yield from ("--cap-drop", "all", "--security-opt", "no-new-privileges")
        for capability in (*NEEDED, *(FOR_GPU if request.gpu else ())):
            yield from ("--cap-add", capability)
        if request.gpu:
            yield from cdi_arguments(request.gpu)
        yield from ("--memory", str(request.memory_bytes), "--memory-swap", str(request.memory_bytes))
        yield from ("--pids-limit", str(request.processes), "--shm-size", str(limits.scratch_bytes))
        for folder in _SCRATCH:
            yield from ("--tmpfs", f"{folder}:rw,nosuid,nodev,mode=1777,size={limits.scratch_bytes}")
        # Queues of messages outlive the processes that made them; nothing in a notebook needs them.
        yield from ("--tmpfs", "/dev/mqueue:ro,nosuid,nodev,noexec,size=4k,mode=755")
        if self.name == "podman":
            # Without the first, podman adds temporary folders of any size; the last hides other users' processes.
            yield from ("--read-only-tmpfs=false", "--no-hosts", "--security-opt", "proc-opts=hidepid=2")
        for key, source in request.data.items():
            yield from ("--mount", f"type=bind,source={source},target={DATA}/{key},readonly")
        for key, value in {**THREADS, "HOME": "/tmp", "TMPDIR": "/tmp", **request.environment}.items():  # noqa: S108
            yield from ("--env", f"{key}={value}")

    def _new_name(self) -> str:
        return f"gabarito-{secrets.token_hex(8)}"

    @cached_property
    def _inspected(self) -> dict[str, Any]:
        """What the engine knows about the image; nothing where there is none."""
        asked = self._ask("image", "inspect", self._reference)
        try:
            known = json.loads(asked.stdout) if asked.returncode == 0 else []
        except ValueError:
            return {}
        return dict(known[0]) if known else {}

    def _label(self, name: str) -> str:
        labels = self._inspected.get("Labels") or (self._inspected.get("Config") or {}).get("Labels") or {}
        return str(labels.get(name, ""))

    @cached_property
    def _ignores_limits(self) -> bool:
        if self.name != "podman" or os.geteuid() == 0:
            return False
        return self._ask("info", "--format", "{{.Host.CgroupsVersion}}").stdout.strip() != "v2"

    def _ask(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """Run the engine's program; a failure to do so is an answer too."""
        command = [self.name, *argv]
        try:
            return subprocess.run(
                command,
                capture_output=True,
                text=True,
                errors="replace",
                stdin=subprocess.DEVNULL,
                timeout=_ASK_SECONDS,
                check=False,
                env=_client_environment(),
            )
        except (OSError, subprocess.TimeoutExpired) as e:
            return subprocess.CompletedProcess(command, 127, "", str(e))


_PACKAGES = {"podman": "podman", "docker": "docker.io"}


def _client_environment() -> dict[str, str]:
    """What the client needs to find its engine and its configuration; nothing of it reaches the container."""
    return dict(os.environ)


def _last(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1] if lines else "it said nothing"
