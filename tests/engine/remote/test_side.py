# ruff: noqa: E501, ISC004  # each answer and each test in one piece

"""Both ends: what they ask of each other, what they refuse, and what a liar at the student's end can't do."""

from __future__ import annotations

import gc
import subprocess
import sys
import types
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from gabarito.engine.codec import CodecError, CodecLimits, Opaque
from gabarito.engine.remote.checker_side import CheckerSide
from gabarito.engine.remote.kinds import SPECIAL
from gabarito.engine.remote.policy import Policy, ViolationError
from gabarito.engine.remote.standins import Remote, RemoteType, describe, home_of, refresh
from gabarito.testing import assert_no_call
from gabarito.testing._elsewhere import elsewhere, measuring_here
from tests.engine.remote.pair import Pair, Said, passes

CELLS = """
import asyncio, warnings
class C:
    def f(self): return 1
class E(Exception): pass
def f(x=None): return x
def call(g, *args, **kw): return g(*args, **kw)
def read(x, name): return getattr(x, name)
def write(x, name, value): setattr(x, name, value)
def delete(x, name): delattr(x, name)
def use(x, name, *args): return getattr(type(x), name)(x, *args)
"""

ASYNC = """
import asyncio
class Stream:
    def __init__(self, n): self.n = n
    def __aiter__(self): return self
    async def __anext__(self):
        await asyncio.sleep(0)
        if not self.n: raise StopAsyncIteration
        self.n -= 1
        return self.n
class Door:
    log = []
    async def __aenter__(self):
        self.log.append("in")
        return self
    async def __aexit__(self, kind, error, trace):
        self.log.append(kind)
        return kind is ValueError
async def add(a, b):
    await asyncio.sleep(0)
    return a + b
async def fail(): raise KeyError("k")
cancelled = []
async def forever():
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        cancelled.append(1)
        raise
async def stubborn():
    for _ in range(3):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(1)
async def numbers():
    yield 1
    yield 2
"""

