"""`gabarito image`: the image that workers run in."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from gabarito.cli.app import app, console, echo_json, group, stderr, tell

if TYPE_CHECKING:
    from gabarito.images.check import Checked
    from gabarito.images.listing import Image

image_app = group(
    "Build, list and check the images that workers run in.",
    epilog="[bold]Examples[/]\n\ngabarito image build\n\ngabarito image check",
)
app.add_typer(image_app, name="image")

_Engine = Annotated[
    str | None,
    typer.Option("--engine", metavar="NAME", help="podman or docker; by default the first that is installed."),
]
_Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, and nothing else.")]


@image_app.command(
    epilog="[bold]Examples[/]\n\n"
    "gabarito image build\n\n"
    "gabarito image build --target cuda\n\n"
    "gabarito image build --base localhost/debian-python:bookworm\n\n"
    "Exit code 0: it is built. 1: it is not, see the message. 2: the command was wrong."
)
def build(
    engine: _Engine = None,
    target: Annotated[
        str, typer.Option("--target", metavar="TARGET", help="cpu, or cuda for graphics processors.")
    ] = "cpu",
    base: Annotated[
        str | None,
        typer.Option(
            "--base",
            metavar="IMAGE",
            help="A Debian or Ubuntu with Python to start from; by default Python's public image.",
        ),
    ] = None,
    tag: Annotated[
        str | None,
        typer.Option("--tag", metavar="NAME", help="Name of the new image; by default localhost/gabarito:TARGET."),
    ] = None,
) -> None:
    """Build the image of this version of gabarito.

    The first time it takes minutes. Later, only what has changed is made anew.
    """
    from gabarito.images.build import build_image

    with stderr.status("building") as status:

        def show(line: str) -> None:
            if line.strip():
                status.update(escape(line.strip()[: max(20, stderr.width - 4)]))

        built = build_image(target, engine=engine, base=base, tag=tag, on_line=show)
    tell(console, f"[bold]{escape(built.reference)}[/]: built with {built.engine} in {built.wall_seconds:.0f} s")


@image_app.command(
    "list",
    epilog="[bold]Examples[/]\n\ngabarito image list\n\ngabarito image list --json\n\n"
    "Exit code 0: the list is printed, be it empty. 1: the engine failed. 2: the command was wrong.",
)
def list_(engine: _Engine = None, as_json: _Json = False) -> None:
    """List the images that gabarito built on this machine."""
    from gabarito.images.listing import list_images
    from gabarito.images.program import pick_program

    images = list_images(pick_program(engine))
    if as_json:
        echo_json(json.dumps([_as_data(i) for i in images], indent=2))
    elif not images:
        console.print("There is no image yet; run 'gabarito image build'.")
    else:
        _show_images(images)


@image_app.command(
    epilog="[bold]Examples[/]\n\ngabarito image check\n\ngabarito image check localhost/gabarito:cuda\n\n"
    "Exit code 0: all is as it should be. 1: something is not, or there is no such image. 2: the command was wrong."
)
def check(
    image: Annotated[
        str | None,
        typer.Argument(metavar="[IMAGE]", help="The image; by default localhost/gabarito:cpu.", show_default=False),
    ] = None,
    engine: _Engine = None,
    as_json: _Json = False,
) -> None:
    """Check that an image was built from this gabarito, and look into it."""
    from gabarito.images.check import check_image
    from gabarito.images.program import pick_program

    checked = check_image(pick_program(engine), image)
    if as_json:
        findings = [asdict(f) for f in checked.findings]
        told = {**_as_data(checked.image), "good": checked.is_good, "findings": findings}
        echo_json(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        _show_check(checked)
    if not checked.is_good:
        raise typer.Exit(1)


def _as_data(image: Image) -> dict[str, Any]:
    return {
        "reference": image.reference,
        "id": image.id,
        "target": image.target,
        "version": image.version,
        "created": image.created,
        "bytes": image.bytes,
        "current": image.is_current,
    }


def _show_images(images: list[Image]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("image", "target", "version", "built"):
        table.add_column(name, overflow="fold", no_wrap=name == "image")
    table.add_column("size", justify="right")
    table.add_column("")
    for image in images:
        size = f"{image.bytes / 1e9:.1f} GB"
        state = "up to date" if image.is_current else "outdated"
        row = (image.reference, image.target, image.version, image.created[:16].replace("T", " "), size, state)
        table.add_row(*(escape(cell) for cell in row))
    console.print(table)
    outdated = sorted({image.target for image in images if not image.is_current})
    for target in outdated:
        console.print(f"Run 'gabarito image build --target {escape(target)}' to make it anew.", highlight=False)


def _show_check(checked: Checked) -> None:
    from rich.table import Table

    image = checked.image
    console.print(f"[bold]{escape(image.reference)}[/], {image.bytes / 1e9:.1f} GB", highlight=False)
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column()
    for finding in checked.findings:
        mark = "[bold red]wrong[/]" if finding.problem else "[green]ok[/]"
        told = f"{finding.what}: {finding.problem}" if finding.problem else finding.what
        table.add_row(mark, escape(told))
    console.print(table)
