"""`gabarito release`: from an instructor's notebooks to what students get."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from gabarito.cli.app import SECURITY_PAGE, app, console, echo_json, tell
from gabarito.cli.context import Sandbox, assignment_argument, course_of
from gabarito.errors import SourceError

if TYPE_CHECKING:
    from gabarito.course import Course
    from gabarito.model import Mode
    from gabarito.notebook.lint import Finding
    from gabarito.release import Release, ReleasedCell


_HELP = (
    "Make the students’ version of an assignment.\n\n"
    "Checks the notebooks under source/ASSIGNMENT and runs them, with your solution and without any. Then writes "
    "release/ASSIGNMENT, without solutions and hidden tests; grader_tests/ASSIGNMENT, the record and every test, "
    "which students never get; and the gradebook. Where something is wrong, nothing is written.\n\n"
    "A short audit of the tests is part of it; [bold]gabarito audit[/] is the long one."
)
_EPILOG = (
    "[bold]Examples[/]\n\n"
    "gabarito release differentiable\n\n"
    "gabarito release differentiable --strict\n\n"
    "Exit code 0: it is released. 1: it is not, see the message. 2: the command was wrong."
)


@app.command(help=_HELP, epilog=_EPILOG)
def release(
    context: typer.Context,
    assignment: Annotated[str, assignment_argument("Name of a folder under source/.")],
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Release it even where your own solution misses points, or more is wrong that nbgrader lets pass.",
        ),
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse what would only be warned of.")] = False,
    sandbox: Sandbox = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Make the students' version of an assignment."""
    from gabarito.audit.short import short_audit
    from gabarito.release import release as make

    course = course_of(context)
    options: dict[str, Any] = {"force": force, "strict": strict, "sandbox": sandbox, "inspect": short_audit}
    try:
        if as_json:
            done = make(course, assignment, **options)
        else:
            with console.status(f"Releasing {escape(assignment)}…"):
                done = make(course, assignment, **options)
    except SourceError as e:
        if not as_json:
            raise
        echo_json(_dump({"assignment": assignment, "released": False, "error": str(e), "findings": _all(e.findings)}))
        raise typer.Exit(e.exit_code) from None
    if as_json:
        echo_json(_dump(_plain(done, course)))
    else:
        _show(done, course)