WORKS = {
    "coroutine": (ASYNC, "import asyncio\nassert asyncio.run(add(1, 2)) == 3"),
    "awaited in another": (
        ASYNC,
        "import asyncio\nasync def main():\n    return await add(await add(1, 2), 3)\nassert asyncio.run(main()) == 6\nc = add(1, 1)\nc.close()\nimport inspect\nassert inspect.isawaitable(c)",
    ),
    "cancelled in another": (
        ASYNC,
        "import asyncio\nasync def inner():\n    await forever()\nasync def main():\n    task = asyncio.create_task(inner())\n    await asyncio.sleep(0)\n"
        "    task.cancel()\n    try:\n        await task\n    except asyncio.CancelledError:\n        return 1\nassert asyncio.run(main()) == 1 and cancelled == [1]",
    ),
    "several at once": (
        ASYNC,
        "import asyncio\nasync def main():\n    return await asyncio.gather(add(1, 2), add(3, 4))\nassert asyncio.run(main()) == [3, 7]",
    ),
    "its error": (ASYNC, "import asyncio\ntry:\n    asyncio.run(fail())\nexcept KeyError as e:\n    assert e.args == ('k',)\nelse:\n    assert False"),
    "async for": (
        ASYNC,
        "import asyncio\nasync def main():\n    return [x async for x in Stream(3)], [x async for x in numbers()]\nassert asyncio.run(main()) == ([2, 1, 0], [1, 2])",
    ),
    "async with": (
        ASYNC,
        "import asyncio\nasync def main():\n    async with Door() as d:\n        assert isinstance(d, Door)\n    async with Door():\n        raise ValueError\n"
        "asyncio.run(main())\nassert Door.log == ['in', None, 'in', ValueError]",
    ),
    "time-out": (
        ASYNC,
        "import asyncio\nfor slow in (forever, stubborn):\n    async def main():\n        await asyncio.wait_for(slow(), 0.05)\n    try:\n        asyncio.run(main())\n"
        "    except asyncio.TimeoutError:\n        pass\n    else:\n        assert False\nassert len(cancelled) == 2",
    ),
    "callback": (CELLS, "assert call(lambda x, *, k: x + k, 1, k=2) == 3\ndef g():\n    raise KeyError('k')\ntry:\n    call(g)\nexcept KeyError as e:\n    assert e.args == ('k',)"),
    "the test's class": (
        CELLS,
        "class Ours:\n    n = 5\n    def __init__(self): self.x = 1\n    def m(self): return self.x\n    def __add__(self, o): return 7\n    def __contains__(self, o): return o == 3\n"
        "    def __next__(self): return 8\n    def __iter__(self): return self\n    def __enter__(self): return 1\n    def __exit__(self, *error): return error[0] is KeyError\n"
        "o = Ours()\nassert f(o) is o and read(o, 'n') == 5 and read(o, 'm')() == 1 and read(o, 'x') == 1\n"
        "write(o, 'x', 6)\nassert o.x == 6\ndelete(o, 'x')\nassert not hasattr(o, 'x')\nassert use(o, '__add__', 2) == 7 and use(o, '__contains__', 3) and use(o, '__next__') == 8\n"
        "assert use(o, '__exit__', KeyError, KeyError(), None) is True and use(o, '__exit__', None, None, None) is False\nassert call(Ours).n == 5 and f(Ours) is Ours",
    ),
    "the test's plain values": (CELLS, "from collections import Counter\nc = Counter('aab')\nassert f(c) is c and use(c, '__getitem__', 'a') == 2\nread(c, 'update')('a')\nassert c['a'] == 3"),
    "libraries go by their names": (
        CELLS,
        "import math, functools\nassert call(math.sqrt, 4) == 2 and call(np.sum, np.ones(3)) == 3 and call(torch.relu, -torch.ones(1)).item() == 0\n"
        "assert call(functools.reduce, lambda a, b: a + b, [1, 2, 3]) == 6 and read(math, 'pi') == math.pi and call(torch.nn.Linear, 2, 1).in_features == 2\n"
        "import torch.nn.functional as F\nassert call(F.relu, torch.ones(1)).item() == 1 and call(isinstance, 5, int) and call(sorted, [2, 1]) == [1, 2]",
    ),
    "mocks": (CELLS, "from unittest.mock import Mock\nm = Mock(return_value=3)\nassert call(m, 1, k=2) == 3\nm.assert_called_once_with(1, k=2)"),
    "files in memory": (CELLS, "import io\ns = io.StringIO('a\\nb')\nassert read(s, 'readline')() == 'a\\n'"),
    "exceptions go home": (CELLS, "e = f(E('x'))\nassert f(e).args == e.args and isinstance(e, E)\nours = ValueError('y')\nassert f(ours) is ours"),
    "subclasses of arrays": ("class V(np.ndarray): pass\nv = np.arange(3).view(V)\nclass T(torch.Tensor): pass\nt = torch.ones(2).as_subclass(T)", "assert v.sum() == 3 and type(v) is np.ndarray and type(t) is torch.Tensor and t.sum() == 2"),
    "instances of shared classes": ("layer = torch.nn.Linear(1, 1)\nother = torch.nn.Linear(1, 2)\nkind = torch.nn.Linear", "assert kind is torch.nn.Linear and isinstance(layer, torch.nn.Linear) and type(layer) is type(other) and layer.in_features == 1"),
    "descriptors": ("class A:\n    @property\n    def p(self): return 1\np = A.__dict__['p'] if False else A.p", "assert isinstance(p, property)"),
    "pickle": (CELLS, "import pickle\ntry:\n    pickle.dumps(C())\nexcept TypeError as e:\n    assert 'lives in another process' in str(e)\nelse:\n    assert False"),
    "no subclass": (CELLS, "try:\n    class D(C): pass\nexcept TypeError as e:\n    assert 'class D derives from a class of the notebook' in str(e)\nelse:\n    assert False"),
    "class attributes that may not be read": (CELLS, "assert not hasattr(C, '__array_interface__') and not hasattr(C(), '__array_interface__') and C.__dict__ is not None"),
    "wrapped": ("import functools\ndef d(g):\n    @functools.wraps(g)\n    def h(): return g()\n    return h\n@d\ndef k(): return 1", "assert k.__wrapped__() == 1 and k.__name__ == 'k'"),
    "text": (CELLS, "assert 'C' in repr(C) and 'function f' in repr(f) and 'function f' in str(f) and repr(C()) == str(C()) == '<an instance of class C>'"),
}  # fmt: skip


