"""nbgrader's AUTOTEST directives: written out as assertions at release, plain or hashed."""

from __future__ import annotations

from pathlib import Path

import pytest

from gabarito.grading.bulk import grade
from gabarito.release import release
from tests.compat.compare import hand_in, read_scores
from tests.release.factories import answer, graded, notebook, write_course

TEMPLATES = """python3:
  setup: "import hashlib"
  hash: 'hashlib.sha1(str({{snippet}}).encode() + b"{{salt}}").hexdigest()'
  dispatch: "type({{snippet}})"
  normalize: "str({{snippet}})"
  check: 'assert {{snippet}} == "{{value}}", "{{message}}"'
  success: "print('Success!')"
  templates:
    default:
      - test: "type({{snippet}})"
        fail: "wrong type"
      - test: "{{snippet}}"
        fail: "wrong value"
"""
SOLVED = answer("double", "### BEGIN SOLUTION\ndef double(x):\n    return 2 * x\n### END SOLUTION")


@pytest.mark.parametrize("place", ["source/ps/autotests.yml", "autotests.yml"])
def test_directives_become_assertions(tmp_path: Path, place: str) -> None:
    tests = (graded("plain", "### AUTOTEST double(21)"), graded("hashed", "### HASHED AUTOTEST double(4)", 2))
    hidden = graded("hidden", "### BEGIN HIDDEN TESTS\n### AUTOTEST double(3)\n### END HIDDEN TESTS\nassert double")
    course = write_course(tmp_path, "c.Gabarito.sandbox = 'process'", ps=notebook(SOLVED, *tests, hidden))
    (tmp_path / place).write_text(TEMPLATES)
    done = release(course, "ps")
    assert [(c.id, c.solved, c.unsolved) for c in done.cells] == [("plain", 1, 0), ("hashed", 2, 0), ("hidden", 1, 0)]
    students = (course.release / "ps" / "ps.ipynb").read_text()
    assert "AUTOTEST" not in students
    assert '== \\"42\\"' in students
    assert "double(3)" not in students
    hand_in(tmp_path, "solved")
    hand_in(tmp_path, "unsolved")
    grade(course, "ps")
    assert list(read_scores(tmp_path, "solved").values()) == [1, 2, 1]
    assert list(read_scores(tmp_path, "unsolved").values()) == [0, 0, 0]
