"""TeX formulas as MathML, which browsers show without a script or a font from the network.

It knows what problem sheets use; a formula with anything else in it is shown as its TeX source.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from gabarito.gradebook import texsymbols as tex

_FORMULA = re.compile(
    r"\$\$(?P<display>.+?)\$\$|\\\[(?P<bracket>.+?)\\\]|\\\((?P<paren>.+?)\\\)"
    r"|(?<![\\$])\$(?P<inline>[^\s$](?:[^$]*?[^\s$\\])?)\$(?![\d$])",
    re.DOTALL,
)
_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
_PRIMES = re.compile(r"(?:<mi>′</mi>|</?mrow>)*<mi>′</mi>(?:</mrow>)*")
_VERBATIM = {"code", "pre", "math", "script", "style"}


class _UnknownError(Exception):
    """The formula has something that this module doesn't know."""


def typeset(document: str) -> str:
    """The HTML fragment with every formula of its text, `$…$` or `$$…$$`, as MathML; code stays as it is."""
    if "$" not in document and "\\" not in document:
        return document
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(document, "html.parser")
    for text in soup.find_all(string=_FORMULA):
        if not any(parent.name in _VERBATIM for parent in text.parents):
            text.replace_with(BeautifulSoup(_typeset_text(str(text)), "html.parser"))
    return str(soup)


def mathml(source: str, *, display: bool) -> str | None:
    """The formula as a `<math>` element, or None where it has something unknown in it."""
    parser = _Parser(_TOKEN.findall(source.strip()), display=display)
    try:
        body = parser.row(lambda sign: sign is None)
    except (_UnknownError, RecursionError):
        return None
    return f'<math display="{"block" if display else "inline"}"><mrow>{body}</mrow></math>'


def _typeset_text(text: str) -> str:
    made, end = [], 0
    for match in _FORMULA.finditer(text):
        display = match["display"] or match["bracket"]
        source = display or match["paren"] or match["inline"]
        made.append(escape(text[end : match.start()], quote=False))
        shown = mathml(source, display=display is not None)
        made.append(shown or f'<code class="tex">{escape(source.strip(), quote=False)}</code>')
        end = match.end()
    made.append(escape(text[end:], quote=False))
    return "".join(made)


