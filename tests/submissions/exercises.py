"""Exercises as instructors write them, and jobs made of them.

Each file of `lesson/` and of `cells/` is one exercise: cells parted by `# %% KIND NAME`, where KIND is `given`, `right`
(the answer, with its solution), `wrong` (what stands there instead in a submission that deserves nothing; nothing where
it is left out), `visible` (what passes the visible part of the tests alone) or `test`. Tests hold hidden regions between nbgrader's markers. The files in `lesson/` make one notebook
together; each in `cells/` is one of its own, and the lines on top of it say what it is about and what it `needs`.

Files of `right/` are answers to the lesson that are right, and built differently: `# exercise: NAME` on top.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from gabarito.grading.score import score_cell
from gabarito.model import HiddenRegion, Job, JobCell, JobFile, Limits, Outcome, Report, Role
from gabarito.notebook.markers import hidden_regions

FOLDER = Path(__file__).parent
_CELL = re.compile(r"^# %%(.*)\n", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """One cell of a file: the words behind `# %%`, and its source."""

    title: str
    source: str

    @property
    def kind(self) -> str:
        """The first word of the title."""
        return self.title.partition(" ")[0]

    @property
    def rest(self) -> str:
        """The other words of the title."""
        return self.title.partition(" ")[2]


@dataclass(frozen=True)
class Cell:
    """One cell of an exercise. `wrong` and `visible` are what wrong answers hold in its place."""

    id: str
    role: Role
    source: str
    wrong: str = ""
    visible: str = ""


@dataclass(frozen=True)
class Exercise:
    """Cells that belong together: what is given, one answer, and its tests."""

    name: str
    about: Mapping[str, str]
    cells: tuple[Cell, ...]

    @property
    def answers(self) -> dict[str, str]:
        """The right answer, by the cell's id."""
        return {c.id: c.source for c in self.cells if c.role is Role.ANSWER}


@dataclass(frozen=True)
class RightAnswer:
    """An answer to one exercise of the lesson that deserves full marks."""

    name: str
    exercise: str
    source: str


def read_sections(path: Path) -> tuple[dict[str, str], list[Section]]:
    """What is said on top of a file (`# word: text`), and its cells."""
    head, *parts = _CELL.split(path.read_text())
    told = dict(line.removeprefix("# ").split(": ", 1) for line in head.strip().splitlines())
    return told, [Section(t.strip(), s.strip("\n")) for t, s in zip(parts[::2], parts[1::2], strict=True)]


@cache
def load_exercises(kind: str) -> tuple[Exercise, ...]:
    """The exercises in the folder `kind`, by the names of their files."""
    return tuple(_exercise(path) for path in sorted((FOLDER / kind).glob("*.py")))


@cache
def load_right_answers() -> tuple[RightAnswer, ...]:
    """The right answers to the lesson, by name."""
    found = []
    for path in sorted((FOLDER / "right").glob("*.py")):
        told, (section,) = read_sections(path)
        found.append(RightAnswer(path.stem, told["exercise"], section.source))
    return tuple(found)


def exercises_of(name: str) -> tuple[Exercise, ...]:
    """The exercise of the lesson that bears this name, behind what the lesson begins with."""
    first, *others = load_exercises("lesson")
    return (first, next(e for e in others if e.name == name))


def make_job(
    exercises: Iterable[Exercise],
    answers: Mapping[str, str] | None = None,
    *,
    others: Literal["right", "wrong", "visible"] = "wrong",
    start: Sequence[str] = (),
    end: Sequence[str] = (),
    files: tuple[JobFile, ...] = (),
    limits: Limits | None = None,
) -> Job:
    """The notebook of a student.

    Args:
        answers: by the id of the answer cell, what stands in it.
        others: what stands in the other answer cells.
        start: cells that the student added on top.
        end: cells that the student added at the end.
    """
    cells = [Cell(f"first-{n}", Role.PLAIN, source) for n, source in enumerate(start)]
    for exercise in exercises:
        for cell in exercise.cells:
            mine = (answers or {}).get(cell.id) if cell.role is Role.ANSWER else cell.source
            if mine is None:
                mine = {"right": cell.source, "wrong": cell.wrong, "visible": cell.visible}[others]
            cells.append(Cell(cell.id, cell.role, mine))
    cells += [Cell(f"last-{n}", Role.PLAIN, source) for n, source in enumerate(end)]
    return Job(
        key="lesson",
        cells=tuple(
            JobCell(index=index, id=c.id, role=c.role, source=c.source, hidden=_hidden(c))
            for index, c in enumerate(cells)
        ),
        files=files,
        limits=limits or Limits(),
        seed=8128,
    )


def scores(job: Job, report: Report) -> dict[str, float]:
    """The points of each test, which are worth one each; a score that a person has to decide counts in full."""
    found: dict[str, float] = {}
    for cell in job.cells:
        if cell.role is not Role.TEST:
            continue
        told = report.cell(cell.index)
        if told is None or told.outcome is Outcome.UNGRADED:
            found[cell.id] = 0.0
            continue
        score = score_cell(told, 1.0).auto_score
        found[cell.id] = 1.0 if score is None else score
    return found


def _exercise(path: Path) -> Exercise:
    name = path.stem.lstrip("0123456789-")
    about, sections = read_sections(path)
    cells: list[Cell] = []
    instead = {s.kind: s.source for s in sections if s.kind in {"wrong", "visible"}}
    for section in sections:
        if section.kind in instead:
            continue
        role = {"given": Role.GIVEN, "right": Role.ANSWER, "test": Role.TEST}[section.kind]
        prefix = {Role.GIVEN: "given-", Role.TEST: "test-"}.get(role, "")
        suffix = f"-{section.rest}" if section.rest else ""
        others = instead if role is Role.ANSWER else {}
        cells.append(
            Cell(
                f"{prefix}{name}{suffix}",
                role,
                section.source,
                wrong=others.get("wrong", ""),
                visible=others.get("visible", ""),
            )
        )
    return Exercise(name, about, tuple(cells))


def _hidden(cell: Cell) -> tuple[HiddenRegion, ...]:
    return hidden_regions(cell.source) if cell.role is Role.TEST else ()
