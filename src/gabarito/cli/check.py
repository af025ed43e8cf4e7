"""`gabarito check`: a student runs the tests of a notebook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gabarito.cli.app import app, console, print_json, tell

if TYPE_CHECKING:
    from rich.console import Console

    from gabarito.exchange.check import Checked, CheckedTest

_LONGEST = 300


@app.command(
    epilog="[bold]Examples[/]\n\n"
    "gabarito check differentiable.ipynb\n\n"
    "%load_ext gabarito, and then %gabarito check, in the notebook itself\n\n"
    "Exit code 0: every test passes. 1: one doesn’t, or the notebook can’t be run. 2: the command was wrong."
)
def check(
    notebook: Annotated[Path, typer.Argument(metavar="NOTEBOOK", help="The .ipynb file, saved.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Run a notebook from top to bottom, and say which of its tests pass.

    It runs like in grading, in a fresh process with the same limits.

    When it is graded, more tests may run than it shows.
    """
    from gabarito.exchange.check import check as run

    checked = run(notebook)
    if as_json:
        print_json(checked)
    else:
        show_checked(checked, console)
    if not checked.passes:
        raise typer.Exit(1)


def show_checked(checked: Checked, to: Console) -> None:
    """Print what the tests said."""
    from rich.markup import escape
    from rich.table import Table

    saved = checked.saved.astimezone()
    to.print(f"[bold]{escape(checked.notebook)}[/], as saved on {saved:%Y-%m-%d at %H:%M:%S}", highlight=False)
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("test")
    table.add_column("outcome")
    table.add_column("points", justify="right")
    table.add_column("")
    for test in checked.tests:
        table.add_row(escape(test.id), _outcome(test), _points(test), escape(_short(test.message)))
    to.print(table)
    for trouble in checked.troubles:
        tell(to, f"[bold red]{escape(trouble.cell)}[/] {trouble.outcome.value}: {escape(_short(trouble.message))}")
    for sentence in checked.noticed:
        tell(to, f"[bold yellow]{escape(sentence)}[/]")
    tell(to, _sum(checked))


def _outcome(test: CheckedTest) -> str:
    return f"[{'green' if test.outcome.value == 'passed' else 'red'}]{test.outcome.value}[/]"


def _points(test: CheckedTest) -> str:
    return f"{'?' if test.points is None else f'{test.points:g}'} of {test.max_points:g}"


def _sum(checked: Checked) -> str:
    passed = sum(test.outcome.value == "passed" for test in checked.tests)
    got, most = sum(t.points or 0.0 for t in checked.tests), sum(t.max_points for t in checked.tests)
    read = {0: "", 1: " One answer is read by a person."}.get(
        checked.manual, f" {checked.manual} answers are read by a person."
    )
    return (
        f"{passed} of {len(checked.tests)} tests pass: {got:g} of {most:g} points. More tests may run when it is "
        f"graded.{read}"
    )


def _short(message: str) -> str:
    first = " ".join(message.split())
    return first if len(first) <= _LONGEST else first[: _LONGEST - 1] + "…"
