"""What of an instructor's answer a student hands in."""

from __future__ import annotations

import pytest

from gabarito.demo.deal import solved_source
from gabarito.notebook.markers import has_marker

SCHEME = "### BEGIN MARK SCHEME\n* **1 point** for a reason.\n### END MARK SCHEME"


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ("### BEGIN SOLUTION\nBecause.\n### END SOLUTION", "Because."),
        ("x = 1\n### BEGIN SOLUTION\ny = 2\n### END SOLUTION\nz = 3", "x = 1\ny = 2\nz = 3"),
        (f"### BEGIN SOLUTION\nBecause.\n\n{SCHEME}\n### END SOLUTION", "Because."),
        (f"### BEGIN SOLUTION\n{SCHEME}\nBecause.\n\nAnd so.\n### END SOLUTION", "Because.\n\nAnd so."),
        (f"Why?\n### BEGIN SOLUTION\nBecause.\n### END SOLUTION\n{SCHEME}\nThe end", "Why?\nBecause.\nThe end"),
        (f"### BEGIN SOLUTION\n{SCHEME}\nOne.\n{SCHEME}\nTwo.\n### END SOLUTION", "One.\nTwo."),
        ("Nothing is marked.\n", "Nothing is marked.\n"),
    ],
)
def test_no_marker_and_no_mark_scheme_is_handed_in(source: str, answer: str) -> None:
    assert solved_source(source) == answer
    assert not has_marker(solved_source(source))
