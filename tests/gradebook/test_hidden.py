from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gabarito.gradebook.hidden import builtin_error, secrets_of, visible_source, visible_traceback
from gabarito.model import HiddenRegion

SOURCE = "assert f(1) == 2\n### BEGIN HIDDEN TESTS\nassert f(10**6) == 3\nx = 1\n)\n### END HIDDEN TESTS\nx = 1"
REGIONS = (HiddenRegion(2, 6, "large"),)


def test_secrets_are_the_hidden_lines_that_nobody_was_given() -> None:
    secrets = secrets_of([(SOURCE, REGIONS), ("y = 2", ())])
    assert secrets.lines == {"### BEGIN HIDDEN TESTS", "assert f(10**6) == 3", ")", "### END HIDDEN TESTS"}
    assert secrets.shown_in("line 3:   assert  f(10**6)\t== 3")
    assert secrets.shown_in("\x1b[1massert\x1b[0m f(10**6) == 3")
    assert secrets.shown_in("<b>assert f(10**6) &#61;&#61; 3</b>")
    assert not secrets.shown_in("f(1)")


@given(st.lists(st.text("abc()=1 \t", max_size=30), min_size=1, max_size=12), st.data())
def test_what_is_visible_holds_no_secret(lines: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(1, len(lines)))
    region = HiddenRegion(first, data.draw(st.integers(first, len(lines))), "t")
    source = "\n".join(lines)
    secrets = secrets_of([(source, [region])])
    shown = visible_source(source, [region]).split("\n")
    assert not {" ".join(line.split()) for line in shown} & secrets.lines
    numbered = [f"---> {n} {line}" for n, line in enumerate(lines, start=1)]
    assert not secrets.shown_in("\n".join(visible_traceback(numbered, secrets)))


@pytest.mark.parametrize(
    ("name", "shown"),
    [("ValueError", "ValueError"), ("KeyboardInterrupt", "KeyboardInterrupt"), ("print", ""), ("MyError", "")],
)
def test_only_pythons_own_errors_are_named(name: str, shown: str) -> None:
    assert builtin_error(name) == shown
