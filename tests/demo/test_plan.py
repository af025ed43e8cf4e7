"""Plans of a class, as instructors write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gabarito.demo.plan import Edit, load_plan
from gabarito.errors import CourseError


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "notebooks.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_plan(tmp_path: Path) -> None:
    plan = load_plan(
        write(
            tmp_path,
            """
            first = ["a/b"]
            [[notebook]]
            name = "moved"
            why = "because"
            edits = [{ do = "move", cell = "a", through = "b", before = "c" }]
            scores = { a = 0.5, b = "by hand" }
            """,
        )
    )
    assert plan.first == ("a/b",)
    assert plan.alone == ()
    (notebook,) = plan.notebook
    assert notebook.edits == (Edit(do="move", cell="a", through="b", before="c"),)
    assert notebook.scores == {"a": 0.5, "b": "by hand"}
    assert notebook.start == "solved"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[notebook]]\nname = 'a'", "missing required field `why`"),
        ("[[notebook]]\nname = 'a'\nwhy = ''\nscore = 1", "unknown field `score`"),
        ("[[notebook]]\nname = 'a'\nwhy = ''\nedits = [{ do = 'burn' }]", "Invalid enum value 'burn'"),
        ("[[notebook]]\nname = 'a'\nwhy = ''\n[[notebook]]\nname = 'a'\nwhy = ''", "two notebooks are named 'a'"),
        ("first = [", "can't be read"),
    ],
)
def test_what_is_wrong_in_one(tmp_path: Path, text: str, why: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(CourseError, match=why) as raised:
        load_plan(path)
    assert str(path) in str(raised.value)


def test_no_plan(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="can't be read"):
        load_plan(tmp_path / "absent.toml")
