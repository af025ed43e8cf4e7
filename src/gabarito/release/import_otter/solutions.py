"""otter's marks of solutions in code, as nbgrader's regions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gabarito.notebook.syntax import parse_cell
from gabarito.release.import_otter.place import Note, Place

_MARK = re.compile(r"\s*# ?SOLUTION.*$")
_BLANK_PROMPT = "..."


@dataclass(slots=True)
class _Line:
    text: str
    is_solution: bool = False
    is_prompt: bool = False
    """Shown to students instead of a solution; no code."""
    begins: bool = True
    """Whether a statement begins in it."""

    @property
    def indent(self) -> int:
        return len(self.text) - len(self.text.lstrip())


@dataclass(frozen=True, slots=True)
class Code:
    """Code with nbgrader's regions. `solved` says whether there is any."""

    source: str
    solved: bool
    notes: tuple[Note, ...] = ()


def region(source: str, markers: tuple[str, str], indent: str = "") -> str:
    """Text between nbgrader's markers of a solution."""
    begin, end = (f"{indent}### {marker}" for marker in markers)
    return "\n".join((begin, *([source] if source else []), end))


def convert_code(source: str, markers: tuple[str, str], place: Place) -> Code:
    """The code of a cell whose solutions otter would take out.

    Solutions that follow each other become one region. What otter shows students in their place stands above it as a
    comment, unless it is `...`. nbgrader puts its own stub in the place of a region, so a region never ends within
    a statement.

    Args:
        markers: what begins and ends a region.

    Raises:
        SourceError: a mark has no partner.
    """
    lines = list(_read(source.split("\n"), place))
    notes = [place.note(message) for message in _widen(lines)]
    return Code("\n".join(_write(lines, markers)), any(line.is_solution for line in lines), tuple(notes))


def _read(lines: Sequence[str], place: Place) -> Iterator[_Line]:
    opened: tuple[str, int] | None = None
    for number, line in enumerate(lines, start=1):
        found = _mark(line)
        if found is None:
            yield from _line(line, opened[0] if opened is not None else "")
            continue
        begins, kind = found
        if begins and opened is not None:
            raise place.fault(f"“{line.strip()}” stands inside what “# BEGIN {opened[0]}” begins", number)
        if not begins and (opened is None or opened[0] != kind):
            raise place.fault(f"“# END {kind}” ends nothing; remove it, or add “# BEGIN {kind}”", number)
        opened = (kind, number) if begins else None
    if opened is not None:
        raise place.fault(f"“# BEGIN {opened[0]}” is never closed; add “# END {opened[0]}”", opened[1])


def _mark(line: str) -> tuple[bool, str] | None:
    """Whether a line begins or ends a block, and of what."""
    from otter.assign.solutions import begin_solution_regex

    text = line.rstrip()
    for kind in ("SOLUTION", "PROMPT"):
        if text.endswith(f"# END {kind}"):
            return False, kind
    if text.endswith("# BEGIN PROMPT"):
        return True, "PROMPT"
    return (True, "SOLUTION") if begin_solution_regex.match(line) else None


def _line(line: str, block: str) -> Iterator[_Line]:
    from otter.assign.solutions import solution_assignment_regex, solution_assignment_sub

    text = line.rstrip()
    # Otter takes out a line with “# SEED”, because it sets the seed itself; here students keep it.
    if block or text.endswith("# SEED") or not _MARK.search(line):
        yield _Line(line, is_solution=block == "SOLUTION", is_prompt=block == "PROMPT")
        return
    if not text.endswith("NO PROMPT") and (found := solution_assignment_regex.match(line)):
        yield _Line(solution_assignment_sub(found), is_prompt=True)
    yield _Line(_MARK.sub("", line), is_solution=True)


def _widen(lines: Sequence[_Line]) -> list[str]:
    """Make solutions whole statements, and say which have become larger."""
    code = [line for line in lines if not line.is_prompt]
    try:
        tree = parse_cell("\n".join(line.text for line in code))
    except SyntaxError:
        return []  # the release names it
    said = []
    statements = [node for node in ast.walk(tree or ast.Module([], [])) if isinstance(node, ast.stmt)]
    begun = {node.lineno for node in statements}
    for number, line in enumerate(code, start=1):
        line.begins = number in begun
    # The outermost first: what it takes in need not be looked at again.
    for node in sorted(statements, key=lambda n: (n.lineno, -(n.end_lineno or n.lineno))):
        body = getattr(node, "body", None)
        whole = code[node.lineno - 1 : node.end_lineno]
        head = code[node.lineno - 1 : max(body[0].lineno - 1, node.lineno)] if body else whole
        if any(line.is_solution for line in head) and not all(line.is_solution for line in whole):
            for line in whole:
                line.is_solution = True
            said.append(
                f"the solution is the whole statement “{whole[0].text.strip()} …”, of which otter takes out a part only"
            )
    return said


def _write(lines: Sequence[_Line], markers: tuple[str, str]) -> Iterator[str]:
    position = 0
    while position < len(lines):
        line = lines[position]
        if line.is_solution or line.is_prompt:
            end = _end(lines, position)
            run = lines[position:end]
            yield from _comments([each for each in run if each.is_prompt])
            solution = [each for each in run if not each.is_prompt]
            if solution:
                first = next((each for each in solution if each.text.strip()), solution[0])
                source = "\n".join(each.text for each in solution).rstrip()
                yield region(source, markers, first.text[: first.indent])
            position = end
        else:
            yield line.text
            position += 1


def _end(lines: Sequence[_Line], start: int) -> int:
    """Where a run of solutions and prompts ends: at code that students get, or where a block has ended."""
    end = position = start
    while position < len(lines):
        line = lines[position]
        if line.is_solution or line.is_prompt:
            if line.text.strip() and line.begins and line.indent < lines[start].indent:
                break
            end = position + 1
        elif line.text.strip():
            break
        position += 1
    return end


def _comments(prompt: Sequence[_Line]) -> Iterator[str]:
    told = [line for line in prompt if line.text.strip()]
    if all(line.text.strip() == _BLANK_PROMPT for line in told):
        return
    shared = min(line.indent for line in told)
    yield from (f"{line.text[:shared]}# {line.text[shared:]}" for line in told)
