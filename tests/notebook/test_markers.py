from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gabarito.model import HiddenRegion
from gabarito.notebook.markers import Delimiters, Kind, Region, has_marker, hidden_regions, scan


def _faults(source: str) -> list[tuple[int, str]]:
    return [(fault.line, fault.message) for fault in scan(source)[1]]


def test_finds_regions_of_every_kind_in_order() -> None:
    source = "a\n### BEGIN SOLUTION\nb\n  # END SOLUTION\n### BEGIN HIDDEN TESTS: big\nc\n### END HIDDEN TESTS"
    regions, faults = scan(source)
    assert regions == (Region(Kind.SOLUTION, 2, 4), Region(Kind.HIDDEN, 5, 7, "big"))
    assert faults == ()


def test_a_title_follows_a_colon_and_else_is_a_number() -> None:
    region = "### BEGIN HIDDEN TESTS{}\npass\n### END HIDDEN TESTS\n"
    source = "".join(region.format(t) for t in ("", " : at large inputs ", " of mine", ":"))
    assert hidden_regions(source) == (
        HiddenRegion(1, 3, "hidden test 1"),
        HiddenRegion(4, 6, "at large inputs"),
        HiddenRegion(7, 9, "hidden test 3"),
        HiddenRegion(10, 12, "hidden test 4"),
    )


def test_only_hidden_tests_are_hidden_regions() -> None:
    assert hidden_regions("### BEGIN SOLUTION\nx\n### END SOLUTION") == ()


def test_delimiters_are_the_courses_own() -> None:
    own = Delimiters(hidden=("SECRET(", ")SECRET"))
    assert hidden_regions("# SECRET(: a\nx\n# )SECRET", own) == (HiddenRegion(1, 3, "a"),)
    assert hidden_regions("# BEGIN HIDDEN TESTS\nx\n# END HIDDEN TESTS", own) == ()
    assert has_marker("x = ')SECRET'", own)
    assert not has_marker("END HIDDEN TESTS", own)


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("x\n### BEGIN SOLUTION\ny", 2, "“BEGIN SOLUTION” is never closed"),
        ("x\n### END HIDDEN TESTS", 2, "“END HIDDEN TESTS” closes nothing"),
        ("# BEGIN SOLUTION\n# BEGIN SOLUTION\n# END SOLUTION", 2, "inside the region that “BEGIN SOLUTION” opened"),
        (
            "# BEGIN HIDDEN TESTS\n# BEGIN SOLUTION\n# END HIDDEN TESTS",
            2,
            "“BEGIN SOLUTION” stands inside the region that “BEGIN HIDDEN TESTS” opened in line 1",
        ),
        (
            "# BEGIN HIDDEN TESTS\n# END SOLUTION\n# END HIDDEN TESTS",
            2,
            "“END SOLUTION” stands inside the region that “BEGIN HIDDEN TESTS” opened in line 1",
        ),
        ("# BEGIN SOLUTION\nx # BEGIN SOLUTION END SOLUTION", 1, "never closed"),
    ],
)
def test_markers_without_a_partner_are_faults(source: str, line: int, words: str) -> None:
    assert [place for place, message in _faults(source) if words in message] == [line]


def test_a_mark_scheme_may_be_part_of_a_solution() -> None:
    source = "# BEGIN SOLUTION\n# BEGIN MARK SCHEME\nx\n# END MARK SCHEME\n# END SOLUTION"
    assert scan(source) == ((Region(Kind.SOLUTION, 1, 5),), ())
    assert _faults("# BEGIN SOLUTION\n# BEGIN MARK SCHEME\n# END SOLUTION\n# END MARK SCHEME") == [
        (4, "“END MARK SCHEME” closes nothing")
    ]


_LINES = ["x = 1", "", *(f"### {m}" for _, *pair in Delimiters().pairs() for m in pair)]


@given(st.lists(st.sampled_from(_LINES), max_size=12))
def test_what_has_no_fault_is_cut_into_regions_that_do_not_touch(lines: list[str]) -> None:
    regions, faults = scan("\n".join(lines))
    places = [n for region in regions for n in range(region.first, region.last + 1)]
    assert len(places) == len(set(places))
    assert places == sorted(places)
    if not faults:
        outside = [line for n, line in enumerate(lines, start=1) if n not in places]
        assert not has_marker("\n".join(outside))
