"""Libraries that are put back, in a process of its own: with a look at memory, and with a look at everything."""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import sys
import traceback
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from gabarito.engine import memory_words, processes, snapshot
from gabarito.engine.memory_words import find_layout, packed, reader
from gabarito.engine.snapshot import Snapshot

lib: Any = importlib.import_module("statistics")
Fraction: Any = importlib.import_module("fractions").Fraction


def in_child(work: Callable[[], None]) -> None:
    """Do it in a fork, and fail if it fails there."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


@pytest.fixture(scope="module", params=["memory", "everything"])
def made(request: pytest.FixtureRequest) -> Iterator[Snapshot]:
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "everything":
            patch.setattr(snapshot, "find_layout", lambda: None)
        elif find_layout() is None:
            pytest.skip("this interpreter's dicts have no versions")
        yield Snapshot()


def _mean(*args: Any) -> int:
    return 7


def _rebind() -> None:
    lib.mean = _mean


def _empty() -> None:
    lib.mean.__code__ = _mean.__code__


def _default() -> None:
    Fraction.limit_denominator.__defaults__ = (1,)


def _keyword_default() -> None:
    lib.quantiles.__kwdefaults__["n"] = 9


def _keyword_defaults() -> None:
    lib.quantiles.__kwdefaults__ = {}


def _closure() -> None:
    assert _closed.__closure__ is not None
    _closed.__closure__[0].cell_contents = _mean


def _method() -> None:
    Fraction.__eq__ = lambda self, other: True


def _hidden_builtin() -> None:
    lib.len = _mean


def _hidden_method() -> None:
    Fraction.__ne__ = lambda self, other: True


def _deleted() -> None:
    del lib.median


def _class_of_module() -> None:
    class Other(types.ModuleType):
        pass

    lib.__class__ = Other


def _replaced_module() -> None:
    sys.modules["statistics"] = types.ModuleType("statistics")


def _number() -> None:
    math: Any = importlib.import_module("math")
    math.pi = 3


def _builtin_class() -> None:
    (names,) = gc.get_referents(vars(list))
    names["count"] = lambda self, value: 7
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(list))


def _make() -> Callable[[], object]:
    content = os.getpid

    def closed() -> object:
        return content()

    return closed


_closed = _make()


@pytest.mark.parametrize(
    "change",
    [
        _rebind,
        _empty,
        _default,
        _keyword_default,
        _keyword_defaults,
        _closure,
        _method,
        _hidden_builtin,
        _hidden_method,
        _deleted,
        _class_of_module,
        _replaced_module,
        _number,
        _builtin_class,
    ],
)
def test_what_was_changed_is_put_back(made: Snapshot, change: Callable[[], None]) -> None:
    def work() -> None:
        import math

        module, mean = lib, lib.mean
        made.restore()  # what pytest has changed for this test
        assert made.restore() == 0
        change()
        assert made.restore() == 1
        assert made.restore() == 0
        assert sys.modules["statistics"] is module
        assert type(module) is types.ModuleType
        assert math.pi > 3.14
        assert lib.mean is mean
        assert mean([1, 2, 3]) == 2
        assert lib.median([1, 2, 3]) == 2
        assert len(lib.quantiles([1, 2, 3])) == 3
        assert Fraction(3, 2).limit_denominator() == Fraction(3, 2) != 1
        assert [1, 1].count(1) == 2
        assert not hasattr(lib, "len")
        assert "__ne__" not in vars(Fraction)
        assert _closed() == os.getpid()

    in_child(work)


def test_what_an_instructor_changes_stays(made: Snapshot) -> None:
    def work() -> None:
        lib.median = _mean  # the student's
        lib.extra = 1
        accept = made.begin()
        lib.mean = _mean
        Fraction.limit_denominator.__defaults__ = (1,)
        del lib.mode
        lib.extra = 2
        accept()
        lib.mean = len
        Fraction.limit_denominator.__defaults__ = (2,)
        made.restore()
        assert lib.mean is _mean
        assert lib.median([1, 2, 3]) == 2
        assert Fraction.limit_denominator.__defaults__ == (1,)
        assert not hasattr(lib, "mode")
        assert lib.extra == 2

    in_child(work)


def test_state_stays(made: Snapshot) -> None:
    def work() -> None:
        made.restore()
        lib.__all__ = ["none"]
        lib.extra = 1
        Fraction.twice = lambda self: 2 * self
        assert made.restore() == 0
        assert lib.__all__ == ["none"]
        assert lib.extra == 1
        assert Fraction(1).twice() == 2

    in_child(work)


def test_tables_of_constants_are_put_back() -> None:
    def work() -> None:
        table = {"a": 1}
        lib.TABLE = table
        made = Snapshot()
        made.restore()
        table["a"], table["b"] = 2, 3
        assert made.restore() >= 1  # other modules of a long test run may have changed as well
        assert table == {"a": 1}

    in_child(work)


def test_what_an_import_means(made: Snapshot) -> None:
    def work() -> None:
        mean = lib.mean
        lib.mean = _mean
        assert made.meaning("statistics", "mean") is mean
        assert made.meaning("statistics") is lib
        assert made.meaning("statistics", "__all__") is None
        assert made.meaning("no_such", "name") is None
        assert made.meaning("no_such") is None

    in_child(work)


def test_words_are_found_by_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    layout = find_layout()
    if layout is None:
        pytest.skip("this interpreter's dicts have no versions")
    for _ in range(2):
        assert [reader([(made, layout.kind) for made in some])() for some in ((), ("",), ("", 1))] == [
            b"",
            packed([id(str)]),
            packed([id(str), id(int)]),
        ]
        monkeypatch.delitem(sys.modules, np.__name__, raising=False)
    monkeypatch.setattr(memory_words, "_changes_with_values", lambda word: False)
    assert find_layout() is None


def test_a_process_that_holds_a_gpu_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not processes.holds_gpu(os.getpid())
    assert not processes.holds_gpu(1 << 30)
    with open(os.devnull) as device:
        assert device
        monkeypatch.setattr(processes, "GPU_DEVICES", (os.devnull,))
        assert processes.holds_gpu(os.getpid())
