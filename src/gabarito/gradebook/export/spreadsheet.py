"""Cells of a CSV file: numbers without noise, text that no spreadsheet program takes for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

# What OWASP names as the beginning of a formula, and the wide forms of the same signs. Behind a semicolon, a tab or the
# end of a line begins a cell too, for a program that takes another separator than ours: Excel does in many countries.
_FORMULA = re.compile(r"(^|[;\t\r\n])(?=\s*[=+\-@＝＋－＠\t\r\n])")
_PLAIN_ID = re.compile(r"[\w.@-]*")


def number(value: float) -> str:
    """With a decimal point, and without what binary fractions add: 0.1 + 0.2 is 0.3."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def harmless(text: str) -> str:
    """The text with an apostrophe before whatever would begin a formula, as OWASP recommends."""
    return _FORMULA.sub(r"\1'", text)


def identifier(text: str) -> str:
    """An id or an address, by which another program finds somebody: as it is, unless it could be a formula that acts.

    A formula of letters, digits, `.`, `-`, `_` and `@` alone calls nothing: the worst that it gives is a wrong cell
    on the screen.
    """
    return text if _PLAIN_ID.fullmatch(text) else harmless(text)


def written(rows: Iterable[Sequence[str]], *, delimiter: str = ",", newline: str = "\n") -> str:
    """The rows as CSV."""
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, lineterminator=newline).writerows(rows)
    return stream.getvalue()
