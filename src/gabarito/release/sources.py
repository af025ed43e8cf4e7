"""What lies under `source/ASSIGNMENT`: the notebooks, and the data files that go with them."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.nbgraderformat import MetadataValidator

from gabarito.course import Course
from gabarito.errors import CourseError, SourceError
from gabarito.notebook.lint import Finding, Severity, check_source
from gabarito.notebook.markers import Delimiters, has_marker

_SEARCHED_BYTES = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Source:
    """One notebook as its instructor wrote it. `name` has no `.ipynb`."""

    name: str
    path: Path
    notebook: NotebookNode
    """With metadata of the newest schema, where it could be brought up to date."""
    text: str
    outdated: tuple[int, ...] = ()
    """Older schemas of nbgrader's metadata that the file has cells of."""


def read_sources(course: Course, assignment: str) -> tuple[Source, ...]:
    """The assignment's notebooks, sorted by name: those that nbgrader would release.

    Raises:
        CourseError: there is no such assignment, or nbgrader can't deal with its name.
        SourceError: it has no notebooks, or one can't be read.
    """
    known = course.assignments()
    if assignment not in known:
        raise CourseError(
            f"there is no assignment {assignment!r} in {course.source}; "
            f"those that exist: {', '.join(known) or 'none'}. Make the folder {course.source / assignment} "
            "and put its notebook there, or correct the name"
        )
    if set(assignment) & set("+*?[]{}") or assignment != assignment.strip():
        raise CourseError(
            f"nbgrader can’t use the assignment’s name {assignment!r}; "
            f"rename {course.source / assignment}, without any of + * ? [ ] {{ }} and without a space at its ends"
        )
    folder = course.source / assignment
    paths = sorted(p for p in folder.glob("*.ipynb") if p.is_file() and not p.name.startswith("."))
    if not paths:
        raise SourceError(f"{folder} has no notebook; put the assignment’s .ipynb file there")
    return tuple(read_source(path) for path in paths)


def delimiters_of(course: Course) -> Delimiters:
    """The markers that the course's configuration sets."""
    from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions

    config = deepcopy(course.config)
    solutions, tests, schemes = (c(config=config) for c in (ClearSolutions, ClearHiddenTests, ClearMarkScheme))
    return Delimiters(
        solution=(solutions.begin_solution_delimeter, solutions.end_solution_delimeter),
        hidden=(tests.begin_test_delimeter, tests.end_test_delimeter),
        mark_scheme=(schemes.begin_mark_scheme_delimeter, schemes.end_mark_scheme_delimeter),
    )


def check_sources(course: Course, assignment: str, sources: tuple[Source, ...]) -> list[Finding]:
    """What is wrong with the notebooks and the files beside them, before anything is run."""
    from nbgrader.preprocessors import ClearMarkScheme

    delimiters = delimiters_of(course)
    attachments = bool(ClearMarkScheme(config=deepcopy(course.config)).check_attachment_leakage)
    findings: list[Finding] = []
    for source in sources:
        found = check_source(source.notebook, delimiters, attachments_refused=attachments)
        findings += (replace(f, notebook=source.path.name) for f in (*_cell_ids(source), *_outdated(source), *found))
    return [*findings, *_check_data(course, assignment, delimiters)]


def read_source(path: Path) -> Source:
    """One notebook.

    Raises:
        SourceError: it can't be read, or is no notebook.
    """
    try:
        text = path.read_text(encoding="utf-8")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # missing cell ids: said by _cell_ids
            notebook = nbformat.reads(text, as_version=4)
        for cell in notebook.cells:
            if not isinstance(cell.source, str):
                raise TypeError("a cell’s source is no text")
            cell.metadata.keys()
    except OSError as e:
        raise SourceError(f"{path} can’t be read: {e.strerror or e}") from None
    except Exception as e:  # nbformat raises whatever a broken file makes it stumble over
        reason = str(e).strip().split("\n", 1)[0][:120]
        raise SourceError(
            f"{path} is not a notebook ({type(e).__name__}: {reason}); "
            "open it in Jupyter and save it again, or put back a copy"
        ) from None
    return Source(path.stem, path, notebook, text, tuple(sorted(set(_upgraded(notebook)))))


