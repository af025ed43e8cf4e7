"""`assert_no_call` on functions of Python's, numpy's and other libraries', whatever name they are called by."""

from __future__ import annotations

import functools
import math
import operator
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special
import torch
import torch.nn.functional as F
from numpy import exp as e
from numpy import linalg as la
from torch import softmax as s

from gabarito.testing import MATRIX_PRODUCTS, assert_no_call
from gabarito.testing._watch import paused

A, B, T = np.eye(3), np.ones(3), torch.ones(3, 3)
ROWS = [[3, 1], [2]]
TABLE: dict[str, Callable[..., Any]] = {"order": sorted, "solve": np.linalg.solve, "exp": np.exp}
power = functools.partial(np.exp)


def softmax(x: Any) -> Any:
    return e(x) / e(x).sum()


def imports_inside(x: Any) -> Any:
    import numpy as n

    return n.exp(x)


def imports_from_inside(x: Any) -> Any:
    from numpy import exp as q
    from numpy import ones

    return q(x + ones(3))


def closure(f: Callable[..., Any]) -> Callable[[], Any]:
    return lambda: f(B)


def in_a_thread() -> None:
    thread = threading.Thread(target=lambda: (sorted(B), e(B)))
    thread.start()
    thread.join()


class Own:
    def sort(self) -> list[int]:
        return [1]


class MyLinear(torch.nn.Linear):  # type: ignore[misc]
    pass


def matrix_of(f: Callable[..., Any]) -> Any:
    return f(A, B)


@pytest.mark.parametrize(
    ("f", "names", "called"),
    [
        (lambda: np.linalg.solve(A, B), {"np.linalg.solve", "numpy.linalg.inv"}, "np.linalg.solve"),
        (lambda: la.solve(A, B), {"numpy.linalg.solve"}, "numpy.linalg.solve"),
        (lambda: la.solve(A, B), {"solve"}, "solve"),
        (lambda: TABLE["solve"](A, B), {"solve"}, "solve"),
        (lambda: matrix_of(np.dot), {"np.dot"}, "np.dot"),
        (lambda: A.dot(B), {"numpy.dot"}, "numpy.dot"),
        (lambda: A @ B, {"numpy.matmul"}, "numpy.matmul"),
        (lambda: A @ B, MATRIX_PRODUCTS, "matmul"),
        (lambda: np.matmul(A, B), MATRIX_PRODUCTS, "matmul"),
        (lambda: operator.matmul(A, B), MATRIX_PRODUCTS, "matmul"),
        (lambda: np.einsum("ij,j", A, B), MATRIX_PRODUCTS, "einsum"),
        (lambda: np.convolve(B, B), {"numpy.convolve"}, "numpy.convolve"),
        (lambda: np.concatenate([B]), {"numpy.concat"}, "numpy.concat"),
        (lambda: np.add.reduce(B), {"numpy.add.reduce"}, "numpy.add.reduce"),
        (lambda: np.abs(B), {"numpy.absolute"}, "numpy.absolute"),
        (lambda: np.absolute(B), {"numpy.abs"}, "numpy.abs"),
        (lambda: np.sort(B), {"np.sort"}, "np.sort"),
        (lambda: B.copy().sort(), {"np.sort"}, "np.sort"),
        (lambda: sorted(B), {"sorted"}, "sorted"),
        (lambda: TABLE["order"](B), {"sorted"}, "sorted"),
        (lambda: list(map(sorted, ROWS)), {"sorted"}, "sorted"),
        (lambda: max(ROWS, key=len), {"len"}, "len"),
        (lambda: np.apply_along_axis(np.sort, 0, B), {"np.sort"}, "np.sort"),
        (lambda: np.apply_along_axis(sorted, 0, B), {"sorted"}, "sorted"),
        (lambda: functools.reduce(np.dot, [A, A, B]), {"np.dot"}, "np.dot"),
        (lambda: ROWS.copy().sort(), {"list.sort"}, "list.sort"),
        (lambda: list.sort(ROWS.copy()), {"list.sort"}, "list.sort"),
        (lambda: sum([1, 2]), {"sum"}, "sum"),
        (lambda: 1 + B.sum(), {"sum"}, "sum"),
        (lambda: 1 + T.sum(), {"sum"}, "sum"),
        (lambda: scipy.special.softmax(B), {"scipy.special.softmax"}, "scipy.special.softmax"),
        (lambda: scipy.special.softmax(B), {"softmax"}, "softmax"),
        (lambda: s(T, -1), {"torch.softmax"}, "softmax"),
        (lambda: T.softmax(-1), {"torch.Tensor.softmax"}, "softmax"),
        (lambda: T.softmax(-1), {"torch.nn.functional.softmax"}, "softmax"),
        (lambda: F.softmax(T, -1), {"torch.nn.functional.softmax"}, "softmax"),
        (lambda: torch.nn.Softmax(-1)(T), {"softmax"}, "softmax"),
        (lambda: torch.nn.Softmax(-1), {"torch.nn.Softmax"}, "torch.nn.Softmax"),
        (lambda: torch.nn.Softmax(-1), {"Softmax"}, "Softmax"),
        (lambda: MyLinear(2, 3), {"Linear"}, "Linear"),
        (lambda: F.max_pool1d(T[None], 2), {"torch.nn.functional.max_pool1d"}, "max_pool1d"),
        (lambda: e(B), {"numpy.exp"}, "numpy.exp"),
        (lambda: e(B), {"exp"}, "exp"),
        (lambda: power(B), {"exp"}, "exp"),
        (closure(e), {"exp"}, "exp"),
        (lambda: np.exp(B), {"np.exp"}, "np.exp"),
        (lambda: imports_inside(B), {"np.exp"}, "np.exp"),
        (lambda: imports_from_inside(B), {"exp"}, "exp"),
        (lambda: eval("np.exp(B)"), {"np.exp"}, "np.exp"),
        (lambda: list(map(math.sqrt, B)), {"map"}, "map"),
        (lambda: list(map(math.sqrt, B)), {"math.sqrt"}, "math.sqrt"),
        (in_a_thread, {"sorted", "exp"}, "(sorted, exp|exp, sorted)"),
    ],
)
def test_a_forbidden_function_is_seen_by_whatever_name(f: Callable[[], Any], names: set[str], called: str) -> None:
    with pytest.raises(AssertionError, match=f" uses {called}, which this exercise does not allow"):
        assert_no_call(f, names=names)


