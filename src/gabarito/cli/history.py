"""`gabarito history ASSIGNMENT`: every verdict that was another one before, and why it changed."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gabarito.cli.app import app, console, echo_json
from gabarito.cli.context import Students, assignment_argument, course_of
from gabarito.cli.regrade import number

if TYPE_CHECKING:
    from gabarito.gradebook.history import Change


@app.command(
    epilog="[bold]Examples[/]\n\n"
    "gabarito history differentiable\n\n"
    "gabarito history differentiable --student ana --all\n\n"
    "Exit code 0: it is printed. 1: the gradebook can't be read or doesn't know it. 2: the command was wrong."
)
def history(
    context: typer.Context,
    assignment: Annotated[str, assignment_argument("Name of the assignment.")],
    student: Students = None,
    everything: Annotated[bool, typer.Option("--all", help="Show first verdicts, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Show how verdicts have changed: when, from what to what, and why."""
    from gabarito.gradebook.history import read_history

    changes = read_history(course_of(context), assignment, student or ())
    if as_json:
        echo_json(json.dumps([_as_data(change) for change in changes], indent=2, ensure_ascii=False))
        return
    shown = changes if everything else [c for c in changes if not c.is_first]
    if shown:
        _show(shown)
    firsts = len(changes) - len(shown)
    if not changes:
        console.print(f"No verdict of {assignment!r} is known here yet.", highlight=False, markup=False)
    elif not everything:
        told = f"Verdicts that changed: {len(shown)}; first ones, which --all shows: {firsts}."
        console.print(told, highlight=False)


def _as_data(change: Change) -> dict[str, Any]:
    import msgspec

    return {**msgspec.to_builtins(change), "at": f"{change.at.isoformat()}Z"}


def _show(changes: list[Change]) -> None:
    """Print them in groups of the same minute and reason."""
    from rich.markup import escape
    from rich.table import Table
    from rich.text import Text

    several = len({c.notebook for c in changes}) > 1
    for (when, why), group in groupby(changes, key=lambda c: (f"{c.at:%Y-%m-%d %H:%M} UTC", "; ".join(c.why))):
        console.print(f"[bold]{when}[/]: {escape(why)}", highlight=False)
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
        for _ in range(3 if several else 2):
            table.add_column(overflow="fold")
        table.add_column(justify="right")
        table.add_column(overflow="fold")
        for c in group:
            where = (Text(text) for text in (c.student, *([c.notebook] if several else []), c.cell))
            points = f"{number(c.score_before)} → {number(c.score_after)}"
            table.add_row(*where, points, f"{c.outcome_before or '–'} → {c.outcome_after or '–'}")
        console.print(table)
