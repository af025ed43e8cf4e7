from __future__ import annotations

import contextlib
import io

import pytest

from gabarito.audit.reading import assertions, bound_in, draws, reached, seeds, timed_once, uses, watched


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("t = time.time()\nf()\nassert time.time() - t < 1", [3]),
        ("s = perf_counter()\nf()\nd = perf_counter() - s\ng()\ne = perf_counter() - s\nassert d < e", [6]),
        ("a = timeit.timeit(f)\nb = timeit.timeit(g)\nassert 5 * a <= b", [3]),
        ("t = time.time()\nassert f() == 3", []),
        ("assert_faster(f, than=g, by=5)", []),
        ("print(time.time())\nassert len(x) < 3", []),
        ("def f(:", []),
    ],
)
def test_a_clock_that_is_read_once_is_seen(source: str, lines: list[int]) -> None:
    assert timed_once(source) == lines


def test_drawing_and_seeding_are_seen() -> None:
    assert draws("x = torch.randn(3)")
    assert not draws("x = torch.zeros(3)  # randn")
    assert not draws("%%bash")
    assert seeds("torch.manual_seed(3)")
    assert not seeds("x = torch.randn(3)")


def _run(source: str) -> set[int] | None:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(AssertionError):
        exec(compile(watched(source), "test", "exec"), {"assert_close": lambda *a: None})
    return reached(said.getvalue())


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("assert True is not None", {0}),
        ("def test():\n    assert 1 == 1\n", set()),
        ("def test():\n    assert 1 == 1\ntest(); test()", {0}),
        ("if 0: assert 2 == 3\nassert_close(1, 1)", {1}),
        ("for i in range(3):\n    assert i < 3, 'ä'; assert (\n        i < 4)", {0, 1}),
        ("x = 'ä'; assert x == 'ä'", {0}),
        ("assert 1 == 2", None),
    ],
)
def test_assertions_that_run_are_told_from_others(source: str, seen: set[int] | None) -> None:
    assert _run(source) == seen


def test_watching_moves_no_line() -> None:
    source = "x = 1\nassert (\n    x == 1\n)\nfor _ in x:\n    assert x"
    before, after = source.split("\n"), watched(source).split("\n")
    assert len(after) == len(before) + 1
    assert all(new.endswith(old.strip()) for old, new in zip(before, after, strict=False))


def test_an_assertion_where_nobody_should_come_needn_t_run() -> None:
    source = "try:\n    f()\nexcept ValueError:\n    pass\nelse:\n    assert False, 'it must raise'"
    assert assertions(source) == []


def test_names_that_the_solution_binds_are_found() -> None:
    source = "A = 1\nB, (C, _) = 2, (3, 4)\ndef f():\n    x = 3\nclass K: pass\nD = 5"
    assert bound_in(source, set(range(1, 6))) == ["A", "B", "C", "f", "K"]
    assert uses("print(A)", "A")
    assert not uses("A = 3", "A")
