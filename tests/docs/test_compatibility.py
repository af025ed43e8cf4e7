"""Each promise of compatibility names a test that exists."""

from __future__ import annotations

import ast

import pytest

from tests.compat.traits import COURSES
from tests.docs.pages import ROOT, rows, text

ROWS = [row for row in rows(text("compatibility.md")) if row[1].startswith("`tests/")]
TRAITS = {trait.name for course in COURSES for trait in course.traits}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row[0]))
def test_the_test_exists(row: tuple[str, ...]) -> None:
    path, _, name = row[1].strip("`").partition("::")
    name, _, case = name.partition("[")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert not case or case.rstrip("]") in TRAITS


def test_every_row_is_a_test() -> None:
    told = [row for row in rows(text("compatibility.md")) if row[0] not in ("what", "---")]
    assert len(told) == len(ROWS) > 30
