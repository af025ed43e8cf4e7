"""Keeping hidden tests hidden: what of a graded notebook a student may see."""

from __future__ import annotations

import builtins
import html
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from gabarito.model import HiddenRegion

_ANSI = re.compile(r"\x1b\[[0-9;:]*[A-Za-z]")
_NUMBERED = re.compile(r"^\s*(?:-+>\s*)?\d+(?:\s+|$)")
_TELLING = 12
"""A line of fewer characters, such as `)` or `else:`, gives nothing away and stands in many outputs."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Lines of hidden tests, stripped, that stand nowhere in what the student was given or wrote."""

    lines: frozenset[str]

    def shown_in(self, text: str) -> bool:
        """Whether a telling hidden line stands anywhere in the text, as it is or as HTML."""
        squeezed = _squeeze(text)
        both = squeezed if "&" not in squeezed else squeezed + "\n" + html.unescape(squeezed)
        return any(line in both for line in self.lines if len(line) >= _TELLING)


def secrets_of(cells: Iterable[tuple[str, Sequence[HiddenRegion]]]) -> Secrets:
    """What must not be shown of these cells: source and hidden regions of each."""
    hidden: set[str] = set()
    open_to_all: set[str] = set()
    for source, regions in cells:
        for number, line in enumerate(source.split("\n"), start=1):
            (hidden if _is_hidden(number, regions) else open_to_all).add(_squeeze(line))
    return Secrets(frozenset(hidden - open_to_all - {""}))


def visible_source(source: str, regions: Sequence[HiddenRegion]) -> str:
    """The source without its hidden regions, markers included, as students got it."""
    lines = enumerate(source.split("\n"), start=1)
    return "\n".join(line for number, line in lines if not _is_hidden(number, regions)).strip("\n")


def visible_traceback(traceback: Collection[str], secrets: Secrets) -> list[str]:
    """The traceback without lines of hidden tests; empty where that isn't enough."""
    lines = "\n".join(traceback).split("\n")
    kept = [line for line in lines if _squeeze(_NUMBERED.sub("", _ANSI.sub("", line), count=1)) not in secrets.lines]
    return [] if secrets.shown_in("\n".join(kept)) else kept


def builtin_error(name: str) -> str:
    """The name, where it is one of Python's own exceptions and thus tells nothing of the test; else empty."""
    found = getattr(builtins, name, None)
    return name if isinstance(found, type) and issubclass(found, BaseException) else ""


def _is_hidden(number: int, regions: Sequence[HiddenRegion]) -> bool:
    return any(r.first <= number <= r.last for r in regions)


def _squeeze(text: str) -> str:
    """Without colours, and with runs of blanks as one: a line stays itself however it is printed."""
    return re.sub(r"[^\S\n]+", " ", _ANSI.sub("", text)).strip()
