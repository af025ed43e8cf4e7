"""`gabarito demo`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gabarito.cli.app import app, console, echo_json
from gabarito.cli.context import Jobs, Sandbox, assignment_argument, course_of

if TYPE_CHECKING:
    from gabarito.demo.run import Demo


@app.command(
    epilog="[bold]Example[/]\n\ngabarito demo differentiable --size 40\n\n"
    "Exit code 0: every score is the known one. 1: one is not, or a submission could not be graded. "
    "2: the command was wrong."
)
def demo(
    context: typer.Context,
    assignment: Annotated[
        str, assignment_argument("An assignment with known answers.", show_default=True)
    ] = "differentiable",
    size: Annotated[int, typer.Option("--size", metavar="N", min=1, max=2000, help="How many students.")] = 40,
    jobs: Jobs = None,
    sandbox: Sandbox = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON, and nothing else.")] = False,
) -> None:
    """See everything at work: release, a class of invented students, grading, gradebook, feedback.

    The class is made from known answers, right ones and wrong ones, each with the score that it must get.

    Every score in the gradebook is compared with it.
    """
    from gabarito.cli.progress import progress_bar
    from gabarito.demo.run import run_demo

    course = course_of(context)

    def on_stage(sentence: str) -> None:
        if not as_json:
            console.print(f"[dim]· {sentence}[/]", highlight=False)

    with progress_bar(hidden=as_json) as (on_start, on_graded):
        done = run_demo(
            course,
            assignment,
            size=size,
            workers=jobs,
            sandbox=sandbox,
            on_stage=on_stage,
            on_start=on_start,
            on_graded=on_graded,
        )
    if as_json:
        echo_json(_as_json(done))
    else:
        _show(done, str(course.root))
    if done.mismatches or not done.run.is_complete:
        raise typer.Exit(1)


def _show(done: Demo, root: str) -> None:
    from gabarito.cli.grade import show_run
    from gabarito.cli.report import show

    console.print()
    show(done.table, console)
    console.print()
    show_run(done.run)
    console.print()
    scores = sum(len(s.expected) for s in done.samples)
    if done.mismatches:
        console.print(f"[bold red]{len(done.mismatches)} of {scores} scores are not the known ones:[/]")
        for m in done.mismatches:
            console.print(f"  {m.student} {m.cell}: must be {_points(m.expected)}, is {_points(m.found)}")
    else:
        console.print(f"All {scores} scores of {len(done.samples)} students are the known ones.", highlight=False)
    console.print(f"{done.wall_seconds:.1f} s in all, from release to feedback.", highlight=False)
    interesting = next((p for s in done.samples if s.name == "mixed" for p in done.pages if s.student in p.parts), None)
    console.print("\n[bold]What to look at next[/]")
    if interesting is not None:
        console.print(f"  {interesting.relative_to(root)}", highlight=False, soft_wrap=True)
        console.print("      the feedback page of one student: open it in a browser", style="dim")
    name = done.release.assignment
    console.print(f"  {_found('gabarito')} report {name} --csv", highlight=False, soft_wrap=True)
    console.print("      the same scores for a spreadsheet", style="dim")
    console.print(f"  {_found('jupyter')} lab", highlight=False, soft_wrap=True)
    console.print("      its Formgrader shows each submission; answers wait there for a person", style="dim")
    console.print(f"  {_found('nbgrader')} export", highlight=False, soft_wrap=True)
    console.print("      nbgrader's own tools work on the same gradebook", style="dim")


def _found(program: str) -> str:
    """How to call a program that was installed with this one: by its name, or by its path where the shell lacks it."""
    path = Path(sys.executable).with_name(program)
    if shutil.which(program) or not path.exists():
        return program
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _points(value: float | None) -> str:
    return "left to a person" if value is None else f"{value:g}"


def _as_json(done: Demo) -> str:
    import msgspec

    told: dict[str, Any] = {
        "assignment": done.release.assignment,
        "students": len(done.samples),
        "statuses": {status.value: count for status, count in done.run.by_status().items()},
        "outcomes": {outcome.value: count for outcome, count in done.run.by_outcome().items()},
        "mismatches": done.mismatches,
        "grading_seconds": done.run.wall_seconds,
        "wall_seconds": done.wall_seconds,
        "pages": [str(p) for p in done.pages],
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()
