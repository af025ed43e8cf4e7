"""Each trait of notebooks gets the points that nbgrader gives it, which `make compat` asks nbgrader itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from gabarito.course import load_course
from gabarito.grading.bulk import grade
from gabarito.release import release
from tests.compat.compare import Score, hand_in, read_scores
from tests.compat.courses import write_source
from tests.compat.traits import COURSES, Course, Trait

CASES = [(course, trait) for course in COURSES for trait in course.traits]
Found = dict[str, dict[str, dict[tuple[str, str], Score]]]


def _graded(course: Course, root: Path) -> dict[str, dict[tuple[str, str], Score]]:
    root.mkdir()
    (root / "nbgrader_config.py").write_text(f"c = get_config()\nc.Gabarito.sandbox = 'process'\n{course.config}")
    write_source(root / "source" / "ps", course)
    loaded = load_course(root)
    release(loaded, "ps", force=True)
    for way in ("solved", "unsolved"):
        hand_in(root, way)
    grade(loaded, "ps")
    return {way: read_scores(root, way) for way in ("solved", "unsolved")}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """All scores, by course and way."""
    folder = tmp_path_factory.mktemp("traits")
    return {course.name: _graded(course, folder / course.name) for course in COURSES}


@pytest.mark.parametrize(("course", "trait"), CASES, ids=[trait.name for _, trait in CASES])
def test_the_points_are_those_of_nbgrader(course: Course, trait: Trait, found: Found) -> None:
    solved, unsolved = (found[course.name][way] for way in ("solved", "unsolved"))
    cells = [cell for notebook, cell in solved if notebook == trait.name]
    assert {cell: (solved[trait.name, cell], unsolved[trait.name, cell]) for cell in cells} == trait.scores
