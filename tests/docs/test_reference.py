"""Every command, option, setting, limit, outcome, rule and assertion is in the documentation."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer.main

import gabarito
import gabarito.testing
from gabarito.audit.short import RULES
from gabarito.cli.app import COMMANDS, app
from gabarito.cli.grade import _MEANING
from gabarito.course import Gabarito
from gabarito.grading.events import Event
from gabarito.grading.spent import Spent
from gabarito.model import Limits, Outcome
from tests.docs.pages import blocks, prose, rows, section, text


def _commands() -> Any:
    for name in COMMANDS:
        importlib.import_module(f"gabarito.cli.{name.replace('-', '_')}")
    return typer.main.get_command(app)


def _command(words: str) -> Any:
    """A command by the words behind `gabarito`; one of a group has two."""
    found = _commands()
    for word in words.split():
        found = found.commands[word]
    return found


def _leaves() -> list[str]:
    """All commands that do something, by their words."""
    root = _commands()
    groups = {name: getattr(root.commands[name], "commands", {}) for name in COMMANDS}
    return [words for name in COMMANDS for words in ([f"{name} {sub}" for sub in groups[name]] or [name])]


def _options(command: Any) -> set[str]:
    given = {o for p in command.params if p.param_type_name == "option" for o in (*p.opts, *p.secondary_opts)}
    return given - {"--help", "-h"}


def _written(table: str) -> set[str]:
    """Names of options in the first column of a table."""
    first = [row[0].split("`")[1::2] for row in rows(table) if row[0].startswith("`-")]
    return {name.split()[0] for names in first for name in names} - {"--help", "-h"}


def test_every_option_before_a_command_is_there_and_no_other() -> None:
    assert _written(section(text("reference.md"), "Commands").split("\n### ")[0]) == _options(_commands())


@pytest.mark.parametrize("name", _leaves())
def test_every_option_of_a_command_is_there_and_no_other(name: str) -> None:
    command = _command(name)
    part = section(text("reference.md"), f"gabarito {name}")
    assert _written(part) == _options(command)
    arguments = [p.metavar for p in command.params if p.param_type_name == "argument"]
    assert arguments or " " in name or name == "doctor"  # a course's command says of which assignment
    assert " ".join(["`gabarito", name, *(str(a).strip("[]") for a in arguments[:1])]) in part.replace("[", "")


def test_every_command_has_its_section() -> None:
    assert set(_commands().commands) == set(COMMANDS)
    assert all(f"\n### gabarito {name}\n" in text("reference.md") for name in (*COMMANDS, *_leaves()))


def test_every_setting_is_there_with_its_default() -> None:
    found = {r[0]: r[1] for r in rows(section(text("reference.md"), "Settings")) if r[0].startswith("`c.Gabarito.")}
    options = Gabarito()
    assert found == {
        f"`c.Gabarito.{name}`": repr(getattr(options, name)) for name in Gabarito.class_trait_names(config=True)
    }


def test_every_limit_is_there_with_its_default() -> None:
    told = " ".join(r[2] for r in rows(section(text("reference.md"), "Limits")) if len(r) == 4)
    limits = Limits()
    for value in (
        f"{limits.cell_cpu_seconds:g} s",
        f"{limits.notebook_cpu_seconds:g} s",
        f"{limits.cell_wall_seconds:g} s",
        f"{limits.idle_seconds:g} s",
        f"{limits.memory_bytes >> 20} MiB",
        f"{limits.output_bytes >> 20} MiB",
        f"{limits.kept_output_bytes >> 10} KiB",
        f"{limits.file_bytes >> 20} MiB",
        f"{limits.open_files}",
        f"{limits.processes}",
    ):
        assert value in told


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_there(outcome: Outcome) -> None:
    assert f"`{outcome.value}`" in text("reference.md")
    told = {row[0]: row[1] for row in rows(section(text("ta.md"), "Outcomes"))}
    assert told[f"`{outcome.value}`"]
    assert outcome.value in _MEANING


def _rules() -> Iterator[tuple[str, bool | None]]:
    """Every rule of a finding in the source, and whether it refuses; None where that is decided elsewhere."""
    yield from ((rule, False) for rule in RULES)
    package = Path(gabarito.__file__).parent
    for path in [*package.glob("notebook/lint*.py"), *package.glob("release/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in ("_refuse", "_warn") and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value), node.func.id == "_refuse"
            keywords = {k.arg: k.value for k in node.keywords}
            rule = keywords.get("rule")
            if isinstance(rule, ast.Constant):
                severity = keywords.get("severity")
                refused = keywords.get("refused")
                if isinstance(severity, ast.Attribute):
                    yield str(rule.value), severity.attr == "REFUSE"
                else:
                    yield str(rule.value), isinstance(refused, ast.Constant) and bool(refused.value)


def test_every_rule_of_release_is_there_and_no_other() -> None:
    table = section(text("instructor.md"), "What release refuses and warns of")
    found = {r[0].strip("`"): r[1].startswith("refused") for r in rows(table) if r[0].startswith("`")}
    assert found == dict(_rules())


@pytest.mark.parametrize("name", gabarito.testing.__all__)
def test_every_assertion_is_there(name: str) -> None:
    page = text("testing.md")
    assert f"`{name}" in prose(page)
    assert name in "".join(blocks(page, "python test"))


def test_every_event_is_there_with_what_it_has() -> None:
    told = {row[0].strip("`"): set(row[1].split("`")[1::2]) for row in rows(section(text("reference.md"), "Events"))}
    for event in Event.__subclasses__():
        name = str(event.__struct_config__.tag)
        assert {field.name for field in msgspec.structs.fields(event)} - {"time"} <= told[name]
    page = section(text("reference.md"), "Events")
    assert all(f"`{part}`" in page for part in Spent().parts())
