"""The short audit of a release: it warns, and --strict refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from gabarito.audit.short import RULES, short_audit
from gabarito.course import Course
from gabarito.errors import SourceError
from gabarito.release import release
from tests.release.factories import answer, given, graded, notebook, run_here, write_course

_X = answer("x", "### BEGIN SOLUTION\nx = 3\n### END SOLUTION")
_FAULTY = {
    "one-shot-timing": ("given", graded("t", "t = time.time()\nassert x == 3\nassert time.time() - t < 60")),
    "not-reached": ("given", graded("t", "x + 1\nif x > 5: assert x == 7")),
    "unlooked-name": ("y", graded("t", "assert x == 3")),
    "shared-state": ("two", graded("t", "limit = 3\nassert x == 3")),
    "flaky": ("given", graded("t", "assert x == 3 and next(turns) != 5")),
}


def _course(root: Path, rule: str) -> Course:
    what, test = _FAULTY[rule]
    setup = given("setup", "import time\nimport sys\nturns = sys.__dict__.setdefault('_turns', iter(range(100)))")
    solution = answer("x", "### BEGIN SOLUTION\nx = 3\ny = 4\n### END SOLUTION") if what == "y" else _X
    more = [graded("u", "assert x == limit")] if what == "two" else []
    source = notebook(setup, solution, test, *more)
    return write_course(root, "c.Gabarito.two_process = False", ps1=source)


@pytest.mark.parametrize("rule", RULES)
def test_it_warns_and_strict_refuses(tmp_path: Path, rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys._turns", iter(range(2, 100)), raising=False)
    course = _course(tmp_path, rule)
    with pytest.raises(SourceError, match="without --strict it is released all the same") as e:
        release(course, "ps1", strict=True, run=run_here, inspect=short_audit)
    assert rule in [finding.rule for finding in e.value.findings]
    assert not course.release.exists()
    assert not course.record_path("ps1").exists()
    monkeypatch.setattr("sys._turns", iter(range(2, 100)), raising=False)
    found = release(course, "ps1", run=run_here, inspect=short_audit).findings
    (finding,) = [f for f in found if f.rule == rule]
    assert finding.index is not None
    assert course.release.exists()


def test_good_tests_pass_even_strictly(tmp_path: Path) -> None:
    course = write_course(tmp_path, "c.Gabarito.two_process = False", ps1=notebook(_X, graded("t", "assert x == 3")))
    assert release(course, "ps1", strict=True, run=run_here, inspect=short_audit).findings == ()


def test_notes_on_mutants_stay_with_the_instructor(tmp_path: Path) -> None:
    marked = answer("x", "### BEGIN SOLUTION\nx = 3\n### END SOLUTION")
    marked.metadata["gabarito"] = {"equivalent_mutants": {"12345678": "the secret"}}
    course = write_course(
        tmp_path, "c.Gabarito.two_process = False", ps1=notebook(marked, graded("t", "assert x == 3"))
    )
    release(course, "ps1", run=run_here)
    assert "equivalent_mutants" not in (course.release / "ps1" / "ps1.ipynb").read_text()
