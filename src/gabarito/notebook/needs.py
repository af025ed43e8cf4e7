"""What a notebook's instructor cells need of the machine, as far as their code tells without being run."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Iterable
from functools import lru_cache

from gabarito.notebook.names import without_magics

_TIMED = frozenset({"assert_faster", "assert_scaling"})
_GPU = re.compile(r"\b(cuda|accelerator)\b")


def is_timed(sources: Iterable[str]) -> bool:
    """Whether a verdict of these cells rests on a clock. Arguments as of `timed`."""
    return any(timed(tuple(sources)))


@lru_cache(maxsize=16)  # of a class all notebooks have the same cells
def timed(sources: tuple[str, ...]) -> tuple[bool, ...]:
    """Which of the cells have verdicts that rest on a clock: they use `assert_faster` or `assert_scaling`.

    A name that one of them was imported under counts too, in each of the cells; an import by itself doesn't.

    Args:
        sources: code of the given cells and the test cells. One that can't be parsed counts if it has such a word.
    """
    names = set(_TIMED)
    uses: list[set[str]] = []
    for source in sources:
        tree = _parsed(source)
        if tree is None:
            uses.append(set(re.findall(r"\w+", source)) & _TIMED)
            continue
        used: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                names |= {alias.asname for alias in node.names if alias.asname and alias.name in _TIMED}
            elif isinstance(node, ast.Name):
                used.add(node.id)
            elif isinstance(node, ast.Attribute) and node.attr in _TIMED:
                used.add(node.attr)
        uses.append(used)
    return tuple(not names.isdisjoint(used) for used in uses)


def mentions_gpu(sources: Iterable[str]) -> bool:
    """Whether one of the cells has the word `cuda` or `accelerator` in its code; comments don't count.

    So `x.cuda()`, `torch.device("cuda:0")` and `torch.accelerator` do; `device` alone doesn't, which may be the CPU.
    """
    return any(_GPU.search(" ".join(_words(source))) for source in sources)


def _parsed(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(without_magics(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _words(source: str) -> list[str]:
    """The tokens without comments; what can't be read as Python is given as it is."""
    tokens = tokenize.generate_tokens(io.StringIO(without_magics(source)).readline)
    try:
        return [token.string for token in tokens if token.type != tokenize.COMMENT]
    except (tokenize.TokenError, SyntaxError):
        return [source]
