"""The `gabarito` command and what all its sub-commands share."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gabarito import __version__
from gabarito.errors import GabaritoError

COMMANDS = ("release", "submit", "grade", "feedback", "report", "demo")

app = typer.Typer(
    name="gabarito",
    help="Release assignments, grade what comes back in isolation, record scores, write feedback.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
console = Console()
stderr = Console(stderr=True)


def _version(show: bool) -> None:
    if show:
        typer.echo(f"gabarito {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    course: Annotated[
        Path | None,
        typer.Option(
            "--course",
            metavar="DIR",
            help="The course folder; by default the nearest folder upwards with an nbgrader_config.py.",
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    context.obj = course


def main() -> None:
    """Run the command line; errors raised on purpose become one message and an exit code."""
    for command in COMMANDS:
        importlib.import_module(f"gabarito.cli.{command}")
    try:
        app()
    except GabaritoError as e:
        stderr.print(f"[bold red]error:[/] {_escape(str(e))}", soft_wrap=True)
        sys.exit(e.exit_code)


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(text)
