"""The suite notices: each promise is broken by at least one sandbox that leaks."""

from __future__ import annotations

import os

import pytest

from gabarito.engine import schedule
from gabarito.engine.conformance import PROMISES, Verdict, try_sandbox
from gabarito.engine.worker import ungraded
from gabarito.errors import UsageError
from gabarito.model import Job, Outcome, Report
from tests.engine.conformance.leaky import LeakySandbox
from tests.engine.conformance.leaky_supervisor import SUPERVISOR_LEAKS

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="as an ordinary user nearly everything leaks anyway")

# Leaks that don't get into each other's way share a sandbox: starting one takes longest.
LEAKS: tuple[dict[str, set[str]], ...] = (
    {
        "nothing but what a process always does": {"files-hidden", "devices-hidden", "files-in-memory-limit"},
        "shows the course": {"course-hidden"},
        "hands down variables": {"environment-hidden"},
        "shows the worker": {"worker-hidden"},
        "counts no output": {"output-limit"},
        "gives large folders": {"scratch-limit"},
        "limits nothing": {"process-limit", "open-files-limit", "file-size-limit"},
    },
    {
        "shares the network": {"network", "unix-sockets"},
        "lets everything be written": {"data-read-only", "system-read-only"},
        "runs as root": {"not-root", "own-user", "no-capabilities", "nothing-left-in-files"},
    },
    {
        "keeps one user": {"own-user"},
        "keeps one folder": {"own-folder"},
        "leaves files": {"nothing-left-in-files", "disk-bomb"},
        "filters nothing": {"calls-refused", "socket-families"},
        "kills nothing": {"nothing-left-running", "daemons"},
        "gives new privileges": {"no-new-privileges"},
    },
    {
        "has no view of its own": {"network", "unix-sockets", "course-hidden", "homes-hidden", "processes-hidden"},
        "watches nothing": {"cpu-limit", "notebook-limit", "idle-limit", "clock-limit", "memory-limit"},
    },
    {"ends after each notebook": {"fork-bomb", "memory-bomb", "memfd-bomb", "zombies"}},
    {"keeps descriptors": {"descriptors"}},
    {"starts no more than two workers": {"killed-worker", "twice-killed-worker"}},
)


@pytest.mark.parametrize("leaks", LEAKS, ids=lambda leaks: next(iter(leaks)))
def test_leaks_are_noticed(leaks: dict[str, set[str]]) -> None:
    broken = set().union(*leaks.values())
    findings = try_sandbox(LeakySandbox(leaks), only=broken)
    assert {f.promise: f.verdict for f in findings} == dict.fromkeys(broken, Verdict.BROKEN)
    assert all(f.seen and not f.lack for f in findings)


def test_every_promise_can_be_broken() -> None:
    assert set().union(*(p for leaks in LEAKS for p in leaks.values())) == {p.id for p in PROMISES}


def test_every_leak_is_tried() -> None:
    assert {leak for leaks in LEAKS for leak in leaks} >= set(SUPERVISOR_LEAKS)


def test_what_is_declared_is_not_held_or_is_held_all_the_same() -> None:
    lacks = {"files-hidden": "it hides nothing", "not-root": "it may be root"}
    found = {f.promise: f for f in try_sandbox(LeakySandbox(lacks=lacks), only=lacks)}
    assert {p: f.lack for p, f in found.items()} == lacks
    assert found["files-hidden"].verdict is Verdict.NOT_HELD
    assert found["not-root"].verdict is Verdict.HELD


def test_an_unknown_promise_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="there is no promise 'x'; they are network, "):
        try_sandbox(LeakySandbox(), only=["x"])


def test_a_zero_for_a_lost_job_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def zero(job: Job, why: str) -> Report:
        report = ungraded(job, why)
        cells = tuple(type(c)(index=c.index, id=c.id, outcome=Outcome.CRASHED, message=why) for c in report.cells)
        return Report(key=job.key, cells=cells)

    monkeypatch.setattr(schedule, "ungraded", zero)
    (finding,) = try_sandbox(LeakySandbox(), only=["twice-killed-worker"])
    assert finding.verdict is Verdict.BROKEN
    assert finding.seen == "a cell ended as crashed, which counts; a cell ended as crashed, which counts"
