"""`gabarito receipt`: a teaching assistant looks whether a receipt is real."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gabarito.cli.app import app, console, group, print_json, tell
from gabarito.cli.context import course_of

if TYPE_CHECKING:
    from gabarito.exchange.receipt import Verified

receipts = group(
    "Verify what students got for their hand-ins.", epilog="[bold]Example[/]\n\ngabarito receipt verify receipt.json"
)
app.add_typer(receipts, name="receipt")


@receipts.command(
    epilog="[bold]Examples[/]\n\n"
    "gabarito receipt verify receipt.json\n\n"
    "Exit code 0: it is real. 1: it is not, or can’t be read. 2: the command was wrong."
)
def verify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What a student shows.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Say whether this course has given a receipt, and where the notebook is that it speaks of."""
    from gabarito.exchange.receipt import read_receipt
    from gabarito.exchange.receipt import verify as look

    verified = look(course_of(context), read_receipt(file))
    if as_json:
        print_json(verified)
    else:
        _show(verified)
    if not verified.is_ours:
        raise typer.Exit(1)


def _show(verified: Verified) -> None:
    from rich.markup import escape

    receipt = verified.receipt
    said = escape(
        f"{receipt.student} handed in {receipt.notebook} of {receipt.assignment} "
        f"on {receipt.time:%Y-%m-%d at %H:%M:%S} UTC"
    )
    if verified.is_ours:
        tell(console, f"[bold green]real:[/] {said}.")
    elif receipt.seal:
        tell(console, f"[bold red]not real:[/] this course has not said that {said}: something in it was changed.")
    else:
        tell(console, f"[bold red]not sealed:[/] that {said} rests on what is kept alone.")
    if not verified.kept:
        tell(console, "No notebook with this content and time is kept here.")
    for number, folder in enumerate(verified.kept):
        what = "It is what counts now" if number == 0 and verified.is_current else "An earlier hand-in"
        tell(console, f"{what}: {escape(folder)}/{escape(receipt.notebook)}")
