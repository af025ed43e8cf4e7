"""`gabarito grade ASSIGNMENT`."""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gabarito.cli.app import SECURITY_PAGE, app, console, print_json, stderr, tell
from gabarito.cli.context import Gpus, Jobs, Sandbox, Students, assignment_argument, course_of
from gabarito.cli.progress import progress_bar, time_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gabarito.grading.events import Event, Events
    from gabarito.grading.result import Graded, GradeRun


@app.command(
    epilog="[bold]Examples[/]\n\n"
    "gabarito grade differentiable\n\n"
    "gabarito grade differentiable --student ana --student bo --force\n\n"
    "Exit code 0: everything is recorded. 1: something needs a person, see the last lines. 2: the command was wrong."
)
def grade(
    context: typer.Context,
    assignment: Annotated[str, assignment_argument("Name of a released assignment.")],
    student: Students = None,
    jobs: Jobs = None,
    gpus: Gpus = None,
    force: Annotated[
        bool, typer.Option("--force", help="Grade what is known or unchanged, too, with every test.")
    ] = False,
    sandbox: Sandbox = "",
    cluster: Annotated[
        str,
        typer.Option(
            "--cluster",
            metavar="WHERE",
            help="Other machines: a Dask scheduler's address such as [bold]tcp://10.0.0.1:8786[/], or [bold]slurm[/], "
            "[bold]kubernetes[/] or [bold]local[/] to start one.",
            show_default=False,
        ),
    ] = "",
    events: Annotated[
        str,
        typer.Option(
            "--events",
            metavar="FILE",
            help="Write what happens into this file, a JSON object in each line; [bold]-[/] prints that, and no more.",
            show_default=False,
        ),
    ] = "",
    log: Annotated[
        Path | None, typer.Option("--log", metavar="FILE", help="Add to this log, one JSON object in a line.")
    ] = None,
    summary: Annotated[
        Path | None,
        typer.Option("--summary", metavar="FILE", help="Write the summary as a picture: FILE ends in .svg or .html."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON, and nothing else.")] = False,
) -> None:
    """Grade what was handed in: restore, run in isolation, score, record."""
    from gabarito.grading.bulk import grade as grade_all

    _refuse_impossible(summary, events, as_json)
    course = course_of(context)
    is_silent = as_json or events == "-"
    with (
        _told(assignment, events, log) as told,
        progress_bar(hidden=is_silent) as (show_start, show_graded),
    ):

        def on_start(count: int) -> None:
            told.on_start(count)
            show_start(count)

        def on_graded(graded: Graded) -> None:
            told.on_graded(graded)
            show_graded(graded)

        run = grade_all(
            course,
            assignment,
            students=student or (),
            workers=jobs,
            gpus=gpus,
            force=force,
            sandbox=sandbox,
            cluster=cluster,
            on_start=on_start,
            on_graded=on_graded,
        )
        told.finished(run)
    if as_json:
        _print_json(run)
    _show(run, summary, is_silent=is_silent)
    if not run.is_complete or run.problems():
        raise typer.Exit(1)


def _refuse_impossible(summary: Path | None, events: str, as_json: bool) -> None:
    from gabarito.errors import UsageError

    if summary is not None and summary.suffix not in (".svg", ".html"):
        raise UsageError(f"--summary {summary} ends neither in .svg nor in .html")
    if as_json and events == "-":
        raise UsageError("--json and --events - both print to stdout; name a file for the events")


@contextlib.contextmanager
def _told(assignment: str, events: str, log: Path | None) -> Iterator[Events]:
    """A block whose events go where the options say."""
    import msgspec

    from gabarito.grading.events import Events, to_log
    from gabarito.grading.log import log_to

    with contextlib.ExitStack() as stack:
        lines = None
        if events:
            lines = sys.stdout.buffer if events == "-" else stack.enter_context(open(events, "wb"))
        if log is not None:
            stack.enter_context(log_to(log))

        def tell_all(event: Event) -> None:
            to_log(event)
            if lines is not None:
                lines.write(msgspec.json.encode(event) + b"\n")
                lines.flush()

        told = Events(assignment, tell_all)
        try:
            yield told
        except BaseException as e:
            told.failed(e)
            raise


def _show(run: GradeRun, picture: Path | None, *, is_silent: bool) -> None:
    """Print the summary, and draw it."""
    console.record = picture is not None
    with contextlib.redirect_stdout(io.StringIO()) if is_silent else contextlib.nullcontext():
        if not is_silent or picture is not None:
            show_run(run)
    if picture is not None:
        title = f"gabarito grade {run.assignment}"
        drawn = console.export_svg(title=title) if picture.suffix == ".svg" else console.export_html()
        temporary = picture.with_name(f".{picture.name}.new")
        temporary.write_text(drawn, encoding="utf-8")
        temporary.replace(picture)


def show_run(run: GradeRun) -> None:
    """Print a run's summary."""
    from rich.markup import escape

    from gabarito.grading.result import Status

    if not run.submissions:
        tell(console, f"Nobody has handed in {escape(run.assignment)!r} yet.")
        return
    _show_sandbox(run)
    statuses = run.by_status()
    rate = f"{60 * statuses[Status.GRADED] / run.wall_seconds:.0f} a minute, " if statuses[Status.GRADED] else ""
    tell(
        console,
        f"[bold]{escape(run.assignment)}[/]: {statuses[Status.GRADED]} graded, {statuses[Status.KNOWN]} unchanged, "
        f"{statuses[Status.UNREADABLE] + statuses[Status.UNGRADED]} not graded; "
        f"{run.wall_seconds:.1f} s, {rate}{run.workers} at a time{_where(run)}",
    )
    _show_reused(run)
    if run.adopted:
        tell(
            console,
            f"nbgrader released {escape(run.assignment)}, so its cells come from the gradebook and all its tests run "
            f"in shared mode; [bold]gabarito release {escape(run.assignment)}[/] finds out which can do without.",
        )
    _show_gpus(run)
    _show_outcomes(run)
    if waiting := sum(s.needs_manual for s in run.submissions):
        have = "submission has" if waiting == 1 else "submissions have"
        tell(console, f"{waiting} {have} answers that a person grades, in formgrader.")
    for problem in run.problems():
        tell(console, f"[bold red]mend the tests:[/] {escape(problem)}")
    for each in run.submissions:
        if each.message:
            told = f"{escape(each.student)}: {escape(each.message)}"
            tell(console, f"[bold red]{each.status.value}:[/] {told}")
    for status, advice in _ADVICE.items():
        if statuses[Status(status)]:
            tell(console, f"Nothing is recorded for {status} submissions: {advice}.")


def _where(run: GradeRun) -> str:
    return f" on {run.nodes} Dask worker{'' if run.nodes == 1 else 's'} ({run.cluster})" if run.cluster else ""


def _show_reused(run: GradeRun) -> None:
    from rich.markup import escape

    if run.reused:
        several = "s" if run.reused > 1 else ""
        tell(console, f"{run.reused} known report{several} reused: the same content was graded before.")
    if run.shortened:
        several = "s" if run.shortened > 1 else ""
        told = f"{run.shortened} notebook{several} needed only the tests that a change concerns"
        if run.shared:
            told += f"; {run.shared} of them had the same answers to these as another one, and were not run"
        tell(console, f"{told}.")
    if run.spared:
        tests = "1 test was" if run.spared == 1 else f"{run.spared} tests were"
        tell(console, f"{tests} not run: other notebooks with the same answers had passed.")
    for sentence in run.store_problems[:_MOST_NAMED]:
        tell(stderr, f"[bold yellow]store:[/] {escape(sentence)}")
    if (more := len(run.store_problems) - _MOST_NAMED) > 0:
        tell(stderr, f"[bold yellow]store:[/] and {more} more; see gabarito store verify")


def _show_gpus(run: GradeRun) -> None:
    from rich.markup import escape

    if run.gpus:
        several = "s" if len(run.gpus) > 1 else ""
        tell(console, f"It ran on GPU{several} {escape(', '.join(run.gpus))}.")
    elif run.lacks_gpu:
        tell(console, "Its cells mention a GPU, and none was used: it ran on the CPU.")


def _show_sandbox(run: GradeRun) -> None:
    from rich.markup import escape

    from gabarito.grading.result import unique

    for heading, sentences in (("not isolated", run.weak), ("note", run.said)):
        for sentence in sentences:
            tell(stderr, f"[bold yellow]{heading}:[/] {escape(sentence)}")
    if run.sandbox == "process":
        tell(stderr, "[bold yellow]sandbox:[/] none, a plain process; good for development, not for a class:")
    else:
        image = f", image {run.image[:_DIGEST]}" if run.image else ""
        console.print(f"[bold]sandbox[/]: {run.sandbox}{escape(image)}", highlight=False)
    for sentence in unique(run.lacks.values()):
        tell(stderr, f"  · {escape(sentence)}")
    for name, reason in run.passed_over:
        tell(stderr, f"  · not {name}: {escape(reason)}")


def _show_outcomes(run: GradeRun) -> None:
    from rich.markup import escape
    from rich.table import Table

    from gabarito.model import Outcome

    outcomes = run.by_outcome()
    if not outcomes:
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("tests", justify="right")
    table.add_column("outcome")
    table.add_column("", style="dim")
    for outcome in Outcome:
        if outcomes[outcome]:
            table.add_row(str(outcomes[outcome]), outcome.value, _MEANING[outcome.value])
    console.print(table)
    if (times := time_table(run.spent())) is not None:
        console.print(times)
    _show_shared(run)
    stopped = run.by_stopped()
    if stopped:
        told = ", ".join(
            f"{count} {outcome.value} ({escape(_named(run.stopped_students(outcome)))})"
            for outcome, count in stopped.items()
        )
        tell(console, f"Students’ own cells that were stopped or ended the notebook: {told}.")


def _show_shared(run: GradeRun) -> None:
    from rich.markup import escape

    from gabarito.model import Mode

    modes = run.by_mode()
    ran, shared = modes.total(), modes[Mode.SHARED]
    if not shared:
        return
    those = f"All {ran} tests" if shared == ran else f"{shared} of {ran} tests"
    which = "" if shared == ran else f" ({escape(_named(run.shared_tests()))})"
    tell(
        console,
        f"{those} ran in shared mode{which}, where a submission that wants to can cheat; see {SECURITY_PAGE}.",
    )


def _named(ids: list[str]) -> str:
    """The first few ids, and how many more there are."""
    more = f" and {len(ids) - _MOST_NAMED} more" if len(ids) > _MOST_NAMED else ""
    return ", ".join(ids[:_MOST_NAMED]) + more


_MOST_NAMED = 5
_DIGEST = 12
_ADVICE = {"unreadable": "ask the students to hand in again", "ungraded": "run the command again"}
_MEANING = {
    "passed": "",
    "failed": "an assertion said no",
    "error": "the student’s code raised an exception",
    "timeout": "stopped at a time limit",
    "memory": "stopped at the memory limit",
    "output": "stopped at the output limit",
    "crashed": "the notebook’s process ended",
    "not_run": "an earlier cell had ended the notebook",
    "ungraded": "our own fault: not recorded",
}


def _print_json(run: GradeRun) -> None:
    print_json(as_data(run))


def as_data(run: GradeRun) -> dict[str, Any]:
    """The run as plain data, as `--json` prints it."""
    import msgspec

    told: dict[str, Any] = msgspec.to_builtins(run)
    told["reused"] = run.reused
    told["statuses"] = {status.value: count for status, count in run.by_status().items()}
    told["modes"] = {mode.value: count for mode, count in run.by_mode().items()}
    told["outcomes"] = {outcome.value: count for outcome, count in run.by_outcome().items()}
    return told
