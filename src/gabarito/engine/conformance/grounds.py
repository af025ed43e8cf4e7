"""What a suite lays out on this machine, outside of the sandbox: secrets, services, a process."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gabarito.engine.confine import TEMPORARY, remove_folder
from gabarito.errors import EngineError

DATA_NAME = "given"
_VARIABLE = "CONFORMANCE_SECRET"
_SERVICES = ("/run", "/tmp")  # noqa: S108
_DATA = {"given.txt", "inner", "inner/more.txt", "id"}
_FOR_ALL = 0o777
_NAME_LENGTH = 15
_LOOPBACK = ("127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What lies outside of the sandbox.

    Attributes:
        token: a word that is in everything secret, and in nothing else on this machine.
        course: a folder with tests, a gradebook and submissions, that anybody on this machine may read.
        elsewhere: a folder of no course, that anybody may read and write.
        temporary: a file in the machine's temporary folder, that anybody may read.
        homes: home folders that anybody would look into.
        data: a folder that submissions may read; on this machine anybody may write it.
        program: a program of the data with the set-user-id bit, which says who it runs as.
        listening: addresses and ports of services that hear TCP and UDP on this machine's loopback.
        sockets: addresses of Unix sockets that anybody may connect to; those without a path begin with a zero byte.
        mail: the sockets that get what is sent over UDP.
    """

    token: str
    course: Path
    elsewhere: Path
    temporary: Path
    homes: tuple[Path, ...]
    data: Path
    program: Path
    listening: tuple[tuple[str, int], ...]
    sockets: tuple[str, ...]
    mail: tuple[socket.socket, ...]

    @property
    def secret_files(self) -> list[str]:
        """Files of the course that no student may read."""
        return sorted(str(p) for p in self.course.rglob("*"))

    def data_has_changed(self) -> bool:
        """Whether student code has changed the data folder; it is laid out again then."""
        found = {p.relative_to(self.data).as_posix() for p in self.data.rglob("*")}
        text = self.data / "given.txt"
        if found == _DATA and text.read_text() == "given" and stat.S_IMODE(text.stat().st_mode) == _FOR_ALL:
            return False
        for path in self.data.iterdir():  # not the folder itself, which is mounted somewhere
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        _write_data(self.data)
        return True

    def received(self) -> list[str]:
        """What student code has sent to services of this machine over UDP, since this was last asked."""
        found = []
        for s in self.mail:
            with contextlib.suppress(BlockingIOError):
                while text := s.recv(1 << 16):
                    if self.token.encode() in text:
                        found.append(f"a service of the host at {s.getsockname()[0]} was sent a message")
        return found


@contextlib.contextmanager
def lay_out() -> Iterator[Grounds]:
    """Everything laid out; it is cleared away at the end.

    Raises:
        EngineError: there is no folder here to put it into.
    """
    token = f"seen{secrets.token_hex(12)}"
    with contextlib.ExitStack() as stack:
        course, elsewhere, data = (Path(stack.enter_context(_folder(kind))) for kind in ("course", "elsewhere", "data"))
        _write_course(course, token)
        _write(elsewhere / "notes.txt", token)
        elsewhere.chmod(0o777)
        program = _write_data(data)
        temporary = stack.enter_context(tempfile.NamedTemporaryFile(prefix="gabarito-", suffix=".txt"))
        temporary.write(token.encode())
        temporary.flush()
        os.chmod(temporary.name, 0o644)
        mail, listening = _listen(stack)
        stack.enter_context(_variable(token))
        stack.enter_context(_process(token))
        yield Grounds(
            token=token,
            course=course,
            elsewhere=elsewhere,
            temporary=Path(temporary.name),
            homes=tuple(p for p in (Path("/root"), Path("/home"), Path.home()) if os.access(p, os.R_OK | os.X_OK)),
            data=data,
            program=program,
            listening=listening,
            sockets=tuple(_unix(stack, token)),
            mail=mail,
        )


@contextlib.contextmanager
def _folder(kind: str) -> Iterator[str]:
    """A folder that is readable for everybody, in a place that a sandbox would show if it did nothing."""
    for place in ("/var/lib", str(Path.home()), str(Path.cwd()), tempfile.gettempdir()):
        if os.access(place, os.W_OK):
            break
    else:
        raise EngineError("the suite needs a folder to write in; call it from a folder that you may write")
    made = tempfile.mkdtemp(prefix=f"gabarito-{kind}-", dir=place)
    try:
        os.chmod(made, 0o755)  # noqa: S103
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o644)


def _write_course(course: Path, token: str) -> None:
    _write(course / "gradebook.db", token)
    _write(course / "grader_tests" / "ps1" / "tests" / "q1.py", f"assert answer == {token!r}")
    _write(course / "submitted" / "bo" / "ps1" / "ps1.ipynb", token)
    _write(course / "source" / "ps1" / "ps1.ipynb", token)


def _write_data(data: Path) -> Path:
    _write(data / "given.txt", "given")
    _write(data / "inner" / "more.txt", "given")
    for path in (data, *data.rglob("*")):
        path.chmod(_FOR_ALL)
    program = data / "id"
    shutil.copyfile(shutil.which("id") or sys.executable, program)
    program.chmod(0o4755)
    return program


def _listen(stack: contextlib.ExitStack) -> tuple[tuple[socket.socket, ...], tuple[tuple[str, int], ...]]:
    """A TCP and an UDP socket on the same port of each loopback address."""
    mail, addresses = [], []
    for address in _LOOPBACK:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with contextlib.suppress(OSError):  # a machine without IPv6
            tcp = stack.enter_context(socket.create_server((address, 0), family=family))
            udp = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            port = tcp.getsockname()[1]
            udp.bind((address, port))
            udp.setblocking(False)
            mail.append(udp)
            addresses.append((address, port))
    return tuple(mail), tuple(addresses)


def _unix(stack: contextlib.ExitStack, token: str) -> Iterator[str]:
    paths = [f"{folder}/gabarito-{token}" for folder in _SERVICES if os.access(folder, os.W_OK)]
    for address in (f"\0{token}", *paths):
        s = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        s.bind(address)
        s.listen()
        if not address.startswith("\0"):
            os.chmod(address, 0o777)  # noqa: S103
            stack.callback(os.unlink, address)
        yield address


@contextlib.contextmanager
def _variable(token: str) -> Iterator[None]:
    os.environ[_VARIABLE] = token
    try:
        yield
    finally:
        del os.environ[_VARIABLE]


@contextlib.contextmanager
def _process(token: str) -> Iterator[None]:
    """A process of this machine with the token in its command line."""
    command = [sys.executable, "-c", "import sys; print(1, flush=True); sys.stdin.read()", token]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        try:
            yield
        finally:
            process.kill()


def processes_with(word: str) -> list[int]:
    """Processes of this machine whose command line or name holds a word, as far as they can be seen.

    The kernel keeps the first 15 characters of a name; a process hands its name down to those that it forks.
    """
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        for file, wanted in (("cmdline", word), ("comm", word[:_NAME_LENGTH])):
            with contextlib.suppress(OSError):
                if wanted.encode() in Path(f"/proc/{pid}/{file}").read_bytes():
                    found.append(int(pid))
                    break
    return found


def sweep(token: str, folders: Iterable[str] = TEMPORARY) -> None:
    """Remove what student code has left in these folders of this machine, where its sandbox let it get there."""
    for folder in folders:
        for path in Path(folder).glob(f"*{token}*"):
            if path.is_dir() and not path.is_symlink():
                remove_folder(str(path))
            else:
                path.unlink(missing_ok=True)
