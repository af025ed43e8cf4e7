"""Feedback: for each graded notebook one HTML page that needs no network and shows no hidden test."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from gabarito.course import Course
from gabarito.errors import GabaritoError, GradebookError, reason
from gabarito.gradebook.adopted import released
from gabarito.gradebook.clean import clean
from gabarito.gradebook.mathml import typeset
from gabarito.gradebook.page import Page, make_page
from gabarito.gradebook.table import ScoreTable, SubmissionScores, read_table
from gabarito.model import NotebookRecord, ReleaseRecord
from gabarito.notebook.cells import read_notebook
from gabarito.notebook.markers import Delimiters
from gabarito.release.sources import delimiters_of

_TEMPLATES = Path(__file__).parent / "templates"
_TIMESTAMP = "timestamp.txt"
_MOST_KNOWN = 1000


@dataclass(frozen=True, slots=True)
class Feedback:
    """What was written for one student; `problem` says in a sentence why something was not."""

    student: str
    pages: tuple[Path, ...] = ()
    problem: str = ""


def write_feedback(course: Course, assignment: str, students: Sequence[str] = ()) -> Iterator[Feedback]:
    """Write `feedback/ID/ASSIGNMENT/*.html` for these students, or for all that were graded; one item each.

    A student whose notebook can't be read or shown is a problem of that item, and stops nobody else.

    Raises:
        CourseError: the assignment has not been released.
        GradebookError: the gradebook can't be read, or one of `students` was not graded.
    """
    record, _ = released(course, assignment)
    table = read_table(course, assignment)
    graded = [s for s in table.submissions if (course.autograded / s.student / assignment).is_dir()]
    known = {s.student for s in graded}
    for student in students:
        if student not in known:
            raise GradebookError(
                f"{student!r} has no graded submission of {assignment!r}; "
                f"run 'gabarito grade {assignment} --student {student}' first"
            )
    wanted = set(students) or known
    return (_write_one(course, record, table, s) for s in graded if s.student in wanted)


def page_html(page: Page, assignment: str) -> str:
    """The page as one HTML document, with its styles inside and without scripts."""
    resources: dict[str, Any] = {"gabarito": {"page": page, "assignment": assignment, "css": _css()}}
    document, _ = _exporter().from_notebook_node(page.notebook, resources)
    return str(document)


def _write_one(course: Course, record: ReleaseRecord, table: ScoreTable, submission: SubmissionScores) -> Feedback:
    source = course.autograded / submission.student / record.assignment
    target = course.feedback / submission.student / record.assignment
    pages = []
    try:
        for notebook in record.notebooks:
            path = source / f"{notebook.name}.ipynb"
            if path.is_file():
                html = _html(path, notebook, table, submission, delimiters_of(course))
                pages.append(_write(target / f"{notebook.name}.html", html.encode()))
        if (source / _TIMESTAMP).is_file():
            _write(target / _TIMESTAMP, (source / _TIMESTAMP).read_bytes())
        for stale in set(target.glob("*.html")) - set(pages):
            stale.unlink()
    except (GabaritoError, OSError) as e:
        return Feedback(submission.student, tuple(pages), f"{submission.student}: {reason(e)}")
    if not pages:
        return Feedback(submission.student, (), f"{submission.student}: {source} has no notebook of this assignment")
    return Feedback(submission.student, tuple(pages))


def _html(
    path: Path, record: NotebookRecord, table: ScoreTable, submission: SubmissionScores, delimiters: Delimiters
) -> str:
    notebook = read_notebook(path.read_text(encoding="utf-8"), str(path))
    page = make_page(notebook, record.name, record, table.exercises, submission, delimiters)
    return page_html(page, table.assignment)


@cache
def _exporter() -> Any:
    from jinja2 import pass_context
    from nbconvert.exporters import HTMLExporter
    from traitlets.config import Config

    config = Config()
    config.HTMLExporter.template_name = "gabarito"
    config.HTMLExporter.extra_template_basedirs = [str(_TEMPLATES)]
    config.HTMLExporter.sanitize_html = True
    config.HTMLExporter.exclude_anchor_links = True
    exporter = HTMLExporter(config=config)

    known: dict[str, str] = {}

    @pass_context
    def markdown(context: Any, source: str) -> str:
        # Most text is the same for the whole class.
        if context.get("cell", {}).get("attachments"):
            return typeset(exporter.markdown2html(context, source))
        if source not in known:
            if len(known) >= _MOST_KNOWN:
                known.clear()
            known[source] = typeset(exporter.markdown2html(context, source))
        return known[source]

    exporter.register_filter("markdown2html", markdown)
    exporter.register_filter("clean_html", clean)
    exporter.register_filter("typeset", typeset)
    return exporter


@cache
def _css() -> str:
    # pygments has no types, and no stubs that we would need for more than this
    formatter = import_module("pygments.formatters").HtmlFormatter(style="default")
    own = (_TEMPLATES / "gabarito" / "page.css").read_text(encoding="utf-8")
    return own + str(formatter.get_style_defs(".highlight"))


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle, temporary = tempfile.mkstemp(prefix=".gabarito-", dir=path.parent)
    except OSError as e:
        raise OSError(e.errno, e.strerror, str(path)) from None  # a temporary file's name tells nobody anything
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path
