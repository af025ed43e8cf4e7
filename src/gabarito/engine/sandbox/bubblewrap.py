"""Bubblewrap: this machine's own Python, in namespaces of its own that hold nothing else but its programs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath

from gabarito.engine.capabilities import FOR_GPU, FOR_TEMPLATE, FOR_VIEW, NEEDED
from gabarito.engine.gpu.binds import device_files
from gabarito.engine.gpu.share import environment as gpu_environment
from gabarito.engine.python_folders import python_folders
from gabarito.engine.sandbox.host import interpreter, own_environment, start_inside, supervisor_argv
from gabarito.engine.sandbox.kernels import kernel_folders
from gabarito.engine.sandbox.lacks import MEMORY_IS_WATCHED, ONE_USER
from gabarito.engine.sandbox.protocol import DATA, Command, Request

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
# What programs look up there; passwords, keys and names of accounts stay out.
_SETTINGS = (
    *("/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime"),
    *("/etc/timezone", "/etc/mime.types", "/etc/fonts", "/etc/ssl/certs", "/etc/ca-certificates", "/etc/python3"),
    *("/etc/python3.11", "/etc/R", "/etc/inputrc", "/etc/matplotlibrc"),
)
_TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108
_TRY_SECONDS = 20.0


class BubblewrapSandbox:
    """A worker below `bwrap`. As root each submission has its own user id in it; as anybody else all share one."""

    name = "bubblewrap"
    image = ""

    @property
    def lacks(self) -> Mapping[str, str]:
        """What it can't hold, by promise: less as root."""
        return MEMORY_IS_WATCHED if os.geteuid() == 0 else {**ONE_USER, **MEMORY_IS_WATCHED}

    @property
    def forks_workers(self) -> bool:
        """Whether this process is root: nobody else can part what is in one `bwrap`."""
        return os.geteuid() == 0

    def problem(self) -> str:
        """Why `bwrap` can't be used here, and what to do; empty where it can."""
        if shutil.which("bwrap") is None:
            return "bwrap is not installed; install it (Debian, Ubuntu: apt-get install bubblewrap)"
        command = [*self._bwrap(Request()), "true"]
        try:
            tried = subprocess.run(command, capture_output=True, text=True, timeout=_TRY_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as e:
            return f"bwrap does not start ({e})"
        if tried.returncode != 0:
            said = tried.stderr.strip().splitlines()
            return (
                f"bwrap does not start: {said[-1] if said else f'status {tried.returncode}'}{self.advice(tried.stderr)}"
            )
        return ""

    def command(self, request: Request) -> Command:
        """This Python, below `bwrap`."""
        start = start_inside(request, hides_processes=os.geteuid() == 0)
        argv = (*self._bwrap(request), *supervisor_argv(sys.executable, start))
        variables = {**gpu_environment(request.gpu), **request.environment}
        environment = own_environment(variables) | {"HOME": "/tmp", "TMPDIR": "/tmp"}  # noqa: S108
        return Command(argv=argv, environment=environment)

    def root(self, command: Command, pid: int) -> int:
        """The process that was started."""
        return pid

    def stop(self, command: Command) -> None:
        """Nothing: everything below `bwrap` ends with it."""

    def advice(self, said: str) -> str:
        """What to do about a failure that is known, or empty."""
        if "user namespace" in said or "uid map" in said or "clone" in said:
            return (
                "; ordinary users may not make namespaces here: ask for kernel.unprivileged_userns_clone=1 "
                "(or an AppArmor profile for bwrap), or grade as root"
            )
        return ""

    def _bwrap(self, request: Request) -> Iterator[str]:
        """The command line up to what is to be run."""
        yield from ("bwrap", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try")
        yield from ("--die-with-parent", "--new-session", "--as-pid-1", "--hostname", "worker")
        if os.geteuid() == 0:
            yield from ("--cap-drop", "ALL")
            more = (*(FOR_GPU if request.gpu else ()), *(FOR_TEMPLATE if request.is_template else ()))
            for capability in (*NEEDED, *FOR_VIEW, *more):
                yield from ("--cap-add", f"CAP_{capability}")
        else:
            yield from ("--unshare-user", "--cap-drop", "ALL")
        shown = {folder: folder for folder in (*_SYSTEM, *_SETTINGS) if os.path.exists(folder)}
        shown |= {folder: folder for folder in python_folders(_path_of_workers()) if not folder.startswith("/usr/")}
        shown |= {folder: folder for folder in kernel_folders() if not _is_in(folder, shown)}
        shown |= {f"{DATA}/{name}": source for name, source in request.data.items()}
        yield from ("--proc", "/proc", "--dev", "/dev")
        # Temporary folders before what is shown: a virtual environment may lie in one of them, and stays to be seen.
        yield from _folders_above(_TEMPORARY)
        for folder in _TEMPORARY:
            yield from ("--perms", "1777", "--size", str(request.limits.scratch_bytes), "--tmpfs", folder)
        yield from _folders_above(shown, made=_TEMPORARY)
        for place, source in shown.items():
            yield from ("--ro-bind", source, place)
        if request.gpu:
            for device in device_files():
                yield from ("--dev-bind", device, device)
            # Where the driver's library looks for the GPU's place in the machine.
            yield from ("--ro-bind", "/sys", "/sys")
        # What lies between these is in memory, and belongs to whoever the worker runs as.
        yield from ("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--")


@cache
def _path_of_workers() -> list[str]:
    """Where a worker's Python looks for packages: this process may look in more places, such as a course folder."""
    asked = subprocess.run(
        [*interpreter(sys.executable), "-c", "import json, sys; print(json.dumps(sys.path))"],
        capture_output=True,
        check=True,
        cwd="/",
        env=own_environment({}),
    )
    return list(json.loads(asked.stdout))


def _is_in(path: str, folders: Iterable[str]) -> bool:
    return any(PurePosixPath(path).is_relative_to(folder) for folder in folders)


def _folders_above(paths: Iterable[str], made: Iterable[str] = ()) -> Iterator[str]:
    """Arguments that make the folders above these paths, outermost first, but for those that are `made` already."""
    above = {str(parent) for path in paths for parent in PurePosixPath(path).parents} - {"/", "/dev", *made}
    for parent in sorted(above):
        yield from ("--perms", "0755", "--dir", parent)  # by default only its owner could enter it
