"""HTML from students' notebooks, without anything that acts or loads."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import import_module
from typing import Any

_TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "details", "div", "dl", "dt", "em"),
    *("figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "ol", "p"),
    *("pre", "s", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th"),
    *("thead", "tr", "u", "ul"),
    # formulas
    *("math", "mfrac", "mi", "mn", "mo", "mover", "mroot", "mrow", "mspace", "msqrt", "mstyle", "msub", "msubsup"),
    *("msup", "mtable", "mtd", "mtext", "mtr", "munder", "munderover"),
}


def _image(_: str, name: str, value: str) -> bool:
    """Pictures come with the page: one that is loaded would tell its server who reads it, and when."""
    return name in {"alt", "width", "height"} or (name == "src" and value.startswith("data:image/"))


_ATTRIBUTES: dict[str, Any] = {
    "*": ["class", "style", "title"],
    "a": ["href"],
    "img": _image,
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan", "scope"],
    "math": ["display"],
    "mo": ["stretchy", "fence"],
    "mover": ["accent"],
    "mspace": ["width"],
    "mstyle": ["displaystyle"],
    "ol": ["start"],
}


def clean(fragment: object) -> str:
    """The fragment without scripts, forms, frames and event handlers; they are removed, their text stays."""
    text = fragment.decode(errors="replace") if isinstance(fragment, bytes) else str(fragment)
    return _cleaned(text)


@lru_cache(maxsize=1000)
def _cleaned(text: str) -> str:
    return str(_cleaner().clean(text))


@cache
def _cleaner() -> Any:
    # by name: bleach has no types
    sanitizer = import_module("bleach.css_sanitizer").CSSSanitizer
    styles = ["color", "background-color", "font-weight", "font-style", "text-align", "text-decoration", "width"]
    return import_module("bleach.sanitizer").Cleaner(
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        protocols={"http", "https", "mailto", "data"},
        css_sanitizer=sanitizer(allowed_css_properties=styles),
        strip=True,
    )
