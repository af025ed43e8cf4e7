"""`gabarito export`: scores as a file for another program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from gabarito.cli.app import app, stderr, tell
from gabarito.cli.context import course_of

if TYPE_CHECKING:
    from gabarito.course import Course
    from gabarito.gradebook.export import Export, Grades


class Format(StrEnum):
    """What can be made; `_MAKERS` says how."""

    CSV = "csv"


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
    missing: Missing
    partial: bool

    def grades(self) -> Grades:
        from gabarito.gradebook.export import read_grades

        zero = self.missing is Missing.ZERO
        return read_grades(self.course, self.assignments, missing_is_zero=zero, partial=self.partial)


def _csv(wanted: _Wanted) -> Export:
    from gabarito.gradebook.export import csv_export

    return csv_export(wanted.grades())


_MAKERS: Mapping[Format, Callable[[_Wanted], Export]] = {Format.CSV: _csv}


@app.command(
    epilog="[bold]Examples[/]\n\n"
    "gabarito export ps1 ps2 --to grades.csv\n\n"
    "Exit code 0: it is written. 1: the gradebook doesn't know an assignment. 2: the command was wrong."
)
def export(
    context: typer.Context,
    assignments: Annotated[
        list[str] | None,
        typer.Argument(metavar="ASSIGNMENT", help="Names of assignments. [default: all]", show_default=False),
    ] = None,
    kind: Annotated[Format, typer.Option("--format", help="What reads the file.")] = Format.CSV,
    template: Annotated[
        Path | None, typer.Option("--template", metavar="FILE", help="A file of Canvas or Moodle to fill in.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Where to write it; '-' prints it. [default: by format]")
    ] = None,
    missing: Annotated[
        Missing, typer.Option("--missing", help="What somebody gets who has handed in nothing.")
    ] = Missing.EMPTY,
    partial: Annotated[
        bool, typer.Option("--partial", help="Give points, too, that a person may still change.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write scores to a file for another program."""
    from gabarito.gradebook.export import refuse_unwritable, write_export

    printed = to == Path("-")
    if to is not None and not printed:
        refuse_unwritable(to, force=force)
    made = _MAKERS[kind](_Wanted(course_of(context), tuple(assignments or ()), template, missing, partial))
    if printed:
        typer.echo(made.content, nl=False)
    else:
        to = to or Path(made.name)
        refuse_unwritable(to, force=force)
        write_export(to, made.content)
        tell(stderr, f"{escape(str(to))} is written.")
    for note in made.notes:
        tell(stderr, f"[bold yellow]note:[/] {escape(note)}")
