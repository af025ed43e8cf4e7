"""A PostgreSQL server of the distribution's, for one test file: its own cluster, reached through a socket only."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_PLACES = "/usr/lib/postgresql"
_USER = "postgres"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of a server without databases, up to where a database's name would follow."""
    pytest.importorskip("psycopg", reason="PostgreSQL: the package psycopg is not installed")
    programs = max(Path(_PLACES).glob("*/bin/initdb"), default=None)
    if programs is None:
        pytest.skip("PostgreSQL: no server installed; 'make engines' installs it on Debian and Ubuntu")
    if os.geteuid() != 0 or not shutil.which("runuser"):
        pytest.skip("PostgreSQL: these tests need root, to start the server as another user")
    folder = Path(tempfile.mkdtemp(prefix="gabarito-pg-"))  # a socket's path must be short
    shutil.chown(folder, _USER)
    control: list[str | Path] = [programs.with_name("pg_ctl"), "-D", folder / "data", "-w"]
    try:
        _as_user(programs, "-D", folder / "data", "-A", "trust", "-U", _USER, "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        _as_user(*control, "-l", folder / "log", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://{_USER}@:5432/%s?host={folder}"
        finally:
            _as_user(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def _as_user(*argv: str | Path) -> None:
    # To a file, not a pipe: the server would hold the pipe open.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(["runuser", "-u", _USER, "--", *argv], stdout=said, stderr=said, cwd="/", check=False)
        said.seek(0)
        assert done.returncode == 0, said.read().decode()


@pytest.fixture
def database(server: str, request: pytest.FixtureRequest) -> str:
    """The URL of a new database."""
    from sqlalchemy import create_engine, text

    name = f"gradebook_{abs(hash(request.node.nodeid))}"
    engine = create_engine(server % _USER, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server % name
