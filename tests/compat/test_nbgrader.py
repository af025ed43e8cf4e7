"""The points that the traits are said to have are nbgrader's own: `make compat`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compat.compare import compare
from tests.compat.courses import write_source
from tests.compat.traits import COURSES, Course


@pytest.mark.slow
@pytest.mark.parametrize("course", COURSES, ids=lambda course: course.name)
def test_nbgrader_gives_these_points(course: Course, tmp_path: Path) -> None:
    alike = Course(course.name, course.config, [t for t in course.traits if not t.differs], course.files)
    found = compare(write_source(tmp_path / "source" / "ps", alike), tmp_path, course.config)
    assert (found.nbgrader_said, found.gabarito_said) == ("", "")
    assert found.differing == ()
    wanted = {
        (way, trait.name, cell): points[number]
        for trait in alike.traits
        for cell, points in trait.scores.items()
        for number, way in enumerate(("solved", "unsolved"))
    }
    assert {(row.way, row.notebook, row.cell): row.nbgrader for row in found.rows} == wanted
