"""The `gabarito` command and what all its sub-commands share."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from gabarito import __version__
from gabarito.errors import GabaritoError

COMMANDS = ("release", "submit", "grade", "feedback", "report", "demo")

_INTERRUPTED = 130  # what shells give for Ctrl-C, and typer too

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
    try:
        for command in COMMANDS:
            importlib.import_module(f"gabarito.cli.{command}")
        app()
    except GabaritoError as e:
        _stop(str(e), e.exit_code)
    except KeyboardInterrupt:
        sys.exit(_interrupted())
    except OSError as e:
        _stop(f"{e.filename}: {e.strerror}" if e.filename and e.strerror else str(e), 1)
    except SystemExit as e:
        if e.code == _INTERRUPTED:
            _interrupted()
        raise


def _stop(message: str, code: int) -> NoReturn:
    stderr.print(f"[bold red]error:[/] {_escape(message)}", soft_wrap=True, highlight=False)
    sys.exit(code)


def _interrupted() -> int:
    stderr.print("stopped; nothing is left half done: run the command again to go on", soft_wrap=True)
    return _INTERRUPTED


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(text)
