"""How far grading has come, on the terminal, and where the time went."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from gabarito.cli.app import stderr

if TYPE_CHECKING:
    from rich.table import Table

    from gabarito.grading.result import Graded
    from gabarito.grading.spent import Spent

_BAR = 30
_PARTS = {
    "restore": "reading and restoring notebooks",
    "given": "given cells",
    "student": "students’ cells",
    "tests": "tests",
    "around": "around the cells: processes, checking, clearing up",
    "record": "recording",
}
_STYLES = {"passed": "green", "failed": "yellow", "error": "yellow", "ungraded": "red"}


@contextlib.contextmanager
def progress_bar(*, hidden: bool = False) -> Iterator[tuple[Callable[[int], None], Callable[[Graded], None]]]:
    """Two callbacks for `grade` that keep count, rate, time left, outcomes and the slowest on the terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    from gabarito.grading.result import Status

    tests: Counter[str] = Counter()
    trouble = 0
    slowest = ("", 0.0)

    class Bar(Progress):
        """A bar with a line below it."""

        def get_renderables(self) -> Iterator[object]:  # type: ignore[override]
            yield from super().get_renderables()
            line = Text("        ")
            for outcome, count in tests.most_common():
                line.append(f"{count} {outcome}  ", _STYLES.get(outcome, "yellow"))
            if trouble:
                line.append(f"{trouble} not graded  ", "red")
            if slowest[0]:
                line.append(f"slowest: {slowest[0]}, {slowest[1]:.1f} s", "dim")
            line.truncate(max(20, stderr.width), overflow="ellipsis")
            yield line

    columns: tuple[str | ProgressColumn, ...] = (
        TextColumn("grading"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
    )
    progress = Bar(*columns, console=stderr, disable=hidden)
    progress.add_task("grading", total=None, rate="")

    def on_start(count: int) -> None:
        progress.update(progress.task_ids[0], total=count)
        if count:
            progress.start()

    def on_graded(graded: Graded) -> None:
        nonlocal trouble, slowest
        trouble += graded.status in (Status.UNREADABLE, Status.UNGRADED)
        tests.update({outcome.value: count for outcome, count in graded.by_outcome().items()})
        slowest = max(slowest, (graded.student, graded.wall_seconds), key=lambda each: each[1])
        task = progress.tasks[0]
        done = task.completed + 1
        rate = f"{60 * done / task.elapsed:.0f}/min" if task.elapsed else ""
        progress.update(task.id, advance=1, rate=rate)
        if done == task.total:
            progress.stop()

    try:
        yield on_start, on_graded
    finally:
        if progress.live.is_started:  # one that never was would print an empty line
            progress.stop()


def time_table(spent: Spent) -> Table | None:
    """Bars of where the time went; None where nothing took any."""
    from rich.bar import Bar
    from rich.table import Table

    parts = spent.parts()
    whole = sum(parts.values())
    if not whole:
        return None
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("time", justify="right")
    table.add_column("share", justify="right")
    table.add_column("")
    table.add_column("where it went")
    for name, seconds in parts.items():
        bar = Bar(max(parts.values()), 0, seconds, width=_BAR, color="cyan")
        table.add_row(f"{seconds:.1f} s", f"{100 * seconds / whole:.0f} %", bar, _PARTS[name])
    return table
