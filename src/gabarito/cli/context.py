"""What a command takes from its place in the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from gabarito.course import Course


Students = Annotated[
    list[str] | None, typer.Option("--student", metavar="ID", help="Only this student. Repeat it for more.")
]

Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", metavar="N", min=1, help="Notebooks at the same time; one for each core by default."),
]

Gpus = Annotated[
    str | None,
    typer.Option(
        "--gpus",
        metavar="GPUS",
        help="GPUs to use: [bold]auto[/], [bold]none[/], or indexes such as [bold]0,1[/]; as c.Gabarito.gpus says "
        "by default.",
        show_default=False,
    ),
]

Sandbox = Annotated[
    str,
    typer.Option(
        "--sandbox",
        metavar="NAME",
        help="What notebooks run in: podman, docker, bubblewrap, apptainer, process; auto for the strongest.",
    ),
]


def assignment_argument(what: str, *, show_default: bool = False) -> Any:
    """The argument that names an assignment; `what` is said of it in the help."""
    return typer.Argument(metavar="ASSIGNMENT", help=what, show_default=show_default, callback=without_slash)


def without_slash(name: str) -> str:
    """The name of a folder, as a shell completes it."""
    return name.rstrip("/") or name


def course_of(context: typer.Context) -> Course:
    """The course that `--course` named, or the nearest one upwards.

    Raises:
        CourseError: there is none.
    """
    from gabarito.course import find_course, load_course

    named: Path | None = context.obj
    return load_course(named) if named is not None else find_course(Path.cwd())