def _dump(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _all(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    return [asdict(finding) | {"place": finding.place} for finding in findings]


def _plain(done: Release, course: Course) -> dict[str, Any]:
    return {
        "assignment": done.assignment,
        "released": True,
        "notebooks": list(done.notebooks),
        "points": done.points,
        "cells": [asdict(cell) for cell in done.cells],
        "beginnings": {
            notebook.name: {"cells": list(notebook.beginning), "alone": notebook.alone}
            for notebook in (done.contract.notebooks if done.contract is not None else ())
        },
        "modes": {mode.value: count for mode, count in _modes(done).items()},
        "weak_lines": [asdict(w) | {"meaning": w.meaning, "advice": w.advice} for w in done.weak_lines],
        "findings": _all(done.findings),
        "submissions": done.submissions,
        "written": [_short(path, course) for path in done.written],
    }


def _modes(done: Release) -> Counter[Mode]:
    """How many tests run in each mode."""
    return Counter(cell.mode for cell in done.cells if cell.mode is not None)


def _short(path: Any, course: Course) -> str:
    return str(path.relative_to(course.root)) if path.is_relative_to(course.root) else str(path)


def _show(done: Release, course: Course) -> None:
    for notebook in done.notebooks:
        console.print(_table([c for c in done.cells if c.notebook == notebook], f"{notebook}.ipynb"))
    console.print("[dim]solved: points of your own solution; empty: points without any answer[/]\n")
    _show_modes(done)
    _show_weak_lines(done)
    for finding in done.findings:
        tell(console, f"[bold yellow]warning:[/] {escape(str(finding))}")
    if done.findings:
        console.print()
    _show_written(done, course)
    if done.submissions:
        many = "1 submission is" if done.submissions == 1 else f"{done.submissions} submissions are"
        tell(
            console,
            f"{many} in the gradebook, scored by the earlier release; "
            f"[bold]gabarito grade {escape(done.assignment)}[/] scores them by this one.",
        )


def _show_modes(done: Release) -> None:
    from gabarito.model import Mode

    tests = _modes(done).total()
    shared = [cell for cell in done.cells if cell.mode is Mode.SHARED]
    runs = "1 test runs" if tests == 1 else f"{tests} tests run"
    weak = f"where a submission that wants to can cheat (see {SECURITY_PAGE})"
    if not tests:
        return
    if done.contract is None:
        tell(console, f"{runs} in shared mode, {weak}: {escape(shared[0].reason)}.")
    elif not shared:
        tell(console, f"{runs} in two processes, apart from student code.")
    else:
        apart = f"{tests - len(shared)} of {tests} tests run in two processes"
        tell(console, f"{apart}, {len(shared)} in shared mode, {weak}:")
    for cell in shared if done.contract is not None else ():
        tell(console, f"[bold]{escape(_test(cell.notebook, cell.id, done))}[/]: {escape(cell.reason)}", lead="  ")
    _show_beginnings(done)
    console.print()


def _show_beginnings(done: Release) -> None:
    """What is run once for all submissions, or why it isn't."""
    for notebook in done.contract.notebooks if done.contract is not None else ():
        where = f" of {escape(notebook.name)}.ipynb" if len(done.notebooks) > 1 else ""
        if count := len(notebook.beginning):
            cells = f"The first cell{where} runs" if count == 1 else f"The first {count} cells{where} run"
            tell(console, f"{cells} once for all submissions.")
        elif notebook.alone:
            tell(console, f"The first cells{where} run anew for each submission: {escape(notebook.alone)}.")


def _test(notebook: str, cell: str, done: Release) -> str:
    """A test's name, with its notebook's where there are several."""
    return f"{notebook}.ipynb, {cell}" if len(done.notebooks) > 1 else cell


def _show_weak_lines(done: Release) -> None:
    if not done.weak_lines:
        return
    lines = "1 line" if len(done.weak_lines) == 1 else f"{len(done.weak_lines)} lines"
    tell(console, f"[bold yellow]warning:[/] the verdict of {lines} rests on student code:")
    for weak in done.weak_lines:
        place = _test(weak.notebook, weak.cell, done)
        tell(console, f"[bold]{escape(place)}, line {weak.line}[/]: {escape(weak.source)}", lead="  ")
        tell(console, f"{escape(weak.meaning)}; {escape(weak.advice)}", lead="    ")
    console.print()


def _table(cells: list[ReleasedCell], title: str) -> Any:
    from rich import box
    from rich.table import Table

    wide = console.width >= 60
    table = Table(
        title=f"[bold]{escape(title)}[/]",
        title_style="",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        show_footer=True,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1),
    )
    total = f"{sum(c.points for c in cells):g}"
    table.add_column("cell", "total", overflow="fold")
    table.add_column("points", total, justify="right")
    if wide:
        table.add_column("hidden", justify="right")
    table.add_column("solved", justify="right")
    table.add_column("empty", justify="right")
    for cell in cells:
        by_hand = cell.solved is None and cell.unsolved is None
        table.add_row(
            escape(cell.id),
            f"{cell.points:g}",
            *([str(cell.hidden or "")] if wide else []),
            "[dim]by hand[/]" if by_hand else _score(cell.solved, good=(cell.solved or 0) >= cell.points),
            "" if by_hand else _score(cell.unsolved, good=not cell.unsolved or not cell.points),
        )
    return table


def _score(score: float | None, *, good: bool) -> str:
    text = "?" if score is None else f"{score:g}"
    return text if good else f"[bold yellow]{text}[/]"


def _show_written(done: Release, course: Course) -> None:
    for_students = [p for p in done.written if p.is_relative_to(course.release)]
    records = 1 if done.contract is None else 2
    tests = len(done.written) - len(for_students) - records
    console.print(f"Released [bold]{escape(done.assignment)}[/], {done.points:g} points:")
    for path in for_students:
        console.print(f"  {escape(_short(path, course))}", soft_wrap=True)
    ours = _short(course.record_path(done.assignment), course)
    files = "1 test file" if tests == 1 else f"{tests} test files"
    both = escape(ours) if done.contract is None else f"{escape(ours)}, contract.json"
    tell(console, f"{both} and {files} beside it, not for students", lead="  ")
