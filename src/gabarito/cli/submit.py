"""`gabarito submit`: a student hands in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.markup import escape

from gabarito.cli.app import app, console, echo_json, tell
from gabarito.cli.context import course_of

if TYPE_CHECKING:
    from gabarito.exchange import Receipt


@app.command(
    epilog="[bold]Examples[/]\n\n"
    "gabarito submit differentiable.ipynb --student ana-lima\n\n"
    "gabarito submit differentiable.ipynb --student ana-lima --receipt receipt.json\n\n"
    "gabarito submit work.ipynb --student ana-lima --assignment differentiable --with plot.png\n\n"
    "Exit code 0: it was taken. 1: it was not, see the message. 2: the command was wrong."
)
def submit(
    context: typer.Context,
    notebook: Annotated[Path, typer.Argument(metavar="NOTEBOOK", help="The .ipynb file.", show_default=False)],
    student: Annotated[str, typer.Option("--student", metavar="ID", help="Whose it is.", show_default=False)],
    assignment: Annotated[
        str | None,
        typer.Option(
            "--assignment", metavar="NAME", help="Which one it is; by default found by the notebook’s cells and name."
        ),
    ] = None,
    extra: Annotated[
        list[Path] | None,
        typer.Option(
            "--with", metavar="FILE", help="A file to hand in beside it; repeat for more.", show_default=False
        ),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option("--receipt", metavar="FILE", help="Keep the receipt in this file, too.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the receipt as JSON.")] = False,
) -> None:
    """Hand in a notebook and print a receipt.

    What is missing or changed is said, and the notebook is taken all the same.

    Only a file that can’t be read is not taken.

    An earlier hand-in is kept under submitted/.history.
    """
    from gabarito.errors import UsageError
    from gabarito.exchange import submit as hand_in

    if keep is not None and not keep.absolute().parent.is_dir():
        raise UsageError(f"--receipt names {keep}, but there is no folder {keep.parent}; nothing was handed in")
    receipt = hand_in(course_of(context), notebook, student, assignment=assignment, extra=extra or ())
    told = msgspec.json.format(msgspec.json.encode(receipt), indent=2)
    if keep is not None:
        keep.write_bytes(told + b"\n")
    if as_json:
        echo_json(told.decode())
    else:
        _show(receipt)


def _show(receipt: Receipt) -> None:
    if receipt.repeated:
        tell(console, f"[bold]{escape(receipt.notebook)}[/] is the same as the last hand-in; its time stands.")
    else:
        tell(console, f"[bold green]Handed in[/] [bold]{escape(receipt.notebook)}[/].")
    lines = {
        "student": receipt.student,
        "assignment": receipt.assignment,
        "time": f"{receipt.time:%Y-%m-%d %H:%M:%S} UTC",
        "size": f"{receipt.size:,} bytes",
        "SHA-256": receipt.sha256,
        "kept in": receipt.folder,
        "with": ", ".join(receipt.files),
        "before": receipt.earlier or "",
        "seal": receipt.seal,
    }
    for name, value in lines.items():
        if value:
            console.print(f"  [dim]{name:<10}[/]  {escape(value)}", soft_wrap=True, highlight=False)
    if receipt.noticed:
        console.print("\n[bold yellow]Please look at this:[/]")
    for sentence in receipt.noticed:
        tell(console, escape(sentence), lead="  • ")
