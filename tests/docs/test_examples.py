"""What the documentation shows is true: links lead somewhere, examples run, commands exist."""

from __future__ import annotations

import importlib
import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer.main

from gabarito.audit.answers import load_answers
from gabarito.cli.app import COMMANDS, app
from gabarito.demo.plan import Edit
from tests.docs.pages import PAGES, ROOT, anchors, blocks, prose, section, text

_LINK = re.compile(r"\[[^\]]+\]\((?!https?://)([^)#\s]*)(?:#([^)\s]+))?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for path, anchor in _LINK.findall(prose(page.read_text(encoding="utf-8"))):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name} links to {path}"
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"{page.name} links to {path}#{anchor}"


def test_every_page_is_linked_from_the_readme() -> None:
    linked = {path for path, _ in _LINK.findall((ROOT / "README.md").read_text(encoding="utf-8"))}
    assert {f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md")} <= linked


def test_the_assertions_examples_run() -> None:
    code = blocks(text("testing.md"), "python test")
    assert len(code) == 15
    names: dict[str, Any] = {}
    for block in code:
        exec(compile(block, "docs/testing.md", "exec"), names)


def test_the_known_answers_example_is_one(tmp_path: Path) -> None:
    (code,) = blocks(text("instructor.md"), "toml")
    (tmp_path / f"{tomllib.loads(code)['exercise']}.toml").write_text(code)
    assert [a.right for a in load_answers(tmp_path)] == [False, True]


def test_every_edit_is_named() -> None:
    part = section(text("instructor.md"), "Known answers")
    for name in (*Edit.__annotations__, *Edit.__annotations__["do"].split('"')[1::2]):
        assert f"`{name}`" in part


def _lines(*programs: str) -> list[tuple[str, list[str]]]:
    """Commands in blocks marked `sh`, with the page that shows them."""
    found = []
    for page in PAGES:
        for block in blocks(page.read_text(encoding="utf-8"), "sh"):
            for line in block.splitlines():
                words = shlex.split(line.split(" > ")[0], comments=True)
                if words and words[0] in programs:
                    found.append((page.name, words))
    return found


def test_commands_that_are_shown_can_be_given() -> None:
    for name in COMMANDS:
        importlib.import_module(f"gabarito.cli.{name.replace('-', '_')}")
    root: Any = typer.main.get_command(app)
    shown = _lines("gabarito")
    assert {words[1] for _, words in shown} >= {"release", "submit", "grade", "report", "feedback"}
    for _, (_, name, *words) in shown:
        command = root.commands[name]
        if hasattr(command, "commands"):  # a group
            name, *words = words  # noqa: PLW2901
            command = command.commands[name]
        with command.make_context(name, list(words), resilient_parsing=False) as context:
            assert context.params


def test_targets_of_make_that_are_shown_exist() -> None:
    shown = {words[1] for _, words in _lines("make")}
    assert shown >= {"demo", "test"}
    for target in shown:
        subprocess.run(["make", "--dry-run", target], cwd=ROOT, check=True, capture_output=True)
    assert shown <= set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_the_readmes_excerpt_names_real_outcomes() -> None:
    (excerpt,) = blocks((ROOT / "README.md").read_text(encoding="utf-8"), "text")
    assert "scores of 40 students are the known ones." in excerpt
