"""Tables as spreadsheets and platforms write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gabarito.errors import CourseError
from gabarito.gradebook import sheet
from gabarito.gradebook.sheet import Row, read_sheet

ROWS = (Row(2, {"id": "ana", "last_name": "Lima, dos Santos"}), Row(3, {"id": "bo", "last_name": ""}))


@pytest.mark.parametrize(
    "content",
    [
        b'id,last_name\nana,"Lima, dos Santos"\nbo,\n',
        b'\xef\xbb\xbfid,last_name\r\nana,"Lima, dos Santos"\r\nbo,\r\n',
        b"id;last_name\nana;Lima, dos Santos\nbo;",
        b"id\tlast_name\r\nana\tLima, dos Santos\r\nbo\t\r\n",
        b' ID , Last_Name \n "ana"," Lima, dos Santos "\nbo,""\n\n , \n',
    ],
    ids=["plain", "excel", "semicolons", "tabs", "blanks"],
)
def test_ways_to_write_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(content.replace(b' "ana"', b"ana"))
    assert read_sheet(tmp_path / "x.csv").rows == ROWS


def test_excels_own_first_line(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"sep=;\r\nid;name\r\nana;Ana\r\n")
    found = read_sheet(tmp_path / "x.csv")
    assert (found.headings, found.rows) == (("id", "name"), (Row(3, {"id": "ana", "name": "Ana"}),))


def test_lines_are_counted_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text('id,name\n\nana,"a\nb"\nbo,c\n')
    assert [row.line for row in read_sheet(tmp_path / "x.csv").rows] == [3, 5]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty; its first line has to name the columns"),
        (b"\n\n", "is empty"),
        (b"id,name\nana\n", r"line 2: it has 1 cells and the first line 2 \('ana'\); correct it"),
        (b'id,name\nana,Ana\nbo,"Bo\n', "line 3: unexpected end of data; correct it"),
        (b"id,name\nana,\xe9\n", "isn't text in UTF-8; save it as CSV in UTF-8"),
        (b"PK\x03\x04\xff", "isn't text in UTF-8"),
        (b"id,name,ID\nana,Ana,x\n", "has two columns named 'id'"),
    ],
)
def test_what_is_no_table(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(CourseError, match=why):
        read_sheet(tmp_path / "x.csv")


def test_columns_without_a_name_may_be_several(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("id,,\nana,1,2\n")
    assert read_sheet(tmp_path / "x.csv").rows[0].cells["id"] == "ana"


def test_it_is_not_there_or_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CourseError, match=r"x\.csv can't be read \(No such file"):
        read_sheet(tmp_path / "x.csv")
    (tmp_path / "x.csv").write_text("id\n")
    monkeypatch.setattr(sheet, "_LARGEST", 1)
    with pytest.raises(CourseError, match="more than the 0 MiB"):
        read_sheet(tmp_path / "x.csv")
