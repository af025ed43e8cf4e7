"""What was measured, as a part of README.md."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from benchmarks.classroom import ASSIGNMENT, Classroom
from benchmarks.figures import markdown, ratios, spread
from benchmarks.machine import describe, versions
from benchmarks.measure import Cost
from benchmarks.rounds import Groups, Round

_BEGIN, _END = "<!-- class: measured -->", "<!-- class: end -->"
_Each = Callable[[Round], Cost]


def page(room: Classroom, groups: Groups, rounds: Sequence[Round], load: float) -> str:
    """Machine, date, and the tables."""
    few, some, many = len(groups.few), len(groups.some), len(groups.many)
    busy = [r.others.others / r.others.wall for r in rounds]
    return f"""{_BEGIN}
Measured on {date.today():%-d %B %Y}, in {len(rounds)} round{"s" * (len(rounds) > 1)}, on {describe()}; {versions()}.
The load was {load:.1f} when it began; everything else on the machine used {spread(busy)} cores meanwhile.

The class: {many} hand-ins of `{ASSIGNMENT}`. nbgrader got {some} of them, otter {few} of those.
Left out for everybody, because only a grader with limits gets past them: {_names(room.wild)};
because a cell was copied with its grade id, where nbgrader stops and grades nobody after: {_names(room.copied)};
because no cell has its grade id any more, so that nbgrader scores nothing: {_names(room.nameless)}.

{_ratio_table(groups, rounds)}

Seconds per submission, for information only:

{_second_table(groups, rounds)}

Whether the work was done, in the last round:

{_score_table(room, groups, rounds[-1])}
{_END}"""


def put(text: str, path: Path) -> None:
    """Replace the measured part of a page: what lies between the first and the last line of the text.

    Raises:
        ValueError: the page has no place for it.
    """
    lines = text.split("\n")
    before, begin, rest = path.read_text(encoding="utf-8").partition(lines[0])
    _, end, after = rest.partition(lines[-1])
    if not begin or not end:
        raise ValueError(f"{path.name} needs the lines {lines[0]} and {lines[-1]}, between which the measurements go")
    path.write_text(f"{before}{text}{after}", encoding="utf-8")


def _ratio_table(groups: Groups, rounds: Sequence[Round]) -> str:
    some, many = len(groups.some), len(groups.many)

    def row(name: str, over: _Each, under: _Each) -> list[str]:
        told = [ratios([pick(over(r)) for r in rounds], [pick(under(r)) for r in rounds]) for pick in (_cpu, _wall)]
        return [name, *map(str, told)]

    def gabarito(group: str, workers: str = "one") -> _Each:
        return lambda r: r.each(workers, groups, group)

    def further(workers: str) -> _Each:
        return lambda r: r.further(workers, groups)

    def floor(students: tuple[str, ...], *, start: bool) -> _Each:
        return lambda r: r.floor(students, start=start)

    default = f"{_workers()} at a time"
    return markdown(
        ["a submission costs", "CPU time", "wall time"],
        [
            row("gabarito / floor, without the start", further("one"), floor(groups.further, start=False)),
            row(
                f"gabarito / floor, {default}, without the start",
                further("all"),
                floor(groups.further, start=False),
            ),
            row(
                "gabarito, every test / floor, without the start", further("every"), floor(groups.further, start=False)
            ),
            row(f"gabarito / floor, class of {many}", gabarito("many"), floor(groups.many, start=True)),
            row(f"gabarito / floor, class of {some}", gabarito("some"), floor(groups.some, start=True)),
            row(
                "nbgrader / gabarito, without the start",
                lambda r: r.further("nbgrader", groups, "few", "some"),
                further("one"),
            ),
            row(
                "nbgrader / gabarito, every test, without the start",
                lambda r: r.further("nbgrader", groups, "few", "some"),
                further("every"),
            ),
            row(
                f"nbgrader / gabarito, class of {some}", lambda r: r.each("nbgrader", groups, "some"), gabarito("some")
            ),
            row(
                f"nbgrader / gabarito, {default}, class of {some}",
                lambda r: r.each("nbgrader", groups, "some"),
                gabarito("some", "all"),
            ),
            row("otter / gabarito, without the start", lambda r: r.each("otter", groups, "few"), further("one")),
            row(
                "otter / gabarito, every test, without the start",
                lambda r: r.each("otter", groups, "few"),
                further("every"),
            ),
            row(f"otter / gabarito, class of {some}", lambda r: r.each("otter", groups, "few"), gabarito("some")),
            row(
                f"otter / gabarito, {default}, class of {some}",
                lambda r: r.each("otter", groups, "few"),
                gabarito("some", "all"),
            ),
        ],
    )


def _second_table(groups: Groups, rounds: Sequence[Round]) -> str:
    some, many = len(groups.some), len(groups.many)

    def row(name: str, *costs: _Each | None) -> list[str]:
        shown = [spread([_cpu(c(r)) for r in rounds]) if c else "–" for c in costs]
        walls = [spread([_wall(c(r)) for r in rounds]) if c else "–" for c in costs]
        return [name, *map(str, shown), *map(str, walls)]

    def gabarito(workers: str) -> list[_Each]:
        return [
            lambda r: r.further(workers, groups),
            lambda r: r.each(workers, groups, "some"),
            lambda r: r.each(workers, groups, "many"),
        ]

    kinds = ("without the start", f"class of {some}", f"class of {many}")
    return markdown(
        ["", *(f"CPU, {k}" for k in kinds), *(f"wall, {k}" for k in kinds)],
        [
            row(
                "floor",
                lambda r: r.floor(groups.further),
                lambda r: r.floor(groups.some, start=True),
                lambda r: r.floor(groups.many, start=True),
            ),
            row("gabarito, one at a time", *gabarito("one")),
            row("gabarito, one at a time, every test", *gabarito("every")),
            row(f"gabarito, {_workers()} at a time", *gabarito("all")),
            row(
                "nbgrader",
                lambda r: r.further("nbgrader", groups, "few", "some"),
                lambda r: r.each("nbgrader", groups, "some"),
                None,
            ),
            row("otter", lambda r: r.each("otter", groups, "few"), None, None),
        ],
    )


def _score_table(room: Classroom, groups: Groups, last: Round) -> str:
    names = {"one many": "gabarito", "nbgrader some": "nbgrader", "otter few": "otter"}
    rows = []
    for step, name in names.items():
        result = last.results[step]
        asked = len(getattr(groups, step.split()[1]))
        told = _names(sorted({room.names[student] for student in result.otherwise}))
        rows.append([name, f"{result.graded} of {asked}", f"{result.agreeing} of {result.scores}", told])
    return markdown(["", "submissions graded", "scores as known", "otherwise in"], rows)


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "nothing"


def _workers() -> int:
    return len(os.sched_getaffinity(0))


def _cpu(cost: Cost) -> float:
    return cost.cpu


def _wall(cost: Cost) -> float:
    return cost.wall
