"""What single statements bind and use, and which of them are let through."""

from __future__ import annotations

import pytest

from gabarito.notebook.confined import (
    CHANCE,
    CONVERTS,
    HANDED,
    MODELS,
    RANDOM,
    SEED,
    parts_of,
    program_of,
    resolved,
)

IMPORTS = "import torch\nimport numpy as np\nimport math\nimport random\nfrom torch import nn\n"


def _uses(source: str) -> set[str] | None:
    """What the last statement uses, after some imports, but for what it hands on; None where it isn't let through."""
    program = program_of([(parts_of(IMPORTS + source), False)])
    return {name for name in program.parts[-1].uses if not name.startswith(HANDED)} if program.cells else None


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("a = f(1)(2)", {"f"}),
        ("a.grad += b", {"a", "b", "!grad"}),
        ("a += b", {"a", "b"}),
        ("a[0] += b", {"a", "b"}),
        ("def f(*, x, y=b):\n    return x", {"b"}),
        ("a: int", {"int"}),
        ("def f(x: 'torch.Tensor', *y: int, **z) -> math.tau | None:\n    x: int\n    return g", {"int", "math", "g"}),
        ("def f(x):\n    def g(y: x) -> None:\n        return y\n    return g", set()),
        ("try:\n    a = 1\nexcept:\n    pass", set()),
        ("try:\n    a = 1\nexcept ValueError as e:\n    print(e)", {"ValueError", "e", "print"}),
        ("with torch.no_grad(), np.errstate(divide=b) as c:\n    a = c", {"torch", "np", "b", "c"}),
        ("a = [x + y for x in b for y in x if y]", {"b"}),
        ("a = {x: c for x in b}", {"b", "c"}),
        ("a = lambda x, y=b: x + z", {"b", "z"}),
        ("a = torch.randn(2)", {"torch", RANDOM}),
        ("a.normal_()", {"a", RANDOM}),
        ("torch.manual_seed(1)", {"torch", RANDOM, SEED}),
        ("a = nn.Linear(2, 3)", {"nn", RANDOM, MODELS}),
        ("a = nn.ReLU()", {"nn", MODELS}),
        ("a = b.to(c)", {"b", "c", CONVERTS}),
        ("import time\na = time.time()", {"time", CHANCE}),
        ("a = torch.empty(b)", {"torch", "b", CHANCE}),
        ("a = {b, c}", {"b", "c", CHANCE}),
        ("a = {x for x in b}", {"b", CHANCE}),
        ("a = set(b)", {"set", "b", CHANCE}),
        ("a = torch.Tensor(b)", {"torch", "b", CHANCE}),
        ("a = isinstance(b, torch.Tensor)", {"torch", "b", "isinstance"}),
        ("a = isinstance(b, (nn.Module, int))", {"isinstance", "b", "nn", "int", MODELS}),
        ("a = isinstance(*b)", {"isinstance", "b"}),
        ("a = torch.sin", {"torch"}),
        ("a = f'{b:{c}}'", {"b", "c"}),
        ("a = int(input('?'))", {"int", "input"}),
        ("del a", {"a"}),
        ("_, a = b", {"b"}),
    ],
)
def test_what_a_statement_uses(source: str, uses: set[str]) -> None:
    assert _uses(source) == uses


@pytest.mark.parametrize(
    "source",
    [
        *("a = torch", "a = nn", "a = nn.Linear", "a = torch.nn.functional", "a = torch.load('x')", "torch.a = 1"),
        *("a = b.__class__", "a = b.__dict__", "a = b.gi_frame", "a = '{0}'.format(b)", "a = b.register_hook(c)"),
        *("a = globals()", "a = eval('b')", "a = getattr(b, 'c')", "a = open('b')", "a = type(b)", "a = vars()"),
        *(
            "a = _",
            "a = __",
            "a = _3",
            "a = _i",
            "a = _ih",
            "a = In",
            "a = Out[1]",
            "a = get_ipython()",
            "a = __name__",
        ),
        *("_1 = 2", "Out = {}", "__a = 1", "open = 3", "def f(__a):\n    pass", "def f():\n    import math"),
        *("class A:\n    pass", "def f():\n    yield 1", "@f\ndef g():\n    pass", "@f()\ndef g():\n    pass"),
        *(
            "with a:\n    pass",
            "with a():\n    pass",
            "with torch.rand(1):\n    pass",
            "a = (b := 1)",
            "match a:\n    case 1: b",
        ),
        *("def f():\n    global a\n    a = 1", "async def f():\n    pass", "del a.grad", "a.b = 1", "import os"),
        *(
            "from os import path",
            "from torch import *",
            "from . import a",
            "def f(x: g()):\n    pass",
            "x: [a for a in b]",
        ),
        *("torch = 1", "import math as torch", "%pip install a", "a = !ls", "a\r\nb", "torch.sin.grad = 1"),
        *("a = input", "input.grad = 1", "a = input.grad", "input.copy()", "input = 1"),
        *("a = [b async for b in c]", "lambda: (await a)", "math.floor = 1", "import torch.cuda"),
    ],
)
def test_what_is_not_let_through(source: str) -> None:
    assert _uses(source) is None


def test_what_instructors_may_use_besides() -> None:
    source = "a = '{:g}'.format(type(b).__name__)"
    assert parts_of(source) is None
    assert parts_of(source, is_given=True) is not None
    helper = "from torch.testing import assert_close\nassert_close(1, 1)"
    assert program_of([(parts_of(helper, is_given=True), True)]).cells == 1
    assert program_of([(parts_of(helper), False)]).cells == 0


