"""`gabarito audit ASSIGNMENT`: a test of the tests."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from gabarito.cli.app import app, console, echo_json, stderr, tell
from gabarito.cli.context import Jobs, Sandbox, assignment_argument, course_of

if TYPE_CHECKING:
    from gabarito.audit.result import Audit, AuditedTest, Fault
    from gabarito.audit.statistics import Rate

_MOST_SHOWN = 40


@app.command(
    epilog="[bold]Examples[/]\n\n"
    "gabarito audit differentiable\n\n"
    "gabarito audit differentiable --runs 1000 --html audit.html\n\n"
    "Exit code 0: nothing has to be mended. 1: something has, see the list. 2: the command was wrong."
)
def audit(
    context: typer.Context,
    assignment: Annotated[str, assignment_argument("Name of a folder under source/.")],
    runs: Annotated[
        int,
        typer.Option("--runs", metavar="N", min=1, help="Runs of the solution, a third of them on a busy machine."),
    ] = 30,
    draws: Annotated[
        int,
        typer.Option("--draws", metavar="N", min=0, help="Runs of each test that rests on random numbers, at most."),
    ] = 1000,
    min_score: Annotated[
        float,
        typer.Option(
            "--min-score", metavar="PERCENT", min=0, max=100, help="The least share of mutants to be noticed."
        ),
    ] = 95.0,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Where all random numbers start from.")] = 0,
    jobs: Jobs = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write everything as a page, too.")
    ] = None,
    sandbox: Sandbox = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON, and nothing else.")] = False,
) -> None:
    """Test the tests: are they stable, do they look at everything, do they notice wrong answers?

    Your solution is run many times, with other random numbers and on a busy machine. Then it is made wrong, one small
    fault at a time, and these mutants are run as if they had been handed in, like the known answers.

    Nothing in the course is changed.
    """
    from gabarito.audit.audit import Depth
    from gabarito.audit.audit import audit as make

    course = course_of(context)
    if html is not None:
        _refuse_unwritable(html)
    depth = Depth(runs=runs, draws=draws, min_score=min_score / 100)
    with _progress(hidden=as_json) as (on_stage, on_done):
        made = make(
            course,
            assignment,
            depth=depth,
            seed=seed,
            workers=jobs,
            sandbox=sandbox,
            on_stage=on_stage,
            on_done=on_done,
        )
    if html is not None:
        _write(html, made)
    if as_json:
        echo_json(json.dumps(as_data(made), indent=2, ensure_ascii=False))
    else:
        _show(made, html)
    if not made.is_good:
        raise typer.Exit(1)


def _refuse_unwritable(path: Path) -> None:
    """Minutes of work must not end in an error that could be seen before."""
    from gabarito.errors import UsageError

    if path.is_dir():
        raise UsageError(f"--html names {str(path)!r}, which is a folder; name a file in it, such as audit.html")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"--html names {str(path)!r}, but there is no folder {path.absolute().parent}; make it first")


def _write(path: Path, made: Audit) -> None:
    """The page, whole or not at all."""
    from gabarito.audit.page import audit_page
    from gabarito.gradebook.export import write_export

    write_export(path, audit_page(made).encode())


@contextlib.contextmanager
def _progress(*, hidden: bool) -> Iterator[tuple[Callable[[str, int], None], Callable[[], None]]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=stderr, disable=hidden or not stderr.is_terminal, transient=True) as progress:

        def on_stage(sentence: str, count: int) -> None:
            for task in progress.task_ids:
                progress.remove_task(task)
            progress.add_task(sentence, total=count or None)

        yield on_stage, lambda: progress.advance(progress.task_ids[-1])


def as_data(made: Audit) -> dict[str, Any]:
    """The audit as plain data, as `--json` prints it."""
    from gabarito.audit.result import Fate

    return {
        "assignment": made.assignment,
        "good": made.is_good,
        "seed": made.seed,
        "mutation_score": made.score,
        "min_score": made.min_score,
        "mutants": {
            "killed": made.count(Fate.KILLED),
            "survived": made.count(Fate.SURVIVED),
            "equivalent": made.count(Fate.EQUIVALENT),
        },
        "submission_cpu_seconds": made.submission_cpu_seconds,
        "submission_wall_seconds": made.submission_wall_seconds,
        "wall_seconds": made.wall_seconds,
        "faults": [_fault(f) for f in made.faults],
        "tests": [_test(t) for t in made.tests],
        "tried": [
            {
                "notebook": m.notebook,
                "cell": m.mutant.cell,
                "id": m.mutant.id,
                "line": m.mutant.line,
                "operator": m.mutant.operator,
                "change": m.mutant.change,
                "fate": m.fate.value,
                "noticed_by": list(m.by),
            }
            for m in made.mutants
        ],
        "answers": [
            {
                "notebook": a.notebook,
                "exercise": a.exercise,
                "name": a.name,
                "right": a.right,
                "noticed_by": list(a.by),
                "wrong_scores": [
                    {"cell": cell, "expected": expected, "found": found} for cell, expected, found in a.wrong_scores
                ],
            }
            for a in made.answers
        ],
    }


def _fault(fault: Fault) -> dict[str, Any]:
    return {key: value for key, value in asdict(fault).items() if key not in ("order", "is_failure")} | {
        "must_be_mended": fault.is_failure
    }


def _test(test: AuditedTest) -> dict[str, Any]:
    return {
        "notebook": test.notebook,
        "cell": test.id,
        "points": test.points,
        "mode": test.mode.value,
        "calm": _rate(test.calm),
        "loaded": _rate(test.loaded),
        "drawn": _rate(test.drawn),
        "all": _rate(test.rate),
        "cpu_seconds": test.cpu_seconds,
        "mutants_noticed": test.mutants,
        "known_answers_noticed": test.answers,
    }


def _rate(rate: Rate) -> dict[str, Any]:
    low, high = rate.interval()
    return {"failures": rate.failures, "runs": rate.runs, "low": low, "high": high}


def _show(made: Audit, html: Path | None) -> None:
    from gabarito.audit.result import Fate
    from gabarito.audit.statistics import percent

    console.print(_table(made))
    console.print(
        "[dim]failures: of the solution in all runs, and the interval that holds the true rate with 95 % confidence\n"
        "noticed: mutants and known wrong answers that fail the test[/]\n",
        highlight=False,
    )
    for fault in made.faults[:_MOST_SHOWN]:
        _show_fault(fault, several=len({t.notebook for t in made.tests}) > 1)
    if len(made.faults) > _MOST_SHOWN:
        console.print(f"… and {len(made.faults) - _MOST_SHOWN} more: see them with --html FILE or --json\n")
    if made.score is not None:
        equivalent = made.count(Fate.EQUIVALENT)
        marked = f", {equivalent} marked as equivalent" if equivalent else ""
        total = len(made.mutants) - equivalent
        noticed = f"{made.count(Fate.KILLED)} of {total} mutants are noticed ({percent(made.score)}){marked}."
        tell(console, noticed)
    if made.answers:
        wrong = sum(bool(a.wrong_scores) for a in made.answers)
        ended = "all get the points that they should" if not wrong else f"{wrong} get other points than they should"
        tell(console, f"{len(made.answers)} known answers: {ended}.")
    tell(
        console,
        f"One submission takes {made.submission_wall_seconds:.1f} s ({made.submission_cpu_seconds:.1f} s of CPU time); "
        f"the audit took {made.wall_seconds:.0f} s.",
    )
    if html is not None:
        tell(console, f"Everything is in [bold]{escape(str(html))}[/].")
    failures = sum(f.is_failure for f in made.faults)
    tell(
        console,
        "[bold green]Nothing has to be mended.[/]" if not failures else f"[bold red]{failures} to mend.[/]",
    )


def _show_fault(fault: Fault, *, several: bool) -> None:
    place = f"{fault.notebook}.ipynb, {fault.place}" if several and fault.notebook else fault.place
    colour = "bold red" if fault.is_failure else "bold yellow"
    points = f"{fault.points:g} point{'' if fault.points == 1 else 's'}"
    where = f" [bold]{escape(place)}[/]" if place else ""
    tell(console, f"[{colour}]{fault.kind}[/]{where} ({points}): {escape(fault.message)}")
    tell(console, escape(fault.advice), lead="    → ")


def _table(made: Audit) -> Any:
    from rich import box
    from rich.table import Table

    from gabarito.audit.statistics import percent

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))
    table.add_column("test", overflow="fold")
    for name in ("points", "failures", "interval", "noticed"):
        table.add_column(name, justify="right")
    several = len({t.notebook for t in made.tests}) > 1
    for test in made.tests:
        low, high = test.rate.interval()
        failures = f"{test.rate.failures}/{test.rate.runs}"
        table.add_row(
            escape(f"{test.notebook}: {test.id}" if several else test.id),
            f"{test.points:g}",
            f"[bold red]{failures}[/]" if test.rate.failures else failures,
            f"{percent(low)} – {percent(high)}",
            f"{test.mutants} + {test.answers}",
        )
    return table
