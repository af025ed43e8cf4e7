# ruff: noqa: E501, ISC004  # each test in one piece

"""Assertions of `gabarito.testing` on a student's functions, while the test runs in the checker."""

from __future__ import annotations

import os
from typing import Any

import pytest

from gabarito.engine import Worker
from gabarito.engine.codec import CodecError
from gabarito.engine.remote.measuring import Measured
from gabarito.model import CellReport, Outcome
from tests.engine.remote.test_conversation import GIVEN, grade, warm

__all__ = ["warm"]

TESTING = f"{GIVEN}\nfrom gabarito.testing import *\nN = 30_000\n"
LOOPS = "def short(n):\n    for _ in range(n):\n        pass\ndef long(n):\n    short(20 * n)\n"
TENSORS = """
def product(a, b):
    return a @ b.T
def rows(a, b):
    return torch.stack([(row * b).sum(1) for row in a])
def add(c, a):
    c += a
def add_twice(c, a):
    c += a * 1 + a * 2
def apply(f, x):
    return f(x)
def by_hand(a, b, numbers):
    for i in range(len(numbers)):
        least = min(numbers[i:])
        numbers[numbers.index(least, i)], numbers[i] = numbers[i], least
    if numbers != [1, 3]:
        sorted(numbers)
    return a.T @ b
order, e = sorted, np.exp
def by_library(a, b, numbers):
    numbers[:] = [order(numbers)] and list(map(float, e(numbers)))
    return np.linalg.solve(a, b)
class Net:
    def __call__(self, x):
        return x.relu()
    def twice(self, x):
        return self(x).relu()
"""
NAMES = ("product", "rows", "add", "add_twice", "apply", "by_hand", "by_library", "Net")


def measured(worker: Worker, answer: str, test: str, *fetch: str, **contract: Any) -> CellReport:
    """The report of a test; what its lines did is the same whether it is written down or obeyed."""
    learned = grade(worker, answer, test, *fetch, given=TESTING, **contract)[2]
    if learned.learned is None:
        return learned
    assert {each for line in learned.learned.operations.values() for each in line} <= {"call", "getattr"}
    obeyed = grade(worker, answer, test, *fetch, given=TESTING, operations=learned.learned.operations)[2]
    assert obeyed.outcome is learned.outcome
    return obeyed


BY_LIBRARY = "assert_no_call(by_library, np.eye(2), np.ones(2), [3, 1], names="
OWN = "def own(n):\n    for _ in range(20 * n):\n        pass\n"


@pytest.mark.parametrize(
    "test",
    [
        f"{OWN}assert_faster(short, N, than=own, by=4)",
        "assert_faster(short, N, than=long, by=4)",
        "def mine(n):\n    for _ in range(n):\n        pass\nassert_faster(mine, N, than=long, by=4)",
        "def busy(n):\n    for _ in range(1000):\n        pass\nassert_faster(short, 1, than=busy, by=4)",
    ],
)
def test_what_is_fast_passes_wherever_it_runs(warm: Worker, test: str) -> None:
    report = measured(warm, LOOPS, test, "short", "long")
    assert (report.outcome, report.message) == (Outcome.PASSED, "")


@pytest.mark.parametrize(
    ("test", "says"),
    [
        (f"{OWN}assert_faster(long, N // 20, than=own, by=4)", "long "),
        ("assert_faster(long, N // 20, than=short, by=4)", "long takes"),
        (f"{OWN}assert_faster(own, N // 20, than=short, by=4)", "own takes"),
    ],
)
def test_what_is_slow_fails_wherever_it_runs(warm: Worker, test: str, says: str) -> None:
    report = measured(warm, LOOPS, test, "short", "long")
    assert report.outcome is Outcome.FAILED
    assert says in report.message
    assert "at least 4 times as fast is asked" in report.message


def test_patched_clocks_gain_nothing(warm: Worker) -> None:
    answer = (
        f"{LOOPS}import time, gabarito.testing.faster as faster\n"
        "for name in ('time', 'thread_time', 'process_time', 'perf_counter', 'monotonic', 'clock_gettime'):\n"
        "    setattr(time, name, lambda *a: 0.0)\n"
        "faster.assert_faster = faster._log_ratios = lambda *a, **k: None\n"
        "faster._SLICE_SECONDS = 1e9\n"
    )
    report = measured(warm, answer, f"{OWN}assert_faster(long, N // 20, than=own, by=4)", "long")
    assert report.outcome is Outcome.FAILED
    assert "at least 4 times as fast is asked" in report.message


