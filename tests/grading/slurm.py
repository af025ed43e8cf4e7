"""Slurm on this machine, as root: its controller, its one node and the daemon that they trust each other by."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "sinfo")
_CONFIG = """
ClusterName=gabarito
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
SlurmUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


@contextmanager
def slurm(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A block in which `sbatch` works; skips the test where Slurm can't be started."""
    if os.geteuid() != 0:
        pytest.skip("slurm: this test needs root")
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin")
    if missing := [name for name in _PROGRAMS if not shutil.which(name)]:
        pytest.skip(f"slurm: {', '.join(missing)} not installed; 'make engines' installs it on Debian and Ubuntu")
    with tempfile.TemporaryDirectory(prefix="gabarito-slurm-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for each in ("munge", "state", "spool"):
            (folder / each).mkdir()
        (folder / "munge.key").write_bytes(secrets.token_bytes(128))
        (folder / "munge.key").chmod(0o400)
        config = folder / "slurm.conf"
        host = socket.gethostname().split(".")[0]
        text = _CONFIG.format(host=host, ports=_ports(), folder=folder, cores=os.cpu_count())
        config.write_text(text)
        monkeypatch.setenv("SLURM_CONF", str(config))
        munge = [f"--{key}={folder}/munge/{key}" for key in ("socket", "pid-file", "log-file", "seed-file")]
        daemons: list[subprocess.Popen[bytes]] = []
        with open(folder / "log", "wb") as log:
            try:
                for command in (
                    ["munged", "--foreground", "--force", f"--key-file={folder}/munge.key", *munge],
                    ["slurmctld", "-D"],
                    ["slurmd", "-D"],
                ):
                    daemons.append(subprocess.Popen(command, stdout=log, stderr=log))
                    if not _comes_up(daemons[-1], command[0], folder):
                        said = (folder / "log").read_text(errors="replace").strip()[-300:]
                        pytest.skip(f"slurm: {command[0]} can't be started here: {said}")
                yield
            finally:
                for daemon in reversed(daemons):
                    daemon.terminate()
                    daemon.wait()


def _comes_up(daemon: subprocess.Popen[bytes], name: str, folder: Path) -> bool:
    """Look until it answers; False where it ends or doesn't."""
    for _ in range(2000):
        if daemon.poll() is not None:
            return False
        if name == "munged":
            if (folder / "munge" / "socket").exists():
                return True
            continue
        asked = subprocess.run(["sinfo", "--noheader", "--format=%T"], capture_output=True, text=True, check=False)
        if asked.returncode == 0 and (name == "slurmctld" or asked.stdout.strip() == "idle"):
            return True
    return False


def _ports() -> list[int]:
    """Two that are free."""
    ends = [socket.socket() for _ in range(2)]
    for end in ends:
        end.bind(("127.0.0.1", 0))
    ports = [end.getsockname()[1] for end in ends]
    for end in ends:
        end.close()
    return ports