def paused_sort() -> str:
    with paused():
        sorted(B)
        closure(e)()
    return "sorted"


@pytest.mark.parametrize(
    ("f", "names"),
    [
        (lambda: np.linalg.inv(A), {"numpy.linalg.solve"}),
        (lambda: np.linalg.tensorsolve(A, B), {"numpy.linalg.solve"}),  # it calls the other itself
        (lambda: np.linalg.norm(A), {"numpy.dot", "sqrt", "dot"}),
        (lambda: np.unique(B), {"sorted", "sum", "sort"}),
        (lambda: (A * B).sum(1), MATRIX_PRODUCTS),
        (lambda: np.sort(B), {"list.sort"}),
        (lambda: Own().sort(), {"list.sort", "sort"}),
        (lambda: softmax(B), {"softmax", "scipy.special.softmax", "torch.softmax"}),
        (lambda: T @ T, {"numpy.dot", "scipy.special.softmax"}),
        (lambda: F.max_pool1d(T[None], 2), {"torch.nn.functional.max_pool2d"}),
        (lambda: B if len(B) else np.exp(sorted(B)), {"np.exp", "sorted"}),
        (lambda: [sorted(B) for _ in ()], {"sorted"}),
        (lambda: TABLE["solve"].__name__ or np.e, {"np.exp", "solve"}),
        (paused_sort, {"sorted"}),
    ],
)
def test_what_is_not_called_by_the_answer_passes(f: Callable[[], Any], names: set[str]) -> None:
    assert_no_call(f, names=names)


@pytest.mark.parametrize(
    ("f", "names"), [(sorted, {"sorted"}), (np.exp, {"exp"}), (np.linalg.det, {"np.linalg.det"}), (power, {"np.exp"})]
)
def test_the_answer_itself_may_be_what_is_forbidden(f: Any, names: set[str]) -> None:
    with pytest.raises(AssertionError, match="uses"):
        assert_no_call(f, A if f is np.linalg.det else B, names=names)


def test_an_answer_of_the_forbidden_name_is_none_of_a_librarys() -> None:
    assert assert_no_call(softmax, B, names={"softmax"}).sum() == pytest.approx(1)


def test_a_function_that_shares_its_code_is_seen_where_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def decorated(f: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any) -> Any:
            return f(*args)

        wrapper.__name__ = f.__name__
        return wrapper

    monkeypatch.setattr(math, "one", decorated(math.sqrt), raising=False)
    monkeypatch.setattr(math, "other", decorated(math.exp), raising=False)
    assert_no_call(lambda: math.one(2.0), names={"math.other"})  # type: ignore[attr-defined]
    with pytest.raises(AssertionError, match=r"uses math\.one"):
        assert_no_call(lambda: math.one(2.0), names={"math.one"})  # type: ignore[attr-defined]


def test_code_with_many_names_is_looked_at_to_its_end() -> None:
    scope: dict[str, Any] = {"np": np, "x": 1.0}
    body = "\n".join(f"    y{i} = x.v{i} if x is None else x" for i in range(400))
    exec(f"def f():\n{body}\n    return np.exp(x)", scope)
    with pytest.raises(AssertionError, match=r"uses np\.exp"):
        assert_no_call(scope["f"], names={"np.exp"})


def test_other_watchers_come_back() -> None:
    def watcher(*_: Any) -> None:
        return None

    of_threads = threading.gettrace(), threading.getprofile()
    before = sys.gettrace(), sys.getprofile()
    try:
        sys.settrace(watcher)
        sys.setprofile(watcher)
        with pytest.raises(ZeroDivisionError):
            assert_no_call(lambda: 1 / 0, names={"sorted"})
        after = sys.gettrace(), sys.getprofile()
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
    assert after == (watcher, watcher)
    assert (threading.gettrace(), threading.getprofile()) == of_threads


@pytest.mark.parametrize(
    "name", ["numpy.slove", "nunpy.dot", "numpy..dot", ".dot", "numpy.", "math.pi", "numpy.linalg"]
)
def test_a_name_that_stands_for_nothing_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="names: "):
        assert_no_call(len, [], names=[name])


def test_one_name_is_no_set_of_them() -> None:
    with pytest.raises(TypeError, match="'sorted' is one name: give a set of them"):
        assert_no_call(len, [], names="sorted")