class _Parser:
    """Recursive descent over TeX's tokens; each method returns MathML."""

    def __init__(self, tokens: list[str], *, display: bool) -> None:
        self._tokens = tokens
        self._at = 0
        self._display = display

    def row(self, ends: Callable[[str | None], bool]) -> str:
        """All atoms up to the sign at which `ends` says yes, which is not consumed."""
        atoms = []
        while not ends(self._peek()):
            if self._peek() is None:
                raise _UnknownError
            atoms.append(self._scripted())
        return "".join(atoms)

    def _peek(self) -> str | None:
        while self._at < len(self._tokens) and self._tokens[self._at].isspace():
            self._at += 1
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self) -> str:
        sign = self._peek()
        if sign is None:
            raise _UnknownError
        self._at += 1
        return sign

    def _scripted(self) -> str:
        first = self._peek()
        base = self._atom()
        below = above = None
        primes = 0
        while (sign := self._peek()) in {"^", "_", "'"}:
            self._next()
            if sign == "'":
                primes += 1
            elif sign == "_":
                below = self._argument()
            elif _PRIMES.fullmatch(found := self._argument()):
                primes += found.count("′")
            else:
                above = (above or "") + found
        if primes:
            # Fonts draw it raised: as a superscript it floats above the line, unless there is a font for formulas.
            base = f"<mrow>{base}{'<mo>′</mo>' * primes}</mrow>"
        over = self._display and (first or "") in tex.OVER_AND_UNDER
        parts = [base, *(f"<mrow>{p}</mrow>" for p in (below, above) if p is not None)]
        if below is not None and above is not None:
            return _element("munderover" if over else "msubsup", *parts)
        if below is not None:
            return _element("munder" if over else "msub", *parts)
        if above is not None:
            return _element("mover" if over else "msup", *parts)
        return base

    def _argument(self) -> str:
        """A braced group or one sign; of a number only the first digit, as in `x^12` and `frac12`."""
        sign = self._peek() or ""
        if len(sign) > 1 and sign[0].isdigit():
            self._tokens[self._at : self._at + 1] = [sign[0], sign[1:]]
        return self._atom()

    def _atom(self) -> str:
        sign = self._next()
        if sign == "{":
            body = self.row(lambda t: t == "}")
            self._next()
            return f"<mrow>{body}</mrow>"
        if sign[0] == "\\":
            return self._command(sign)
        if sign[0].isdigit():
            return f"<mn>{sign}</mn>"
        if sign.isalpha():
            return f"<mi>{sign}</mi>"
        if sign in tex.CHARACTERS:
            rigid = ' stretchy="false"' if sign in "()[]|" else ""
            return f"<mo{rigid}>{escape(tex.CHARACTERS[sign])}</mo>"
        if sign == "~":
            return '<mspace width="0.33em"></mspace>'
        raise _UnknownError

    def _command(self, sign: str) -> str:
        name = sign[1:]
        if plain := _plain(name):
            return plain
        if name in tex.ACCENTS:
            return f'<mover accent="true">{self._atom()}<mo>{tex.ACCENTS[name]}</mo></mover>'
        if name in tex.FRACTIONS:
            return f"<mstyle{tex.FRACTIONS[name]}><mfrac>{self._argument()}{self._argument()}</mfrac></mstyle>"
        if name in tex.WORDS:
            return f"<mtext>{escape(self._words(), quote=False)}</mtext>"
        if name in tex.BOLD:
            return f'<mrow style="font-weight: bold">{self._atom()}</mrow>'
        return self._structure(name)

    def _structure(self, name: str) -> str:
        if name == "mathbb":
            word = self._words()
            if word not in tex.DOUBLE_STRUCK:
                raise _UnknownError
            return f"<mi>{tex.DOUBLE_STRUCK[word]}</mi>"
        if name == "sqrt":
            if self._peek() == "[":
                self._next()
                degree = self.row(lambda t: t == "]")
                self._next()
                return f"<mroot>{self._atom()}<mrow>{degree}</mrow></mroot>"
            return f"<msqrt>{self._atom()}</msqrt>"
        if name == "left":
            opening = self._fence()
            body = self.row(lambda t: t == "\\right")
            self._next()
            return f"<mrow>{opening}{body}{self._fence()}</mrow>"
        if name == "begin":
            return self._table(self._words())
        raise _UnknownError

    def _fence(self) -> str:
        shown = tex.FENCES.get(self._next())
        if shown is None:
            raise _UnknownError
        return _mo(escape(shown))

    def _words(self) -> str:
        """The plain text of a braced group, blanks and all."""
        if self._next() != "{":
            raise _UnknownError
        end = next((i for i in range(self._at, len(self._tokens)) if self._tokens[i] == "}"), None)
        words = "".join(self._tokens[self._at : end]) if end is not None else "{"
        if "{" in words or "\\" in words or "$" in words:
            raise _UnknownError
        self._at = (end or 0) + 1
        return words

    def _table(self, environment: str) -> str:
        if environment not in tex.TABLES:
            raise _UnknownError
        rows: list[list[str]] = [[]]
        while True:
            rows[-1].append(self.row(lambda t: t in {"&", "\\\\", "\\end"}))
            sign = self._next()
            if sign == "\\\\":
                rows.append([])
            elif sign == "\\end":
                break
        if self._words() != environment:
            raise _UnknownError
        opening, closing = tex.TABLES[environment]
        cells = "".join(f"<mtr>{''.join(f'<mtd>{c}</mtd>' for c in row)}</mtr>" for row in rows if any(row))
        return _element("mrow", _mo(opening), f"<mtable>{cells}</mtable>", _mo(closing))


def _plain(name: str) -> str:
    """A command that stands for one character, a function's name or a space; else empty."""
    if name in tex.SPACES:
        return f'<mspace width="{tex.SPACES[name]}"></mspace>'
    if name in tex.OPERATORS:
        return f"<mo>{escape(tex.OPERATORS[name])}</mo>"
    identifier = tex.LETTERS.get(name) or (name if name in tex.FUNCTIONS else "")
    return f"<mi>{identifier}</mi>" if identifier else ""


def _mo(sign: str) -> str:
    return f'<mo fence="true" stretchy="true">{sign}</mo>' if sign else ""


def _element(name: str, *children: str) -> str:
    return f"<{name}>{''.join(children)}</{name}>"
