"""`gabarito report`: the scores of an assignment, students × exercises."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gabarito.cli.app import SECURITY_PAGE, app, console, echo_file, echo_json
from gabarito.cli.context import assignment_argument, course_of
from gabarito.errors import UsageError

if TYPE_CHECKING:
    from gabarito.gradebook.table import CellScore, Exercise, ScoreTable, SubmissionScores

_LONGEST_ID = 18


@app.command(
    epilog="[bold]Examples[/]\n\n"
    "gabarito report differentiable\n\n"
    "gabarito report differentiable --csv > scores.csv\n\n"
    "Exit code 0: it is printed. 1: the gradebook doesn't know the assignment. 2: the command was wrong."
)
def report(
    context: typer.Context,
    assignment: Annotated[str, assignment_argument("Name of the assignment.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print one line per student, for a spreadsheet.")] = False,
) -> None:
    """Show the scores of every student in every exercise."""
    from gabarito.gradebook.table import read_table

    if as_json and as_csv:
        raise UsageError("--json and --csv exclude each other; give one of them")
    table = read_table(course_of(context), assignment)
    if as_json:
        echo_json(json.dumps(as_data(table), indent=2, ensure_ascii=False))
    elif as_csv:
        _write_csv(table)
    else:
        show(table, console)


def show(table: ScoreTable, to: Console) -> None:
    """Print the table so that it fits the console's width: exercises are numbered, a legend tells their names."""
    several = len({e.notebook for e in table.exercises}) > 1
    if not table.submissions:
        to.print(
            f"No submission of [bold]{table.assignment}[/] has been graded; run 'gabarito grade {table.assignment}'."
        )
        for line in _absent(table):
            to.print(Text(line))
        return
    for block in _blocks(table, to.width):
        to.print(block)
        to.print()
    to.print(_legend(table, several=several))
    to.print()
    to.print(_summary(table))


def as_data(table: ScoreTable) -> dict[str, Any]:
    """The table as plain data, as `--json` prints it."""
    return {
        "assignment": table.assignment,
        "max_score": table.max_score,
        "exercises": [
            {
                "notebook": e.notebook,
                "cell": e.cell,
                "max_score": e.max_score,
                "by_hand": e.by_hand,
                "mean": table.mean(e),
            }
            for e in table.exercises
        ],
        "students": [
            {
                "student": s.student,
                "name": s.name,
                "timestamp": s.timestamp.isoformat() if s.timestamp else None,
                "seconds_late": s.seconds_late,
                "late_penalty": s.penalty,
                "score": s.score,
                "needs_manual": s.needs_manual,
                "weak_points": s.weak_points,
                "scores": [
                    {
                        "notebook": e.notebook,
                        "cell": e.cell,
                        "score": s.scores[e.place].score,
                        "needs_manual": s.scores[e.place].needs_manual,
                        "mode": s.scores[e.place].mode,
                        "weak": s.scores[e.place].is_weak,
                    }
                    for e in table.exercises
                    if e.place in s.scores
                ],
            }
            for s in table.submissions
        ],
        "not_graded": list(table.not_graded),
        "missing": list(table.missing),
    }


def _write_csv(table: ScoreTable) -> None:
    from gabarito.gradebook.export.spreadsheet import harmless, identifier

    several = len({e.notebook for e in table.exercises}) > 1
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    names = [f"{e.notebook}/{e.cell}" if several else e.cell for e in table.exercises]
    writer.writerow(["student", "name", *names, "late_penalty", "score", "max_score", "needs_manual", "weak_points"])
    for s in table.submissions:
        found = [s.scores.get(e.place) for e in table.exercises]
        # As in an export: a zero would count where a person has not scored yet.
        cells = ["" if f is None or f.needs_manual else _number(f.score, 6) for f in found]
        total = [_number(s.penalty, 6), _number(s.score, 6), _number(table.max_score, 6), int(s.needs_manual)]
        writer.writerow([identifier(s.student), harmless(s.name), *cells, *total, _number(s.weak_points, 6)])
    echo_file(stream.getvalue().encode())


