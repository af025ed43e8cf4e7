"""`gabarito doctor`: what it says about the machine, and how it shows what a sandbox holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gabarito.engine import conformance, sandbox
from gabarito.engine.conformance import PROMISES, Finding, Verdict
from gabarito.engine.sandbox import Choice, ProcessSandbox
from gabarito.errors import EngineError
from tests.cli.commands import Gabarito

HELD = Finding(promise="network", sentence="No network.", verdict=Verdict.HELD, seen="nothing [was] reached")
LACKING = Finding(promise="own-user", sentence="Its user.", verdict=Verdict.NOT_HELD, seen="the same", lack="one user")
BROKEN = Finding(promise="not-root", sentence="Never root.", verdict=Verdict.BROKEN, seen="it [runs] as root")


def _find(monkeypatch: pytest.MonkeyPatch, *findings: Finding) -> None:
    def try_sandbox(sandbox: Any, *, on_finding: Callable[[Finding], None]) -> tuple[Finding, ...]:
        for finding in findings:
            on_finding(finding)
        return findings

    monkeypatch.setattr(conformance, "try_sandbox", try_sandbox)


@pytest.mark.parametrize("width", [80, 120])
def test_the_machine_and_the_sandbox_are_told(gabarito: Gabarito, width: int) -> None:
    done = gabarito("doctor", width=width)
    assert done.code == 0
    for words in ("Python", "control groups", "user namespaces", "GPUs", "free", "sandbox: --sandbox auto takes "):
        assert words in done.output
    table, _, _ = done.output.partition("\n\n")
    assert max(map(len, table.splitlines())) <= width


def test_the_machine_as_json(gabarito: Gabarito) -> None:
    told = json.loads(gabarito("doctor", "--json").output)
    assert told["memory_mib"] > told["memory_free_mib"] > 0
    assert told["sandbox"] not in told["passed_over"]


@pytest.mark.parametrize(
    ("findings", "code", "summary"),
    [
        ((HELD, LACKING), 0, "process: 1 held, 1 not held\n"),
        ((HELD, BROKEN, LACKING), 1, "process: 1 held, 1 broken, 1 not held\n"),
    ],
)
def test_findings_become_a_table_and_an_exit_code(
    gabarito: Gabarito, monkeypatch: pytest.MonkeyPatch, findings: tuple[Finding, ...], code: int, summary: str
) -> None:
    _find(monkeypatch, *findings)
    done = gabarito("doctor", "--sandbox", "process")
    lines = [line.rstrip() for line in done.output.splitlines()]
    assert done.code == code
    assert "network   held      nothing [was] reached" in lines
    assert "own-user  not held  one user" in lines
    assert summary in done.output
    assert ("broken: not-root. Never root." in lines) == (code == 1)
    assert ("Don’t grade in process on this machine" in done.output) == (code == 1)


def test_findings_as_json(gabarito: Gabarito, monkeypatch: pytest.MonkeyPatch) -> None:
    _find(monkeypatch, LACKING)
    done = gabarito("doctor", "--sandbox", "process", "--json")
    told = json.loads(done.output)
    assert (told["sandbox"], done.errors) == ("process", "")
    assert told["promises"] == [
        {"promise": "own-user", "sentence": "Its user.", "verdict": "not held", "seen": "the same", "lack": "one user"}
    ]


def test_an_unknown_sandbox_is_a_wrong_command(gabarito: Gabarito) -> None:
    done = gabarito("doctor", "--sandbox", "cage")
    assert done.code == 2
    assert "there is no sandbox 'cage'; take one of auto, podman" in done.errors


def test_a_sandbox_that_does_not_work_is_told(gabarito: Gabarito, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    done = gabarito("doctor", "--sandbox", "bubblewrap")
    assert done.code == 1
    assert "the sandbox 'bubblewrap' can't be used: bwrap is not installed" in done.errors


def test_a_worker_that_does_not_start_is_told(gabarito: Gabarito, monkeypatch: pytest.MonkeyPatch) -> None:
    def try_sandbox(*_: Any, **__: Any) -> None:
        raise EngineError("the worker ended without a report")

    monkeypatch.setattr(conformance, "try_sandbox", try_sandbox)
    done = gabarito("doctor", "--sandbox", "process")
    assert (done.code, done.errors.strip()) == (1, "error: the worker ended without a report")


def test_the_image_is_the_courses(gabarito: Gabarito, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\nc.Gabarito.image = 'localhost/no-such-image'\n")
    asked: list[str] = []

    def choose(name: str, image: str) -> Choice:
        asked.append(image)
        return Choice(ProcessSandbox())

    monkeypatch.setattr(sandbox, "choose_sandbox", choose)
    assert gabarito("--course", str(tmp_path), "doctor").code == 0
    assert gabarito("--course", str(tmp_path), "doctor", "--image", "other").code == 0
    monkeypatch.chdir("/")
    assert gabarito("doctor").code == 0
    assert asked == ["localhost/no-such-image", "other", ""]


def test_a_folder_that_is_no_course_is_told(gabarito: Gabarito, tmp_path: Path) -> None:
    done = gabarito("--course", str(tmp_path), "doctor")
    assert (done.code, "no nbgrader_config.py" in done.errors) == (1, True)


def test_ids_and_sentences_of_promises() -> None:
    assert len({p.id for p in PROMISES}) == len(PROMISES)
    assert all(p.sentence.endswith(".") and p.sentence[0].isupper() for p in PROMISES)
