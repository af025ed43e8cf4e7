"""Files that Moodle takes grades from: an assignment's grading worksheet, or a list for the gradebook's import.

What Moodle makes of them is read off its own `mod/assign/feedback/offline` and `grade/import/csv`. The worksheet's rows
are found by numbers that only Moodle knows, so it needs a template. In the list a row without the id that people are
looked up by counts for the person in the row above.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from pathlib import Path

from gabarito.errors import UsageError
from gabarito.gradebook.export.file import Export
from gabarito.gradebook.export.grades import Grades, Sheet, Student, who
from gabarito.gradebook.export.spreadsheet import harmless, identifier, number, written
from gabarito.gradebook.export.template import Key, Pairs, Template, pair, read_template

_GRADE, _MAXIMUM, _COMMENTS = "Grade", "Maximum Grade", "Feedback comments"
_NEEDED = ("Identifier", _GRADE, "Last modified (grade)")
_WHAT = (
    "the assignment's grading worksheet (its submissions, 'Download grading worksheet'), "
    "downloaded while Moodle is set to English"
)
_PEOPLE: tuple[Key, ...] = (
    ("Username", lambda s: s.id),
    ("ID number", lambda s: s.lms_user_id),
    ("Email address", lambda s: s.email),
)
_KEYS: tuple[Key, ...] = (*_PEOPLE, ("ID number", lambda s: s.id), ("Email address", lambda s: s.id))
_NO_TEXT = frozenset({*_NEEDED, _MAXIMUM, "Last modified (submission)", *(column for column, _ in _KEYS)})
"""Columns that Moodle itself fills, and reads again word for word; `-` stands there for nothing."""
_NAME = "moodle.csv"


def moodle_export(grades: Grades, template: Path | None = None) -> Export:
    """The worksheet with grades and comments filled in, or a list of all students.

    Args:
        template: the worksheet that Moodle made; cells for which there is nothing stay as they are.

    Raises:
        UsageError: the template is no worksheet, it is to be filled from several assignments, or a row can't be given
            to one student.
    """
    if template is None:
        return _list(grades)
    if len(grades.sheets) != 1:
        names = ", ".join(sheet.name for sheet in grades.sheets) or "none"
        raise UsageError(f"a worksheet of Moodle is for one assignment, not for: {names}; name one")
    return _filled(grades, grades.sheets[0], read_template(template))


def _list(grades: Grades) -> Export:
    lacking = {column: [s.id for s in grades.students if not of(s)] for column, of in _PEOPLE}
    people = [(column, of) for column, of in _PEOPLE if not lacking[column]]
    header = ["First name", "Last name", *(column for column, _ in people)]
    header += [harmless(name) for s in grades.sheets for name in (s.name, f"{s.name} (feedback)")]
    rows = []
    for student in grades.students:
        row = [
            harmless(student.first_name),
            harmless(student.last_name),
            *(identifier(of(student)) for _, of in people),
        ]
        for sheet in grades.sheets:
            points = grades.points(sheet, student.id)
            row += [number(points.score), _comments(sheet, student)] if points else ["", ""]
        rows.append(row)
    notes = [
        f"no column {column!r}, for Moodle would give the grades of {who(ids)}, without one, to whoever stands above."
        for column, ids in lacking.items()
        if ids and len(ids) < len(grades.students)
    ]
    return Export(_NAME, written([header, *rows]).encode(), (*grades.notes(), *grades.odd_ids(), *notes))


def _filled(grades: Grades, sheet: Sheet, template: Template) -> Export:
    template.require(*_NEEDED, what=_WHAT)
    pairs = pair(template, range(len(template.rows)), grades.students, _KEYS)
    rows = [list(template.header)]
    for index, cells in enumerate(template.rows):
        row = [_safe(column, cell) for column, cell in zip(template.header, cells, strict=True)]
        student = pairs.by_row.get(index)
        if student and (points := grades.points(sheet, student.id)):
            row[template.column(_GRADE)] = number(points.score)
            if _COMMENTS in template.header and (comments := _comments(sheet, student)):
                row[template.column(_COMMENTS)] = comments
        rows.append(row)
    name = template.column("Full name" if "Full name" in template.header else "Identifier")
    notes = (*grades.notes(), *pairs.notes(template, name), *_other_points(grades, sheet, template, pairs))
    return Export(_NAME, template.encoded(rows), notes)


def _other_points(grades: Grades, sheet: Sheet, template: Template, pairs: Pairs) -> Iterator[str]:
    """Where Moodle counts from another maximum, and whose grade it will not take."""
    if _MAXIMUM not in template.header:
        return
    maxima = {row: _value(template.rows[row][template.column(_MAXIMUM)]) for row in pairs.by_row}
    others = sorted({most for most in maxima.values() if most is not None and most != sheet.table.max_score})
    if others:
        theirs = " or ".join(map(number, others))
        yield (
            f"{sheet.name} has {number(sheet.table.max_score)} points here and {theirs} in Moodle: "
            "grades are written as they are here."
        )
    above = [s.id for row, s in pairs.by_row.items() if _is_above(grades, sheet, s, maxima[row])]
    if above:
        yield f"more than Moodle's maximum, and Moodle will pass over it: the grade of {who(above)}."


def _is_above(grades: Grades, sheet: Sheet, student: Student, most: float | None) -> bool:
    points = grades.points(sheet, student.id)
    return points is not None and most is not None and float(number(points.score)) > most


def _value(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _comments(sheet: Sheet, student: Student) -> str:
    """What was said about this student's cells, in the notebook's order, as the HTML that Moodle keeps."""
    found = sheet.scores(student.id)
    said: Mapping[tuple[str, str], str] = found.comments if found else {}
    several = len({e.notebook for e in sheet.table.exercises}) > 1
    order = [e.place for e in sheet.table.exercises]
    lines = [
        f"{'/'.join(place) if several else place[1]}: {said[place].strip()}"
        for place in dict.fromkeys((*order, *said))
        if place in said
    ]
    return harmless("<br>".join(html.escape(line, quote=False).replace("\n", "<br>") for line in lines))


def _safe(column: str, cell: str) -> str:
    return identifier(cell) if column in _NO_TEXT else harmless(cell)
