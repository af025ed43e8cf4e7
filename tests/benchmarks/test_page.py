"""The page of measurements, from made-up costs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar, cast

import pytest

from benchmarks.classroom import Classroom, spread_out
from benchmarks.graders import Floor, Result
from benchmarks.measure import Cost
from benchmarks.page import page, put
from benchmarks.rounds import Groups, Round

_GROUPS = Groups(few=("a", "c"), some=("a", "b", "c", "d"), many=tuple("abcdefgh"))
_START, _EACH = 10.0, 0.5


class _Room:
    wild = ("endless-loop", "memory-hog")
    copied = ()
    nameless = ("metadata-dropped",)
    names: ClassVar = {"a": "unsolved", "b": "imports-deleted", "c": "mixed", "d": "mixed"}


def _round(slower: float) -> Round:
    """A round in which gabarito takes `slower` times the floor, and nbgrader and otter a start for each."""

    def result(count: int, start: float, each: float) -> Result:
        cost = Cost(wall=start + count * each, cpu=start + count * each)
        return Result(cost=cost, graded=count, agreeing=3 * count, scores=3 * count)

    made = Round(floors=[Floor(Cost(_START, _START), dict.fromkeys("abcdefgh", Cost(_EACH, _EACH)))] * 2)
    for workers in ("one", "all"):
        for group, count in (("some", 4), ("many", 8)):
            made.results[f"{workers} {group}"] = result(count, _START, slower * _EACH)
    for group, count in (("some", 4), ("many", 8)):
        made.results[f"every {group}"] = result(count, _START, 2 * slower * _EACH)
    made.results["nbgrader few"] = result(2, 1.0, _START + _EACH)
    made.results["nbgrader some"] = result(4, 1.0, _START + _EACH)
    made.results["otter few"] = replace(result(2, 0.0, _START), agreeing=3, otherwise=("b",))
    made.others = Cost(100.0, 90.0, 5.0)
    return made


def test_a_further_submission_is_without_the_start() -> None:
    made = _round(slower=1.2)
    assert made.further("one", _GROUPS).cpu == pytest.approx(1.2 * _EACH)
    assert made.further("nbgrader", _GROUPS, "few", "some").cpu == pytest.approx(_START + _EACH)
    assert made.each("one", _GROUPS, "some").cpu == pytest.approx(_START / 4 + 1.2 * _EACH)


def test_the_floor_is_the_mean_of_its_runs() -> None:
    made = _round(slower=1.0)
    made.floors[1] = Floor(Cost(0.0, 2 * _START), dict.fromkeys("abcdefgh", Cost(_EACH, 3 * _EACH)))
    assert made.floor(_GROUPS.further).cpu == pytest.approx(2 * _EACH)
    assert made.floor(_GROUPS.some, start=True).cpu == pytest.approx(2 * _EACH + 1.5 * _START / 4)


def test_the_page_has_each_ratio_with_its_range() -> None:
    text = page(cast("Classroom", _Room()), _GROUPS, [_round(1.2), _round(1.4), _round(1.3)], load=0.2)
    lines = text.split("\n")
    assert "| gabarito / floor, without the start | 1.30 (1.20–1.40) | 1.30 (1.20–1.40) |" in lines
    assert any(line.startswith("| nbgrader / gabarito, without the start | 16.2 (15.0–17.5) |") for line in lines)
    assert "| gabarito, every test / floor, without the start | 2.60 (2.40–2.80) | 2.60 (2.40–2.80) |" in lines
    assert "| nbgrader | 4 of 4 | 12 of 12 | nothing |" in lines
    assert "| otter | 2 of 2 | 3 of 6 | `imports-deleted` |" in lines
    assert "only a grader with limits gets past them: `endless-loop`, `memory-hog`;" in text
    assert "where nbgrader stops and grades nobody after: nothing;" in text
    assert "so that nbgrader scores nothing: `metadata-dropped`." in text
    assert "0.050 cores" in text


def test_only_the_measured_part_of_a_page_changes(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("# Title\n<!-- class: measured -->\nold\n<!-- class: end -->\nmore\n")
    put("<!-- class: measured -->\nnew\n<!-- class: end -->", readme)
    assert readme.read_text() == "# Title\n<!-- class: measured -->\nnew\n<!-- class: end -->\nmore\n"


def test_a_page_without_a_place_for_measurements_is_left_alone(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("# Title\n")
    with pytest.raises(ValueError, match=r"README\.md needs the lines"):
        put("new", readme)
    assert readme.read_text() == "# Title\n"


def test_students_are_spread_over_the_class() -> None:
    assert spread_out("abcdefgh", 4) == ("a", "c", "e", "g")
    assert spread_out("abc", 9) == ("a", "b", "c")
