"""Questions of otter's as cells of nbgrader's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from gabarito.model import Role
from gabarito.notebook.markers import Delimiters
from gabarito.release.import_otter.cases import Case, read_case
from gabarito.release.import_otter.place import Note
from gabarito.release.import_otter.questions import QUESTION_KEYS, Item, Kind, Question
from gabarito.release.import_otter.solutions import convert_code, region

_INCLUDED = "otter_include"
"""otter's tag of a text in a solution that students get all the same."""


@dataclass(slots=True)
class Cells:
    """The cells of the new notebook, as they are made."""

    delimiters: Delimiters
    doctest: bool
    """Whether tests are compared with their outputs, otter's `ok_format`."""
    everywhere: bool
    """Whether solutions are marked outside of questions, too."""
    shows_points: bool
    made: list[NotebookNode] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    points: float = 0.0
    _taken: set[str] = field(default_factory=set)

    def add(self, part: Item | Question) -> None:
        """Add a question, or a cell between questions.

        Raises:
            SourceError: it can't be understood.
        """
        if isinstance(part, Question):
            self._question(part)
        elif part.cell.cell_type == "code" and self.everywhere:
            self.code(part, "answer", Role.ANSWER, 0)
        else:
            self.plain(part.cell)

    def _question(self, question: Question) -> None:
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", question.name).strip("-") or "question"
        if name != question.name:
            self._note(
                question, f"the question {question.name!r} is called {name!r}: ids have letters, digits, _ and - only"
            )
        for key in sorted(map(str, question.config.keys() - QUESTION_KEYS)):
            self._note(question, f"{key} is left out: otter knows no such setting of a question")
        if question.config.get("export"):
            self._note(question, "export is left out: no PDF is made")
        cases = [
            read_case(item.cell, item.place, doctest=self.doctest) for item in question.items if item.kind is Kind.TESTS
        ]
        units = list(_units(question, cases))
        if not cases and not question.by_hand:
            self._note(
                question, f"nobody grades the question {question.name!r}: it has no tests and is not “manual: true”"
            )
        _Writer(self, question, name, units).write()

    def _note(self, question: Question, message: str) -> None:
        self.notes.append(question.place.note(message))

    def plain(self, cell: NotebookNode) -> None:
        """Add a cell as it is, without outputs."""
        cell = deepcopy(cell)
        cell.metadata.pop("otter", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        self._put(cell, f"cell-{len(self.made) + 1}")

    def labelled(self, role: Role, wish: str, source: str, points: float = 0, cell_type: str = "code") -> None:
        """Add a cell with nbgrader's metadata; its id is the wish, with a number where that is taken."""
        cell = new_code_cell(source) if cell_type == "code" else new_markdown_cell(source)
        graded = role in (Role.TEST, Role.MANUAL, Role.TASK)
        settings: dict[str, Any] = {
            "schema_version": 3,
            "grade": role in (Role.TEST, Role.MANUAL),
            "solution": role in (Role.ANSWER, Role.MANUAL),
            "locked": role in (Role.TEST, Role.GIVEN, Role.TASK),
            "task": role is Role.TASK,
            "cell_type": cell_type,
        }
        if graded:
            settings["points"] = int(points) if points == int(points) else points
            self.points += points
        self._put(cell, wish)
        cell.metadata["nbgrader"] = settings | {"grade_id": cell.id}

    def _put(self, cell: NotebookNode, wish: str) -> None:
        wish = wish[:56]
        number = 1
        while (found := wish if number == 1 else f"{wish}-{number}").casefold() in self._taken:
            number += 1
        self._taken.add(found.casefold())
        cell["id"] = found
        self.made.append(cell)

    def code(self, item: Item, wish: str, role: Role, points: float, before: Sequence[str] = ()) -> None:
        """Add a cell of code with its solutions as regions; a plain one where it has none and nobody grades it."""
        code = convert_code(item.cell.source, self.delimiters.solution, item.place)
        self.notes += code.notes
        source = "\n".join((*before, code.source))
        if role is Role.MANUAL and not code.solved:
            source = "\n".join((source, region("", self.delimiters.solution)))
        elif not code.solved and not before:
            self.plain(item.cell)
            return
        elif not code.solved:
            source = "\n".join((*before, region(code.source, self.delimiters.solution)))
        self.labelled(role, wish, source, points)


@dataclass(frozen=True, slots=True)
class _Unit:
    """Tests that become one cell: a test case, or all cases of a question that gives all of its points or none."""

    cases: tuple[Case, ...]
    points: float

    def source(self, delimiters: Delimiters) -> str:
        begin, end = (f"### {marker}" for marker in delimiters.hidden)
        parts = []
        for case in self.cases:
            head = f"{begin}: {case.title}" if case.title else begin
            parts.append("\n".join((head, case.source, end)) if case.hidden else case.source)
        return "\n\n".join(parts)


def _units(question: Question, cases: Sequence[Case]) -> Iterator[_Unit]:
    points = _resolve(question, cases)
    if question.config.get("all_or_nothing") and cases:
        yield _Unit(tuple(cases), round(sum(points), 10))
    else:
        for case, its in zip(cases, points, strict=True):
            yield _Unit((case,), its)


def _resolve(question: Question, cases: Sequence[Case]) -> list[float]:
    """The points of each test case, shared out as otter does."""
    from otter.test_files.abstract_test import TestCase, TestFile

    points = question.config.get("points")
    if isinstance(points, dict):
        points = points.get("each", 1) * len(cases)
    if not cases:
        return []
    try:
        found = TestFile.resolve_test_file_points(
            points, [TestCase("", "", c.hidden, c.points, None, None) for c in cases]
        )
        return [float(case.points) for case in found]
    except Exception as e:  # otter asserts, and stumbles over what is no number
        raise question.place.fault(f"the points of the question {question.name!r} don’t add up: {e}") from None


@dataclass(frozen=True, slots=True)
class _Writer:
    """One question on its way into the cells."""

    cells: Cells
    question: Question
    name: str
    units: Sequence[_Unit]

    def write(self) -> None:
        """Add its cells in order.

        Raises:
            SourceError: a person shall grade it, and there is nothing to grade.
        """
        if self.cells.shows_points:
            self._show_points()
        graded = self._graded()
        tests = {id(unit.cases[0].place): (n, unit) for n, unit in enumerate(self.units, start=1)}
        for item in self.question.items:
            if item.kind is Kind.TESTS:
                if found := tests.get(id(item.place)):
                    self._test(*found)
            elif item is graded:
                self._by_hand(item)
            elif item.cell.cell_type == "code":
                self._code(item)
            elif self._is_words(item):
                self._words(item, graded)
            elif not (item.kind is Kind.PROMPT and graded is not None and self._is_words(graded)):
                self.cells.plain(item.cell)

    def _of(self, kind: Kind, cell_type: str) -> list[Item]:
        return [item for item in self.question.items if item.kind is kind and item.cell.cell_type == cell_type]

    def _is_words(self, item: Item) -> bool:
        """Whether it is a solution in words, which students don't get."""
        is_text = item.kind is Kind.SOLUTION and item.cell.cell_type == "markdown"
        return is_text and _INCLUDED not in item.cell.metadata.get("tags", [])

    def _graded(self) -> Item | None:
        """The cell that becomes what a person grades, where one does: words before code."""
        if not self.question.by_hand:
            return None
        words = [item for item in self.question.items if self._is_words(item)]
        prompts, text = self._of(Kind.PROMPT, "markdown"), self._of(Kind.TEXT, "markdown")
        code = self._of(Kind.SOLUTION, "code") or self._of(Kind.PROMPT, "code")
        found = [*words[:1], *prompts[:1], *code[:1], *text[-1:]]
        if not found:
            raise self.question.place.fault(
                f"the question {self.question.name!r} is “manual: true” and has neither an answer nor a text to grade; "
                "add a solution or a Markdown cell"
            )
        return found[0]

    def _show_points(self) -> None:
        points = self._points() if self.question.by_hand else sum(unit.points for unit in self.units)
        for item in self._of(Kind.TEXT, "markdown")[-1:]:
            item.cell.source += f"\n\n_Points:_ {points:g}"

    def _points(self) -> float:
        points = self.question.config.get("points") or 0
        if isinstance(points, bool) or not isinstance(points, int | float):
            raise self.question.place.fault(f"points of a manual question are a number, not {points!r}")
        return points

    def _test(self, number: int, unit: _Unit) -> None:
        for case in unit.cases:
            self.cells.notes += case.notes
        is_alone = len(self.units) == 1 and not self.question.by_hand
        wish = self.name if is_alone else f"{self.name}-{number}"
        self.cells.labelled(Role.TEST, wish, unit.source(self.cells.delimiters), unit.points)

    def _by_hand(self, item: Item) -> None:
        name = f"{self.name}-written" if self.units else self.name
        if item.kind is Kind.TEXT:
            self.cells.labelled(Role.TASK, name, item.cell.source, self._points(), "markdown")
        elif item.kind is Kind.SOLUTION and item.cell.cell_type == "code":
            self.cells.code(item, name, Role.MANUAL, self._points(), self._start(item))
        elif item.kind is Kind.SOLUTION:
            words = [each.cell.source for each in self.question.items if self._is_words(each)]
            self._answer(name, self._of(Kind.PROMPT, "markdown"), "\n\n".join(words), "markdown")
        else:
            self._answer(name, [item], "", item.cell.cell_type)

    def _answer(self, name: str, before: Sequence[Item], solution: str, cell_type: str) -> None:
        parts = [*(item.cell.source for item in before), region(solution, self.cells.delimiters.solution)]
        source = ("\n\n" if cell_type == "markdown" else "\n").join(parts)
        self.cells.labelled(Role.MANUAL, name, source, self._points(), cell_type)

    def _code(self, item: Item) -> None:
        if item.kind is Kind.SOLUTION or (item.kind is Kind.TEXT and self.cells.everywhere):
            self.cells.code(item, f"{self.name}-answer", Role.ANSWER, 0, self._start(item))
        elif item.kind is Kind.TEXT:
            self.cells.labelled(Role.GIVEN, f"{self.name}-given", item.cell.source)  # otter locks it, too
        elif not self._of(Kind.SOLUTION, "code"):
            self.cells.plain(item.cell)

    def _start(self, item: Item) -> list[str]:
        """The code that students start from, in the first cell of a solution."""
        is_first = any(item is each for each in self._of(Kind.SOLUTION, "code")[:1])
        return [each.cell.source for each in self._of(Kind.PROMPT, "code")] if is_first else []

    def _words(self, item: Item, graded: Item | None) -> None:
        if graded is None:
            self.cells.notes.append(
                item.place.note("left out: a solution in words, which otter’s students don’t get either")
            )