def test_a_program_ends_before_the_first_cell_that_is_not_let_through() -> None:
    cells = ["a = 1", "import math", "b = math.pi", "exec('')", "c = 2"]
    assert program_of([(parts_of(cell), False) for cell in cells]).counts == [1, 1, 1]
    assert program_of([(parts_of(cell), False) for cell in ["a = 1", "import math", "math = 3"]]).cells == 2


def test_what_changes_an_object_behind_another_name() -> None:
    code = "a = [1]\nb = [a]\ndef f():\n    return b\nn = 2\nf()[0].append(n)\nc = [3]\nd = c"
    program = program_of([(parts_of(code), False)])
    assert program.reached({"a"}).parts == {0, 1, 2, 3, 4}
    assert program.reached({"d"}).parts == {5, 6}
    assert program.reached({"n"}).parts == {3}
    assert program.reached({"f"}).parts == {0, 1, 2, 3, 4}
    assert program.reached(set(), {6}).parts == {5, 6}


def test_only_attributes_that_something_sets_lead_on() -> None:
    reads = "def f(g):\n    return g.grad\ndef h(x):\n    return x\na = f(h)"
    assert program_of([(parts_of(f"{reads}\nb = f(h)"), False)]).reached({"a"}).parts == {0, 1, 2}
    sets = "def s(g):\n    g.grad = 1\ns(h)"
    assert program_of([(parts_of(f"{reads}\n{sets}"), False)]).reached({"a"}).parts == {0, 1, 2, 3, 4}
    called = "def s(g):\n    g.grad = 1\ns(h(1))"
    assert program_of([(parts_of(f"{reads}\n{called}"), False)]).reached({"a"}).parts == {0, 1, 2}, "not on h itself"


def test_attributes_that_are_set_on_what_a_library_has() -> None:
    """Of functions that are written in Python, and of what the program writes to."""
    for path, leads in (("torch.nn.functional.relu", True), ("sys.stdout", True), ("torch.float64", False)):
        code = f"import torch\nimport sys\ndef s(g):\n    g.grad = 1\ns({path})\na = {path}\nb = a.grad"
        assert (3 in program_of([(parts_of(code), False)]).reached({"b"}).parts) is leads


def _only_looks(source: str) -> bool:
    found = resolved(parts_of(IMPORTS + source, is_given=True) or (), frozenset(_IMPORTED.items()), is_given=True)
    assert found
    return found[-1].only_looks


_IMPORTED = {"torch": "torch", "np": "numpy", "math": "math", "random": "random", "nn": "torch.nn"}


@pytest.mark.parametrize(
    "source",
    [
        "assert a.shape == (2, 3) and a.dtype == torch.float32",
        "assert abs(a.mean()) < 0.1, 'too far from 0'",
        "assert torch.equal(a, b) and torch.where(a > 0, a, b).sum() == 3",
        "assert np.abs(a).max() < 3 and np.allclose(a, b, atol=1e-3)",
        "assert isinstance(a, torch.Tensor), f'a is a {type(a).__name__}'",
        "for name, each in (('a', a), ('b', b)):\n    assert each.shape == (2,), f'{name}: {tuple(each.shape)}'",
        "for n in range(3):\n    assert a[n] == n",
        "assert [a[n] for n in range(3)] == [0, 1, 2]",
        "x, (y, z) = a.sum(), (b, 3)",
        "x, y = a.shape",
        "assert a.reshape(2, 3).transpose(0, 1).tolist() == [[1]]",
        "assert a in (1, 2) and 'x' not in {'y': a}",
        "def check(x):\n    assert x.mean() == 0",
        "if len(a) > 2 and math.isclose(a[0], 1):\n    x = max((a[0], a[1]))",
        "x: int = a + b",
    ],
)
def test_what_only_looks(source: str) -> None:
    assert _only_looks(source)


@pytest.mark.parametrize(
    "source",
    [
        *("a.append(1)", "a.add(1)", "a[0] = 1", "del a[0]", "a += 1", "a.grad = None", "a.grad += 1", "a.add_(1)"),
        *(
            "a.backward()",
            "a.sort()",
            "f(a)",
            "a.weight.zero_()",
            "(lambda x: x.pop())(a)",
            "a[0](1)",
            "a.sum().add_(1)",
        ),
        *(
            "for x in a:\n    pass",
            "[x for x in a]",
            "assert 1 in a",
            "x, y = a",
            "list(a)",
            "sum(a)",
            "dict(zip(a, b))",
        ),
        *("for x, y in ((1, 2), a):\n    pass", "x, (y, z) = 1, a", "[*a]", "f'{[*a]}'", "x, *y = (a, b)", "print(a)"),
        *("for x, y in range(a):\n    pass", "x, (y, z) = a.shape", "next(a)", "iter(a)", "map(a.append, [1])"),
        *("np.add(a, b, a)", "np.abs(a, b)", "np.abs(a, out=b)", "torch.abs(a, out=b)", "np.sum(a)", "a.round(2, b)"),
        *("a.mean(**b)", "a.mean(*b)", "max((a, b), key=f)", "np.fill_diagonal(a, 0)", "random.shuffle(a)"),
        *("torch.autograd.backward(a)", "nn.functional.relu(a, True)", "with torch.no_grad():\n    x = a.sum()"),
        *(
            "a[0].append(1)",
            "(a if b else c).append(1)",
            "(x for x in a)",
            "'x'.join(a)",
            "torch.autograd.grad(a, b)",
            "np.nan_to_num(a, copy=False)",
            "np.median(a, overwrite_input=True)",
            "torch.testing.assert_close(a, b, msg=f)",
            "dict([a])",
            "a.keys() & b",
            "np.flip(a, axis=b)",
        ),
    ],
)
def test_what_may_do_more_than_look(source: str) -> None:
    assert not _only_looks(source)