def _blocks(table: ScoreTable, width: int) -> Iterator[Table]:
    """The table, cut into parts where it is wider than the console."""
    student = min(_LONGEST_ID, max(len("Student"), *(len(s.student) for s in table.submissions)))
    marked = not table.is_weak_throughout  # a mark at every score would say no more than one sentence
    widths = [
        1
        + max(
            len(str(number)),
            len(_mean(table, e)),
            len(_number(e.max_score)),
            *(len(_cell(s, e, marked=marked)) for s in table.submissions),
        )
        for number, e in enumerate(table.exercises, start=1)
    ]
    totals = [len(_number(s.score)) for s in table.submissions]
    total = 2 + max(len("Total"), len(_number(table.max_score)), *totals) + 2
    numbered = list(enumerate(table.exercises, start=1))
    room = width - student - 1 - total
    parts = _parts(widths, room)
    # So many parts it takes; the same number of exercises in each looks better than a last one with few.
    even = -(-len(numbered) // len(parts)) if parts else 0
    evenly = [widths[i : i + even] for i in range(0, len(widths), even or 1)]
    for count in map(len, evenly if all(sum(part) <= room for part in evenly) else parts):
        yield _block(table, numbered[:count], student, marked=marked)
        numbered = numbered[count:]


def _parts(widths: Sequence[int], room: int) -> list[Sequence[int]]:
    """The widths in as few parts as there can be that fit into `room`, one at least in each."""
    parts: list[Sequence[int]] = []
    while widths:
        left, count = room, 0
        while count < len(widths) and (left := left - widths[count]) >= 0:
            count += 1
        parts.append(widths[: max(count, 1)])
        widths = widths[max(count, 1) :]
    return parts


def _block(table: ScoreTable, numbered: Sequence[tuple[int, Exercise]], student: int, *, marked: bool) -> Table:
    block = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold", collapse_padding=True)
    block.add_column("Student", width=student, no_wrap=True, overflow="ellipsis")
    for number, _ in numbered:
        block.add_column(str(number), justify="right", no_wrap=True)
    block.add_column(" Total", justify="right", no_wrap=True, style="bold")
    block.add_column("", no_wrap=True)
    for s in table.submissions:
        cells = [Text(_cell(s, e, marked=marked), style=_style(s.scores.get(e.place), e)) for _, e in numbered]
        marks = ("?" if s.needs_manual else " ") + ("L" if s.seconds_late else "")
        block.add_row(s.student, *cells, _number(s.score), Text(marks, style="yellow"))
    block.add_section()
    block.add_row("points", *(_number(e.max_score) for _, e in numbered), _number(table.max_score), style="dim")
    mean = sum(s.score for s in table.submissions) / len(table.submissions)
    total = f"{100 * mean / table.max_score:.0f}" if table.max_score else "–"
    block.add_row("mean %", *(_mean(table, e) for _, e in numbered), total, style="dim")
    return block


def _legend(table: ScoreTable, *, several: bool) -> Table:
    legend = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    legend.add_column("", justify="right")
    legend.add_column("Exercise", overflow="fold")
    if several:
        legend.add_column("Notebook", overflow="fold")
    legend.add_column("Points", justify="right")
    legend.add_column("Mean", justify="right")
    legend.add_column("")
    shared = set() if table.is_weak_throughout else {p for s in table.submissions for p in s.shared}
    for number, e in enumerate(table.exercises, start=1):
        mean = table.mean(e)
        shown = "–" if mean is None else _number(mean)
        where = [Text(e.cell), *([Text(e.notebook)] if several else [])]
        how = "scored by a person" if e.by_hand else "shared mode" if e.place in shared else ""
        legend.add_row(str(number), *where, _number(e.max_score), shown, Text(how, style="dim"))
    return legend


def _summary(table: ScoreTable) -> Text:
    waiting = sum(s.needs_manual for s in table.submissions)
    late = sum(s.seconds_late > 0 for s in table.submissions)
    count = len(table.submissions)
    lines = [f"{table.assignment}: {count} submission{'' if count == 1 else 's'}, {_number(table.max_score)} points."]
    if waiting:
        lines.append(f"?  a person still has to score something ({waiting}).")
    if late:
        penalty = sum(s.penalty for s in table.submissions)
        lines.append(f"L  handed in late ({late}); totals are less the late penalty ({_number(penalty)} in all).")
    return Text("\n".join([*lines, *_weak(table), *_absent(table)]))


def _weak(table: ScoreTable) -> Iterator[str]:
    """What to know about points that student code could have given itself."""
    found = [c for s in table.submissions for c in s.scores.values() if c.is_weak]
    unknown = any(c.mode is None for c in found)
    what = "in shared mode" + (" or graded by another program" if unknown else "")
    cheat = f"a submission that wants to can cheat there; see {SECURITY_PAGE}."
    if found and table.is_weak_throughout:
        yield f"All points of tests are from tests {what}: {cheat}"
    elif found:
        yield f"*  points from tests {what} ({len(found)}): {cheat}"


def _absent(table: ScoreTable) -> list[str]:
    """Who is not in the table, and why."""
    groups = {"Handed in, not graded": table.not_graded, "Not handed in": table.missing}
    return [f"{words}: {', '.join(students)}." for words, students in groups.items() if students]


def _cell(s: SubmissionScores, e: Exercise, *, marked: bool) -> str:
    found = s.scores.get(e.place)
    if found is None:
        return "–"
    if found.is_open:
        return "?"
    return _number(found.score) + ("*" if marked and found.is_weak else "") + ("?" if found.needs_manual else "")


def _style(found: CellScore | None, e: Exercise) -> str:
    if found is None or found.needs_manual:
        return "yellow"
    if found.score >= e.max_score:
        return "green"
    return "red" if found.score <= 0 else "yellow"


def _mean(table: ScoreTable, e: Exercise) -> str:
    """The class's mean in percent of the points: two figures where the points' mean often takes three."""
    mean = table.mean(e)
    return "–" if mean is None or not e.max_score else f"{100 * mean / e.max_score:.0f}"


def _number(value: float, digits: int = 1) -> str:
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
