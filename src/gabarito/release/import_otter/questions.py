"""The cells of an otter notebook, sorted into questions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NoReturn

from nbformat import NotebookNode

from gabarito.release.import_otter.config import yaml_of
from gabarito.release.import_otter.place import Note, Place

_OLD = re.compile(r"^(?:```.*\n)?\s*BEGIN (?:QUESTION|ASSIGNMENT)\s*$|^##\s*(?:Hidden )?Test\s*##", re.MULTILINE)
_BLOCK = re.compile(r"#\s+(begin|end)\b\s*([^\n]*)", re.IGNORECASE)
QUESTION_KEYS = frozenset({"name", "manual", "points", "check_cell", "export", "all_or_nothing"})


class Kind(StrEnum):
    """What a cell of a question is for."""

    TEXT = "text"
    PROMPT = "prompt"
    SOLUTION = "solution"
    TESTS = "tests"


@dataclass(frozen=True, slots=True)
class Item:
    """A cell of the notebook, with otter's ignored lines taken out."""

    place: Place
    cell: NotebookNode
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Question:
    """What stands between `# BEGIN QUESTION` and `# END QUESTION`."""

    place: Place
    name: str
    config: dict[str, Any]
    items: list[Item] = field(default_factory=list)

    @property
    def by_hand(self) -> bool:
        """Whether a person grades it."""
        return bool(self.config.get("manual"))


def split_fenced(notebook: NotebookNode, name: str) -> list[tuple[Place, NotebookNode]]:
    """The cells, those that stand as an `otter` block in Markdown as cells of their own.

    Raises:
        SourceError: such a block is never closed, or the notebook is of otter's format before 2022.
    """
    from otter.assign.blocks import extract_all_fenced_otter_cells
    from otter.assign.utils import AssignNotebookFormatException

    found = []
    for number, cell in enumerate(notebook.cells, start=1):
        place = Place(name, number)
        if old := _OLD.search(cell.source):
            raise place.fault(
                f"“{old[0].strip().splitlines()[-1].strip()}” is of otter’s first format (v0), which otter itself "
                "reads no more; bring the notebook to the format with raw cells “# BEGIN QUESTION”",
                cell.source.count("\n", 0, old.end()) + 1,
            )
        try:
            found += [(place, deepcopy(each)) for each in extract_all_fenced_otter_cells([cell])]
        except AssignNotebookFormatException:
            raise place.fault("an “```otter” block is never closed; add a line with “```”") from None
    return found


def read_questions(cells: Sequence[tuple[Place, NotebookNode]]) -> tuple[list[Item | Question], list[Note]]:
    """Questions and the cells between them, in order, and what was left out because otter leaves it out, too.

    Raises:
        SourceError: a block begins or ends where it can't, or a question's settings can't be understood.
    """
    reader = _Reader()
    for place, cell in cells:
        block = _block(cell, place)
        if block is None:
            reader.take(place, cell)
        elif block[1] == "question":
            reader.question(place, cell, begins=block[0])
        else:
            reader.block(place, cell, Kind(block[1]), begins=block[0])
    return reader.ended(), reader.notes


