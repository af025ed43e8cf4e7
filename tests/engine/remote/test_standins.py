# ruff: noqa: E501, ISC004  # each table of operations, each answer and each test in one piece

"""Stand-ins as a test's author sees them: what is done to one is done to the student's object."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.remote.pair import Pair, passes

POINT = '''
class Point:
    """A place."""
    kind = "flat"
    def __init__(self, x, y=0):
        self.x, self.y = x, y
    def __add__(self, other): return Point(self.x + other.x, self.y + other.y)
    def __radd__(self, n): return Point(self.x + n, self.y + n)
    def __iadd__(self, n):
        self.x += n
        return self
    def __eq__(self, other): return isinstance(other, Point) and (self.x, self.y) == (other.x, other.y)
    def __repr__(self): return f"Point({self.x}, {self.y})"
    def __len__(self): return 2
    def __bool__(self): return self.x != 0
    def __getitem__(self, i): return (self.x, self.y)[i]
    def __iter__(self): return iter((self.x, self.y))
    def __contains__(self, n): return n in (self.x, self.y)
    def __call__(self, n, *, times=1): return self.x + n * times
    def __float__(self): return float(self.x)
    def norm(self): return abs(self.x) + abs(self.y)
    @property
    def double(self): return self.x * 2
    @classmethod
    def origin(cls): return cls(0)
'''

WORKS = {
    "instance": (POINT, "p = Point(2, y=3)\nassert p.x == 2 and p.norm() == 5 and p.double == 4 and Point.origin() == Point(0)"),
    "arithmetic": (POINT, "p = Point(1) + Point(2, 3)\nassert (p.x, p.y) == (3, 3)\nassert (5 + p).x == 8\np += 4\nassert p.x == 7"),
    "sequence": (POINT, "p = Point(1, 2)\nassert len(p) == 2 and p[1] == 2 and list(p) == [1, 2] and 2 in p and 9 not in p"),
    "truth and numbers": (POINT, "assert Point(1) and not Point(0) and float(Point(3)) == 3.0"),
    "call": (POINT, "assert Point(1)(2, times=3) == 7"),
    "text": (POINT, "assert repr(Point(1)) == str(Point(1)) == f'{Point(1)}' == 'Point(1, 0)'"),
    "hashes": (
        f"{POINT}\nclass Kept(Point):\n    __hash__ = object.__hash__\nclass Own(Point):\n    def __hash__(self): return self.x",
        "p = Kept(1)\nassert {p: 1}[p] == 1 and hash(Own(5)) == 5 and len({Own(5), Own(5)}) == 1\ntry:\n    hash(Point(1))\n"
        "except TypeError:\n    pass\nelse:\n    assert False",
    ),
    "attributes": (POINT, "p = Point(1)\np.z = 4\nassert p.z == 4\ndel p.z\nassert not hasattr(p, 'z') and 'norm' in dir(p)"),
    "class": (
        POINT,
        "assert Point.kind == 'flat' and Point.__name__ == 'Point' and Point.__doc__ == 'A place.'\nPoint.kind = 'round'\n"
        "assert Point(1).kind == 'round'\nPoint.more = 1\ndel Point.more\nassert not hasattr(Point, 'more') and Point\n"
        "assert 'norm' in dir(Point) and isinstance(Point(1), Point) and type(Point(1)) is Point",
    ),
    "same object": (f"{POINT}\np = Point(1)\ndef get(): return p\ndef same(q): return q is p", "assert get() is p and same(p)"),
    "subclass": (
        f"{POINT}\nclass Deep(Point):\n    def norm(self): return -1",
        "d = Deep(1)\nassert isinstance(d, Point) and issubclass(Deep, Point) and d.norm() == -1 and d == Point(1)",
    ),
    "copy": (
        f"{POINT}\np = Point([1])",
        "import copy\nq, r = copy.copy(p), copy.deepcopy(p)\nassert q.x is p.x and r.x is not p.x and r.x == [1]",
    ),
    "function": (
        "def f(a, b: int = 2, *c, d=None) -> 'int':\n    'Adds.'\n    return a + b",
        "import inspect, types\ns = inspect.signature(f)\nassert list(s.parameters) == ['a', 'b', 'c', 'd']\n"
        "assert s.parameters['b'].default == 2 and s.parameters['b'].annotation is int\n"
        "assert s.parameters['a'].default is inspect.Parameter.empty and f.__name__ == 'f' and f.__doc__ == 'Adds.'\n"
        "assert f.__code__.co_argcount == 2 and f.__defaults__ == (2,) and isinstance(f, types.FunctionType)\n"
        "assert callable(f) and inspect.isfunction(f) and f(1) == 3 and f.__annotations__ == {'b': int, 'return': 'int'}",
    ),
    "class signature": ("class A:\n    def __init__(self, n=3): pass", "import inspect\nassert str(inspect.signature(A)) == '(n=3)'"),
    "generator": (
        "def g():\n    got = yield 1\n    yield got",
        "i = g()\nassert next(i) == 1 and i.send(5) == 5 and next(i, 'end') == 'end' and list(g()) == [1, None]\n"
        "import types\nassert isinstance(g(), types.GeneratorType)",
    ),
    "module": ("import string as s", "import types\nassert isinstance(s, types.ModuleType) and s.digits == '0123456789'"),
    "context manager": (
        "class C:\n    log = []\n    def __enter__(self): return 5\n    def __exit__(self, kind, error, trace):\n"
        "        self.log.append(kind is ValueError and str(error) == 'x')\n        return kind is ValueError",
        "with C() as five:\n    assert five == 5\nwith C():\n    raise ValueError('x')\nassert C.log == [False, True]",
    ),
    "own exception": (
        "class Own(ValueError):\n    def __init__(self, what, code):\n        super().__init__(what)\n        self.code = code\n"
        "    def __str__(self): return 'own ' + self.args[0]\nclass More(Own): pass\n"
        "def f(x):\n    raise (More if x else Own)('bad', 7)",
        "for x in (0, 1):\n    try:\n        f(x)\n    except Own as e:\n"
        "        assert e.code == 7 and str(e) == 'own bad' and e.args == ('bad',) and isinstance(e, ValueError)\n"
        "        assert isinstance(e, More) == bool(x)\n        assert not hasattr(e, 'nothing') and not hasattr(e, '__len__')\n"
        "        own = e\ntry:\n    raise own\nexcept Own:\n    pass",
    ),
    "library exception": (
        "import json\ndef f(s): return json.loads(s)\ndef g(): return {}['k']",
        "import json\ntry:\n    f('{')\nexcept json.JSONDecodeError as e:\n    assert 'Expecting' in str(e)\n"
        "try:\n    g()\nexcept KeyError as e:\n    assert e.args == ('k',)\nelse:\n    assert False",
    ),
    "enum": (
        "import enum\nclass Color(enum.Enum):\n    RED = 1\n    BLUE = 2\nclass N(enum.IntEnum):\n    ONE = 1",
        "assert [c.name for c in Color] == ['RED', 'BLUE'] and len(Color) == 2 and Color['RED'] is Color.RED\n"
        "assert Color(2) is Color.BLUE and Color.RED in Color and Color.RED.value == 1 and Color.RED != Color.BLUE\n"
        "assert N.ONE == 1 and N.ONE + 1 == 2",
    ),
    "data class": (
        "from dataclasses import dataclass, field\n@dataclass\nclass D:\n    a: int\n    b: list = field(default_factory=list, repr=False)",
        "import dataclasses\nd = D(1)\nassert [f.name for f in dataclasses.fields(D)] == ['a', 'b'] and dataclasses.is_dataclass(d)\n"
        "assert d == D(1) and d != D(2) and repr(d) == 'D(a=1)' and not dataclasses.fields(D)[1].repr\n"
        "d.b.append(3)\nassert d.b == [3] and dataclasses.asdict(d) == {'a': 1, 'b': [3]}",
    ),
    "abstract class": (
        "from abc import ABC, abstractmethod\nclass A(ABC):\n    @abstractmethod\n    def f(self): ...\nclass B(A):\n    def f(self): return 1",
        "from abc import ABC\nimport inspect\nassert B().f() == 1 and issubclass(B, A) and isinstance(B(), A)\ntry:\n    A()\n"
        "except TypeError as e:\n    assert 'abstract' in str(e)\nelse:\n    assert False",
    ),
    "module of torch": (
        "class Net(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.l = torch.nn.Linear(2, 1)\n"
        "    def forward(self, x): return self.l(x)\nnet = Net()\nlayer = torch.nn.Linear(2, 3)",
        "assert isinstance(net, torch.nn.Module) and issubclass(Net, torch.nn.Module) and isinstance(net.l, torch.nn.Linear)\n"
        "assert isinstance(layer, torch.nn.Linear) and tuple(layer.weight.shape) == (3, 2)\n"
        "assert net(torch.ones(4, 2)).shape == (4, 1) and [n for n, _ in net.named_parameters()] == ['l.weight', 'l.bias']",
    ),
    "not hashable": ("class U:\n    __hash__ = None", "try:\n    {U()}\nexcept TypeError:\n    pass\nelse:\n    assert False"),
    "not iterable": ("class U:\n    __iter__ = None\n    def __getitem__(self, i): return i", "try:\n    iter(U())\nexcept TypeError:\n    pass\nelse:\n    assert False"),
    "comparisons": (
        "import functools\n@functools.total_ordering\nclass T:\n    def __init__(self, n): self.n = n\n    def __eq__(self, o): return self.n == o.n\n"
        "    def __lt__(self, o): return self.n < o.n",
        "assert T(1) < T(2) <= T(2) and T(3) > T(2) >= T(1) and T(1) == T(1) and T(1) != T(2) and sorted([T(2), T(1)])[0] == T(1)",
    ),
    "partial": ("import functools\nf = functools.partial(int, base=2)\ng = functools.lru_cache(lambda x: x)", "assert f('101') == 5 and f.func is int and g(2) == 2 and g.cache_info().misses >= 1"),
    "method": ("class A:\n    def f(self): return 3\n    @staticmethod\n    def s(): return 4\nf = A().f", "import types, inspect\nassert f() == 3 and isinstance(f, types.MethodType) and A.s() == 4 and A().s() == 4 and f.__name__ == 'f'"),
    "plain types": ("kinds = [int, type(None), object, type, Exception, float]\ndef f(k): return k is int", "assert kinds == [int, type(None), object, type, Exception, float] and f(int)"),
    "types of numpy and torch": ("kinds = [np.float32, torch.nn.Linear, torch.float32, np.dtype('i4')]\ndef f(k): return k is torch.nn.ReLU", "assert kinds == [np.float32, torch.nn.Linear, torch.float32, np.dtype('i4')] and f(torch.nn.ReLU)"),
    "rounding": ("class R:\n    def __round__(self, n=None): return n\n    def __index__(self): return 2\n    def __int__(self): return 3\n    def __complex__(self): return 1j\n    def __trunc__(self): return 5",
        "assert round(R()) is None and round(R(), 2) == 2 and [0, 1, 2][R()] == 2 and int(R()) == 3 and complex(R()) == 1j and math.trunc(R()) == 5"),
    "reversed": ("class R:\n    def __reversed__(self): return iter([2, 1])\n    def __length_hint__(self): return 3", "import operator\nassert list(reversed(R())) == [2, 1] and operator.length_hint(R()) == 3"),
    "items": ("class M:\n    def __init__(self): self.d = {}\n    def __setitem__(self, k, v): self.d[k] = v\n    def __delitem__(self, k): del self.d[k]\n    def __getitem__(self, k): return self.d[k]",
        "m = M()\nm['a'] = 1\nassert m['a'] == 1 and m.d == {'a': 1}\ndel m['a']\nassert m.d == {}"),
    "format": ("class F:\n    def __format__(self, spec): return 'as ' + spec", "assert f'{F():x}' == 'as x'"),
}  # fmt: skip


@pytest.mark.parametrize("name", WORKS)
def test_a_test_sees_what_it_sees_in_one_process(name: str) -> None:
    passes(*WORKS[name])


def test_a_class_that_is_generic_is_made_here_without_a_word_to_its_owner() -> None:
    asked: list[Any] = []
    cells = "import torch\nclass Mine(torch.utils.data.Dataset): pass\nmine = Mine()"
    with Pair(cells, handlers={"setattr": lambda *args: asked.append(args)}) as pair:
        mine = pair["mine"]
        assert type(mine).__name__ == "Mine"
        type(mine).shade = 3
    assert [name for _, name, _ in asked] == ["shade"]