def _upgraded(notebook: NotebookNode) -> Iterator[int]:
    """Bring nbgrader's metadata up to date, as `nbgrader update` does; gives the old version of each such cell."""
    validator = MetadataValidator()
    for cell in notebook.cells:
        meta = cell.metadata.get("nbgrader")
        version = meta.get("schema_version", 0) if isinstance(meta, dict) else None
        if not isinstance(version, int) or version >= MetadataValidator.schema_version:
            continue
        as_it_was = deepcopy(meta)
        try:
            validator.upgrade_cell_metadata(cell)
        except Exception:  # whatever it stumbles over; the cell is refused for its schema then
            cell.metadata["nbgrader"] = as_it_was
        else:
            yield version


def _outdated(source: Source) -> Iterator[Finding]:
    if source.outdated:
        versions = " and ".join(map(str, source.outdated))
        yield Finding(
            severity=Severity.WARN,
            rule="old-schema",
            message=f"cells have nbgrader metadata of version {versions}, now it is {MetadataValidator.schema_version}",
            advice="it is released with new metadata; “nbgrader update” brings the source up to date, too",
        )


def updated_source(course: Course, sources: tuple[Source, ...], assignment: str, scratch: Path) -> Path | None:
    """A folder like `source/` in which the assignment's notebooks are up to date; None where they are already.

    nbgrader refuses notebooks of its older versions; instructors' files stay as they are.

    Raises:
        CourseError: a file can't be copied.
    """
    if not any(source.outdated for source in sources):
        return None
    folder = scratch / "source"
    try:
        shutil.copytree(course.source / assignment, folder / assignment)
    except (OSError, shutil.Error) as e:
        raise CourseError(f"the files of {course.source / assignment} can’t be copied ({e}); check them") from None
    for source in sources:
        if source.outdated:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # missing cell ids: said by _cell_ids
                nbformat.write(source.notebook, folder / assignment / source.path.name)
    return folder


def _cell_ids(source: Source) -> Iterator[Finding]:
    """Jupyter's own cell ids (not nbgrader's): nbformat makes random ones up where they are missing."""
    raw = json.loads(source.text)
    if (raw.get("nbformat"), raw.get("nbformat_minor", 0)) < (4, 5):
        return
    ids = [cell.get("id") for cell in raw.get("cells", [])]
    if None in ids or len(set(ids)) < len(ids):
        yield Finding(
            severity=Severity.WARN,
            rule="cell-ids",
            message="cells lack the id that Jupyter gives each cell, or share one, so every release gets other ids",
            advice="open the notebook in Jupyter and save it",
        )


def _check_data(course: Course, assignment: str, delimiters: Delimiters) -> Iterator[Finding]:
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.utils import find_all_files

    folder = course.source / assignment
    ignore = [*CourseDirectory(config=deepcopy(course.config)).ignore, "*.ipynb"]
    hidden = course.grader_tests.resolve()
    for path in sorted(Path(p) for p in find_all_files(str(folder), ignore)):
        name = path.relative_to(folder).as_posix()
        if path.resolve().is_relative_to(hidden):
            fault = f"the file {name} leads into {hidden.name}/, which students never get"
            yield _data_fault(name, fault, rule="linked-data", severity=Severity.REFUSE)
        elif _has_marker(path, delimiters):
            fault = f"the file {name} has a solution or hidden tests marked in it, for all to see"
            yield _data_fault(name, fault, rule="data-file", severity=Severity.REFUSE)


def _data_fault(name: str, message: str, *, rule: str, severity: Severity) -> Finding:
    return Finding(
        severity=severity,
        rule=rule,
        message=message,
        advice="nbgrader copies such files to students as they are: move it out of source/",
        notebook=name,
    )


def _has_marker(path: Path, delimiters: Delimiters) -> bool:
    try:
        if path.stat().st_size > _SEARCHED_BYTES:
            return False
        return has_marker(path.read_bytes().decode("utf-8", errors="replace"), delimiters)
    except OSError:
        return False  # nbgrader says it when it copies the file
