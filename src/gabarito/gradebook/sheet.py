"""Tables in CSV files, as spreadsheets and learning platforms write them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gabarito.errors import CourseError

_LARGEST = 64 << 20  # bytes
_DELIMITERS = ",;\t"
_EXCEL = re.compile(r"sep=[,;\t]")  # a first line that Excel writes for itself


@dataclass(frozen=True, slots=True)
class Row:
    """One line; cells by the heading of their column in lower case, without blanks around them."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table; `headings` as the file has them."""

    name: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]


def read_sheet(path: Path) -> Sheet:
    """The table in a CSV file: UTF-8 with or without a byte order mark, separated by commas, semicolons or tabs.

    Empty lines don't count.

    Raises:
        CourseError: the file can't be read, isn't UTF-8, or is no table; the message names the line.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise CourseError(f"{path} has more than the {_LARGEST >> 20} MiB that a table may have")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as e:
        raise CourseError(f"{path} can't be read ({e.strerror}); check its name and its permissions") from None
    except UnicodeDecodeError:
        raise CourseError(
            f"{path} isn't text in UTF-8; save it as CSV in UTF-8 (in Excel: CSV UTF-8), not as a spreadsheet"
        ) from None
    delimiter = max(_DELIMITERS, key=text.lstrip().partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    headings: tuple[str, ...] = ()
    rows = []
    end = 0
    try:
        for cells in reader:
            start, end = end + 1, reader.line_num
            if not any(cell.strip() for cell in cells) or (not headings and _EXCEL.fullmatch(delimiter.join(cells))):
                continue
            if not headings:
                headings = _headings(cells, path)
            elif len(cells) != len(headings):
                raise CourseError(
                    f"{path}, line {start}: it has {len(cells)} cells and the first line {len(headings)} "
                    f"({delimiter.join(cells)[:60]!r}); correct it"
                )
            else:
                rows.append(Row(start, {h.lower(): c.strip() for h, c in zip(headings, cells, strict=True)}))
    except csv.Error as e:
        raise CourseError(f"{path}, line {reader.line_num}: {e}; correct it") from None
    if not headings:
        raise CourseError(f"{path} is empty; its first line has to name the columns")
    return Sheet(str(path), headings, tuple(rows))


def _headings(cells: list[str], path: Path) -> tuple[str, ...]:
    headings = tuple(cell.strip() for cell in cells)
    low = [h.lower() for h in headings if h]
    if twice := next((h for h in low if low.count(h) > 1), ""):
        raise CourseError(f"{path} has two columns named {twice!r}; remove or rename one of them")
    return headings
