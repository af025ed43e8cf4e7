"""The CSV file of `nbgrader export`: a line for each assignment and student."""

from __future__ import annotations

from collections.abc import Iterator

from gabarito.gradebook.export.file import Export
from gabarito.gradebook.export.grades import Grades
from gabarito.gradebook.export.spreadsheet import harmless, identifier, number, written

_COLUMNS = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
)


def csv_export(grades: Grades) -> Export:
    """The columns and lines of nbgrader's own exporter (nbgrader/plugins/export.py)."""
    return Export("grades.csv", written([_COLUMNS, *_rows(grades)]).encode(), (*grades.notes(), *grades.odd_ids()))


def _rows(grades: Grades) -> Iterator[list[str]]:
    for sheet in grades.sheets:
        for student in grades.students:
            found, points = sheet.scores(student.id), grades.points(sheet, student.id)
            timestamp = found.timestamp if found else None
            yield [
                harmless(sheet.name),
                str(sheet.duedate or ""),
                str(timestamp or ""),
                identifier(student.id),
                harmless(student.last_name),
                harmless(student.first_name),
                identifier(student.email),
                *(map(number, (points.raw, points.penalty, points.score)) if points else ("", "", "")),
                number(sheet.table.max_score),
            ]
