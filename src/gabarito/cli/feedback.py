"""`gabarito feedback`: one HTML page for each graded notebook."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from gabarito.cli.app import app, console, echo_json, stderr, tell
from gabarito.cli.context import assignment_argument, course_of

if TYPE_CHECKING:
    from gabarito.gradebook.feedback import Feedback


@app.command(
    epilog="[bold]Examples[/]\n\n"
    "gabarito feedback differentiable\n\n"
    "gabarito feedback differentiable --student ana --student bo\n\n"
    "Exit code 0: every page is written. 1: one is not, see the message. 2: the command was wrong."
)
def feedback(
    context: typer.Context,
    assignment: Annotated[str, assignment_argument("Name of the assignment.")],
    students: Annotated[
        list[str] | None,
        typer.Option("--student", metavar="ID", help="Only this student; may be given several times. All by default."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write a page for each student, with scores, comments and outputs.

    Of a hidden test it shows the title, never the code.

    The pages are feedback/ID/ASSIGNMENT/*.html in the course folder and need no network.
    """
    from gabarito.gradebook.feedback import write_feedback

    course = course_of(context)
    written = list(write_feedback(course, assignment, students or ()))
    if as_json:
        echo_json(json.dumps([_as_data(f) for f in written], indent=2, ensure_ascii=False))
    else:
        pages = sum(len(f.pages) for f in written)
        where = (
            course.feedback.relative_to(course.root) if course.feedback.is_relative_to(course.root) else course.feedback
        )
        if not written:
            tell(console, f"No submission of {assignment} has been graded; run 'gabarito grade {assignment}' first.")
        else:
            console.print(f"{_count(pages, 'page')} for {_count(len(written), 'student')} in {where}/", highlight=False)
    for problem in (f.problem for f in written if f.problem):
        tell(stderr, f"[bold red]not written:[/] {escape(problem)}")
    if any(f.problem for f in written):
        raise typer.Exit(1)


def _as_data(written: Feedback) -> dict[str, object]:
    return {"student": written.student, "pages": [str(p) for p in written.pages], "problem": written.problem or None}


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