@pytest.mark.parametrize(
    "test",
    [
        "a = torch.randn(4, 3)\nassert_no_call(rows, a, a, names=MATRIX_PRODUCTS | {'numpy', 'array', 'tolist'})",
        "a = torch.randn(4, 3)\ntorch.testing.assert_close(assert_no_call(rows, a, a, names=()), a @ a.T)",
        "a = torch.randn(4, 3)\nassert count_operations(rows, a, a[:2]) == count_operations(\n"
        "    lambda a, b: torch.stack([(row * b).sum(1) for row in a]), a, a[:2]\n)",
        "c, a = torch.zeros(8), torch.ones(8)\nassert_peak_memory(add, c, a, at_most=0)\nassert (c == 1).all()",
        "c, a = torch.zeros(256), torch.ones(256)\nassert_peak_memory(add_twice, c, a, at_most=3072)",
        "c = torch.zeros(3)\nassert_in_place(add, c, torch.ones(3))\nassert (c == 1).all()",
        "x = torch.randn(3, requires_grad=True)\nassert_no_call(apply, torch.exp, x, names={'mm'}).sum().backward()\n"
        "torch.testing.assert_close(x.grad, x.exp())",
        "names = {'sorted', 'sort', 'np.linalg.solve', 'numpy.exp', 'map'}\n"
        "assert_close(assert_no_call(by_hand, np.eye(2), np.ones(2), [3, 1], names=names), np.ones(2))",
        "net = Net()\nassert count_operations(net, torch.ones(3)) == 1\n"
        "assert count_operations(net.twice, torch.ones(3)) == 2",
    ],
)
def test_right_answers_pass(warm: Worker, test: str) -> None:
    report = measured(warm, TENSORS, test, *NAMES)
    assert (report.outcome, report.message) == (Outcome.PASSED, "")


@pytest.mark.parametrize(
    ("test", "says"),
    [
        ("a = torch.ones(3, 3)\nassert_no_call(product, a, a, names=MATRIX_PRODUCTS)", "product uses matmul, mm, which"),
        ("c, a = torch.zeros(256), torch.ones(256)\nassert_peak_memory(add_twice, c, a, at_most=2000)", "held 3.0 KiB"),
        ("assert_in_place(apply, torch.zeros(2), 1)", "TypeError"),
        ("assert_in_place(product, torch.zeros(2, 2), torch.zeros(2, 2))", "product left the caller’s tensor unchanged"),
        ("assert_no_call(Net(), torch.ones(2), names={'relu'})", "Net uses relu, which"),
        (f"{BY_LIBRARY}['sorted'])", "by_library uses sorted, which this exercise does not allow"),
        (f"{BY_LIBRARY}['np.linalg.solve', 'np.linalg.inv'])", "by_library uses np.linalg.solve, which"),
        (f"{BY_LIBRARY}['numpy.exp'])", "by_library uses numpy.exp, which"),
        (f"{BY_LIBRARY}['map', 'zip'])", "by_library uses map, which"),
        ("assert_no_call(apply, sorted, [2, 1], names=['sorted'])", "apply uses sorted, which"),
        (f"{BY_LIBRARY}['numpy.slove'])", "ValueError: names: there is no 'numpy.slove' here"),
        ("assert_peak_memory(rows, 1, 2, at_most=0)", "TypeError: 'int' object is not iterable"),
    ],
)  # fmt: skip
def test_wrong_answers_fail_with_the_reason(warm: Worker, test: str, says: str) -> None:
    calls: dict[int, tuple[str, ...]] = dict.fromkeys(range(1, 4), ("call",))
    report = grade(warm, TENSORS, test, *NAMES, given=TESTING, operations=calls)[2]
    assert report.outcome in (Outcome.FAILED, Outcome.ERROR)
    assert says in report.message


@pytest.mark.parametrize(
    ("callback", "count"), [("lambda x: x", 0), ("lambda x: x.exp()", 0), ("lambda x: Net().twice(x)", 2)]
)
def test_only_what_student_code_does_is_watched(warm: Worker, callback: str, count: int) -> None:
    test = (
        f"names = {{'numpy', 'detach'}}\nf = {callback}\nassert_no_call(apply, f, torch.ones(300, 300), names=names)\n"
    )
    test += f"found = count_operations(apply, f, torch.ones(3))\nassert found == {count}, found"
    report = measured(warm, TENSORS, test, *NAMES)
    assert (report.outcome, report.message) == (Outcome.PASSED, "")


