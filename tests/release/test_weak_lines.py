"""Which lines of a test are told to rest on student code, and which are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from gabarito.engine.remote.kinds import SPECIAL
from gabarito.model import (
    AssignmentContract,
    Contract,
    Mode,
    NotebookContract,
    NotebookRecord,
    RecordCell,
    ReleaseRecord,
    Role,
)
from gabarito.release import release
from gabarito.release.weak_lines import _SIGNS, WeakLine, find_weak_lines
from tests.release.factories import answer, graded, notebook, write_course


def _found(source: str, operations: dict[int, tuple[str, ...]], mode: Mode = Mode.TWO_PROCESS) -> tuple[WeakLine, ...]:
    cells = (
        RecordCell(id="setup", role=Role.GIVEN, cell_type="code", source="x = 1", checksum=""),
        RecordCell(id="test-x", role=Role.TEST, cell_type="code", source=source, checksum="", points=1),
    )
    record = NotebookRecord(name="ps1", cells=cells)
    contract = Contract(mode=mode, operations=operations)
    learned = NotebookContract(name="ps1", basis=record.basis(), tests={"test-x": contract})
    return find_weak_lines(
        ReleaseRecord(assignment="ps1", notebooks=(record,)),
        AssignmentContract(assignment="ps1", notebooks=(learned,)),
    )


@pytest.mark.parametrize(
    ("operations", "meaning", "advice"),
    [
        (("eq",), "a student’s own object answers “==”, and it can answer what it likes", "for “x == y”"),
        (("ge", "call"), "a student’s own object answers “>=”,", "compare plain values, such as “x.value == 3”"),
        (("contains",), "answers “in”,", "such as “3 in list(x)” for “3 in x”"),
        (("bool",), "answers whether it is true,", "such as “x.size > 0” for “x”"),
        (("hash",), "answers “hash()”,", "compare plain values"),
        (
            ("bool", "lt", "add"),
            "answers “<” and whether it is true,",
            "for “x == y”; ask for the truth of a plain value,",
        ),
    ],
)
def test_comparisons_membership_and_truth(operations: tuple[str, ...], meaning: str, advice: str) -> None:
    (found,) = _found("y = 2\n    assert x == y", {2: operations})
    assert (found.notebook, found.cell, found.line, found.source) == ("ps1", "test-x", 2, "assert x == y")
    assert meaning in found.meaning
    assert advice in found.advice


@pytest.mark.parametrize("operation", ["call", "getattr", "setattr", "setitem", "enter", "exit", "add", "int", "str"])
def test_what_gives_plain_values_or_acts_is_no_verdict(operation: str) -> None:
    assert _found("assert f(x) == 3", {1: (operation,)}) == ()


def test_lines_in_order_and_advice_once() -> None:
    found = _found("a\nb\nc", {3: ("eq",), 1: ("ne", "lt"), 9: ("eq",), 0: ("bool",)})
    assert [(w.line, w.source, w.operations) for w in found] == [
        (0, "", ("bool",)),
        (1, "a", ("ne", "lt")),
        (3, "c", ("eq",)),
        (9, "", ("eq",)),
    ]
    assert found[1].advice.count("compare plain values") == 1


def test_shared_tests_are_weak_as_a_whole_and_not_by_lines() -> None:
    assert _found("assert x == y", {1: ("eq",)}, Mode.SHARED) == ()


@pytest.mark.parametrize(
    ("source", "line", "weak"),
    [
        ("with timer() as t:\n    assert f() == 3", 1, True),
        ("with timer():\n    torch.testing.assert_close(f(), g())", 1, True),
        ("with (\n    timer() as t,\n    other(),\n):\n    if t:\n        self.assertEqual(f(), 3)", 3, True),
        ("with timer(): assert f() == 3", 1, True),
        ("async def g():\n    async with timer():\n        assert 0", 2, True),
        ("with timer() as t:\n    f()\nassert t.seconds < 3", 1, False),
        ("with timer() as t:\n    f()\nwith other():\n    assert f()", 1, False),
        ("t = timer()\nt.__exit__()", 2, False),
        ("%%bash\nls", 1, False),
    ],
)
def test_a_block_whose_end_is_the_students_can_hide_an_assertion(source: str, line: int, weak: bool) -> None:
    found = _found(source, {line: ("enter", "suppress")})
    assert bool(found) == weak
    for each in found:
        assert each.meaning == "the student’s object that ends this block can hide an assertion that fails inside it"
        assert each.advice == "assert below the block, not inside it"


def test_the_operations_are_those_of_the_engine() -> None:
    assert set(_SIGNS) - {"suppress"} <= set(SPECIAL.values())


def test_learned_with_the_instructors_solution(tmp_path: Path) -> None:
    """Through the real engine: what the release says of a notebook with a class of the student's."""
    vector = answer(
        "vector",
        "### BEGIN SOLUTION\nclass Vector:\n    def __init__(self, *values):\n        self.values = values\n"
        "    def __eq__(self, other):\n        return self.values == other.values\n"
        "    __hash__ = None\n### END SOLUTION",
    )
    weak = graded("test-equal", "v = Vector(1, 2)\nassert v.values == (1, 2)\nassert v == Vector(1, 2)")
    stronger = graded("test-values", "v = Vector(1, 2)\nassert v.values == (1, 2)")
    ask = answer("ask", "def ask():\n    ### BEGIN SOLUTION\n    return input()\n    ### END SOLUTION")
    patched = "from unittest.mock import patch\nwith patch('builtins.input', lambda: '7'):\n    assert ask() == '7'"
    cells = (vector, weak, stronger, ask, graded("test-ask", patched))
    done = release(write_course(tmp_path, "c.Gabarito.two_process = True", ps1=notebook(*cells)), "ps1")
    modes = {c.id: (c.mode, c.reason.split(":")[0]) for c in done.cells}
    assert modes["test-equal"] == modes["test-values"] == (Mode.TWO_PROCESS, "")
    assert modes["test-ask"] == (Mode.SHARED, "in two processes the solution itself fails")
    assert [(w.cell, w.line, w.source, w.operations) for w in done.weak_lines] == [
        ("test-equal", 3, "assert v == Vector(1, 2)", ("eq",))
    ]
