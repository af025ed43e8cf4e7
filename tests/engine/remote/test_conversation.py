# ruff: noqa: E501, ISC004  # each answer and each test in one piece

"""Tests that run in the checker, against objects that live in the student process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gabarito.engine import Worker, WorkerSpec
from gabarito.model import CellReport, Contract, Job, JobCell, JobFile, Limits, Mode, Outcome, Role

GIVEN = "import math\nimport numpy as np\nimport torch"


@pytest.fixture(scope="module")
def warm() -> Iterator[Worker]:
    with Worker(WorkerSpec(preload=("numpy", "torch"))) as started:
        yield started


def grade(
    worker: Worker,
    answer: str,
    test: str,
    *fetch: str,
    operations: dict[int, tuple[str, ...]] | None = None,
    given: str = GIVEN,
    **contract: object,
) -> list[CellReport]:
    """Reports of a given cell, an answer and a test; without operations everything is allowed, as at release."""
    made = Contract(
        mode=Mode.TWO_PROCESS,
        fetch=fetch,
        operations=operations or {},
        is_being_written=operations is None,
        **contract,  # type: ignore[arg-type]
    )
    cells = (
        JobCell(index=0, id="given", role=Role.GIVEN, source=given),
        JobCell(index=1, id="answer", role=Role.ANSWER, source=answer),
        JobCell(index=2, id="test", role=Role.TEST, source=test, contract=made),
        JobCell(index=3, id="after", role=Role.PLAIN, source="print('still here')"),
    )
    return list(worker.run(Job(key="k", cells=cells, limits=Limits(cell_cpu_seconds=3))).cells)


WORKS = {
    "numbers": ("def f(x):\n    return x + 1", "assert f(1) == 2\nassert f(1.5) == 2.5", "f"),
    "values": ("x = {'a': [1, (2, 3)]}", "assert x == {'a': [1, (2, 3)]}", "x"),
    "arrays": ("def f(x):\n    return x * 2", "x = np.ones((2, 3))\nnp.testing.assert_array_equal(f(x), x + x)", "f"),
    "tensors": (
        "def f(x):\n    return x @ x.T",
        "x = torch.randn(3, 4)\ntorch.testing.assert_close(f(x), x @ x.T)",
        "f",
    ),
    "in place": (
        "def f(c, a):\n    c += a",
        "c, a = torch.zeros(3), torch.ones(3)\np = c.data_ptr()\nassert f(c, a) is None\n"
        "assert c.data_ptr() == p and (c == 1).all()",
        "f",
    ),
    "lists in place": (
        "def f(l):\n    l.append(l[0])\n    return l",
        "l = [[1]]\nassert f(l) is l and l[1] is l[0]",
        "f",
    ),
    "views": ("def f(v):\n    return v.reshape(-1, 1)", "v = np.arange(3.0)\nassert np.shares_memory(f(v), v)", "f"),
    "gradient": (
        "def f(x):\n    return (x**2).sum()",
        "x = torch.randn(3, requires_grad=True)\nf(x).backward()\ntorch.testing.assert_close(x.grad, 2 * x)",
        "f",
    ),
    "second derivative": (
        "def f(x):\n    return (x**3).sum()",
        "x = torch.randn(3, requires_grad=True)\ng, = torch.autograd.grad(f(x), x, create_graph=True)\n"
        "h, = torch.autograd.grad(g.sum(), x)\ntorch.testing.assert_close(h, 6 * x)",
        "f",
    ),
    "gradient on both sides of a call": (
        "def f(x):\n    return x * 3",
        "t = torch.ones(2, requires_grad=True)\n(f(t * 2) * 5).sum().backward()\nassert (t.grad == 30).all()",
        "f",
    ),
    "gradient of a callback": (
        "def slope(f, x):\n    x = torch.tensor(x, requires_grad=True)\n    f(x).backward()\n    return x.grad.item()",
        "assert slope(lambda x: x**2 + 1, 3.0) == 6.0",
        "slope",
    ),
    "two calls, one leaf": (
        "def f(x):\n    return torch.exp(x * 1.0).sum()",
        "x = torch.zeros(2, requires_grad=True)\nfor _ in range(2):\n    y = f(x * 2)\n    y.backward()\n"
        "assert (x.grad == 4).all()",
        "f",
    ),
    "module": (
        "class Net(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.layer = torch.nn.Linear(3, 1)\n    def forward(self, x):\n        return self.layer(x)",
        "net = Net()\nassert isinstance(net, Net) and isinstance(net, torch.nn.Module) and issubclass(Net, torch.nn.Module)\n"
        "optimizer = torch.optim.SGD(list(net.parameters()), lr=0.1)\nx = torch.randn(8, 3)\nlosses = []\n"
        "for _ in range(15):\n    optimizer.zero_grad()\n    loss = net(x).pow(2).mean()\n    loss.backward()\n"
        "    optimizer.step()\n    losses.append(loss.item())\nassert losses[-1] < losses[0] / 2",
        "Net",
    ),
    "generator": ("def f(n):\n    for i in range(n):\n        yield i * i", "assert list(f(4)) == [0, 1, 4, 9]", "f"),
    "exceptions": (
        "class Own(ValueError):\n    pass\n\n\ndef f(x):\n    if x < 0:\n        raise Own('negative')\n    return 1 / x",
        "for kind in (ValueError, Own):\n    try:\n        f(-1)\n    except kind as e:\n        assert 'negative' in str(e)\n"
        "    else:\n        assert False\ntry:\n    f(0)\nexcept ZeroDivisionError:\n    pass",
        "f",
        "Own",
    ),
    "callback": (
        "def apply(f, xs):\n    return [f(x) for x in xs]",
        "assert apply(lambda x: x + 1, [1, 2]) == [2, 3]",
        "apply",
    ),
    "class": (
        "class V:\n    def __init__(self, x):\n        self.x = x\n    def __add__(self, o):\n        return V(self.x + o.x)\n"
        "    def __eq__(self, o):\n        return self.x == o.x\n    def __len__(self):\n        return self.x\n"
        "    def __getitem__(self, i):\n        return i * 2\n    def __enter__(self):\n        return self\n"
        "    def __exit__(self, *a):\n        self.x = 0",
        "a = V(2)\nassert (a + V(3)).x == 5 and a == V(2) and len(a) == 2 and a[4] == 8\nwith a as b:\n    assert b is a\n"
        "assert a.x == 0\na.x = 7\nassert a.x == 7",
        "V",
    ),
    "redirected output": (
        "def f():\n    print('from the student')",
        "import contextlib, io\nout = io.StringIO()\nwith contextlib.redirect_stdout(out):\n    f()\n"
        "assert out.getvalue() == 'from the student\\n'",
        "f",
    ),
    "types": ("kinds = [int, str]", "assert kinds == [int, str]", "kinds"),
}


@pytest.mark.parametrize("name", WORKS)
def test_a_test_sees_what_it_sees_in_one_process(warm: Worker, name: str) -> None:
    answer, test, *fetch = WORKS[name]
    given, _, graded, after = grade(warm, answer, test, *fetch)
    assert given.outcome is Outcome.PASSED
    assert (graded.outcome, graded.message, graded.mode) == (Outcome.PASSED, "", Mode.TWO_PROCESS)
    assert after.outcome is Outcome.PASSED
    assert graded.learned is not None
    again = grade(warm, answer, test, *fetch, operations=graded.learned.operations)[2]
    assert (again.outcome, again.message) == (Outcome.PASSED, "")


@pytest.mark.parametrize(
    ("answer", "test", "says"),
    [
        ("def f(x):\n    return x", "assert f(1) == 2, 'must be two'", "AssertionError: must be two"),
        ("f = 3", "assert f(1) == 2", "'int' object is not callable"),
        ("", "assert f(1) == 2", "NameError"),
        ("def f(x):\n    raise KeyError('k')", "f(1)", "KeyError"),
    ],
)
def test_what_is_wrong_is_said(warm: Worker, answer: str, test: str, says: str) -> None:
    graded = grade(warm, answer, test, "f")[2]
    assert graded.outcome in (Outcome.FAILED, Outcome.ERROR)
    assert says in graded.message


LYING = "class Liar:\n    def __eq__(self, other):\n        return True\n    def __bool__(self):\n        return True\n"


@pytest.mark.parametrize(
    ("answer", "test"),
    [
        (f"{LYING}\ndef f(x):\n    return Liar()", "assert f(1) == 2"),
        (f"{LYING}\ndef f(x):\n    return Liar()", "try:\n    assert f(1) == 2\nexcept BaseException:\n    pass"),
        ("class I(int):\n    def __eq__(self, other):\n        return True\ndef f(x):\n    return I(5)", "assert f(1) == 2"),
        ("class F(float):\n    pass\ndef f(x):\n    return F(2)", "assert math.isclose(f(1), 2.5)"),
        ("import numpy.testing\nnp.testing.assert_equal = lambda *a: None\ndef f(x):\n    return 7", "np.testing.assert_equal(f(1), 2)"),
        ("torch.equal = lambda *a: True\ndef f(x):\n    return x", "assert torch.equal(f(torch.ones(2)), torch.zeros(2))"),
        ("math.isclose = lambda *a, **k: True\ndef f(x):\n    return 9", "assert math.isclose(f(1), 2)"),
        ("import builtins\nbuiltins.abs = lambda x: 0\ndef f(x):\n    return 9", "assert abs(f(1) - 2) < 1"),
        ("get_ipython().ast_transformers.append(__import__('ast').NodeTransformer())\ndef f(x):\n    return 9", "assert f(1) == 2"),
        ("import os\ndef f(x):\n    os._exit(0)", "try:\n    f(1)\nexcept BaseException:\n    pass"),
        ("class A:\n    __array_interface__ = {'shape': (2,), 'typestr': '<f8', 'data': (0, False), 'version': 3}\n"
         "def f(x):\n    return A()", "np.testing.assert_array_equal(f(1), [1.0, 2.0])"),
        ("class T:\n    @property\n    def __class__(self):\n        return torch.Tensor\ndef f(x):\n    return T()",
         "torch.testing.assert_close(f(1), torch.ones(2))"),
        ("def f(x):\n    return torch.load", "f(1)('x')"),
    ],
)  # fmt: skip
def test_no_lie_is_believed(warm: Worker, answer: str, test: str) -> None:
    graded = grade(warm, answer, test, "f", operations=dict.fromkeys((1, 2), ("call",)))[2]
    assert graded.outcome is not Outcome.PASSED


def test_a_violation_says_what_was_expected(warm: Worker) -> None:
    graded = grade(warm, f"{LYING}\ndef f(x):\n    return Liar()", "assert f(1) == 2", "f", operations={1: ("call",)})[
        2
    ]
    assert graded.outcome is Outcome.FAILED
    assert "line 1 of the test met an instance of class Liar where plain values" in graded.message
    assert "allowed: call" in graded.message


def test_an_instructors_name_stays_the_instructors(warm: Worker) -> None:
    given = f"{GIVEN}\ndef expected(x):\n    return x * 2"
    graded = grade(
        warm, "def expected(x):\n    return 0\ndef f(x):\n    return 0", "assert f(3) == expected(3)", "f", given=given
    )
    assert graded[2].outcome is Outcome.FAILED


def test_a_name_that_the_test_defines_is_given_to_later_cells(warm: Worker) -> None:
    cells = (
        JobCell(
            index=0, id="t", role=Role.TEST, source="x = [1, 2]", contract=Contract(mode=Mode.TWO_PROCESS, give=("x",))
        ),
        JobCell(index=1, id="p", role=Role.PLAIN, source="x"),
    )
    assert warm.run(Job(key="k", cells=cells)).cells[1].value == "[1, 2]"


def test_given_cells_draw_the_same_numbers_on_both_sides(warm: Worker) -> None:
    given = f"{GIVEN}\nX = torch.randn(3)\nn = 5"
    graded = grade(warm, "Y = X * n", "torch.testing.assert_close(Y, X * n)", "Y", given=given, compare=("X", "n"))[2]
    assert graded.outcome is Outcome.PASSED
    assert graded.learned is not None
    assert graded.learned.differing == ()


def test_numbers_that_depend_on_what_a_student_draws_are_noticed(warm: Worker) -> None:
    contract = Contract(mode=Mode.TWO_PROCESS, compare=("X", "n"), is_being_written=True)
    cells = (
        JobCell(index=0, id="given", role=Role.GIVEN, source=GIVEN),
        JobCell(index=1, id="answer", role=Role.ANSWER, source="torch.rand(1)"),
        JobCell(index=2, id="more", role=Role.GIVEN, source="X, n = torch.randn(3), 5"),
        JobCell(index=3, id="test", role=Role.TEST, source="assert n == 5", contract=contract),
    )
    learned = warm.run(Job(key="k", cells=cells)).cells[3].learned
    assert learned is not None
    assert learned.differing == ("X",)


def test_an_endless_answer_ends_at_its_limit(warm: Worker) -> None:
    *_, graded, after = grade(warm, "def f(x):\n    while True:\n        pass", "f(1)", "f", operations={1: ("call",)})
    assert graded.outcome is Outcome.TIMEOUT
    assert "which is the limit" in graded.message
    assert after.outcome is Outcome.PASSED


def test_the_test_is_nowhere_in_the_student_process(warm: Worker) -> None:
    secret = "S" + "ECRET"
    answer = (
        "import gc, sys\ndef f(x):\n    seen = [o for o in gc.get_objects() if type(o) is dict and 'needle' in o]\n"
        "    frame, names = sys._getframe(), []\n    while frame:\n        names.append(frame.f_code.co_filename)\n"
        "        frame = frame.f_back\n    return [len(seen), sum('test' in n for n in names), len(In)]"
    )
    test = f"needle = '{secret}'\nfound = f(1)\nassert found[:2] == [0, 0], found"
    assert grade(warm, answer, test, "f", operations={2: ("call",)})[2].outcome is Outcome.PASSED


def test_a_given_file_is_there_for_given_cells_and_tests_and_a_students_file_is_not(warm: Worker) -> None:
    contract = Contract(mode=Mode.TWO_PROCESS, fetch=("f",), operations={3: ("call",)})
    test = "import os\nassert sorted(os.listdir()) == ['helper.py']\nassert f() == helper.x == 41"
    cells = (
        JobCell(index=0, id="given", role=Role.GIVEN, source="import helper"),
        JobCell(index=1, id="answer", role=Role.ANSWER, source="helper.x = 7\ndef f():\n    return 41"),
        JobCell(index=2, id="test", role=Role.TEST, source=test, contract=contract),
    )
    files = (JobFile("helper.py", b"x = 41", given=True), JobFile("os.py", b"1 / 0"), JobFile("mine.txt", b""))
    report = warm.run(Job(key="k", cells=cells, files=files)).cells[2]
    assert (report.outcome, report.message) == (Outcome.PASSED, "")
