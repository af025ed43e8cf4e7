"""One assignment graded twice, by nbgrader's own commands and by Gabarito's, and the scores put side by side."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 1200.0
_WAYS = ("solved", "unsolved")
_UNKNOWN = frozenset({"", "null", "None"})
_SCORES = """
SELECT notebook.name, base_cell.name, grade.auto_score, grade.needs_manual_grade
FROM grade
JOIN base_cell ON grade.cell_id = base_cell.id
JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id
JOIN notebook ON submitted_notebook.notebook_id = notebook.id
JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id
WHERE submitted_assignment.student_id = ?
"""

Score = float | str
"""Points, or `by hand`, or `no score`."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one graded cell got from both."""

    way: str
    """`solved` or `unsolved`."""
    notebook: str
    cell: str
    nbgrader: Score
    gabarito: Score

    @property
    def agrees(self) -> bool:
        """Whether both gave the same."""
        if isinstance(self.nbgrader, str) or isinstance(self.gabarito, str):
            return self.nbgrader == self.gabarito
        return abs(self.nbgrader - self.gabarito) < 1e-9

    def __str__(self) -> str:
        return f"{self.way:9} {self.notebook}: {self.cell}: nbgrader {self.nbgrader}, Gabarito {self.gabarito}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Scores of all graded cells; where one of the two refused the assignment, its last words instead."""

    rows: tuple[Row, ...]
    nbgrader_said: str = ""
    gabarito_said: str = ""

    @property
    def differing(self) -> tuple[Row, ...]:
        """The cells whose scores are not the same."""
        return tuple(row for row in self.rows if not row.agrees)


def compare(source: Path, folder: Path, config: str = "", *, by_submit: bool = False) -> Comparison:
    """Release, hand in and grade an assignment in two courses under `folder`, once with each program.

    Handed in are the source itself and the released notebooks as they are. A source of an older nbgrader is brought up
    to date for nbgrader, as its manual says; Gabarito gets it as it is.

    Args:
        source: the assignment's folder, or one notebook.
        config: lines for the course's nbgrader_config.py.
        by_submit: hand in by `gabarito submit`, instead of by copying files where they belong.
    """
    ours, theirs = folder / "gabarito", folder / "nbgrader"
    for course in (ours, theirs):
        _fill(course / "source" / "ps", source)
        (course / "nbgrader_config.py").write_text(f"c = get_config()\n{config}\n")
    said_by_nbgrader = _nbgrader(theirs)
    said_by_gabarito = _gabarito(ours, by_submit=by_submit)
    rows = []
    for way in _WAYS:
        one, two = read_scores(theirs, way), read_scores(ours, way)
        rows += [
            Row(way, *cell, one.get(cell, "no score"), two.get(cell, "no score"))
            for cell in dict.fromkeys([*one, *two])
            if not (said_by_nbgrader or said_by_gabarito)
        ]
    return Comparison(tuple(rows), said_by_nbgrader, said_by_gabarito)


def _fill(place: Path, source: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, place)
    else:
        place.mkdir(parents=True)
        shutil.copy(source, place)


def _nbgrader(course: Path) -> str:
    _run("nbgrader", course, "update", "source/ps")
    if said := _run("nbgrader", course, "generate_assignment", "ps"):
        return said
    for way in _WAYS:
        hand_in(course, way)
    return _run("nbgrader", course, "autograde", "ps")


def _gabarito(course: Path, *, by_submit: bool) -> str:
    if said := _run("gabarito", course, "release", "ps", "--force"):
        return said
    for way in _WAYS:
        if not by_submit:
            hand_in(course, way)
            continue
        for notebook in sorted(_handed_in(course, way).glob("*.ipynb")):
            if said := _run("gabarito", course, "submit", str(notebook), "--student", way, "--assignment", "ps"):
                return said
    return _run("gabarito", course, "grade", "ps")


def _handed_in(course: Path, way: str) -> Path:
    return course / ("source" if way == "solved" else "release") / "ps"


def hand_in(course: Path, way: str) -> None:
    """Copy the source, or what was released, to where a student's files belong."""
    shutil.copytree(_handed_in(course, way), course / "submitted" / way / "ps")


def _run(program: str, course: Path, *arguments: str) -> str:
    """What it said where it ended with a fault, else nothing."""
    beside = str(Path(sys.executable).parent)  # nbgrader starts other programs by their names
    environment = {**os.environ, "PATH": os.pathsep.join([beside, os.environ["PATH"]]), "COLUMNS": "200"}
    done = subprocess.run(  # noqa: PLW1510  what it said matters, not only how it ended
        [sys.executable, "-m", program, *arguments],
        cwd=course,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    if done.returncode == 0:
        return ""
    return (done.stderr + done.stdout).strip() or f"{program} ended with {done.returncode}"


def read_scores(course: Path, student: str) -> dict[tuple[str, str], Score]:
    """What the gradebook says of each graded cell, by notebook and cell."""
    database = course / "gradebook.db"
    if not database.exists():
        return {}
    connection = sqlite3.connect(database)
    try:
        found = connection.execute(_SCORES, [student]).fetchall()
    finally:
        connection.close()
    return {(n, c): score if score is not None else ("by hand" if hand else "no score") for n, c, score, hand in found}
