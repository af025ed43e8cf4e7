"""Which tests may influence which later ones, told by reading."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gabarito.model import Contract, JobCell, Mode, Role
from gabarito.notebook.influence import influences, read_influences

F = "def f(x):\n    return x + 1"
IMPORTS = ("given", "import torch\nimport numpy as np\nimport random\nimport sys\nimport matplotlib.pyplot as plt")
TWO = Mode.TWO_PROCESS


def _cells(*sources: tuple[str, str] | JobCell) -> tuple[JobCell, ...]:
    """Cells of `("student" or "given", source)`, and tests called `t1`, `t2`, … of `("test", source)`."""
    made: list[JobCell] = []
    for each in sources:
        if isinstance(each, JobCell):
            made.append(each)
            continue
        kind, source = each
        number = sum(cell.role is Role.TEST for cell in made) + 1
        role = {"student": Role.ANSWER, "given": Role.GIVEN, "test": Role.TEST}[kind]
        contract = Contract(mode=TWO, fetch=("f",)) if role is Role.TEST else None
        name = f"t{number}" if role is Role.TEST else f"c{len(made)}"
        made.append(JobCell(index=len(made), id=name, role=role, source=source, contract=contract))
    return tuple(made)


def _meet(first: str, second: str, *before: tuple[str, str], code: str = F) -> bool:
    """Whether the second of two tests may depend on the first, after these cells."""
    found = influences(_cells(IMPORTS, *before, ("student", code), ("test", first), ("test", second)))
    assert found["t1"] == ()
    return found["t2"] == ("t1",)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("assert f(1) == 2", "assert f(2) == 3"),
        ("import torch\nx = torch.ones(3)\nassert f(x).sum() == 6", "x = [1]\nassert f(x[0]) == 2"),
        ("for n in (1, 2):\n    y = f(n)\n    assert y", "for n in (3, 4):\n    y = f(n)\n    assert y == n + 1"),
        ("with torch.no_grad():\n    a = f(1)\n    assert a", "with torch.no_grad() as g:\n    a = f(1)\n    assert a"),
        ("def check(n):\n    out = f(n)\n    assert out\ncheck(1)", "def check(n):\n    assert f(n)\ncheck(2)"),
        ("y = 1\ny += 1\nassert f(y)", "y = 2\nassert f(y)"),
        ("if f(1):\n    z = 1\nelse:\n    z = 2\nassert z", "if f(2):\n    z = 3\nelse:\n    z = 4\nassert z"),
        (
            "try:\n    f('a')\nexcept TypeError as e:\n    assert e",
            "try:\n    f('b')\nexcept TypeError as e:\n    assert e",
        ),
        ("x = [1]\nx[0] = 2\nassert f(x[0])", "assert f(1)"),
        ("assert type(f(1)).__name__ == 'int'", "assert '{:g}'.format(f(1)) == '2'"),
        ("a = torch.ones(2, requires_grad=True)\na.grad = None\nf(a)", "y = f(1)"),
        ("from gabarito.testing import assert_no_call\nassert f(1)", "assert f(1)"),
    ],
)
def test_tests_that_share_nothing(first: str, second: str) -> None:
    assert not _meet(first, second)
    assert not _meet(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("helper = 1\nassert f(1)", "assert f(helper)"),
        ("def helper():\n    return 1", "assert f(helper())"),
        ("import math", "assert f(math.pi)"),
        ("total = 0", "total += 1\nassert f(total)"),
        ("n = 3", "for i in (1, 2):\n    assert f(i + n)"),
        ("n = 3", "for n in range(n):\n    assert f(n)"),
        ("m = [1, 2]", "for [n, m[n]] in []:\n    pass"),
        ("n = 3", "for i in ():\n    n = i\nassert f(n)"),
        ("n = 3", "while f(n) < 2:\n    n = 5"),
        ("n = 3", "if f(1):\n    n = 4\nassert n"),
        ("n = 3", "try:\n    n = f(1)\nexcept ValueError:\n    pass\nassert n"),
        ("n = 3", "try:\n    f(1)\nexcept n:\n    pass"),
        ("n = 3", "with torch.no_grad():\n    assert f(n)"),
        ("del n", "assert f(n)"),
        ("n = 3\nassert f(n)", "def late():\n    return n\nassert f(late())"),
        ("global_ = 1\ndef g():\n    global n\n    n = 4\ng()", "assert f(n)"),
    ],
)
def test_a_name_of_an_earlier_test(first: str, second: str) -> None:
    assert _meet(first, second)


@pytest.mark.parametrize(
    "source",
    [
        "open('x', 'w').write('1')",
        "torch.set_default_dtype(torch.float64)",
        "exec('y = 1')",
        "import os\nassert f(1)",
        "import helpers\nassert f(1)",
        "from . import helpers",
        "from math import *",
        "%matplotlib inline\nassert f(1)",
        "files = !ls",
        "torch.answer = 42",
        "f.calls = 0",
        "del torch.answer",
        "class A:\n    n = 2\nassert f(A().n)",
        "y = [(n := 1)]",
        "lambda: (yield)",
        "async def g():\n    pass",
        "def g():\n    global n\n    n = 1",
        "import numpy as torch",
        "torch = 3",
        "@property\ndef g():\n    pass",
        "[await g for g in f]",
        "[g async for g in f]",
        "with open('x') as g:\n    pass",
        "with f:\n    pass",
        "del f(1).grad",
        "x = 1\r\ny = 2",
        "from torch import *",
        "def g():\n    import math",
        "def g(__x):\n    pass",
        "__all__ = []",
        "In = 3",
        "assert _",
        "assert _i3",
        "assert f.__globals__",
        "h = torch\nassert h",
        "torch.sin.grad = 2",
        "torch.Tensor.grad = 2",
        "h = torch.Tensor",
        "x = 1\n" * 30_000,
        f"x = {'-' * 20_000}1",
    ],
)
def test_what_cannot_be_followed(source: str) -> None:
    assert _meet(source, "assert f(1)")
    assert _meet("assert f(1)", source)


@pytest.mark.parametrize(
    "contract",
    [None, Contract(mode=Mode.SHARED), Contract(mode=TWO, give=("x",)), Contract(mode=TWO, random=True)],
)
def test_other_modes_and_contracts(contract: Contract | None) -> None:
    test = JobCell(index=9, id="t2", role=Role.TEST, source="assert f(1)", contract=contract)
    cells = _cells(("student", F), ("test", "assert f(1)"), test)
    last = JobCell(index=10, id="t3", role=Role.TEST, source="assert f(2)", contract=Contract(mode=TWO, fetch=("f",)))
    assert influences((*cells, last)) == {"t1": (), "t2": ("t1",), "t3": ("t1", "t2")}


@pytest.mark.parametrize(
    "code",
    [
        "f = make()",
        "f = [1, 2]",
        "cache_of_f = {}\ndef f(x):\n    return cache_of_f.setdefault(x, x)",
        "def f(x, seen=[]):\n    seen.append(x)\n    return x",
        "def f(x, *, seen={}):\n    return x",
        "count = 0\ndef f(x):\n    global count\n    count += 1\n    return x",
        "def f(x):\n    f.calls = 1\n    return x",
        "config = [0]\ndef f(x):\n    config[0] = 1\n    return x",
        "config = [0]\ndef f(x):\n    del config[0]\n    return x",
        "config = [0]\nmore = config\ndef f(x):\n    more.append(x)\n    return x",
        "config = [0]\nmore = []\nmore.append(config)\ndef f(x):\n    return more[0].append(x)",
        "steps = iter([1, 2])\ndef f(x):\n    return next(steps)",
        "def f(x):\n    plt.plot(x)",
        "def g(x):\n    x.grad = 1\ndef f(x):\n    g(g)\n    return g.grad",
        "f = torch.nn.Linear(1, 1)",
        "def make():\n n = 0\n def g(x):\n  nonlocal n\n  n += x\n  return n\n return g\nf = make()",
        "def g(x):\n    return x\ndef f(x):\n    h = g\n    h.grad = x\n    return h",
        "def f(x):\n    h = torch.nn.functional.relu\n    h.grad = x\n    return h",
        "import functools\n@functools.wraps\ndef f(x):\n    return x",
        "class f:\n    seen = []",
        "@register\nclass f:\n    pass",
        "class f:\n    @remember\n    def g(self):\n        return 1",
        "if True:\n    def f(x):\n        return x",
        "def f(x):\n    return open(x).read()",
        "import helpers\ndef f(x):\n    return helpers.g(x)",
        "def f(x):\n    import helpers\n    return helpers.g(x)",
        "net = Net()\nf = net",
        "class f:\n    @classmethod\n    def g(cls):\n        cls.n = 1",
        "class f:\n    def g(self):\n        self.__class__.n = 1",
    ],
)
def test_what_lasts_from_one_call_to_the_next(code: str) -> None:
    assert _meet("assert f(1)", "assert f(2)", code=code)


def test_only_what_a_test_reaches_counts() -> None:
    g = "def g(x):\n    return x"
    state = "net = Net()"
    assert not _meet("assert f(1)", "assert f(2)", ("student", f"{g}\n{state}"))
    assert _meet("assert g(1)", "assert g(2)", ("student", "state = {}\ndef g(x):\n    return state[x]"))
    assert not _meet("assert f(g(1))", "assert f(2)", ("given", "state = {}\ndef g(x):\n    return state[x]"))


@pytest.mark.parametrize(
    "code",
    [
        "SIZE = 3\nPAIR = (-1, 2 * 3)\nname: str = 'a'\ndef f(x):\n    return x + SIZE + PAIR[0]",
        "f = lambda x, n=3: x + n",
        "@torch.no_grad()\ndef f(x: torch.Tensor, *more: 'int', n: int | None = None) -> list[int]:\n    return x",
        "def f(x):\n    try:\n        return 1 / x\n    except (ValueError, TypeError) as e:\n        raise",
        "def f(x):\n    return {k: v for k, v in enumerate([x]) if isinstance(v, (int, torch.Tensor))}",
        "def f(x):\n    n: int = 0\n    return [y for x in range(3) for y in range(x)]",
        "def f(x):\n    return unknown + open_",
        "def f(x):\n    out = [0]\n    out[0] = x\n    return out",
        "import torch\nimport numpy as np\ndef f(x):\n    return torch.ones(3)",
        "def f(x):\n    x.grad += 1\n    return x",
        "def g(x):\n    return x\ndef f(x):\n    x.grad = g(x)\n    return x",
        "def f(x):\n    return g(x)\ndef g(x):\n    return x",
    ],
)
def test_what_does_not_last(code: str) -> None:
    assert not _meet("assert f(1)", "assert f(2)", code=code)


@pytest.mark.parametrize(
    "code", ["torch.add = g", "setattr(torch, 'add', g)", "net[0] = g\nsys.modules['torch'] = net", "torch.x.y[0] = g"]
)
def test_what_was_put_where_no_name_leads(code: str) -> None:
    g = "seen = []\ndef g(x):\n    seen.append(x)"
    assert _meet("assert torch.add(1, 1)", "assert torch.add(2, 2)", ("student", f"{g}\n{code}"))
    assert not _meet("assert torch.add(1, 1)", "assert torch.add(2, 2)", ("student", g))
    assert not _meet("assert f(1)", "assert f(2)", ("student", f"{g}\nplt.plot(g)\nprint(g)"))


@pytest.mark.parametrize(
    "code", ["%run other.py", "def broken(:\n%run other.py", "x = Net()\nx?", "  x = Net()\n  y = x", ">>> x = 1"]
)
def test_cells_that_only_ipython_can_read(code: str) -> None:
    assert _meet("assert f(1)", "assert f(2)", ("student", code))


def test_a_cell_that_nobody_can_read_runs_nothing() -> None:
    for code in ("def broken(:", "seen = []\nfor n in (1, 2)\n    seen.append(n)"):
        assert not _meet("assert f(1)", "assert f(2)", ("student", code))


def test_a_cell_that_waits() -> None:
    wait = ("student", "f = await make()")
    assert _meet("assert f(1)", "assert f(2)", wait, code="x = 1")


def test_random_numbers_of_tests() -> None:
    seeds, draws = "torch.manual_seed(0)\nassert f(torch.rand(1))", "assert f(torch.rand(1))"
    assert _meet(seeds, draws)
    assert not _meet(draws, seeds), "what is drawn before a seed makes no difference"
    assert not _meet(seeds, seeds)
    assert not _meet(seeds, "torch.manual_seed(1)")
    assert not _meet(seeds, "assert f(1)"), "nothing is drawn"
    assert not _meet(draws, draws), "new numbers each time"
    assert not _meet(seeds, "import torch\n" + seeds)
    assert _meet(seeds, "torch.manual_seed(0); 1\nassert f(torch.rand(1), np.random.rand())"), "of one library only"
    assert _meet(seeds, "torch.manual_seed(n)\nassert f(torch.rand(1))"), "not a fixed seed"
    assert _meet(seeds, "torch.manual_seed(0, x=1)\nassert f(torch.rand(1))")
    assert _meet(seeds, "torch.manual_seed(0)\nassert f(torch.rand(1), np.random.rand())"), "of numpy nothing is known"
    both = "import numpy as np\ntorch.manual_seed(0)\nnp.random.seed(1)\nassert f(torch.rand(1), np.random.rand())"
    assert not _meet(seeds, both)
    assert _meet(seeds, "x = f(torch.rand(1))\ntorch.manual_seed(0)")
    assert _meet(seeds, "reseed(0)\nassert f(torch.rand(1))")
    assert _meet(seeds, "print(torch.ones(1), np.ones(1))\nassert f(torch.rand(1))")


def test_random_numbers_of_a_notebook_with_a_seed() -> None:
    draws = "def f(x):\n    return torch.rand(x)"
    assert not _meet("assert f(1)", "assert f(2)", code=draws)
    assert _meet("assert f(1)", "assert f(2)", ("given", "torch.manual_seed(3)"), code=draws)
    assert not _meet("assert f(1)", "assert f(2)", ("given", "torch.manual_seed(3)"))


def test_what_others_depend_on_counts_too() -> None:
    found = influences(
        _cells(("student", F), ("test", "a = 1"), ("test", "b = a"), ("test", "assert f(1)"), ("test", "assert f(b)"))
    )
    assert found == {"t1": (), "t2": ("t1",), "t3": (), "t4": ("t1", "t2")}


def test_what_a_test_fetches_stays_for_given_cells() -> None:
    """They run in the checker, too, where they find the name only if a test has fetched it."""
    before = [("student", "n = 42"), ("test", "assert n == 42"), ("given", "squared = n ** 2")]
    found = influences(_fetching(*before, ("student", F), ("test", "assert f(squared)"), fetch="n"))
    assert found == {"t1": (), "t2": ("t1",)}
    used = [("given", "def added(x):\n    return n + x"), *before[:2], ("given", "squared = added(1)")]
    found = influences(_fetching(*used, ("student", F), ("test", "assert f(squared)"), fetch="n"))
    assert found == {"t1": (), "t2": ("t1",)}
    found = influences(_fetching(*before[:2], ("given", "squared = 1"), ("test", "assert n"), fetch="n"))
    assert found == {"t1": (), "t2": ()}
    found = influences(_fetching(*before[:2], ("given", "%time"), ("test", "assert n"), fetch="n"))
    assert found == {"t1": (), "t2": ("t1",)}


def _fetching(*sources: tuple[str, str], fetch: str) -> tuple[JobCell, ...]:
    contract = Contract(mode=TWO, fetch=(fetch,))
    return tuple(replace(c, contract=c.contract and contract) for c in _cells(*sources))


def test_a_name_of_a_built_in_function_is_a_name() -> None:
    assert _meet("sum = f(1)", "assert f(sum) == 3")
    assert not _meet("assert sum([1]) == f(0)", "assert f(sum([2]))")
    given = ("given", "seen = []\ndef filter(x):\n    seen.append(x)\n    return len(seen)")
    assert _meet("assert filter(f(1))", "assert filter(f(1))", given)


def test_a_name_that_is_deleted_is_used() -> None:
    assert _meet("own = f(1)", "assert f(1)\ndel own")
    assert not _meet("own = f(1)", "own = 1\nassert f(1)\ndel own")


def test_an_attribute_that_a_test_sets() -> None:
    """Also of a function, which nothing else can change."""
    assert _meet("f.data = 5", "assert f.data == 5")
    assert not _meet("assert f.data == 5", "f.data = 5")
    cells = _cells(IMPORTS, ("student", F), ("student", "def g(x):\n    return x"), ("test", "x = f(1)\nx.grad = None"))
    other = JobCell(
        index=9, id="t2", role=Role.TEST, source="assert g(1).grad", contract=Contract(mode=TWO, fetch=("g",))
    )
    assert influences((*cells, other))["t2"] == (), "of no object that both get hold of"


def test_a_test_that_only_looks_changes_nothing() -> None:
    state = ("student", "data = [1, 2]")
    assert not _meet("assert len(data) == 2", "assert data[0] == 1", state)
    assert not _meet("assert data[1] == 2", "data.append(3)", state)
    assert _meet("data.append(3)", "assert len(data) == 3", state)
    assert _meet("assert 1 in data", "assert data[0] == 1", state), "of an iterator something would be taken"
    assert _meet("assert len(data) == 2", "assert data[0] == 1", state, ("student", "def len(x):\n    x.append(1)"))
    looks, last = ("test", "assert len(data) == 2"), ("student", "print(data)")
    assert read_influences(_cells(state, looks, last)).unseen == {"t1"}
    for made, meet in (("torch.ones(2)", False), ("torch.nn.Linear(2, 2)", True)):
        answer = ("student", f"data = {made}")
        assert _meet("assert data.double()", "assert data.dtype", answer) is meet, "a model becomes another one"
    for own in ("len = data.append", "exec('len = data.append')"):
        found = read_influences(_cells(state, looks, ("test", own), last)).unseen
        assert found == set(), "it may stand for something else by then"


@pytest.mark.parametrize(
    ("code", "source", "is_chance"),
    [
        (F, "assert f(1) == 2", False),
        (F, "assert f(torch.rand(1)) > 0", True),
        ("def f(x):\n    return torch.rand(x)", "assert f(1) == 2", True),
        ("import time\ndef f(x):\n    return time.time_ns() % 3", "assert f(1) == 2", True),
    ],
)
def test_what_may_end_otherwise_in_the_next_run(code: str, source: str, *, is_chance: bool) -> None:
    known = read_influences(_cells(IMPORTS, ("student", code), ("test", source)))
    assert known.tests["t1"].is_chance is is_chance


def test_a_timed_test_rests_on_the_clock() -> None:
    cells = _cells(("student", F), ("test", "assert f(1) == 2"))
    assert not read_influences(cells).tests["t1"].is_chance
    assert read_influences((cells[0], replace(cells[1], timed=True))).tests["t1"].is_chance


@pytest.mark.parametrize(
    ("first", "second", "third"),
    [
        ("scores = {}", "scores['f'] = f(1)", "assert scores['f'] == 2"),
        ("net = torch.zeros(2)", "f(net)", "assert net.sum() == 2"),
        ("mine = data", "mine.append(3)", "assert len(data) == 3"),
        ("mine = data", "data.append(3)", "assert len(mine) == 3"),
        ("more.append(data)", "data.append(3)", "assert len(more[0]) == 3"),
        ("seen = []\ndef note(x):\n    seen.append(x)", "note(f(1))", "assert seen == [2]"),
        ("net = torch.nn.Linear(2, 2)", "net.double()", "assert net.weight.dtype"),
        ("own = [1]\nother = [own]", "other[0].append(f(1))", "assert own == [1, 2]"),
        ("exec('own = [1]')", "own.append(f(1))", "assert own == [1, 2]"),
        ("exec('more.append(data)')", "data.append(3)", "assert len(more[0]) == 3"),
        ("train = torchvision.datasets.MNIST('x', transform=note)", "assert train[0]", "assert len(data) == 3"),
        ("log = []", "keep(f(1))", "assert log == [2]"),
        ("result = 0\ndef check():\n    assert result == 2", "result = f(1)", "check()"),
        ("from random import seed", "seed(0)\nassert f(1)", "import random\nassert random.random() < 0.9"),
        ("class Log:\n    pass\ndef note(x):\n    data.append(x)", "note(f(1))", "assert data == [1, 2, 2]"),
    ],
)
def test_what_a_test_does_to_what_an_earlier_one_made(first: str, second: str, third: str) -> None:
    helpers = "def note(x):\n    data.append(x)\n    return x\ndef keep(x):\n    log.append(x)"
    given = ("given", f"import torchvision\ndata = [1, 2]\nmore = []\n{helpers}")
    tests = (("test", source) for source in (first, second, third))
    assert influences(_cells(IMPORTS, given, ("student", F), *tests))["t3"] == ("t1", "t2")


def test_what_code_of_an_earlier_test_uses() -> None:
    """Through a function that it has defined, however long the way."""
    tests = ["def check():\n    assert result == [2]", "result = []", "result.append(f(1))", "check()"]
    cells = _cells(("student", F), *(("test", source) for source in tests))
    assert influences(cells)["t4"] == ("t1", "t2", "t3")
    seeded = ["torch.manual_seed(0)\ndef noisy():\n    return torch.rand(2)", "a = noisy()", "assert f(torch.rand(1))"]
    cells = _cells(IMPORTS, ("student", F), *(("test", source) for source in seeded))
    assert influences(cells)["t3"] == ("t1", "t2")


def test_a_test_in_shared_mode_may_have_replaced_a_function() -> None:
    shared = JobCell(index=1, id="t1", role=Role.TEST, source="calls = []", contract=Contract(mode=Mode.SHARED))
    first, *tests, last = _cells(("student", F), ("test", "f(1)"), ("test", "f(1)"), ("student", "f(2)"))
    found = read_influences((first, shared, *(replace(t, id=f"t{n}") for n, t in enumerate(tests, 2)), last))
    assert found.meets["t3"] == ("t1", "t2")
    assert found.unseen == set()


def test_a_helper_that_measures_time() -> None:
    given = ("given", "from gabarito.testing import assert_faster\ndef speed(g):\n    assert_faster(g, f, 1)")
    assert read_influences(_cells(given, ("student", F), ("test", "speed(f)"))).tests["t1"].is_chance


def test_what_is_only_called_alike_is_not_the_same() -> None:
    tests = (("test", source) for source in ("own = [f(1)]", "own = [f(2)]\nown.append(3)", "own = [3]\nassert own"))
    assert influences(_cells(("student", F), *tests)) == {"t1": (), "t2": (), "t3": ()}


def test_what_a_later_cell_sees_under_another_name() -> None:
    data, last = ("student", "data = [1]"), ("student", "print(data)")
    tests = [("test", "mine = data"), ("test", "mine.append(3)")]
    assert read_influences(_cells(data, *tests, last)).unseen == {"t1"}
    tests = [("test", "own = [1]"), ("test", "own.append(3)")]
    assert read_influences(_cells(data, *tests, ("given", "own[0]"))).unseen == set()


def test_reading_an_element_may_run_a_function_of_the_notebooks() -> None:
    data = "seen = []\ndef note(x):\n    seen.append(1)\n    return x\nimport torchvision\n"
    made = "train = torchvision.datasets.MNIST('x', transform=note)"
    looks, later = "assert train[0][0].shape == (1, 28, 28)", "assert len(seen) == 0"
    assert _meet(looks, later, ("given", data + made))
    assert not _meet(looks, later, ("given", data + "train = [[note]]"))
    assert _meet("import numpy as np\nassert np.max(train) == 1", later, ("given", data + made))


@pytest.mark.parametrize("alias", ["g = f\ng.data = 42", "fs = [f]\nfor h in fs:\n    h.data = 42"])
def test_an_attribute_that_is_set_under_another_name(alias: str) -> None:
    code = f"def f(x):\n    return f.data\n{alias}"
    known = read_influences(_cells(("student", code), ("test", "assert f(1) == 42")))
    assert known.tests["t1"].reached.parts == {0, 1, 2}


def test_one_function_of_a_library_has_several_names() -> None:
    set_, read = "h = np.abs\nh.data = 5", "k = np.absolute\nassert k.data == 5"
    assert _meet(f"import numpy as np\n{set_}", f"import numpy as np\n{read}")


def test_an_attribute_that_an_answer_sets_is_reached() -> None:
    """Of a function, which nothing else changes."""
    known = read_influences(_cells(("student", F), ("student", "f.data = 5"), ("test", "assert f.data == 5")))
    assert known.tests["t1"].reached.parts == {0, 1}
    known = read_influences(_cells(("student", F), ("student", "f.data = 5"), ("test", "assert f(1) == 2")))
    assert known.tests["t1"].reached.parts == {0}


def test_random_numbers_after_a_seed_in_a_test() -> None:
    def meets(first: str, second: str, third: str) -> tuple[str, ...]:
        return influences(_cells(IMPORTS, ("student", F), *(("test", t) for t in (first, second, third))))["t3"]

    draws = "assert f(torch.rand(1)) >= 1"
    assert meets("torch.manual_seed(1)\nassert f(1)", draws, draws) == ("t1", "t2")
    assert meets("torch.manual_seed(1)\nassert f(1)", draws, f"torch.manual_seed(2)\n{draws}") == ()
    assert meets("assert f(1)", draws, draws) == ()
    assert meets("exec('f')", draws, draws) == ("t1", "t2"), "it may set one"


@pytest.mark.parametrize(
    ("last", "unseen"),
    [
        (("student", "y = 1"), {"t1", "t2"}),
        (("student", "data.append(2)"), {"t1"}),
        (("student", "def g():\n    return data"), {"t1", "t2"}),
        (("given", "own + 1"), {"t2"}),
        (("student", "own = 3"), {"t1", "t2"}),
        (("student", "exec('1')"), set()),
    ],
)
def test_what_later_cells_see_of_a_test(last: tuple[str, str], unseen: set[str]) -> None:
    given = ("given", "data = []")
    tests = [("test", "own = f(1)\nassert own"), ("test", "assert f(2)\ndata.append(1)")]
    assert read_influences(_cells(given, ("student", F), *tests, last)).unseen == unseen


@pytest.mark.parametrize("line", ["reset -f", "pylab", "\n  ls\n", "cd - f", "store -r"])
def test_a_line_that_ipython_takes_for_a_magic(line: str) -> None:
    assert influences(_cells(("student", F), ("student", line), ("test", "assert f(1)"), ("test", "assert f(2)")))[
        "t2"
    ] == ("t1",)


def test_a_prompt_that_ipython_takes_away() -> None:
    code = 'f = lambda x: x + len("""\nIn [1]: """)'
    assert influences(_cells(("student", code), ("test", "assert f(1)"), ("test", "assert f(2)")))["t2"] == ("t1",)


@pytest.mark.parametrize("code", ["x?\ny = f" + ".T" * 9000, "x?\ny = " + "-" * 20_000 + "1", "y = " + "not " * 9000])
def test_a_cell_that_is_too_deep_for_anybody(code: str) -> None:
    assert influences(_cells(("student", code), ("test", "assert f(1)"), ("test", "assert f(2)")))["t2"] == ("t1",)


def test_cells_after_a_test_make_no_difference() -> None:
    cells = _cells(("student", F), ("test", "assert f(1)"), ("test", "assert f(2)"), ("student", "%run other.py"))
    assert influences(cells) == {"t1": (), "t2": ()}


def test_a_file_that_is_called_like_a_library() -> None:
    cells = _cells(IMPORTS, ("student", F), ("test", "assert f(1)"), ("test", "assert f(2)"))
    assert influences(cells, ["data/torch.csv", "notes.txt"])["t2"] == ()
    for name in ("torch.py", "numpy/__init__.py", "random.so"):
        assert influences(cells, [name])["t2"] == ("t1",)


@pytest.mark.parametrize(
    "code", ["import math\nimport random as math", "import math\nmath = 3", "e = 1\nfrom math import e"]
)
def test_a_name_that_stands_for_two_things(code: str) -> None:
    assert _meet("assert f(1)", "assert f(2)", ("student", code))


def test_what_follows_a_cell_that_cannot_be_followed() -> None:
    cells = _cells(
        ("student", F),
        ("test", "assert f(1)"),
        ("test", "assert f(2)"),
        ("student", "exec('')"),
        ("test", "assert f(3)"),
    )
    assert influences(cells) == {"t1": (), "t2": (), "t3": ("t1", "t2")}
