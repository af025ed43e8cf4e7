"""The documentation, as the tests beside it read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])

_FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<code>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)


def text(name: str) -> str:
    """A page of docs/."""
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def prose(page: str) -> str:
    """A page without its blocks of code."""
    return _FENCE.sub("", page)


def blocks(page: str, info: str) -> list[str]:
    """The blocks of code that are marked so, in order."""
    return [m["code"] for m in _FENCE.finditer(page) if m["info"].strip() == info]


def section(page: str, title: str) -> str:
    """What stands under a heading, up to the next of its kind or above."""
    found = re.search(rf"^(#+) {re.escape(title)}$\n(.*?)(?=^#{{1,2}} |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found is not None, f"no heading {title!r}"
    return re.split(rf"^#{{1,{len(found[1])}}} ", found[2], flags=re.MULTILINE)[0]


def rows(page: str) -> Iterator[tuple[str, ...]]:
    """The rows of all tables, cell by cell."""
    for line in page.splitlines():
        if line.startswith("| ") and line.endswith(" |"):
            yield tuple(cell.strip() for cell in line.strip("|").split(" | "))


def anchors(page: str) -> set[str]:
    """What a link can name behind `#`, as GitHub makes it of headings."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.strip().lower()).replace(" ", "-") for h in headings}
