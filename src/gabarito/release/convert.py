"""The students' version, made by nbgrader's own converter in a folder aside."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from gabarito.course import Course
from gabarito.errors import SourceError
from gabarito.release.sources import read_sources, updated_source

_Preprocessor = Callable[[NotebookNode, Any], tuple[NotebookNode, Any]]


@dataclass(frozen=True, slots=True)
class ConvertedNotebook:
    """One notebook on its way through nbgrader's preprocessors. `name` has no `.ipynb`."""

    name: str
    solved: NotebookNode
    """With header, footer and generated tests, the instructor's solution still in."""
    unsolved: NotebookNode
    """As the gradebook keeps its cells: solution out, hidden tests in, checksums set."""


@dataclass(frozen=True, slots=True)
class Converted:
    """An assignment converted: `folder` is what students get, complete."""

    folder: Path
    notebooks: tuple[ConvertedNotebook, ...]


def convert(course: Course, assignment: str, scratch: Path) -> Converted:
    """The assignment as `nbgrader generate_assignment` makes it, written under `scratch` and nowhere else.

    Raises:
        SourceError: nbgrader refused a notebook, or one can't be read.
        CourseError: there is no such assignment, or its files can't be copied.
    """
    from nbgrader.converters import GenerateAssignment
    from nbgrader.converters.base import NbGraderException
    from nbgrader.coursedir import CourseDirectory

    from gabarito.gradebook.database import open_database

    config = deepcopy(course.config)
    config.CourseDirectory.root = str(course.root)
    # nbgrader's SaveCells must have a gradebook to write to. This one is thrown away, so that a failure further on
    # leaves nothing in the real one; made beforehand, because nbgrader starts a program to make its own.
    config.CourseDirectory.db_url = f"sqlite:///{scratch / 'gradebook.db'}"
    sources = read_sources(course, assignment)
    if (source := updated_source(course, sources, assignment, scratch)) is not None:
        config.CourseDirectory.source_directory = str(source)
    config.CourseDirectory.release_directory = str(scratch / "release")
    log = logging.Logger("gabarito.release", logging.WARNING)  # not in the tree of loggers: nothing is printed
    said = _Said()
    log.addHandler(said)
    seen: dict[str, dict[str, NotebookNode]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        directory = CourseDirectory(config=config, log=log)
        directory.assignment_id = assignment
        open_database(config.CourseDirectory.db_url, course_id=directory.course_id).close()
        converter = GenerateAssignment(coursedir=directory, config=config, log=log)
        converter.preprocessors = _watched(converter.preprocessors, seen)
        try:
            converter.start()
        except NbGraderException as e:
            raise SourceError(f"nbgrader can’t release {assignment!r}: {said.reason or e}") from None
    notebooks = tuple(ConvertedNotebook(name, **seen[name]) for name in sorted(seen))
    return Converted(scratch / "release" / assignment, notebooks)


def _watched(preprocessors: list[Any], seen: dict[str, dict[str, NotebookNode]]) -> list[Any]:
    """The same chain, which also keeps a copy of each notebook before solutions, and before hidden tests, go out."""
    from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

    def keep(stage: str) -> _Preprocessor:
        def kept(notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
            seen.setdefault(resources["nbgrader"]["notebook"], {})[stage] = deepcopy(notebook)
            for cell in notebook.cells:
                cell.metadata.pop("gabarito", None)  # the instructor's notes on the solution
            return notebook, resources

        return kept

    chain: list[Any] = []
    stages = {ClearSolutions: "solved", ClearHiddenTests: "unsolved"}
    for preprocessor in preprocessors:
        if stage := stages.pop(preprocessor, None):
            chain.append(keep(stage))
        chain.append(preprocessor)
    if stages:
        missing = " and ".join(c.__name__ for c in stages)
        raise SourceError(
            f"c.GenerateAssignment.preprocessors lacks {missing}, so students would get what it clears; "
            "add it in nbgrader_config.py"
        )
    return chain


class _Said(logging.Handler):
    """nbgrader's log; `reason` is the last line of the last thing that it reported as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._texts.append(record.getMessage())

    @property
    def reason(self) -> str:
        # nbgrader logs the traceback and after it only that there was one.
        traced = [t for t in self._texts if t.startswith("Traceback")] or self._texts
        return traced[-1].strip().rsplit("\n", 1)[-1].strip() if traced else ""