@pytest.mark.parametrize("name", WORKS)
def test_a_test_sees_what_it_sees_in_one_process(name: str) -> None:
    passes(*WORKS[name])


# What a liar says of its objects.

CLASS = Opaque(3, "class", "K", {"library": "", "bases": [], "special": ["__len__"], "none": [], "error": False})


@pytest.mark.parametrize(
    ("opaque", "says"),
    [
        (Opaque(0, "library", "os:system"), "can't be had by name"),
        (Opaque(0, "type", "Popen"), "no plain type"),
        (Opaque(0, "instance", "int"), "no plain type"),
        (Opaque(0, "value", "os.system", content=("ls",)), "unknown type"),
        (Opaque(8, "instance", "x"), "object 8 is not known"),
        (Opaque(9, "instance", "x"), "without its class"),
        (Opaque(9, "instance", "x", {"class": 5}), "without its class"),
        (Opaque(9, "instance", "x", {"class": Opaque(11, "instance", "y")}), "without its class"),
        (Opaque(9, "instance", "x", {"class": Opaque(0, "type", "int")}), "without its class"),
        (Opaque(9, "error", "x", {"class": CLASS}), "no known way"),
        (Opaque(9, "error", "x", {"class": CLASS}, (("a",), "t")), "without a class"),
        (Opaque(9, "error", "x", {"class": CLASS}, ([], "t")), "no known way"),
        (Opaque(9, "error", "x", {"class": CLASS}, ((), 5)), "no known way"),
        (Opaque(9, "error", "x", {"class": CLASS}, ((), "t", 1)), "no known way"),
        (
            Opaque(9, "plain", "x", {"class": Opaque(3, "class", "K", {"plain": "int"})}, "5"),
            "without its plain content",
        ),
        (
            Opaque(9, "plain", "x", {"class": Opaque(3, "class", "K", {"plain": "int"})}, True),
            "without its plain content",
        ),
        (Opaque(9, "instance", "x", {"class": Opaque(3, "class", "K", {"plain": "int"})}), "in no known form"),
        (Opaque(9, "instance", "x", {"class": Opaque(3, "class", "K", {"error": True})}), "in no known form"),
        (Opaque(3, "class", "K", {"fields": [5]}), "data class was described in no known way"),
        (Opaque(3, "class", "K", {"fields": [("a", 1)]}), "data class was described in no known way"),
        (Opaque(3, "class", "K", {"fields": [(1, 1, 1, 1, 1)]}), "data class was described in no known way"),
        (Opaque(3, "class", "K\0", {}), "malformed"),
    ],
)
def test_a_description_that_makes_no_sense_is_refused(opaque: Opaque, says: str) -> None:
    with Pair() as pair, pytest.raises(CodecError, match=says):
        pair.tell(opaque)


