"""What single statements bind and use, and which of them are let through."""

from __future__ import annotations

import pytest

from gabarito.notebook.confined import RANDOM, SEED, parts_of, program_of

IMPORTS = "import torch\nimport numpy as np\nimport math\nimport random\nfrom torch import nn\n"


def _uses(source: str) -> set[str] | None:
    """What the last statement uses, after some imports; None where it isn't let through."""
    program = program_of([(parts_of(IMPORTS + source), False)])
    return set(program.parts[-1].uses) if program.cells else None


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("a = f(1)(2)", {"f"}),
        ("a.grad += b", {"a", "b", "?.grad"}),
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
        ("a = nn.Linear(2, 3)", {"nn", RANDOM}),
        ("a = nn.ReLU()", {"nn"}),
        ("a = isinstance(b, (nn.Module, int))", {"isinstance", "b", "nn", "int"}),
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
