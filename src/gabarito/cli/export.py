"""`gabarito export`: scores as a file for another program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from gabarito.cli.app import app, echo_file, stderr, tell
from gabarito.cli.context import course_of, without_slash
from gabarito.errors import UsageError

if TYPE_CHECKING:
    from gabarito.course import Course
    from gabarito.gradebook.export import Export, Grades


class Format(StrEnum):
    """What can be made; `_MAKERS` says how."""

    CSV = "csv"
    CANVAS = "canvas"
    MOODLE = "moodle"
    JSON = "json"
    OTTER = "otter"
    GRADESCOPE = "gradescope"


class Missing(StrEnum):
    """What somebody gets who has handed in nothing."""

    EMPTY = "empty"
    ZERO = "zero"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The options that some formats look at."""

    course: Course
    assignments: tuple[str, ...]
    template: Path | None
    titles: Mapping[str, str]
    missing: Missing
    partial: bool

    def grades(self) -> Grades:
        from gabarito.gradebook.export import read_grades

        zero = self.missing is Missing.ZERO
        return read_grades(self.course, self.assignments, missing_is_zero=zero, partial=self.partial)


def _csv(wanted: _Wanted) -> Export:
    from gabarito.gradebook.export import csv_export

    return csv_export(wanted.grades())


def _canvas(wanted: _Wanted) -> Export:
    from gabarito.gradebook.export import canvas_export

    return canvas_export(wanted.grades(), wanted.template, wanted.titles)


def _moodle(wanted: _Wanted) -> Export:
    from gabarito.gradebook.export import moodle_export

    return moodle_export(wanted.grades(), wanted.template)


def _json(wanted: _Wanted) -> Export:
    from gabarito.gradebook.export import json_export

    return json_export(wanted.grades(), wanted.course)


def _autograder(wanted: _Wanted) -> Export:
    from gabarito.release.autograder import autograder_export

    if len(wanted.assignments) != 1:
        raise UsageError("an autograder is for one assignment: name it, as in 'gabarito export ps1 --format otter'")
    return autograder_export(wanted.course, wanted.assignments[0])


_MAKERS: Mapping[Format, Callable[[_Wanted], Export]] = {
    Format.CSV: _csv,
    Format.CANVAS: _canvas,
    Format.MOODLE: _moodle,
    Format.JSON: _json,
    Format.OTTER: _autograder,
    Format.GRADESCOPE: _autograder,
}
_OPTIONS: Mapping[Format, tuple[str, ...]] = {
    Format.CSV: ("--missing", "--partial"),
    Format.CANVAS: ("--template", "--title", "--missing", "--partial"),
    Format.MOODLE: ("--template", "--missing", "--partial"),
    Format.JSON: ("--missing", "--partial"),
    Format.OTTER: (),
    Format.GRADESCOPE: (),
}
"""What each of them heeds; the others would be ignored, and are refused."""


@app.command(
    epilog="[bold]Examples[/]\n\n"
    "gabarito export ps1 ps2 --to grades.csv\n\n"
    "gabarito export ps1 --format canvas --template Grades-101.csv\n\n"
    "gabarito export --format json --to -\n\n"
    "gabarito export ps1 --format gradescope\n\n"
    "Exit code 0: it is written. 1: the gradebook doesn't know an assignment. 2: the command was wrong."
)
def export(
    context: typer.Context,
    assignments: Annotated[
        list[str] | None,
        typer.Argument(metavar="ASSIGNMENT", help="Names of assignments; all by default.", show_default=False),
    ] = None,
    kind: Annotated[Format, typer.Option("--format", help="What the file is for.")] = Format.CSV,
    template: Annotated[
        Path | None,
        typer.Option("--template", metavar="FILE", help="The file of Canvas or Moodle that is to be filled in."),
    ] = None,
    titles: Annotated[
        list[str] | None,
        typer.Option("--title", metavar="NAME=TITLE", help="What an assignment is called in Canvas."),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="Where to write it; - prints it. By default a file here."),
    ] = None,
    missing: Annotated[
        Missing, typer.Option("--missing", help="What somebody gets who has handed in nothing.")
    ] = Missing.EMPTY,
    partial: Annotated[
        bool, typer.Option("--partial", help="Give points that a person may still change, too.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write the scores to a file for another program: nbgrader's CSV, Canvas, Moodle, or JSON.

    Who has no final score yet has an empty cell, and is named.

    Or write an assignment’s autograder: the zip that otter-grader and Gradescope take.
    """
    from gabarito.gradebook.export import refuse_unwritable, write_export

    given = {
        "--template": template is not None,
        "--title": bool(titles),
        "--missing": missing is not Missing.EMPTY,
        "--partial": partial,
    }
    _refuse_ignored(kind, given)
    names = tuple(map(without_slash, assignments or ()))
    printed = to == Path("-")
    if to is not None and not printed:
        refuse_unwritable(to, force=force)
    course = course_of(context)
    made = _MAKERS[kind](_Wanted(course, names, template, _titles(titles or ()), missing, partial))
    if printed:
        echo_file(made.content)
    else:
        to = to or Path(made.name)
        refuse_unwritable(to, force=force)
        write_export(to, made.content)
        tell(stderr, f"{escape(str(to))} is written.")
    for note in made.notes:
        tell(stderr, f"[bold yellow]note:[/] {escape(note)}")


def _refuse_ignored(kind: Format, given: Mapping[str, bool]) -> None:
    for option in (name for name, is_given in given.items() if is_given and name not in _OPTIONS[kind]):
        formats = ", ".join(f for f in Format if option in _OPTIONS[f])
        raise UsageError(f"--format {kind} has no use for {option}; it is for: {formats}")


def _titles(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in given:
        name, separator, title = text.partition("=")
        if not (name and separator and title):
            raise UsageError(f"--title {text!r} is no NAME=TITLE; write it as in --title ps1='Problem set 1'")
        found[name] = title
    return found