@pytest.mark.parametrize(
    "about",
    [
        {"bases": 5, "special": "x", "none": 7, "library": 3, "doc": 4, "fields": "x", "plain": 9, "error": "yes"},
        {"bases": [1, "x"], "special": [4, "__array__", "__class__"], "none": [5, "__init__"], "library": ["x"]},
        {"plain": "type"},
        {"special": ["__array_interface__", "__torch_function__", "__getattr__"]},
        {"library": "torch.Tensor"},
        {"library": "numpy.ndarray"},
        {"library": "types.SimpleNamespace"},
        {"bases": [Opaque(0, "type", "int")]},
        {"bases": [Opaque(0, "type", "type")]},
        {"bases": [Opaque(5, "class", "B", {"library": "torch.Tensor"})]},
        {
            "bases": [
                Opaque(5, "class", "B"),
                Opaque(7, "class", "D", {"bases": [Opaque(5, "class")]}),
                Opaque(5, "class"),
            ]
        },
    ],
)
def test_whatever_is_said_of_a_class_makes_a_bare_one(about: dict[str, Any]) -> None:
    with Pair() as pair:
        made = pair.tell(Opaque(9, "instance", "x", {"class": Opaque(3, "class", "K", about)}))
        assert issubclass(type(made), Remote)
        assert not isinstance(made, (torch.Tensor, np.ndarray, int, types.SimpleNamespace))
        assert not {name for each in type(made).__mro__ for name in vars(each)} & {
            "__array__",
            "__array_interface__",
            "__torch_function__",
        }


def test_an_error_may_be_of_no_error_class_only_if_it_is_one() -> None:
    about = {"error": True, "bases": [Opaque(0, "type", "int"), Opaque(7, "class", "B")]}
    with Pair() as pair:
        made = pair.tell(Opaque(9, "error", "x", {"class": Opaque(3, "class", "K", about)}, ((1,), "text")))
        assert isinstance(made, Exception)
        assert str(made) == "text"


def test_an_error_that_takes_no_such_arguments_is_made_all_the_same() -> None:
    cells = "def f():\n    '\\xff'.encode('ascii')\ndef g():\n    e = UnicodeDecodeError('a', b'', 1, 2, 'r')\n    e.args = ()\n    raise e"
    with Pair(cells) as pair:
        with pytest.raises(UnicodeEncodeError, match=r"'ascii' codec can't encode character .*ordinal not in range"):
            pair["f"]()
        with pytest.raises(UnicodeDecodeError):
            pair["g"]()


def test_a_group_of_exceptions() -> None:
    """It arrives as an exception with its arguments: no group can be made before its list is there."""
    passes(
        "def f(): raise ExceptionGroup('both', [ValueError(1), KeyError('k')])",
        "try:\n    f()\nexcept Exception as e:\n    assert e.args[0] == 'both' and isinstance(e.args[1][0], ValueError)\nelse:\n    assert False",
    )


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library with an odd exception, which both ends have loaded."""
    module = types.ModuleType("odd_library")
    source = """
class Meta(type): pass
class Odd(Exception, metaclass=Meta):
    def __new__(cls, *args):
        if args: raise ValueError('only without arguments')
        return super().__new__(cls)
