"""`gabarito import-otter`: an otter notebook as a source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from gabarito.cli.app import app, console, echo_json, tell
from gabarito.cli.context import course_of

if TYPE_CHECKING:
    from gabarito.course import Course
    from gabarito.release.import_otter import Imported


@app.command(
    "import-otter",
    epilog="[bold]Examples[/]\n\n"
    "gabarito import-otter hw01.ipynb\n\n"
    "gabarito import-otter old/hw01.ipynb --as vectors --force\n\n"
    "Exit code 0: it is written. 1: it is not, see the message. 2: the command was wrong.",
)
def import_otter(
    context: typer.Context,
    notebook: Annotated[
        Path, typer.Argument(metavar="NOTEBOOK", help="The notebook for 'otter assign'.", show_default=False)
    ],
    assignment: Annotated[
        str, typer.Option("--as", metavar="ASSIGNMENT", help="What it is called here; by default as the file.")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Turn an instructor’s notebook for otter assign into one for gabarito release.

    Writes source/ASSIGNMENT, with the files that the notebook names.

    What can’t be carried over is said, by cell; what can’t be understood is refused.
    """
    from gabarito.release.import_otter import import_otter as bring

    course = course_of(context)
    done = bring(course, notebook, assignment, force=force)
    if as_json:
        echo_json(json.dumps(_plain(done, course), indent=2, ensure_ascii=False))
    else:
        _show(done, course)


def _plain(done: Imported, course: Course) -> dict[str, object]:
    return {
        "assignment": done.assignment,
        "questions": done.questions,
        "points": done.points,
        "notes": [{"cell": note.cell or None, "message": note.message} for note in done.notes],
        "written": [_short(path, course) for path in done.written],
    }


def _short(path: Path, course: Course) -> str:
    return str(path.relative_to(course.root)) if path.is_relative_to(course.root) else str(path)


def _show(done: Imported, course: Course) -> None:
    questions = "1 question" if done.questions == 1 else f"{done.questions} questions"
    tell(console, f"Imported [bold]{escape(done.assignment)}[/], {questions}, {done.points:g} points:")
    for path in done.written:
        console.print(f"  {escape(_short(path, course))}", soft_wrap=True)
    if done.notes:
        console.print("\n[bold yellow]Please look at this:[/]")
    for note in done.notes:
        tell(console, escape(str(note)), lead="  • ")
    tell(console, f"\nNext: [bold]gabarito release {escape(done.assignment)}[/]")
