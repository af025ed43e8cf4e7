"""`gabarito collect`: a teaching assistant brings in what a class has handed in elsewhere."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gabarito.cli.app import app, console, print_json, tell
from gabarito.cli.context import assignment_argument, course_of

if TYPE_CHECKING:
    from rich.text import Text

    from gabarito.exchange.collect import Collected, Entry


class _Layout(StrEnum):
    """What `--layout` takes: the layouts of `gabarito.exchange.layouts`, named here so that help stays quick."""

    AUTO = "auto"
    EXCHANGE = "exchange"
    MOODLE = "moodle"
    CANVAS = "canvas"
    SUBMITTED = "submitted"
    PLAIN = "plain"


@app.command(
    epilog="[bold]Examples[/]\n\n"
    "gabarito collect differentiable submissions.zip --dry-run\n\n"
    "gabarito collect differentiable ~/Downloads/moodle.zip --map names.csv\n\n"
    "gabarito collect differentiable /srv/nbgrader/exchange/course/inbound\n\n"
    "Exit code 0: every hand-in is in its place. 1: some are left out, see the last lines, or nothing was taken. "
    "2: the command was wrong."
)
def collect(
    context: typer.Context,
    assignment: Annotated[str, assignment_argument("Name of a released assignment.")],
    source: Annotated[
        Path, typer.Argument(metavar="FILE|DIR", help="A zip archive or a folder of hand-ins.", show_default=False)
    ],
    layout: Annotated[
        _Layout,
        typer.Option(
            "--layout", metavar="LAYOUT", help="moodle, canvas, exchange, submitted or plain; auto to see for itself."
        ),
    ] = _Layout.AUTO,
    mapped: Annotated[
        Path | None,
        typer.Option(
            "--map",
            metavar="FILE.csv",
            help="Who is who: a table with the columns name (as the archive has it) and student; or Moodle’s grading "
            "worksheet.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON, and nothing else.")] = False,
) -> None:
    """Bring in hand-ins from Moodle, Canvas, nbgrader’s exchange or a folder.

    Students are found in the roster: see [bold]gabarito roster[/]. Nobody is guessed.

    A later hand-in takes the place of an earlier one, which is kept under submitted/.history.
    """
    from gabarito.exchange.collect import collect as bring_in
    from gabarito.exchange.layouts import Layout

    chosen = None if layout is _Layout.AUTO else Layout(layout.value)
    collected = bring_in(course_of(context), assignment, source, layout=chosen, mapped=mapped, dry_run=dry_run)
    if as_json:
        print_json(collected)
    else:
        _show(collected)
    if not collected.is_complete:
        raise typer.Exit(1)


def _show(collected: Collected) -> None:
    from gabarito.exchange.collect import Status

    taken = [e for e in collected.entries if e.status not in (Status.UNMATCHED, Status.REFUSED)]
    if taken:
        _show_table(taken)
    _show_counts(collected, taken)
    _show_troubles(collected)


def _show_table(taken: list[Entry]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Student", "Hand-in", "Time (UTC)", ""):
        table.add_column(heading, no_wrap=True, overflow="ellipsis")
    for entry in taken:
        time = f"{entry.time:%Y-%m-%d %H:%M:%S}" if entry.time else "–"
        table.add_row(_text(entry.student), _text(entry.status.value), time, _late(entry))
    console.print(table)
    console.print()


def _show_counts(collected: Collected, taken: list[Entry]) -> None:
    from rich.markup import escape

    from gabarito.exchange.collect import Status

    statuses = collected.by_status()
    counts = ", ".join(f"{statuses[status]} {status.value}" for status in Status if statuses[status])
    would = " (dry run: nothing was written)" if collected.dry_run else ""
    tell(console, f"[bold]{escape(collected.assignment)}[/], laid out as {collected.layout}: {counts}{would}.")
    if late := sum(e.is_late for e in taken):
        due = f"; the due date is {collected.duedate:%Y-%m-%d %H:%M:%S} UTC" if collected.duedate else ""
        tell(console, f"{late} late{due}.")
    if collected.others:
        tell(console, f"Files of other assignments, left alone: {collected.others}.")
    if new := dict.fromkeys(e.student for e in taken if e.is_new):
        tell(console, f"Not in the roster yet, grading adds them: {escape(', '.join(new))}.")


def _show_troubles(collected: Collected) -> None:
    from rich.markup import escape

    for entry in collected.entries:
        for sentence in entry.noticed:
            tell(console, f"[bold yellow]look:[/] {escape(entry.student)}: {escape(sentence)}")
    for entry in collected.entries:
        if entry.message:
            whose = f" ({entry.student})" if entry.student not in ("", entry.found) else ""
            tell(console, f"[bold red]{entry.status.value}:[/] {escape(entry.found + whose)}: {escape(entry.message)}")
    for status, advice in _ADVICE.items():
        if any(e.status == status for e in collected.entries):
            tell(console, advice)


_ADVICE = {
    "unmatched": "Unmatched hand-ins were left out. Say who they are in a table with the columns name,student and "
    "collect again with [bold]--map FILE.csv[/], or put the roster right with [bold]gabarito roster import[/].",
    "refused": "Refused hand-ins were left out; what was collected from these students before stays.",
}


def _text(text: str) -> Text:
    from rich.text import Text

    return Text(text)


def _late(entry: Entry) -> Text:
    if entry.seconds_late:
        return _text(f"late by {timedelta(seconds=round(entry.seconds_late))}")
    return _text("late" if entry.is_late else "")