"""
    exec(compile(source, "<odd>", "exec", dont_inherit=True), module.__dict__)
    monkeypatch.setitem(sys.modules, "odd_library", module)


def test_an_exception_of_an_odd_class_is_told_of(library: None) -> None:
    with Pair("import odd_library\ndef f():\n    e = odd_library.Odd()\n    e.args = (1,)\n    raise e") as pair:
        with pytest.raises(Exception, match=r"^1$") as seen:
            pair["f"]()
        assert type(seen.value) is sys.modules["odd_library"].Odd
        assert seen.value.args == (1,)


def test_bases_that_go_together_in_no_way_are_left(library: None) -> None:
    odd = Opaque(5, "class", "Odd", {"library": "odd_library.Odd"})
    own = Opaque(7, "class", "Own", {"error": True})
    with Pair() as pair:
        for number, bases in ((11, [odd, own]), (13, [own, odd])):
            made = pair.tell(Opaque(number, "class", "K", {"error": True, "bases": bases}))
            assert isinstance(made, RemoteType)
            assert made.__mro__[1].__name__ in ("Remote", "Own")


def test_a_value_that_is_told_as_what_never_changes_may_be_a_list() -> None:
    with Pair(handlers={"content": lambda number: (1, 2)}) as pair:
        made = pair.tell(Opaque(9, "plain", "K", {"class": Opaque(3, "class", "K", {"plain": "list"})}))
        assert made == [1, 2]


def test_texts_that_the_contract_does_not_allow_are_no_violation() -> None:
    cells = "class C:\n    def __repr__(self): return 'lie'\nc = C()"
    with Pair(cells, allowed={}) as pair:
        assert repr(pair["c"]) == str(pair["c"]) == "<an instance of class C>"
        assert not pair.policy.violation


def test_classes_of_one_number_are_one_class() -> None:
    with Pair() as pair:
        one = pair.tell(CLASS)
        other = pair.tell(Opaque(3, "class", "Other", {"special": ["__eq__"]}))
        assert one is other
        assert describe(one) == "a class named K"


@pytest.mark.parametrize(
    ("special", "answer", "use"),
    [
        ("__len__", "x", len),
        ("__bool__", 5, bool),
        ("__str__", 5, str),
        ("__repr__", b"", repr),
        ("__float__", True, float),
        ("__hash__", "x", hash),
        ("__index__", 1.5, lambda x: [1][x]),
    ],
)
def test_an_answer_of_another_type_than_python_needs_is_an_error(
    special: str, answer: Any, use: Callable[[Any], Any]
) -> None:
    told = Opaque(9, "instance", "K", {"class": Opaque(3, "class", "K", {"special": [special]})})
    with (
        Pair(handlers={"special": lambda *asked: answer}) as pair,
        pytest.raises(TypeError, match="where Python needs"),
    ):
        use(pair.tell(told))


def test_answers_about_classes_are_of_the_types_that_python_needs() -> None:
    with Pair(CELLS, handlers={"class": lambda *asked: "x"}) as pair:
        c = pair["C"]
        for use in (len, lambda c: 1 in c):
            with pytest.raises(TypeError, match="where Python needs"):
                use(c)


LIES: dict[str, tuple[dict[str, Callable[..., Any]], Callable[[Pair], object]]] = {
    "names": ({"names": lambda names: 5}, lambda pair: pair["f"]),
    "names too few": ({"names": lambda names: ()}, lambda pair: pair["f"]),
    "name too long": ({"names": lambda names: ((True, 1, 2),)}, lambda pair: pair["f"]),
    "content": ({"content": lambda x: [1]}, lambda pair: pair.tell(Opaque(9, "instance", "K", {"class": Opaque(13, "class", "K", {"plain": "list"})}))),
}  # fmt: skip


@pytest.mark.parametrize("name", LIES)
def test_an_answer_in_no_known_way_is_refused(name: str) -> None:
    handlers, use = LIES[name]
    with Pair(CELLS, handlers=handlers) as pair, pytest.raises(CodecError, match=r"no known way|without content"):
        use(pair)


def test_an_awaited_object_that_answers_nonsense_is_refused() -> None:
    cells = "class A:\n    def __await__(self): yield\na = A()"
    with Pair(cells, handlers={"await": lambda *asked: 7}) as pair, pytest.raises(CodecError, match="awaited"):
        pair.test("import asyncio\nasync def main(): await a\nasyncio.run(main())")


def test_no_name_that_is_not_true_is_known() -> None:
    with Pair(CELLS, handlers={"names": lambda names: ((1, 2),)}) as pair:
        assert pair.checker.names(["f"]) == [(False, 2)]
    with Pair(CELLS) as pair:
        assert pair.checker.names(["nothing"]) == [(False, None)]


def test_names_that_are_too_much_together_come_one_by_one() -> None:
    half = CodecLimits().nodes // 2
    with Pair(f"a = [1] * {half}\nb = [2] * {half}") as pair:
        assert [(known, value[0], len(value)) for known, value in pair.checker.names(["a", "b"])] == [
            (True, 1, half),
            (True, 2, half),
        ]


def test_a_container_that_loads_others_without_end_is_loaded_one_by_one() -> None:
    last = 5001

    def told(number: int) -> Opaque:
        return Opaque(number, "instance", "K", {"class": Opaque(3, "class", "K", {"plain": "list"})})

    def content(number: int) -> tuple[Any, ...]:
        return (Said(told(number + 2)),) if number < last else ()

    with Pair(handlers={"content": content}) as pair:
        assert len(pair.tell(told(101))) == 1
        assert len(pair.checker._standins) == 1 + (last - 101) // 2 + 1


# What student code asks of the test's objects.


@pytest.mark.parametrize(
    ("operation", "args"),
    [
        ("call", (print, (), ())),
        ("special", ([], "__len__")),
        ("getattr", (5, "real")),
        ("setattr", ({}, "x", 1)),
        ("delattr", ({}, "x")),
        ("class", (int, "len")),
        ("dir", ("x",)),
        ("exit", ([], None)),
        ("content", ([],)),
        ("plainly", ([], "append", (1,), ())),
        ("signature", (len,)),
        ("copy", ([], True)),
    ],
)
def test_no_operation_on_what_was_not_handed_out(operation: str, args: tuple[Any, ...]) -> None:
    with Pair() as pair, pytest.raises(CodecError, match="which is not shared"):
        pair.checker.handlers[operation](*args)


def test_arguments_that_are_more_than_memory_holds_are_refused() -> None:
    letters = Counter("a")
    update = letters.update
    with Pair(CELLS + "kept = []\ndef keep(*xs): kept.extend(xs)") as pair:
        pair["keep"](update, letters)
        for operation, subject in (("call", (update,)), ("plainly", (letters, "update"))):
            with pytest.raises(CodecError, match="no known way"):
                pair.checker.handlers[operation](*subject, range(2**62), ())


def test_student_code_sees_no_inside_of_the_tests_objects() -> None:
    cells = CELLS + """
