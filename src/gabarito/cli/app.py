"""The `gabarito` command and what all its sub-commands share."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.segment import Segment
from rich.text import Text
from typer.core import TyperGroup

from gabarito import __version__
from gabarito.errors import GabaritoError, reason

COMMANDS = (
    *("release", "audit", "check", "submit", "receipt", "roster", "collect", "grade", "regrade", "feedback"),
    *("report", "history", "store", "export", "import-otter", "image", "doctor", "demo"),
)
SECURITY_PAGE = "docs/security.md"

_INTERRUPTED = 130  # what shells give for Ctrl-C, and typer too


class Group(TyperGroup):
    """Commands whose help doesn't write `<bool>` behind every flag."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        found = super().get_command(ctx, cmd_name)
        if found is not None:
            _hide_types_of_flags(found.get_params(ctx))
        return found

    def get_params(self, ctx: Any) -> Any:
        return _hide_types_of_flags(super().get_params(ctx))


def _hide_types_of_flags(parameters: Any) -> Any:
    for parameter in parameters:
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""
    return parameters


def group(help: str, **more: Any) -> typer.Typer:  # noqa: A002 (typer's own name)
    """A group of commands; `more` as typer has it."""
    return typer.Typer(
        cls=Group,
        help=help,
        no_args_is_help=True,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
        **more,
    )


app = group(
    "Release assignments, grade what comes back in isolation, record scores, write feedback.",
    name="gabarito",
    pretty_exceptions_enable=False,
)
# What a terminal obeys, as signs that say so: names of files, messages and the like are not ours.
_SIGNS = (
    {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"}
    | {127: 0x2421}
    | dict.fromkeys(range(128, 160), 0xFFFD)
)


# The same within JSON, where only strings can hold them, and those below 32 are written so anyway.
_ESCAPED = re.compile("[\x7f-\x9f]")


class TameConsole(Console):
    """A console whose terminal obeys nobody but us."""

    def render_str(self, text: str, **options: Any) -> Text:
        """The text as it is printed, whatever it is part of."""
        return super().render_str(tame(text), **options)

    def render(self, renderable: Any, options: Any = None) -> Iterator[Segment]:
        """What is printed, piece by piece: a `Text` may hold signs of others, too."""
        for piece in super().render(renderable, options):
            yield piece if piece.is_control else Segment(tame(piece.text), piece.style)


def tame(text: str) -> str:
    """The text with signs in the place of what a terminal obeys."""
    return text.translate(_SIGNS)


console = TameConsole()
stderr = TameConsole(stderr=True)


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
    _spare_imports()
    try:
        for command in COMMANDS:
            importlib.import_module(f"gabarito.cli.{command.replace('-', '_')}")
        app()
    except GabaritoError as e:
        _stop(str(e), e.exit_code)
    except KeyboardInterrupt:
        sys.exit(_interrupted())
    except OSError as e:
        _stop(reason(e), 1)
    except SystemExit as e:
        if e.code == _INTERRUPTED:
            _interrupted()
        raise


def _spare_imports() -> None:
    """Keep out what others import of their own accord, for longer than most commands take, and no command uses."""
    # nbformat's validator checks addresses with it, and no notebook has one where the schema asks for one.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    # `import nbgrader` imports these for Jupyter's server, with the server's own packages.
    for name in ("assignment_list", "course_list", "formgrader", "validate_assignment"):
        extension = ModuleType(f"nbgrader.server_extensions.{name}")
        extension.load_jupyter_server_extension = None  # type: ignore[attr-defined]
        sys.modules.setdefault(extension.__name__, extension)


def _stop(message: str, code: int) -> NoReturn:
    first, *more = message.split("\n")
    tell(stderr, f"[bold red]error:[/] {escape(first)}")
    for line in more:
        tell(stderr, escape(line.lstrip()), lead=" " * (len(line) - len(line.lstrip())))
    sys.exit(code)


def _interrupted() -> int:
    tell(stderr, "stopped; nothing is left half done: run the command again to go on")
    return _INTERRUPTED


def print_json(value: Any) -> None:
    """Print it as indented JSON, and nothing else."""
    import msgspec

    echo_json(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def echo_json(text: str) -> None:
    """Print JSON so that no terminal obeys what is in it; it says the same."""
    typer.echo(_ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def echo_file(content: bytes) -> None:
    """Print what is meant for a file: as it is, unless a terminal shows it."""
    if sys.stdout.isatty():
        typer.echo(tame(content.decode(errors="replace").replace("\r\n", "\n")), nl=False)
    else:
        typer.echo(content, nl=False)


def tell(to: Console, markup: str, *, lead: str = "") -> None:
    """Print a paragraph after `lead`: on a terminal wrapped between words and indented, elsewhere as one line.

    A notebook shows what is printed like a terminal.
    """
    text = Text.from_markup(tame(markup))
    if not to.is_terminal and not to.is_jupyter:
        to.print(Text(lead) + text, soft_wrap=True)
        return
    for number, line in enumerate(text.wrap(to, max(20, to.width - len(lead)))):
        line.rstrip()
        to.print(Text(lead if number == 0 else " " * len(lead)) + line, soft_wrap=True)
