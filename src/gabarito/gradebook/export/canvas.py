"""The gradebook file that Canvas imports.

What Canvas makes of it is read off its own `lib/gradebook_importer.rb`: it looks at the columns that are there and at
no other; a number in brackets behind a title is the assignment's id, without one it looks for the title; an empty
cell removes a score that Canvas has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from gabarito.errors import UsageError
from gabarito.gradebook.export.file import Export
from gabarito.gradebook.export.grades import Grades, Sheet, Student, who
from gabarito.gradebook.export.spreadsheet import harmless, identifier, number, written
from gabarito.gradebook.export.template import Key, Template, pair, read_template

_STUDENT = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
_ABOUT = frozenset({*_STUDENT, "LastName", "FirstName", "Integration ID", "Root Account"})
_NAMES = frozenset({"Student", "LastName", "FirstName", "Section"})
_POINTS = "Points Possible"
_KEYS: tuple[Key, ...] = (
    ("ID", lambda s: s.lms_user_id),
    ("SIS User ID", lambda s: s.id),
    ("SIS Login ID", lambda s: s.id),
    ("SIS Login ID", lambda s: s.email),
)
_WITH_ID = re.compile(r"(.*) \(\d+\)", re.DOTALL)
_NO_SCORES = re.compile(r"\s*(Muted|Manual Posting.*)?\s*", re.IGNORECASE)
_DECIDED = ("EX", "N/A")
"""Who is excused, or has not got the assignment at all."""
_TEST_STUDENT = "Student, Test"
_NAME = "canvas.csv"


def canvas_export(grades: Grades, template: Path | None = None, titles: Mapping[str, str] | None = None) -> Export:
    """A column for each assignment, a row for each student.

    Args:
        template: the file that Canvas exported. Rows and ids are taken from it, and cells for which there is no
            score; columns of other assignments are left out, so that the import can't change them.
        titles: what assignments are called in Canvas, where it isn't their name here.

    Raises:
        UsageError: a title is for an assignment that isn't here, the template is no gradebook of Canvas, an assignment
            has no column in it or two, or shares one with another, or a row can't be given to one student.
    """
    titles = titles or {}
    if unknown := sorted(titles.keys() - {sheet.name for sheet in grades.sheets}):
        raise UsageError(f"--title names {unknown[0]!r}, which is no assignment that is exported")
    if template is not None:
        return _filled(grades, read_template(template), titles)
    header = [*_STUDENT, *(harmless(titles.get(sheet.name, sheet.name)) for sheet in grades.sheets)]
    possible = [f"    {_POINTS}", *[""] * (len(_STUDENT) - 1), *(number(s.table.max_score) for s in grades.sheets)]
    rows = [[harmless(_name(s)), *map(identifier, (*_ids(s), s.id)), "", *_scores(grades, s)] for s in grades.students]
    notes = [*grades.notes(), *grades.odd_ids()]
    if unknown := [s.id for s in grades.students if not _ids(s)[0]]:
        notes.append(
            f"no number of Canvas as lms_user_id: {who(unknown)}: it looks for their ids among its logins, "
            "then for their names."
        )
    return Export(_NAME, written([header, possible, *rows]).encode(), tuple(notes))


def _filled(grades: Grades, template: Template, titles: Mapping[str, str]) -> Export:
    template.require("ID", "Section", what="the gradebook that Canvas exports (Grades, Export)")
    columns = {sheet.name: _column(template, sheet, titles.get(sheet.name, sheet.name)) for sheet in grades.sheets}
    if len({*columns.values()}) < len(columns):
        raise UsageError(f"two of {', '.join(columns)} are to go into one column of the template {template.path}")
    about = [i for i, name in enumerate(template.header) if name in _ABOUT]
    points = next((row for row in template.rows if _POINTS in row[0]), None)
    people = [i for i, row in enumerate(template.rows) if _is_student(row)]
    pairs = pair(template, people, grades.students, _KEYS)
    notes = [*grades.notes(), *pairs.notes(template, 0), *_other_points(grades, columns, points)]
    rows: list[list[str]] = [[template.header[i] for i in (*about, *columns.values())]]
    kept: dict[str, list[str]] = {}
    for index, row in enumerate(template.rows):
        cells = [_safe(template.header[i], row[i]) for i in about]
        student = pairs.by_row.get(index)
        for sheet in grades.sheets:
            there = row[columns[sheet.name]]
            found = grades.points(sheet, student.id) if student else None
            if student and found and there.strip().upper() in _DECIDED:
                kept.setdefault(sheet.name, []).append(student.id)
            cells.append(there if found is None or there.strip().upper() in _DECIDED else number(found.score))
        rows.append(cells)
    notes += [
        f"{name}: excused in Canvas, or without this assignment, and left so: {who(ids)}." for name, ids in kept.items()
    ]
    return Export(_NAME, template.encoded(rows), tuple(notes))


def _column(template: Template, sheet: Sheet, title: str) -> int:
    """Where an assignment's scores stand."""
    found = [
        i
        for i, name in enumerate(template.header)
        if name not in _ABOUT and title in (name, m[1] if (m := _WITH_ID.fullmatch(name)) else name)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(template.header[i] for i in found)
        raise UsageError(
            f"the template {template.path} has several columns for {sheet.name!r}: {names}; "
            f"say which, with --title {sheet.name}='{template.header[found[0]]}'"
        )
    others = [name for name in template.header if _WITH_ID.fullmatch(name)]
    raise UsageError(
        f"the template {template.path} has no column {title!r} (it has: {', '.join(others) or 'no assignment'}); "
        f"make the assignment in Canvas, or say what it is called there, with --title {sheet.name}='TITLE'"
    )


def _is_student(row: tuple[str, ...]) -> bool:
    is_about_points = _POINTS in row[0] or all(_NO_SCORES.fullmatch(cell) for cell in row)
    return not is_about_points and row[0].strip() != _TEST_STUDENT


def _other_points(grades: Grades, columns: Mapping[str, int], points: tuple[str, ...] | None) -> Iterator[str]:
    """Where Canvas counts from another maximum."""
    for sheet in grades.sheets:
        theirs = points[columns[sheet.name]].strip() if points else ""
        ours = number(sheet.table.max_score)
        if theirs and not _equal(theirs, sheet.table.max_score):
            yield f"{sheet.name} has {ours} points here and {theirs} in Canvas: scores are written as they are here."


def _equal(text: str, value: float) -> bool:
    try:
        return abs(float(text.replace(",", ".")) - value) < 0.005  # Canvas rounds to two digits
    except ValueError:
        return False


def _safe(column: str, cell: str) -> str:
    return harmless(cell) if column in _NAMES else identifier(cell)


def _name(student: Student) -> str:
    return ", ".join(name for name in (student.last_name, student.first_name) if name) or student.id


def _ids(student: Student) -> tuple[str, str]:
    """Canvas's own number, which it reads as far as there are digits, and another id."""
    id_ = student.lms_user_id
    return (id_, "") if id_.isascii() and id_.isdigit() else ("", id_)


def _scores(grades: Grades, student: Student) -> Iterable[str]:
    for sheet in grades.sheets:
        points = grades.points(sheet, student.id)
        yield number(points.score) if points else ""