def look(g):
    found = []
    for name in ("__globals__", "__code__", "__closure__", "__self__", "__dict__", "__builtins__", "gi_frame"):
        try: found.append(getattr(g, name))
        except (AttributeError, KeyError): pass
    return found
def tried(step, *args):
    try: step(*args)
    except Exception as e: return type(e).__name__
"""  # fmt: skip
    with Pair(cells, allowed=dict.fromkeys(range(9), frozenset({"call"}))) as pair:
        own = pair.test(
            "secret = 5\ndef g(): return secret\nclass Ours:\n    def __init__(self): self.hidden = 1\no = Ours()\nseen = look(g) + look(o)\n"
            "refused = [tried(read, o, 'hidden'), tried(write, o, 'hidden', 2), tried(delete, o, 'hidden'), tried(read, g, 'x')]"
        )
        assert own["seen"] == []
        assert own["refused"] == ["AttributeError"] * 4
        assert own["o"].hidden == 1


def test_what_is_asked_of_the_tests_objects_goes_by_the_same_rules() -> None:
    with Pair(CELLS + "kept = []\ndef keep(*xs): kept.extend(xs)") as pair:

        class Ours:
            __module__ = "__main__"

            def __iter__(self) -> Any:
                return iter([1])

            def __exit__(self, *error: object) -> object:
                return "yes"

        async def waits() -> None:
            pass

        waits.__module__ = "__main__"
        ours, coroutine, counter = Ours(), waits(), type("Own", (Counter,), {"__module__": "__main__"})("aab")
        pair["keep"](ours, Ours, coroutine, counter, print, subprocess.Popen, [].append)
        handlers = pair.checker.handlers
        assert list(handlers["special"](ours, "__iter__")) == [1]
        assert handlers["exit"](ours, None) is True
        assert handlers["exit"](ours, ValueError("x")) is True
        assert dict(handlers["content"](counter)) == {"a": 2, "b": 1}
        assert handlers["copy"](counter, True) == handlers["copy"](counter, False) == counter
        with pytest.raises(TypeError, match="awaited on its own side"):
            handlers["special"](coroutine, "__await__")
        coroutine.close()
        with pytest.raises(KeyError):
            handlers["special"](ours, "__array__")
        with pytest.raises(KeyError):
            handlers["class"](Ours, "call")
        with pytest.raises(CodecError, match="no kind of plain value"):
            handlers["content"](ours)
        with pytest.raises(AttributeError):
            handlers["dir"](ours)
        assert set(SPECIAL) >= {"__iter__", "__await__"}


def test_student_code_may_know_the_signature_of_a_callback() -> None:
    cells = "import inspect\ndef names(g): return [(p.name, p.default is p.empty, p.annotation is p.empty) for p in inspect.signature(g).parameters.values()]"
    with Pair(cells) as pair:
        own = pair.test("def g(a, b: int = 2): pass\nfound = names(g)")
        assert own["found"] == [("a", True, True), ("b", False, False)]


def test_names_of_libraries_are_of_what_they_are() -> None:
    with Pair(CELLS) as pair:
        export = pair.checker.export

        def told(obj: Any) -> str:
            opaque = export(obj)
            return opaque.name if opaque.kind == "library" else ""

        assert told(sys) == "sys:"
        assert told(torch.relu) == "torch:relu"
        assert told(np.testing.assert_equal).endswith(":assert_equal")
        assert told(int) == "builtins:int"
        assert told(types.ModuleType("made")) == ""
        assert told(sys.modules["__main__"]) == ""
        assert told(lambda: 1) == ""
        made = types.FunctionType((lambda: 1).__code__, {}, "relu")
        made.__module__ = "torch"
        assert told(made) == ""
        made.__module__ = "no_such_module"
        assert told(made) == ""
        made.__module__ = None  # type: ignore[assignment]
        assert told(made) == ""


def test_a_name_may_be_given_to_the_notebook() -> None:
    with Pair("def get(): return given") as pair:
        pair.checker.assign("given", [1])
        assert pair["get"]() == [1]


def test_an_iteration_that_ends_in_a_call_ends_no_loop_of_the_tests() -> None:
    cells = "def f(n):\n    if n == 2: raise StopIteration(5)\n    return n\ndef g(): yield 1"
    loop = "found = []\ndef numbers():\n    for n in range(4): yield f(n)\nfor each in map(f, range(4)): found.append(each)"
    for operations, outcome in (({"call"}, RuntimeError), ({"call", "stop"}, None)):
        with Pair(cells, allowed=dict.fromkeys(range(9), frozenset(operations))) as pair:
            if outcome is None:
                assert pair.test(loop)["found"] == [0, 1]
            else:
                with pytest.raises(outcome, match="a function named f raised StopIteration"):
                    pair.test(loop)
            assert list(pair["g"]()) == [1]


def test_what_measures_a_function_is_had_at_the_checkers_end_only() -> None:
    with Pair(
        CELLS + "from gabarito.testing._elsewhere import elsewhere\ndef measured(g): return elsewhere(g) is None"
    ) as pair:
        assert [getattr(elsewhere(pair[name]), "name", None) for name in ("f", "C")] == ["f", "C"]
        assert pair["measured"](lambda: None) is True
        assert pair["measured"](type("Ours", (), {"__module__": "__main__"})) is True


def test_a_function_is_measured_in_its_own_process() -> None:
    with Pair("def f(x):\n    x += 1\n    return x * x") as pair:
        measured = pair["f"]._gabarito_measured()
        x = torch.ones(2)
        result, watched = measured.watch((x,), memory=True, work=True, names=())
        assert (result.tolist(), x.tolist(), watched.count) == ([4, 4], [2, 2], 2)
        assert "mul" in watched.names
        assert watched.peak >= 8
        assert watched.work == 4
        assert 2 <= watched.steps < 9  # its own two lines, and what calls it
        measured.seconds((x,), 3)
        assert x.tolist() == [7, 7]  # one call, and four
        assert pair.policy.used == {0: {"call"}}
        assert pair.policy.changed == {0: {"0"}}


def test_a_wrapper_of_the_tests_that_asks_for_more_is_not_measured() -> None:
    with Pair(CELLS) as pair:
        f = pair["f"]
        with measuring_here(), pytest.raises(ViolationError, match="runs in another process"):
            f(1)
        assert "another process" in pair.policy.violation


def test_a_policy_is_of_one_test() -> None:
    with Pair(CELLS) as pair:
        other = Policy("<other>")
        pair.checker.obey(other, 1)
        pair["f"](1)
        assert (other.used, pair.policy.used) == ({0: {"call"}}, {})


def test_warnings_of_student_code_are_the_tests() -> None:
    cells = CELLS + "class W(UserWarning): pass\ndef warn(kind): warnings.warn('careful', kind)"
    with Pair(cells) as pair, warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        shown = warnings.showwarning
        try:
            with pair.student.warning():  # the state of one process, which both ends share here
                for kind in (DeprecationWarning, pair["W"]):
                    pair.student.session.heap.collect()
                    _shown(pair, shown, kind)
        finally:
            warnings.showwarning = shown
    assert [(str(w.message), w.category) for w in seen] == [("careful", DeprecationWarning), ("careful", UserWarning)]


def _shown(pair: Pair, shown: Any, kind: Any) -> None:
    """Let student code warn, which asks the checker, which shows it as a test would."""
    handler = pair.checker.handlers["warn"]

    def warn(category: Any, text: Any) -> None:
        theirs, warnings.showwarning = warnings.showwarning, shown
        try:
            handler(category, text)
        finally:
            warnings.showwarning = theirs

    pair.checker.handlers["warn"] = warn
    pair["warn"](kind)
    pair.checker.handlers["warn"] = handler


@pytest.mark.parametrize("category", [5, "builtins.ValueError", "nothing.Here", "builtins.UserWarning"])
def test_what_student_code_calls_a_warning_is_one(category: Any) -> None:
    with Pair() as pair, pytest.warns(UserWarning, match="xxx") as seen:
        pair.checker.handlers["warn"](category, "x" * 9999)
    assert len(str(seen[0].message)) == 4000


# Life of stand-ins.


def test_objects_that_nobody_holds_are_let_go() -> None:
    with Pair(CELLS) as pair:
        make = pair["C"]
        for _ in range(50):
            make()
        gc.collect()
        make()
        make()
        assert len(pair.student.owner._objects) < 10


def test_a_stand_in_that_is_wanted_again_is_the_same_or_a_new_one() -> None:
    with Pair(CELLS + "one = C()\ndef get(): return one") as pair:
        get = pair["get"]
        first = get()
        assert get() is first
        del first
        gc.collect()
        assert get().f() == 1
        assert get().f() == 1


def test_only_stand_ins_go_home() -> None:
    assert home_of(5) is None
    assert home_of(ValueError()) is None
    assert describe(5) == "a value of class int"
    refresh([1])
    with Pair(CELLS) as pair:
        f, c = pair["f"], pair["C"]
        for each in (f, c, c()):
            home = home_of(each)
            assert home is not None
            assert home.oid % 2 == 1
            refresh(each)
        assert isinstance(c, RemoteType)
        error = pair["E"]("x")
        error.__dict__["_gabarito_opaque"] = 5
        assert home_of(error) is None


def test_the_checker_takes_nothing_by_name() -> None:
    with Pair() as pair:
        assert isinstance(pair.checker, CheckerSide)
        assert pair.checker.found("builtins.int") is None
        assert pair.student.library("os:path.join") is __import__("os").path.join


def test_large_arrays_that_nobody_holds_are_forgotten_soon() -> None:
    with Pair("def take(x): return None") as pair:
        take = pair["take"]
        for _ in range(5):
            take(np.zeros(3 << 20))
        assert [heap.memory.held >> 20 for heap in (pair.checker.session.heap, pair.student.session.heap)] == [24, 24]


def test_what_a_callback_asks_for_is_watched_too() -> None:
    with Pair("def apply(f, x):\n    return f(x)\ndef double(x):\n    return x * 2") as pair:
        double = pair["double"]
        with pytest.raises(AssertionError, match="mul"):
            assert_no_call(pair["apply"], lambda x: double(1 * x), torch.ones(2), names=["mul"])
