"""Promises about a worker that is killed: another one takes its place, and nobody loses a point."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gabarito.engine.conformance.grounds import DATA_NAME, processes_with
from gabarito.engine.conformance.promise import Promise, Seen
from gabarito.engine.conformance.trial import LIMITS, Trial, Tried, plain_job
from gabarito.engine.pool import run_jobs
from gabarito.engine.sandbox import Command
from gabarito.model import Job, Outcome, Report

_LOOK = 0.02
_GONE = 500
_VICTIM = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()", {token!r}], stdin=subprocess.PIPE)
end = time.monotonic() + 15
while not os.path.exists({go!r}) and time.monotonic() < end:
    time.sleep(0.02)
child.kill()
print(6 * 7)
"""


@dataclass(frozen=True, slots=True)
class _Losses:
    """What became of a job whose worker was killed once, and of one whose workers were killed twice."""

    once: Report
    twice: Report
    workers: int
    left: tuple[int, ...]


def _lose_workers(trial: Trial) -> _Losses:
    """Grade two submissions, and kill the worker below the first once and below the second twice."""
    trial.close()
    watched = Tried(trial.sandbox)
    tokens = [f"victim{secrets.token_hex(12)}" for _ in range(2)]
    signs = [trial.grounds.data / f"go-{token}" for token in tokens]
    jobs = [_victim(f"job {n}", tokens[n], f"{DATA_NAME}/{signs[n].name}") for n in range(2)]
    over = threading.Event()
    killer = threading.Thread(target=_kill, args=(watched, tokens, signs, over), daemon=True)
    killer.start()
    try:
        reports = {
            job.key: report
            for job, report in run_jobs(
                jobs, hide=trial.spec.hide, data=trial.spec.data, limits=LIMITS, sandbox=watched
            )
        }
    finally:
        over.set()
        killer.join()
        for sign in signs:
            sign.unlink(missing_ok=True)
    return _Losses(reports["job 0"], reports["job 1"], len(watched.commands), tuple(_left(tokens)))


def _victim(key: str, token: str, go: str) -> Job:
    job = plain_job(_VICTIM.format(token=token, go=go), "print('next')")
    return Job(key=key, cells=job.cells, limits=job.limits)


def _kill(watched: Tried, tokens: list[str], signs: list[Path], over: threading.Event) -> None:
    """Kill the first job's first worker; then both of the second job's, the last by the sandbox's own means."""
    if not _wait(watched, 1, tokens[0], frozenset(), over):
        return
    _kill_process(watched.commands[0])
    signs[0].touch()
    gone: frozenset[int] = frozenset()
    for worker in (2, 3):
        if not _wait(watched, worker, tokens[1], gone, over):
            return
        gone = frozenset(processes_with(tokens[1]))
        command = watched.commands[worker - 1]
        if worker == 3 and command.name:
            watched.stop(command)
        else:
            _kill_process(command)


def _wait(watched: Tried, workers: int, token: str, gone: frozenset[int], over: threading.Event) -> bool:
    """Wait until so many workers have been started and the job is seen to run; False where all is over."""
    while not over.is_set():
        if len(watched.commands) >= workers and set(processes_with(token)) - gone:
            return True
        over.wait(_LOOK)
    return False


def _kill_process(command: Command) -> None:
    """Kill the process that was started with this command, which is a child of this one."""
    wanted = [os.fsencode(word) for word in command.argv]
    for path in Path("/proc/self/task").glob("*/children"):
        for child in path.read_text().split():
            with contextlib.suppress(OSError):
                if Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")[:-1] == wanted:
                    os.kill(int(child), signal.SIGKILL)


def _left(tokens: list[str]) -> Iterator[int]:
    """Processes of the jobs that still run a while after their workers have gone."""
    pause = threading.Event()
    for token in tokens:
        for _ in range(_GONE):
            if not (still := processes_with(token)):
                break
            pause.wait(_LOOK)
        yield from still


def _once(trial: Trial) -> Seen:
    losses = trial.once(_lose_workers)
    outcomes = [c.outcome for c in losses.once.cells]
    faults = []
    if losses.workers < 2:
        faults.append("no worker could be killed: this machine does not show its processes")
    if outcomes != [Outcome.PASSED] * 2:
        faults.append(f"the job ended as {', '.join(outcomes)}")
    faults += [f"process {pid} goes on without its worker" for pid in losses.left]
    return Seen.of(faults, "the job was tried again in another worker, and graded")


def _twice(trial: Trial) -> Seen:
    losses = trial.once(_lose_workers)
    outcomes = [c.outcome for c in losses.twice.cells]
    faults = [f"a cell ended as {o.value}, which counts" for o in outcomes if o is not Outcome.UNGRADED]
    return Seen.of(faults, "all its cells are ungraded, and none is zero")


REPLACEMENT = (
    Promise("killed-worker", "A killed worker ends with all that runs in it, and its job is tried again.", _once),
    Promise("twice-killed-worker", "A job whose worker is killed twice is ungraded, and never zero.", _twice),
)
