"""`gabarito doctor`: what this machine offers, and whether a sandbox holds what it promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from gabarito.cli.app import SECURITY_PAGE, app, console, print_json, stderr, tell

if TYPE_CHECKING:
    from gabarito.engine.conformance import Finding
    from gabarito.engine.machine import Machine
    from gabarito.engine.sandbox import Choice

_COLOURS = {"held": "green", "broken": "bold red", "not held": "yellow"}


@app.command(
    epilog="[bold]Examples[/]\n\n"
    "gabarito doctor\n\n"
    "gabarito doctor --sandbox podman\n\n"
    "Exit code 0: all is held, or the sandbox says itself what isn’t. 1: a promise is broken, or the sandbox can’t be "
    "used. 2: the command was wrong."
)
def doctor(
    context: typer.Context,
    sandbox: Annotated[
        str,
        typer.Option(
            "--sandbox",
            metavar="NAME",
            help="Try every promise of this one: podman, docker, bubblewrap, apptainer, process, or auto.",
        ),
    ] = "",
    image: Annotated[
        str,
        typer.Option(
            "--image",
            metavar="IMAGE",
            help="What containers run; by default the course’s image, or the one that gabarito builds.",
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON, and nothing else.")] = False,
) -> None:
    """Say what this machine offers, or try whether a sandbox holds what it promises."""
    image = image or _image_of_course(context)
    if sandbox:
        _try(sandbox, image, as_json=as_json)
    else:
        _look(image, as_json=as_json)


def _image_of_course(context: typer.Context) -> str:
    """What the course says, where there is one: it needs none."""
    from gabarito.cli.context import course_of
    from gabarito.errors import CourseError

    try:
        return str(course_of(context).options.image)
    except CourseError:
        if context.obj is not None:
            raise
        return ""


def _look(image: str, *, as_json: bool) -> None:
    from gabarito.engine.machine import look_at_machine
    from gabarito.engine.sandbox import AUTO, choose_sandbox

    machine, choice = look_at_machine(), choose_sandbox(AUTO, image)
    if as_json:
        import msgspec

        told = msgspec.to_builtins(machine) | _of_choice(choice)
        print_json(told)
    else:
        _show_machine(machine)
        _show_choice(choice)


def _of_choice(choice: Choice) -> dict[str, object]:
    return {
        "sandbox": choice.sandbox.name,
        "image": choice.sandbox.image,
        "lacks": dict(choice.sandbox.lacks),
        "passed_over": dict(choice.passed_over),
    }


def _show_machine(machine: Machine) -> None:
    from rich.table import Table
    from rich.text import Text

    programs = [f"{name} {version}" for name, version in machine.programs.items()]
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in (
        ("gabarito", machine.gabarito),
        ("Python", machine.python),
        ("system", f"{machine.system}, user {machine.user}{' (root)' if machine.user == 0 else ''}"),
        ("programs", "\n".join(programs) or "none of podman, docker, bwrap, apptainer"),
        ("system calls", f"filtered by {machine.filter}" if machine.filter.startswith("lib") else machine.filter),
        ("user namespaces", machine.user_namespaces),
        ("control groups", machine.control_groups),
        ("GPUs", "\n".join(machine.gpus) or "none"),
        ("memory", f"{_gib(machine.memory_free_mib)} of {_gib(machine.memory_mib)} free"),
        ("disk", f"{_gib(machine.disk_free_mib)} free for temporary files"),
        ("processors", str(machine.processors)),
    ):
        table.add_row(Text(name), Text(value))
    console.print(table)


def _show_choice(choice: Choice) -> None:
    from rich.markup import escape

    console.print()
    tell(console, f"[bold]sandbox[/]: --sandbox auto takes {choice.sandbox.name}")
    for sentence in dict.fromkeys(choice.sandbox.lacks.values()):
        tell(console, escape(sentence), lead="  · ")
    for name, reason in choice.passed_over:
        tell(console, f"not {name}: {escape(reason)}", lead="  · ")
    tell(console, f"'gabarito doctor --sandbox {choice.sandbox.name}' tries whether it holds what it promises.")


def _try(name: str, image: str, *, as_json: bool) -> None:
    import msgspec

    from gabarito.engine.conformance import PROMISES, Verdict, try_sandbox
    from gabarito.engine.sandbox import choose_sandbox

    sandbox = choose_sandbox(name, image).sandbox
    with stderr.status("") as status:
        done: list[Finding] = []

        def on_finding(finding: Finding) -> None:
            done.append(finding)
            status.update(f"{len(done)} of {len(PROMISES)} promises tried")

        if as_json:
            status.stop()
        findings = try_sandbox(sandbox, on_finding=on_finding)
    if as_json:
        told = {"sandbox": sandbox.name, "image": sandbox.image, "promises": msgspec.to_builtins(findings)}
        print_json(told)
    else:
        _show_findings(sandbox.name, findings)
    if any(f.verdict is Verdict.BROKEN for f in findings):
        raise typer.Exit(1)


def _show_findings(name: str, findings: Sequence[Finding]) -> None:
    from rich.table import Table
    from rich.text import Text

    from gabarito.engine.conformance import Verdict

    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("promise", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("what was seen", overflow="fold")
    for f in findings:
        told = f.lack if f.verdict is Verdict.NOT_HELD else f.seen
        table.add_row(Text(f.promise), Text(f.verdict.value, style=_COLOURS[f.verdict.value]), Text(told))
    console.print(table)
    console.print()
    counts = Counter(f.verdict for f in findings)
    tell(console, f"[bold]{name}[/]: {', '.join(f'{counts[v]} {v.value}' for v in Verdict if counts[v])}")
    for f in findings:
        if f.verdict is Verdict.BROKEN:
            tell(console, f"[bold red]broken:[/] {f.promise}. {f.sentence}")
    if counts[Verdict.BROKEN]:
        tell(console, f"Don’t grade in {name} on this machine before that is mended; see {SECURITY_PAGE}.")


def _gib(mebibytes: int) -> str:
    return f"{mebibytes / 1024:.1f} GiB"
