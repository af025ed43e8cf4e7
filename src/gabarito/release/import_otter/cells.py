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
from gabarito.release.import_otter.questions import Item, Kind, Question
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
        if question.config.get("export"):
            self._note(question, "export is left out: no PDF is made")
        by_hand = bool(question.config.get("manual"))
        cases = [
            read_case(item.cell, item.place, doctest=self.doctest) for item in question.items if item.kind is Kind.TESTS
        ]
        units = list(_units(question, cases))
        if not cases and not by_hand:
            self._note(
                question, f"nobody grades the question {question.name!r}: it has no tests and is not “manual: true”"
            )
        writer = _Writer(self, question, name, units)
        writer.write(by_hand=by_hand)

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


@dataclass(slots=True)
class _Writer:
    """One question on its way into the cells."""

    cells: Cells
    question: Question
    name: str
    units: list[_Unit]
    _graded: bool = False
    """Whether the answer that a person grades is there."""

    def write(self, *, by_hand: bool) -> None:
        items = self.question.items
        prompts = [item for item in items if item.kind is Kind.PROMPT]
        solutions = [item for item in items if item.kind is Kind.SOLUTION]
        texts = [
            s for s in solutions if s.cell.cell_type == "markdown" and _INCLUDED not in s.cell.metadata.get("tags", [])
        ]
        last_text = next((i for i in reversed(items) if i.kind is Kind.TEXT and i.cell.cell_type == "markdown"), None)
        if self.cells.shows_points and last_text is not None:
            last_text.cell.source += f"\n\n_Points:_ {self._total(by_hand=by_hand):g}"
        is_task = by_hand and not prompts and not solutions
        waiting = {unit.cases[0].place: (n, unit) for n, unit in enumerate(self.units, start=1)}
        for item in items:
            if item.kind is Kind.TESTS:
                if found := waiting.get(item.place):
                    self._test(*found)
            elif item.kind is Kind.TEXT:
                self._text(item, is_task=is_task and item is last_text)
            elif item.kind is Kind.PROMPT:
                self._prompt(item, prompts, solutions, texts, by_hand=by_hand)
            elif item in texts:
                if item is texts[0]:
                    self._written(texts, prompts, by_hand=by_hand)
            else:
                self._solution(item, prompts, by_hand=by_hand)
        if by_hand and not self._graded:
            raise self.question.place.fault(
                f"the question {self.question.name!r} is “manual: true” and has neither an answer nor a text to grade; "
                "add a solution or a Markdown cell"
            )

    def _total(self, *, by_hand: bool) -> float:
        return self._by_hand() if by_hand else sum(unit.points for unit in self.units)

    def _by_hand(self) -> float:
        points = self.question.config.get("points") or 0
        if isinstance(points, bool) or not isinstance(points, int | float):
            raise self.question.place.fault(f"points of a manual question are a number, not {points!r}")
        return points

    def _test(self, number: int, unit: _Unit) -> None:
        wish = self.name if len(self.units) == 1 and not self.question.config.get("manual") else f"{self.name}-{number}"
        for case in unit.cases:
            self.cells.notes += case.notes
        self.cells.labelled(Role.TEST, wish, unit.source(self.cells.delimiters), unit.points)

    def _text(self, item: Item, *, is_task: bool) -> None:
        if is_task:
            self.cells.labelled(Role.TASK, self.name, item.cell.source, self._by_hand(), "markdown")
            self._graded = True
        elif item.cell.cell_type == "code" and self.cells.everywhere:
            self._solution(item, (), by_hand=False)
        elif item.cell.cell_type == "code":
            self.cells.labelled(Role.GIVEN, f"{self.name}-given", item.cell.source)  # otter locks it, too
        else:
            self.cells.plain(item.cell)

    def _prompt(
        self, item: Item, prompts: Sequence[Item], solutions: Sequence[Item], texts: Sequence[Item], *, by_hand: bool
    ) -> None:
        """Text or code that students start from: it goes into the cell of the solution, where that is of its kind."""
        if any(s.cell.cell_type == item.cell.cell_type for s in solutions):
            return
        if by_hand and not self._graded:
            self._answer(item.cell.cell_type, [item], "")
            for text in texts:
                self._lost(text)
        else:
            self.cells.plain(item.cell)

    def _written(self, texts: Sequence[Item], prompts: Sequence[Item], *, by_hand: bool) -> None:
        if not by_hand or self._graded:
            for text in texts:
                self._lost(text)
            return
        before = [p for p in prompts if p.cell.cell_type == "markdown"]
        self._answer("markdown", before, "\n\n".join(t.cell.source for t in texts))

    def _lost(self, item: Item) -> None:
        self.cells.notes.append(
            item.place.note("left out: a solution in words, which otter’s students don’t get either")
        )

    def _answer(self, cell_type: str, before: Sequence[Item], solution: str) -> None:
        parts = [*(item.cell.source for item in before), region(solution, self.cells.delimiters.solution)]
        source = ("\n\n" if cell_type == "markdown" else "\n").join(parts)
        self.cells.labelled(Role.MANUAL, self._answer_id(), source, self._by_hand(), cell_type)
        self._graded = True

    def _answer_id(self) -> str:
        return f"{self.name}-written" if self.units else self.name

    def _solution(self, item: Item, prompts: Sequence[Item], *, by_hand: bool) -> None:
        if item.cell.cell_type != "code":
            self.cells.plain(item.cell)
            return
        first = item is next(i for i in self.question.items if i.kind is item.kind and i.cell.cell_type == "code")
        before = [p.cell.source for p in prompts if p.cell.cell_type == "code"] if first else []
        if by_hand and not self._graded:
            self.cells.code(item, self._answer_id(), Role.MANUAL, self._by_hand(), before)
            self._graded = True
        else:
            self.cells.code(item, f"{self.name}-answer", Role.ANSWER, 0, before)
