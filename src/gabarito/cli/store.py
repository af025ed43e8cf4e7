"""`gabarito store`: the reports that are kept so that nothing is computed twice."""

from __future__ import annotations

from typing import Annotated

import typer

from gabarito.cli.app import app, console, group, print_json, tell
from gabarito.cli.context import Sandbox, course_of

store = group(
    "Look after the reports that are kept so that nothing is computed twice.",
    epilog="[bold]Examples[/]\n\ngabarito store info\n\ngabarito store verify",
)
app.add_typer(store, name="store")
_JSON = typer.Option("--json", help="Print the result as JSON, and nothing else.")


@store.command(
    epilog="[bold]Example[/]\n\ngabarito store info\n\nExit code 0: it is printed. 2: the command was wrong."
)
def info(context: typer.Context, as_json: Annotated[bool, _JSON] = False) -> None:
    """Say where the store is, how many entries it has, and how large it is."""
    from gabarito.grading.store import open_store

    opened = open_store(course_of(context))
    sizes = [path.stat().st_size for path in opened.paths()]
    if as_json:
        print_json({"folder": str(opened.folder), "entries": len(sizes), "bytes": sum(sizes)})
        return
    console.print(f"{opened.folder}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"{_several(len(sizes), 'entry', 'entries')}, {_size(sum(sizes))}", highlight=False)


@store.command(
    epilog="[bold]Examples[/]\n\n"
    "gabarito store gc --dry-run\n\n"
    "gabarito store gc --older-than 30\n\n"
    "Exit code 0: it is done. 1: the gradebook or a file is out of reach. 2: the command was wrong."
)
def gc(
    context: typer.Context,
    older_than: Annotated[
        float, typer.Option("--older-than", metavar="DAYS", min=0, help="Keep what was written in these last days.")
    ] = 0.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Remove the reports that no recorded submission refers to."""
    import msgspec

    from gabarito.gradebook.history import read_bases
    from gabarito.grading.store import open_store, sweep

    course = course_of(context)
    wanted = {basis.stored for basis in read_bases(course)}
    swept = sweep(open_store(course), wanted, older_than=older_than * 86400, dry_run=dry_run)
    if as_json:
        print_json(msgspec.to_builtins(swept) | {"dry_run": dry_run})
        return
    what = _several(swept.removed, "entry", "entries")
    done = "would be removed" if dry_run else "removed"
    console.print(f"{what} {done} ({_size(swept.removed_bytes)}), {swept.kept} kept", highlight=False)


@store.command(
    epilog="[bold]Examples[/]\n\n"
    "gabarito store verify\n\n"
    "gabarito store verify --sample 20\n\n"
    "Exit code 0: all is right. 1: an entry is damaged, or a report came out otherwise. 2: the command was wrong."
)
def verify(
    context: typer.Context,
    sample: Annotated[
        int,
        typer.Option("--sample", metavar="N", min=0, help="Compute so many reports of current submissions again."),
    ] = 0,
    sandbox: Sandbox = "",
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Read every entry, and say which are damaged."""
    import msgspec
    from rich.markup import escape

    from gabarito.grading.store import open_store
    from gabarito.grading.verify import sample as sample_reports
    from gabarito.grading.verify import verify as verify_entries

    course = course_of(context)
    found = verify_entries(open_store(course))
    sampled = sample_reports(course, sample, sandbox=sandbox) if sample else None
    if as_json:
        print_json(
            msgspec.to_builtins(found) | ({"sample": msgspec.to_builtins(sampled)} if sampled is not None else {})
        )
    else:
        console.print(
            f"{_several(found.entries, 'entry', 'entries')} with {found.reports} reports and {found.verdicts} verdicts "
            f"of tests; {len(found.damaged)} damaged",
            highlight=False,
        )
        for path, why in found.damaged:
            tell(console, f"[bold red]damaged:[/] {escape(path)} {escape(why)}; it is computed again when it is needed")
    if sampled is not None and not as_json:
        told = _several(sampled.count, "report", "reports")
        console.print(f"{told} computed again; cells that ended otherwise: {len(sampled.differences)}", highlight=False)
        for d in sampled.differences:
            where = f"{d.assignment}, {d.student}, {d.cell}"
            tell(
                console,
                f"[bold red]otherwise:[/] {escape(where)}: {escape(d.stored)} is stored, {escape(d.found)} was found",
            )
    if found.damaged or (sampled is not None and sampled.differences):
        raise typer.Exit(1)


def _several(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _size(count: int) -> str:
    return f"{count / 2**20:.1f} MiB" if count >= 2**20 else f"{count / 2**10:.1f} KiB"
