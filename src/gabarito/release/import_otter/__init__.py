"""The way in: an instructor's notebook for `otter assign` as a source of nbgrader's form."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_notebook

from gabarito.course import Course
from gabarito.errors import CourseError, EngineError, SourceError, UsageError
from gabarito.notebook.language import kernel_of, language_of
from gabarito.release.autograder import CONFIG, ENVIRONMENT, REQUIREMENTS
from gabarito.release.import_otter.cells import Cells
from gabarito.release.import_otter.config import read_config, strings
from gabarito.release.import_otter.place import Note
from gabarito.release.import_otter.questions import Question, read_questions, split_fenced
from gabarito.release.sources import delimiters_of, read_source
from gabarito.release.swap import Swap

__all__ = ["Imported", "Note", "import_otter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What was made of an otter notebook."""

    assignment: str
    questions: int
    points: float
    notes: tuple[Note, ...]
    """What was not carried over as it was, in the order of the cells."""
    written: tuple[Path, ...]
    """The notebook first."""


def import_otter(course: Course, path: Path, assignment: str = "", *, force: bool = False) -> Imported:
    """Turn a notebook for `otter assign` into `source/ASSIGNMENT/NOTEBOOK.ipynb`, with the files that it names.

    Each test case becomes a test cell with the points that otter gives it; the cases of a question that gives all or
    nothing become one. Nothing is written unless all of it can be.

    Args:
        assignment: what it is called; by default as the file.
        force: replace files that are there.

    Raises:
        UsageError: the name can't be an assignment's.
        SourceError: the notebook can't be read, or can't be understood; the message names cell and line.
        CourseError: a file is in the way, or one that the notebook names is missing.
        EngineError: otter is not installed.
    """
    if importlib.util.find_spec("otter") is None:
        raise EngineError(
            "otter’s own rules read this notebook, and it is not installed here; pip install otter-grader"
        )
    assignment = assignment or path.stem
    if set(assignment) & set("+*?[]{}/\\") or assignment != assignment.strip() or assignment.startswith("."):
        raise UsageError(f"{assignment!r} can’t be the name of an assignment; give it another one with --as")
    source = read_source(path).notebook
    spec = source.metadata.get("kernelspec", {})
    if kernel_of(spec):
        raise SourceError(f"{path.name} is in {language_of(spec)}; only notebooks in Python can be imported")
    fenced = split_fenced(source, path.name)
    config, notes = _config(fenced, path)
    parts, left_out = read_questions([(p, c) for p, c in fenced if not _is_config(c)])
    questions = [part for part in parts if isinstance(part, Question)]
    if not questions:
        raise SourceError(f"{path.name} has no raw cell “# BEGIN QUESTION”; is it a notebook for 'otter assign'?")
    cells = Cells(
        delimiters_of(course),
        doctest=config.tests.ok_format,
        everywhere=config.strip_solutions_from_all_cells,
        shows_points=config.show_question_points,
    )
    for part in parts:
        cells.add(part)
    if config.name and config.name != assignment:
        notes.append(Note(0, f"the assignment {config.name!r} is called {assignment!r} here"))
    contents = {course.source / assignment / path.name: _text(cells.made, source)}
    contents |= _files(course, assignment, path, config)
    _write(course, contents, force=force)
    return Imported(
        assignment=assignment,
        questions=len(questions),
        points=round(cells.points, 6),
        notes=tuple(sorted((*notes, *left_out, *cells.notes), key=lambda n: n.cell)),
        written=tuple(contents),
    )


def _is_config(cell: NotebookNode) -> bool:
    from otter.assign.blocks import is_assignment_config_cell

    return bool(is_assignment_config_cell(cell))


def _config(fenced: list[Any], path: Path) -> tuple[Any, list[Note]]:
    """Otter's configuration; the variable of a seed gets the value that tests are made for, in these cells too."""
    from otter.assign.solutions import overwrite_seed_vars

    config, notes = read_config([(p, c) for p, c in fenced if _is_config(c)], path.parent)
    name, value = config.seed.variable, config.seed.autograder_value
    if name:
        if not isinstance(value, int):
            raise SourceError(f"{path.name}: seed.variable needs a seed.autograder_value, a whole number")
        for _, cell in fenced:
            if cell.cell_type == "code":
                cell.source = overwrite_seed_vars(NotebookNode(cells=[cell]), name, value).cells[0].source
        notes.append(Note(0, f"students get {name} = {value}, which the tests are made for"))
    elif not isinstance(config.generate, bool) and (seed := config.generate.seed) is not None:
        notes.append(Note(0, f"otter sets the seed {seed} before each cell; here lines with “# SEED” stay instead"))
    return config, notes


def _text(cells: list[NotebookNode], source: NotebookNode) -> bytes:
    metadata = {key: source.metadata[key] for key in ("kernelspec", "language_info") if key in source.metadata}
    made = new_notebook(cells=cells, metadata=metadata)
    return (nbformat.writes(made, version=4) + "\n").encode()


def _files(course: Course, assignment: str, path: Path, config: Any) -> dict[Path, bytes]:
    """The files that go along: for students beside the notebook, for `gabarito export` in `grader_tests/`."""
    ours = course.grader_tests / assignment
    found: dict[Path, bytes] = {}
    for name in strings(config.files, "files", path.name):
        found |= {course.source / assignment / place: content for place, content in _beside(path, name)}
    if isinstance(config.requirements, list):
        lines = strings(config.requirements, "requirements", path.name)
        found[ours / REQUIREMENTS] = "".join(f"{line}\n" for line in lines).encode()
    elif config.requirements:
        found[ours / REQUIREMENTS] = _read(path, str(config.requirements))
    if config.environment:
        found[ours / ENVIRONMENT] = _read(path, str(config.environment))
    if settings := _settings(config):
        found[ours / CONFIG] = (json.dumps(settings, indent=2) + "\n").encode()
    return found


def _settings(config: Any) -> dict[str, Any]:
    """What `otter run` is told; not the name, which otter would look for in the students' notebooks."""
    settings = {} if isinstance(config.generate, bool) else dict(config.generate.get_user_config())
    if config.seed.variable:
        settings |= {"seed": config.seed.autograder_value, "seed_variable": config.seed.variable}
    return settings


def _beside(path: Path, name: str) -> Iterator[tuple[Path, bytes]]:
    place = path.parent / name
    if place.is_dir():  # otter copies a folder under its last name
        for file in sorted(p for p in place.rglob("*") if p.is_file()):
            yield Path(place.resolve().name) / file.relative_to(place), file.read_bytes()
        return
    inside = Path(*Path(name).parts)
    if inside.is_absolute() or ".." in inside.parts:
        raise CourseError(f"{path.name} names the file {name!r}, which does not lie beside it; move it there")
    yield inside, _read(path, name)


def _read(path: Path, name: str) -> bytes:
    try:
        return (path.parent / name).read_bytes()
    except OSError as e:
        raise CourseError(f"{path.name} names the file {name!r}, which can’t be read: {e.strerror or e}") from None


def _write(course: Course, contents: dict[Path, bytes], *, force: bool) -> None:
    there = [p for p, content in contents.items() if p.exists() and (p.is_dir() or p.read_bytes() != content)]
    if there and not force:
        names = ", ".join(str(p.relative_to(course.root)) if p.is_relative_to(course.root) else str(p) for p in there)
        raise CourseError(
            f"{names}: already there, so nothing was written; replace with --force, or import it with --as"
        )
    swap = Swap()
    try:
        swap.files(contents)
    except BaseException:
        swap.undo()
        raise
    swap.keep()
