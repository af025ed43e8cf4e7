"""`gabarito roster`: the students of the course."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gabarito.cli.app import app, console, group, print_json, tell
from gabarito.cli.context import course_of

if TYPE_CHECKING:
    from gabarito.gradebook.roster import Imported

rosters = group(
    "Who is in the course: the students of the gradebook.",
    epilog="[bold]Examples[/]\n\ngabarito roster import students.csv --dry-run\n\ngabarito roster list",
)
app.add_typer(rosters, name="roster")

_Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, and nothing else.")]


@rosters.command(
    name="import",
    epilog="[bold]Examples[/]\n\n"
    "gabarito roster import students.csv --dry-run\n\n"
    "gabarito roster import participants.csv --id 'Email address'\n\n"
    "Exit code 0: it is done. 1: a line is wrong, or a student can’t be removed; then nothing is written. "
    "2: the command was wrong.",
)
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="A table of students.", show_default=False)],
    id_column: Annotated[
        str,
        typer.Option(
            "--id",
            metavar="COLUMN",
            help="The column of student ids; by default id, SIS Login ID, Username or ID number.",
            show_default=False,
        ),
    ] = "",
    remove_missing: Annotated[
        bool,
        typer.Option(
            "--remove-missing",
            help="Remove students who are not in it; refused where the gradebook has work of theirs.",
        ),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and write nothing.")] = False,
    as_json: _Json = False,
) -> None:
    """Add students, or bring their names and addresses up to date.

    The table is one of nbgrader’s (id,first_name,last_name,email,lms_user_id), or an export of Canvas or Moodle.
    """
    from gabarito.gradebook.roster import import_people, read_people

    course = course_of(context)
    imported = import_people(course, read_people(file, id_column), remove_missing=remove_missing, dry_run=dry_run)
    if as_json:
        print_json(imported)
    else:
        _show(imported)


@rosters.command(
    name="list",
    epilog="[bold]Examples[/]\n\ngabarito roster list\n\ngabarito roster list --json\n\nExit code 0: it is printed.",
)
def list_(context: typer.Context, as_json: _Json = False) -> None:
    """Show the students of the gradebook."""
    import msgspec
    from rich.table import Table
    from rich.text import Text

    from gabarito.gradebook.roster import Person, read_roster

    people = read_roster(course_of(context))
    if as_json:
        print_json(people)
        return
    if not people:
        tell(console, "The roster is empty; run [bold]gabarito roster import FILE.csv[/].")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in Person.__struct_fields__:
        table.add_column(heading, overflow="fold")
    for person in people:
        table.add_row(*(Text(value) for value in msgspec.structs.astuple(person)))
    console.print(table)
    console.print(f"\nStudents: {len(people)}", highlight=False)


def _show(imported: Imported) -> None:
    from rich.markup import escape

    for person in imported.added:
        name = f"{person.first_name} {person.last_name}".strip()
        tell(console, f"[green]new[/]      {escape(person.id)}{f' ({escape(name)})' if name else ''}")
    for change in imported.updated:
        told = ", ".join(f"{name}: {was!r} → {becomes!r}" for name, (was, becomes) in change.fields.items())
        tell(console, f"[yellow]changed[/]  {escape(change.id)}: {escape(told)}")
    for student in imported.removed:
        tell(console, f"[red]removed[/]  {escape(student)}")
    would = " (dry run: nothing was written)" if imported.dry_run else ""
    tell(
        console,
        f"{len(imported.added)} new, {len(imported.updated)} changed, {imported.unchanged} as they were, "
        f"{len(imported.removed)} removed{would}.",
    )
    if kept := [i for i in imported.missing if i not in imported.removed]:
        tell(console, f"In the roster, but not in the table; they stay: {escape(', '.join(kept))}.")