@dataclass(slots=True)
class _Reader:
    notes: list[Note] = field(default_factory=list)
    _found: list[Item | Question] = field(default_factory=list)
    _current: Question | None = None
    _inside: tuple[Kind, Place] | None = None

    def take(self, place: Place, cell: NotebookNode) -> None:
        """An ordinary cell."""
        item = _item(place, cell, self._inside[0] if self._inside else Kind.TEXT, self.notes)
        if item is None:
            return
        if self._current is None:
            self._found.append(item)
        else:
            self._current.items.append(item)

    def question(self, place: Place, cell: NotebookNode, *, begins: bool) -> None:
        """The begin or the end of a question."""
        if self._inside is not None:
            self._never_closed()
        if begins and self._current is not None:
            raise place.fault(f"a question begins inside the question {self._current.name!r}; end that one first")
        if begins:
            self._current = _question(cell, place)
        elif self._current is None:
            raise place.fault("it ends a question, and none has begun")
        else:
            self._found.append(self._current)
            self._current = None

    def block(self, place: Place, cell: NotebookNode, kind: Kind, *, begins: bool) -> None:
        """The begin or the end of a block in a question."""
        said = f"“{cell.source.strip()}”"
        if self._current is None:
            raise place.fault(f"{said} stands outside of a question")
        if begins and self._inside is not None:
            raise place.fault(
                f"{said} stands inside the {self._inside[0]} block that cell {self._inside[1].cell} begins"
            )
        if not begins and (self._inside is None or self._inside[0] is not kind):
            raise place.fault(f"{said} ends nothing that has begun")
        self._inside = (kind, place) if begins else None

    def ended(self) -> list[Item | Question]:
        """What was found, after the last cell."""
        if self._inside is not None:
            self._never_closed()
        if self._current is not None:
            name = self._current.name
            raise self._current.place.fault(f"the question {name!r} is never closed; add a raw cell “# END QUESTION”")
        return self._found

    def _never_closed(self) -> NoReturn:
        assert self._inside is not None
        kind, place = self._inside
        raise place.fault(f"this {kind} block is never closed; add a raw cell “# END {kind.upper()}”")


def _block(cell: NotebookNode, place: Place) -> tuple[bool, str] | None:
    """Whether a cell begins or ends a block, and of what kind."""
    from otter.assign.blocks import BlockType, is_block_boundary_cell

    for kind in BlockType:
        for begins in (True, False):
            if is_block_boundary_cell(cell, kind, end=not begins):
                return begins, kind.value
    if cell.cell_type == "raw" and (found := _BLOCK.match(cell.source)):
        raise place.fault(f"otter knows no block “{found[2].strip()}”; write QUESTION, PROMPT, SOLUTION or TESTS", 1)
    return None


def _question(cell: NotebookNode, place: Place) -> Question:
    config = yaml_of(cell, place)
    name = config.get("name")
    if name is None or isinstance(name, dict | list | bool):
        raise place.fault("the question has no name; add a line such as “name: q1”")
    return Question(place, str(name), config)


def _item(place: Place, cell: NotebookNode, kind: Kind, notes: list[Note]) -> Item | None:
    from otter.assign.solutions import remove_ignored_lines
    from otter.assign.utils import is_ignore_cell

    if is_ignore_cell(cell):
        notes.append(place.note("left out, as otter leaves it out: it begins with “# IGNORE”"))
        return None
    if kind is Kind.TESTS:
        if cell.cell_type != "code":
            raise place.fault("only code can be a test; end the tests before it")
        return Item(place, cell, kind)  # otter ignores no lines of tests
    lines = cell.source.split("\n")
    try:
        kept = list(_without_plugins(remove_ignored_lines(lines), place, notes))
    except AssertionError as e:
        raise place.fault(str(e).split(" in [")[0]) from None
    if gone := len(lines) - len(kept):
        many = "1 line is" if gone == 1 else f"{gone} lines are"
        notes.append(place.note(f"{many} left out, marked “# IGNORE” or as a plugin’s"))
    if not any(map(str.strip, kept)) and any(map(str.strip, lines)):
        return None
    cell.source = "\n".join(kept)
    return Item(place, cell, kind)


def _without_plugins(lines: Sequence[str], place: Place, notes: list[Note]) -> Iterator[str]:
    is_plugin = False
    for number, line in enumerate(lines, start=1):
        text = line.rstrip()
        if text.endswith(("# BEGIN PLUGIN", "# BEGIN PLUGIN EXPORT")):
            is_plugin = True
            notes.append(place.note("a plugin of otter’s is left out; none runs here"))
        elif text.endswith("# END PLUGIN"):
            if not is_plugin:
                raise place.fault("“# END PLUGIN” ends nothing", number)
            is_plugin = False
        elif not is_plugin:
            yield line
    if is_plugin:
        raise place.fault("“# BEGIN PLUGIN” is never closed; add “# END PLUGIN”")