@pytest.mark.parametrize(
    "test",
    [
        "a = torch.ones(3, 3)\nassert_no_call(lambda: product(a, a), names=MATRIX_PRODUCTS)",
        "a = torch.ones(3, 3)\nassert_faster(lambda: product(a, a), than=lambda: rows(a, a), by=0.01)",
        "a = torch.ones(3, 3)\ntry:\n    assert_peak_memory(lambda: product(a, a), at_most=0)\nexcept BaseException:\n"
        "    pass",
    ],
)
def test_a_wrapped_function_would_not_be_seen_and_is_refused(warm: Worker, test: str) -> None:
    report = grade(warm, TENSORS, test, *NAMES, given=TESTING)[2]
    assert report.outcome is Outcome.FAILED
    assert "give the assertion the student’s function itself" in report.message


def test_to_measure_is_to_call_for_a_contract(warm: Worker) -> None:
    for test in ("assert_no_call(x, names=())", "assert_faster(x, than=print, by=1)"):
        report = grade(warm, "def x():\n    pass", test, "x", given=TESTING, operations={1: ("getattr",)})[2]
        assert report.outcome is Outcome.FAILED
        assert "call is not used on students’ objects there" in report.message


@pytest.mark.parametrize(
    ("forged", "says"),
    [
        ("0", "no known way"),
        ("(None, ['mm'], 1, 1, 0, 0)", "names of torch"),
        ("(None, (1,), 1, 1, 0, 0)", "names of torch"),
        ("(None, ('x' * 1000,), 1, 1, 0, 0)", "names of torch"),
        ("(None, ('x',) * 20000, 1, 1, 0, 0)", "names of torch"),
        ("(None, (), -1, 1, 0, 0)", "number of operations"),
        ("(None, (), True, 1, 0, 0)", "number of operations"),
        ("(None, (), 0, float('nan'), 0, 0)", "peak of memory"),
        ("(None, (), 0, 1 << 80, 0, 0)", "peak of memory"),
        ("(None, (), 0, Zero(5), 0, 0)", "peak of memory"),
        ("(None, (), 0, 0, -1, 0)", "amount of work"),
        ("(None, (), 0, 0, 0, 1.5)", "number of steps"),
        ("(None, (), 0, 0)", "no known way"),
    ],
)
def test_forged_answers_are_refused(warm: Worker, forged: str, says: str) -> None:
    answer = (
        "import gc\nfrom gabarito.engine.remote.student_side import StudentSide\n"
        "class Zero(int):\n    def __gt__(self, other):\n        return False\n"
        "def f():\n    for side in [o for o in gc.get_objects() if type(o) is StudentSide]:\n"
        f"        side.handlers['watch'] = lambda *a: {forged}\n"
    )
    test = "f()\nassert_peak_memory(f, at_most=0)"
    report = grade(warm, answer, test, "f", given=TESTING, operations={1: ("call",), 2: ("call",)})[2]
    assert report.outcome in (Outcome.FAILED, Outcome.ERROR)
    assert says in report.message


@pytest.mark.parametrize(
    "answer",
    [
        None,
        (1, ("mm",), 1),
        (1, ("mm",), 1, 1),
        (1, ["mm"], 1, 1, 0, 0),
        (1, (b"mm",), 1, 1, 0, 0),
        (1, (), 1.0, 1, 0, 0),
        (1, (), 1, 1, None, 0),
    ],
)
def test_what_was_done_has_one_form(answer: object) -> None:
    with pytest.raises(CodecError):
        Measured(lambda *_: answer, "f", os.getpid()).watch((), memory=True, work=False, names=())


def test_what_was_done_is_taken_over() -> None:
    answer = (7, ("mm", "view"), 3, 1024, 99, 12)
    result, watched = Measured(lambda *_: answer, "f", os.getpid()).watch((), memory=True, work=True, names=())
    found = (watched.names, watched.count, watched.peak, watched.work, watched.steps)
    assert (result, *found) == answer


def test_repeated_calls_have_no_value() -> None:
    with pytest.raises(CodecError, match="answered with a value"):
        Measured(lambda *_: 1.5, "f", os.getpid()).seconds((), 1)


def test_a_process_without_a_clock_is_an_error() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    with pytest.raises(RuntimeError, match="CPU time of the notebook’s process can’t be read"):
        Measured(lambda *_: None, "f", child).seconds((), 1)


def test_a_single_call_more_is_what_is_taken_off() -> None:
    asked: list[tuple[object, ...]] = []
    function = Measured(lambda *args: asked.append(args), "f" * 1000, os.getpid())
    function.seconds((1, 2), 7)
    function.seconds((1, 2), 1)
    assert asked == [("repeat", (1, 2), times) for times in (1, 8, 1, 2)]
    assert function.spent > 0
    assert function.overhead >= 0
    assert len(function.name) < 1000
