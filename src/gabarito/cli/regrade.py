"""`gabarito regrade ASSIGNMENT`: grade again, after a look at who gains and who loses what."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gabarito.cli.app import app, console, print_json, stderr, tell
from gabarito.cli.context import Gpus, Jobs, Sandbox, Students, assignment_argument, course_of
from gabarito.cli.grade import as_data, show_run
from gabarito.cli.progress import progress_bar
from gabarito.errors import UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from gabarito.grading.preview import Preview


@app.command(
    epilog="[bold]Examples[/]\n\n"
    "gabarito regrade differentiable --diff\n\n"
    "gabarito regrade differentiable --yes\n\n"
    "Exit code 0: it is shown, or recorded. 1: something needs a person, or you said no. 2: the command was wrong."
)
def regrade(
    context: typer.Context,
    assignment: Annotated[str, assignment_argument("Name of a released assignment.")],
    diff: Annotated[bool, typer.Option("--diff", help="Only show what would change; nothing is recorded.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Record it without asking.")] = False,
    student: Students = None,
    jobs: Jobs = None,
    gpus: Gpus = None,
    sandbox: Sandbox = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON, and nothing else.")] = False,
) -> None:
    """Grade again what has changed, and show first who gains and who loses what."""
    from gabarito.grading.bulk import grade
    from gabarito.grading.preview import preview

    if diff and yes:
        raise UsageError("--diff and --yes exclude each other; give one of them")
    if not diff and not yes and (as_json or not sys.stdin.isatty()):
        raise UsageError("nobody can be asked here whether to record it; add --yes to record it, or --diff to look")
    course = course_of(context)
    options: dict[str, Any] = {"students": student or (), "workers": jobs, "gpus": gpus, "sandbox": sandbox}
    with progress_bar(hidden=as_json) as (on_start, on_graded):
        found = preview(course, assignment, on_start=on_start, on_graded=on_graded, **options)
    if not as_json:
        show_preview(found)
    if diff:
        if as_json:
            print_json(_preview_as_data(found))
        raise typer.Exit(0 if found.run.is_complete and not found.run.problems() else 1)
    if not yes and found.tests and not typer.confirm("Record this?", err=True):
        tell(stderr, "nothing was recorded; the reports are kept, so doing it later costs nothing")
        raise typer.Exit(1)
    with progress_bar(hidden=as_json) as (on_start, on_graded):
        run = grade(course, assignment, on_start=on_start, on_graded=on_graded, **options)
    if as_json:
        print_json(_preview_as_data(found) | {"run": as_data(run)})
    else:
        show_run(run)
    raise typer.Exit(0 if run.is_complete and not run.problems() else 1)


def show_preview(found: Preview) -> None:
    """Print what would change, test by test and in total."""
    from rich.markup import escape

    run = found.run
    for each in run.submissions:
        if each.message:
            tell(console, f"[bold red]{each.status.value}:[/] {escape(each.student)}: {escape(each.message)}")
    for problem in run.problems():
        tell(console, f"[bold red]mend the tests:[/] {escape(problem)}")
    if not found.tests:
        console.print(f"No verdict of [bold]{escape(run.assignment)}[/] changes.", highlight=False)
        return
    console.print(_tests(found))
    console.print(_totals(found))
    new = sum(t.before is None for t in found.totals)
    same = sum(not s.message for s in run.submissions) - len(found.gain) - len(found.lose) - new
    told = [f"{len(found.gain)} up", f"{len(found.lose)} down", f"{same} the same", *([f"{new} new"] if new else [])]
    console.print(f"[bold]{escape(run.assignment)}[/], totals: {', '.join(told)}.", highlight=False)
    if any(t.by_hand for t in found.tests):
        console.print("✎  a person's points count there, and stay.")


def _tests(found: Preview) -> Table:
    from rich.table import Table
    from rich.text import Text

    several = len({t.notebook for t in found.tests}) > 1
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Student", *(["Notebook"] if several else []), "Test"):
        table.add_column(name, overflow="fold")
    table.add_column("Points", justify="right", no_wrap=True)
    table.add_column("Outcome", no_wrap=True)
    for t in found.tests:
        points = f"{number(t.points_before)} → {number(t.points_after)}{' ✎' if t.by_hand else ''}"
        outcome = f"{t.outcome_before or '?'} → {t.outcome_after}"
        style = "green" if (t.points_after or 0) > (t.points_before or 0) else "red"
        style = "" if t.by_hand or t.points_after == t.points_before else style
        where = [Text(t.student), *([Text(t.notebook)] if several else []), Text(t.cell)]
        table.add_row(*where, Text(points, style=style), outcome)
    return table


def _totals(found: Preview) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Student", overflow="fold")
    table.add_column("Total", justify="right", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    for t in found.totals:
        by = "" if t.before is None or t.after == t.before else f"{t.after - t.before:+.6g}"
        style = "green" if by.startswith("+") else "red"
        table.add_row(Text(t.student), f"{number(t.before)} → {number(t.after)}", Text(by, style=style))
    return table


def number(points: float | None) -> str:
    """Points as text; a dash where there are none."""
    return "–" if points is None else f"{points:.6g}"


def _preview_as_data(found: Preview) -> dict[str, Any]:
    import msgspec

    run = found.run
    return {
        "assignment": run.assignment,
        "tests": msgspec.to_builtins(found.tests),
        "totals": msgspec.to_builtins(found.totals),
        "gain": found.gain,
        "lose": found.lose,
        "statuses": {status.value: count for status, count in run.by_status().items()},
        "not_graded": {s.student: s.message for s in run.submissions if s.message},
        "reused": run.reused,
        "shortened": run.shortened,
        "shared": run.shared,
        "spared": run.spared,
    }
