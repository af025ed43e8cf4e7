"""A CSV file that a learning management system made, to be filled in and given back."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gabarito.errors import UsageError
from gabarito.gradebook.export.grades import Student, who
from gabarito.gradebook.export.spreadsheet import written

_BOM = "\ufeff"
_DELIMITERS = ",;\t"

Key = tuple[str, Callable[[Student], str]]
"""A column of the template, and what stands there for a student."""


@dataclass(frozen=True, slots=True)
class Template:
    """The file's cells, and how they were written."""

    path: Path
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """Below the header, each as long as it."""
    delimiter: str
    newline: str
    has_bom: bool

    def require(self, *columns: str, what: str) -> None:
        """See that it is the file it should be.

        Args:
            columns: that it must have.
            what: what it should be, and where to get it.

        Raises:
            UsageError: a column is missing.
        """
        if missing := [name for name in columns if name not in self.header]:
            raise UsageError(
                f"the template {self.path} has no column {missing[0]!r} (it has: {', '.join(self.header)}); "
                f"it should be {what}"
            )

    def column(self, name: str) -> int:
        """The position of a column that is there."""
        return self.header.index(name)

    def encoded(self, rows: Iterable[Sequence[str]]) -> bytes:
        """These rows as the file was written: separator, ends of lines, and the mark at its beginning."""
        text = written(rows, delimiter=self.delimiter, newline=self.newline)
        return ((_BOM if self.has_bom else "") + text).encode()


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which student each row of a template is about."""

    by_row: Mapping[int, Student]
    strangers: tuple[int, ...]
    """Rows of people whom the gradebook doesn't know."""
    absent: tuple[str, ...]
    """Ids of students who have no row."""

    def notes(self, template: Template, name_column: int) -> Iterable[str]:
        """A sentence for those on each side who are not on the other."""
        if self.strangers:
            names = [template.rows[i][name_column] for i in self.strangers]
            yield f"in {template.path.name} and not in the gradebook, left as they are: {who(names)}."
        if self.absent:
            yield f"in the gradebook and not in {template.path.name}, left out: {who(self.absent)}."


def read_template(path: Path) -> Template:
    """The file's cells.

    Raises:
        UsageError: it can't be read, is no UTF-8 or no CSV, is empty, or has a row that is longer than its header.
    """
    try:
        text = path.read_bytes().decode()
    except OSError as e:
        raise UsageError(f"the template {path} can't be read: {e.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(
            f"the template {path} is no UTF-8 text; download it again, or save it as 'CSV UTF-8'"
        ) from None
    first, *_ = text.splitlines() or [""]
    delimiter = max(_DELIMITERS, key=first.count)
    stream = io.StringIO(text.removeprefix(_BOM), newline="")
    try:
        lines = [line for line in csv.reader(stream, delimiter=delimiter, strict=True) if line]
    except csv.Error as e:
        raise UsageError(f"the template {path} is no CSV file ({e}); download it again") from None
    if not lines:
        raise UsageError(f"the template {path} is empty; download it again")
    header, *rows = lines
    width = len(header)
    if too_long := next((n for n, row in enumerate(rows, start=2) if len(row) > width), None):
        raise UsageError(f"row {too_long} of the template {path} has more cells than its header; download it again")
    return Template(
        path=path,
        header=tuple(name.strip() for name in header),
        rows=tuple((*row, *[""] * (width - len(row))) for row in rows),
        delimiter=delimiter,
        newline="\r\n" if "\r\n" in text else "\n",
        has_bom=text.startswith(_BOM),
    )


def pair(template: Template, rows: Iterable[int], students: Sequence[Student], keys: Iterable[Key]) -> Pairs:
    """Find each row's student by ids and addresses, never by name.

    Args:
        rows: the rows that are about students.
        keys: those whose columns the template lacks are left out; capital letters make no difference.

    Raises:
        UsageError: a row fits two students, two rows fit one, or no row fits any.
    """
    indexes = [(template.column(column), _index(students, of)) for column, of in keys if column in template.header]
    by_row: dict[int, Student] = {}
    strangers = []
    for row in rows:
        cells = template.rows[row]
        found = {s.id: s for column, index in indexes for s in index.get(cells[column].strip().casefold(), ())}
        if len(found) > 1:
            raise UsageError(
                f"row {row + 2} of the template {template.path} ({cells[0].strip()}) fits {' and '.join(found)}; "
                "correct their addresses or lms_user_id in the gradebook with 'nbgrader db student add'"
            )
        if found:
            by_row[row] = next(iter(found.values()))
        else:
            strangers.append(row)
    _refuse_doubles(template, by_row)
    if not by_row and strangers:
        columns = " or ".join(dict.fromkeys(template.header[column] for column, _ in indexes)) or "an id or address"
        raise UsageError(
            f"no row of the template {template.path} fits a student of the gradebook, by {columns}; give the students "
            "their 'lms_user_id' or 'email', with 'nbgrader db student import' or 'nbgrader db student add'"
        )
    paired = {student.id for student in by_row.values()}
    return Pairs(by_row, tuple(strangers), tuple(s.id for s in students if s.id not in paired))


def _index(students: Iterable[Student], of: Callable[[Student], str]) -> dict[str, list[Student]]:
    index: dict[str, list[Student]] = {}
    for student in students:
        if value := of(student).strip().casefold():
            index.setdefault(value, []).append(student)
    return index


def _refuse_doubles(template: Template, by_row: Mapping[int, Student]) -> None:
    seen: dict[str, int] = {}
    for row, student in by_row.items():
        if student.id in seen:
            raise UsageError(
                f"rows {seen[student.id] + 2} and {row + 2} of the template {template.path} both fit {student.id}; "
                "remove one of them, or correct the addresses in the gradebook"
            )
        seen[student.id] = row
