# ruff: noqa: E501  # each answer and each test in one piece

"""One test for each rule that keeps a notebook from deciding its own tests; each was a hole once, or could be one.

Each rule is tried through a real worker: the contract is learned from the right answer, which must pass with it, and
the lie must not.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from gabarito.engine import Worker, WorkerSpec
from gabarito.engine.codec import CodecError, Heap
from gabarito.engine.remote.source import find_source
from gabarito.model import Contract, Job, JobCell, Limits, Mode, NotebookRecord, Outcome, RecordCell, Report, Role
from gabarito.release.contract import learn_contract
from tests.engine.codec.pair import Ghosts

LIMITS = Limits(cell_cpu_seconds=2, idle_seconds=2, memory_bytes=1 << 30, output_bytes=1 << 20)
GIVEN = "import math\nfrom collections import Counter\nimport numpy as np\nimport torch\nimport unittest"
SIDE = """
def our_side():
    import gc
    from gabarito.engine.remote.student_side import StudentSide
    return next(o for o in gc.get_objects() if type(o) is StudentSide)
"""


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker(WorkerSpec(preload=("numpy", "torch", "pandas", "gabarito"))) as started:
        yield started


@dataclass(frozen=True)
class Case:
    """A rule: what is right and passes, what lies and does not, and a part of what is said of the lie."""

    right: str
    lie: str
    test: str
    says: str = ""
    given: str = GIVEN


def learn(worker: Worker, case: Case, later: str = "") -> Contract:
    """The contract of the case's test, as a release would learn it."""

    def run(jobs: Iterable[Job], **_: object) -> Iterator[tuple[Job, Report]]:
        for job in jobs:
            yield job, worker.run(job)

    def cell(name: str, source: str, role: Role) -> object:
        about = {"grade_id": name, "grade": role is Role.TEST, "solution": role is Role.ANSWER, "task": False}
        locked = role is not Role.ANSWER
        return new_code_cell(source, metadata={"nbgrader": about | {"locked": locked, "schema_version": 3}})

    roles = {"given": Role.GIVEN, "answer": Role.ANSWER, "test": Role.TEST, "later": Role.GIVEN}
    sources = {"given": case.given, "answer": case.right, "test": case.test, "later": later or "None"}
    record = NotebookRecord(
        name="holes",
        cells=tuple(
            RecordCell(id=n, role=r, cell_type="code", source=sources[n], checksum="") for n, r in roles.items()
        ),
    )
    notebook = new_notebook(cells=[cell(n, sources[n], r) for n, r in roles.items()])
    contract = learn_contract(notebook, record, (), LIMITS, run).tests["test"]
    assert contract.mode is Mode.TWO_PROCESS, contract.reason
    return contract


def grade(worker: Worker, case: Case, answer: str, contract: Contract, later: str = "None") -> Report:
    """The report of a notebook with this answer; its cells are given, answer, test, later."""
    cells = (
        JobCell(index=0, id="given", role=Role.GIVEN, source=case.given),
        JobCell(index=1, id="answer", role=Role.ANSWER, source=answer),
        JobCell(index=2, id="test", role=Role.TEST, source=case.test, contract=contract),
        JobCell(index=3, id="later", role=Role.GIVEN, source=later),
    )
    return worker.run(Job(key="holes", cells=cells, limits=LIMITS, seed=7))


LIAR = "class Liar:\n    def __eq__(self, other):\n        return True\n    def __bool__(self):\n        return True\n"
SOFTMAX = "def f(z):\n    return torch.softmax(z, dim=1)"
TEST_OF_SOFTMAX = "z = torch.randn(6, 4)\np = f(z)\ntorch.testing.assert_close(p, torch.softmax(z, dim=1))"
BUMP = "def f(x):\n    return torch.exp(-x**2)"
MOST_COMMON = "c = Counter('aabbbc')\nassert f(c) == c.most_common(1)"
SUITE = """class T(unittest.TestCase):
    def test_a(self):
        self.assertEqual(f(2), 4)
result = unittest.TestResult()
T('test_a').run(result)
assert result.wasSuccessful()"""
SQUARE = "def f(x):\n    return x * x"
NEXT = "def f(x):\n    return x + 1"

RULES = {
    # the holes that the first drafts had
    "a claim to be a tensor is never read as one": Case(
        "def f(x):\n    return torch.ones(2)",
        "class T:\n    @property\n    def __class__(self):\n        return torch.Tensor\ndef f(x):\n    return T()",
        "torch.testing.assert_close(f(1), torch.ones(2))",
    ),
    "what leads to memory never crosses": Case(
        "def f(x):\n    return np.ones(2)",
        "class A:\n    __array_interface__ = {'shape': (2,), 'typestr': '<f8', 'data': (0, False), 'version': 3}\n"
        "    def __array__(self, *a, **k):\n        return np.ones(2)\n"
        "    def __array_function__(self, *a):\n        return True\n    __torch_function__ = __array_function__\n"
        "def f(x):\n    return A()",
        "np.testing.assert_array_equal(f(1), [1.0, 1.0])",
    ),
    "a function of a library stays the student's": Case(
        "def f(x):\n    return len",
        "import os\ndef f(x):\n    return os.getpid",
        "import os\nassert f(1)([1, 2]) != os.getpid()\nassert f(1)('ab') == 2",
    ),
    "a class that does things when called stays the student's": Case(
        "def f(name):\n    return np.zeros(3)",
        "f = np.memmap",
        "np.zeros(24, np.uint8).tofile('data')\nassert f('data').shape == (3,)",
    ),
    "change is seen by bytes, not by version": Case(
        "def f(c, d):\n    c.numpy()[:] += d.numpy()",
        "def f(c, d):\n    pass",
        "c, d = torch.zeros(5), torch.randn(5)\nf(c, d)\nassert torch.equal(c, d)",
    ),
    # how it works
    "an operation is allowed in its line only": Case(
        "class V:\n    def __eq__(self, other):\n        return True\ndef f(x):\n    return x + 1",
        f"{LIAR}\nV = Liar\ndef f(x):\n    return Liar()",
        "assert V() == V()\nassert f(1) == 2",
        "line 2 of the test met an instance of class Liar",
    ),
    "a violation is not swallowed": Case(
        NEXT,
        f"{LIAR}\ndef f(x):\n    return Liar()",
        "try:\n    assert f(1) == 2\nexcept AssertionError:\n    raise\nexcept BaseException:\n    pass",
        "where plain values",
    ),
    "a dead process is not swallowed": Case(
        NEXT, "import os\ndef f(x):\n    os._exit(0)", "try:\n    assert f(1) == 2\nexcept BaseException:\n    assert f"
    ),
    "an instructor's name is not the student's": Case(
        NEXT,
        "def expected(x):\n    return 0\ndef f(x):\n    return 0",
        "assert f(1) == expected(1)",
        given=f"{GIVEN}\ndef expected(x):\n    return x + 1",
    ),
    "given modules are not the student's": Case(
        NEXT, "math.isclose = lambda *a: True\ndef f(x):\n    return 9", "assert math.isclose(f(1), 2)"
    ),
    "only what was handed over can be called": Case(
        "def f(g):\n    return g(1)",
        f"{SIDE}\ndef f(g):\n    return our_side().session.ask('getattr', g, '__globals__')['expected']",
        "expected = 77\nassert f(lambda x: x + 76) == expected",
    ),
    "what was returned is not written by a thread": Case(
        "def f(x):\n    return x * 2",
        "import threading\ndef f(x):\n    out = np.zeros(4)\n    def later():\n        while True:\n"
        "            out[:] = x * 2\n    threading.Thread(target=later, daemon=True).start()\n    return np.zeros(4)",
        "x = np.arange(4.0) + 1\ny = f(x)\nassert (y == x * 2).all()",
    ),
    "between the elements of a column is nothing": Case(
        "def f(x):\n    return x**3",
        "def f(x):\n    return np.lib.stride_tricks.as_strided(x, (len(x), 2), (x.strides[0], 8))[:, 1].copy()",
        "table = np.stack([np.arange(1, 6.0), np.arange(1, 6.0)**3], axis=1)\n"
        "np.testing.assert_array_equal(f(table[:, 0]), table[:, 1])",
    ),
    "a logical size counts": Case(
        "def f(x):\n    return np.ones(3)",
        "def f(x):\n    return np.broadcast_to(1.0, (1 << 20, 1 << 20))",
        "assert f(1).sum() >= 3",
    ),
    # what needs to stay as it is
    "an argument that the test needs stays": Case(
        SOFTMAX, "def f(z):\n    z.zero_()\n    return torch.full((6, 4), 0.25)", TEST_OF_SOFTMAX, "changed argument 1"
    ),
    "an argument is not moved to other memory": Case(
        SOFTMAX,
        "def f(z):\n    z.data = torch.zeros(6, 4)\n    return torch.full((6, 4), 0.25)",
        TEST_OF_SOFTMAX,
        "changed argument 1",
    ),
    "an argument is not written to through an array beside it": Case(
        "def f(x):\n    return x * 2",
        f"{SIDE}\ndef f(x):\n    known = our_side().session.heap.known(x)\n    x[:] = 0\n    known.agree()\n"
        "    known.buffer.cover = None\n    return x[...]",
        "x = np.random.rand(4)\nnp.testing.assert_array_equal(f(x), x * 2)",
        "changed argument 1",
    ),
    "an argument is not resized": Case(
        "def f(z):\n    return z * 2",
        "def f(z):\n    z.resize_(0)\n    return torch.zeros(0)",
        "z = torch.randn(6)\ntorch.testing.assert_close(f(z), z * 2)",
        "changed argument 1",
    ),
    "a table is not changed": Case(
        "def f(t):\n    return t.assign(b=0)",
        "def f(t):\n    t['b'] = 0\n    return t",
        "t = pd.DataFrame({'a': [1, 2]})\nr = f(t)\nassert r.equals(t.assign(b=0))",
        "changed argument 1",
        given="import pandas as pd",
    ),
    "a counter is not emptied": Case(
        "def f(c):\n    return c.most_common(1)",
        "def f(c):\n    c.clear()\n    return []",
        MOST_COMMON,
        "changed argument 1",
    ),
    "a list within an instance is not changed": Case(
        "def f(t):\n    return sum(t.items)",
        "def f(t):\n    t.items.clear()\n    return 0",
        "t = T([1, 2, 3])\nassert f(t) == sum(t.items)",
        "something that it was given before",
        given=f"{GIVEN}\nclass T:\n    def __init__(self, items):\n        self.items = items",
    ),
    "nothing is changed while a gradient is asked for": Case(
        BUMP,
        "class B(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n        ctx.x = x\n"
        "        return torch.exp(-x.detach()**2)\n    @staticmethod\n    def backward(ctx, g):\n"
        "        ctx.x.data.zero_()\n        return g * 0\ndef f(x):\n    return B.apply(x)",
        "x = torch.linspace(-2, 2, 9, requires_grad=True)\ns, = torch.autograd.grad(f(x).sum(), x)\n"
        "torch.testing.assert_close(s, -2 * x.detach() * torch.exp(-(x.detach()**2)))",
        "something that it was given before",
    ),
    "methods of a test's own object are not replaced": Case(
        "def f(c):\n    return c.most_common(1)",
        f"{SIDE}\ndef f(c):\n    mine = lambda n=None: ['mine']\n"
        "    our_side().session.ask('plainly', c, '__setattr__', ('most_common', mine), ())\n    return ['mine']",
        MOST_COMMON,
        "which each side does itself",
    ),
    # exceptions
    "a loop of the test's is not stopped": Case(
        SQUARE,
        "def f(x):\n    raise StopIteration",
        "for got, want in zip(map(f, [1, 2]), [1, 4]):\n    assert got == want",
        "raised StopIteration",
    ),
    "a stop that the solution raises is allowed": Case(
        "def f(n):\n    if not n:\n        raise StopIteration\n    return n",
        "def f(n):\n    return n",
        "try:\n    f(0)\nexcept StopIteration:\n    pass\nelse:\n    raise AssertionError('f(0) must stop')",
        "must stop",
    ),
    "a test is not skipped": Case(SQUARE, "def f(x):\n    raise unittest.SkipTest('no')", SUITE),
    "a test is not ended from within": Case(
        SQUARE, "import unittest.case\ndef f(x):\n    raise unittest.case._ShouldStop", SUITE
    ),
    # descriptions
    "a library class compares over there": Case(
        NEXT,
        "from gabarito.engine.remote import owner\ndescribe = owner.Owner._about\nclass C:\n    pass\n"
        "def lie(self, cls):\n    told = describe(self, cls)\n"
        "    return told | {'library': 'threading.Same', 'special': []} if cls is C else told\n"
        "owner.Owner._about = lie\ndef f(x):\n    return C()",
        "assert f(1) == 2",
        "where plain values",
        given=f"{GIVEN}\nimport threading\n"
        "threading.Same = type('Same', (), {'__eq__': lambda s, o: True, '__module__': 'threading'})",
    ),
    "a message asks nobody whether he is equal": Case(
        "def f(x):\n    return list[3]",
        f"{SIDE}\nfrom gabarito.engine.codec import Opaque\n{LIAR}\n"
        "def f(x):\n    our_side().handlers['call'] = lambda *a: Opaque(0, 'value', 'types.GenericAlias', {}, (Liar(), 3))\n"
        "    return 1",
        "f(1)\nassert f(2) == list[3]",
        "malformed value",
    ),
    "C code sees the content of containers": Case(
        "def f(x):\n    return {1, 2, 3}",
        "class S(set):\n    pass\ndef f(x):\n    return S([7, 8, 9])",
        "r = f(1)\nassert {1, 2, 3}.issuperset(r) and len(r) == 3",
    ),
    # what is lent
    "no text is run as code in a lent table": Case(
        "def f(df):\n    return len(df)",
        "def f(df):\n    for level in range(1, 30):\n        try:\n"
        "            df.query('@inspect.os.getpid() >= 0', level=level)\n        except KeyError:\n            return 2\n"
        "        except Exception:\n            pass",
        "df = pd.DataFrame({'a': [[1], [2]]})\nassert f(df) == 2",
        given="import pandas as pd",
    ),
    "default values of a callback are the test's": Case(
        "def f(g):\n    return g(1)",
        "import inspect\ndef f(g):\n    return list(inspect.signature(g).parameters.values())[1].default",
        "assert f(lambda x, k=12345: x * k) == 12345",
    ),
    # names and output
    "an error where a name is asked for is the student's": Case(
        NEXT,
        "from gabarito.engine.remote.student_side import StudentSide\ndef refuse(self, name):\n"
        "    raise LookupError(name)\nStudentSide._name = refuse",
        "assert f(1) == 2",
        "a name was asked for, and LookupError was raised",
    ),
    "captured output is counted": Case(
        "def f(x):\n    return 2",
        "from gabarito.engine import shell, wire\ndef f(x):\n    for _ in range(2000):\n"
        "        shell.cell_shell().send(wire.Text('stdout', 'x' * (1 << 20)))\n    return 2",
        "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()):\n    assert f(1) == 2",
        "wrote more than 1024 KiB",
    ),
    "output is capped": Case(
        "def f(x):\n    return 2", "def f(x):\n    print('x' * (3 << 20))\n    return 2", "assert f(1) == 2"
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_rule(worker: Worker, rule: str) -> None:
    case = RULES[rule]
    contract = learn(worker, case)
    right = grade(worker, case, case.right, contract).cells[2]
    assert (right.outcome, right.message) == (Outcome.PASSED, "")
    lie = grade(worker, case, case.lie, contract).cells[2]
    assert lie.outcome not in (Outcome.PASSED, Outcome.UNGRADED, Outcome.NOT_RUN)
    assert case.says in lie.message


SEVERAL = [
    ("given", "import numpy as np\nfrom collections import Counter\ndata = [3, 1, 2]\nrow = np.arange(3.0)"),
    ("first", "def look(x, r):\n    return len(x)"),
    ("test-1", "assert look(data, row[1:]) == 3"),
    ("second", "def total():\n    return 6"),
    ("test-2", "assert total() == sum(data)"),
    ("third", "def double(r):\n    return r.sum() * 2"),
    ("test-3", "assert double(row) == row.sum() * 2"),
    ("derived", "greatest = max(data)"),
    ("fourth", "def best():\n    return 3"),
    ("test-4", "assert best() == greatest"),
]
KEEPING = "kept = []\ndef look(x, r):\n    kept.append((x, r))\n    return 3\ndef empty():\n"
KEEPING += "    for x, r in kept:\n        x[:] = [0] * 3\n        r[:] = 0\n"


@pytest.mark.parametrize(
    ("answers", "lost"),
    [
        ({"first": "def look(x, r):\n    x[:] = [0] * 3\n    r[:] = 0\n    return 3"}, []),
        ({"first": KEEPING, "second": "empty()\ndef total():\n    return 6"}, []),
        ({"first": KEEPING, "second": "empty()\ndef total():\n    return 0"}, ["test-2"]),
        ({"first": KEEPING, "second": "def total():\n    empty()\n    return 0"}, ["test-2"]),
        ({"first": KEEPING, "third": "empty()\ndef double(r):\n    return 0 * r[0]"}, ["test-3"]),
        ({"first": KEEPING, "third": "def double(r):\n    empty()\n    return 0 * r[0]"}, ["test-3"]),
        ({"first": KEEPING, "third": "empty()\ndef double(r):\n    return 6.0", "fourth": "best = int"}, ["test-4"]),
    ],
)
def test_what_earlier_tests_handed_over_is_as_the_solution_leaves_it(
    answers: dict[str, str], lost: list[str], worker: Worker
) -> None:
    """Student code may have kept it, and changed it between two tests, in a call of another one, or in its own test."""
    contracts = _learn_several(worker, SEVERAL)
    assert [name for name, each in contracts.items() if each.earlier] == ["test-2", "test-3", "test-4"]
    cells = tuple(
        JobCell(index=i, id=name, role=_role(name), source=answers.get(name, source), contract=contracts.get(name))
        for i, (name, source) in enumerate(SEVERAL)
    )
    for _ in range(2):  # the worker is none the worse for it
        report = worker.run(Job(key="several", cells=cells, limits=LIMITS, seed=7))
        assert [c.id for c in report.cells if c.outcome is not Outcome.PASSED] == lost
        assert {c.outcome for c in report.cells} <= {Outcome.PASSED, Outcome.FAILED}


LATER = [
    ("given", "import numpy as np\ndata = [3, 1, 2]"),
    ("stack", "class Stack:\n    def __init__(self, items):\n        self.items = list(items)\n"),
    ("mean", "class Sum:\n    def __init__(self, start):\n        self.total = start.copy()\n"),
    ("test-1", "s = Stack([1, 2])\ns.push(data[0])\nt = Sum(np.zeros(2))\nt.add(1)\nassert len(data) == 3"),
    ("test-2", "s.push(data[1])\nt.add(data[0])\nassert s.items == [1, 2, 3, 1]\nassert t.total.tolist() == [4, 4]"),
    ("test-3", "assert s.items == [1, 2, 3, data[1]]\nassert t.total[0] == data[0] + 1"),
]
PUSH = "    def push(self, item):\n        self.items.append(item)"
ADD = "    def add(self, number):\n        self.total += number"


def test_what_no_test_sees_any_more_is_the_students(worker: Worker) -> None:
    """A right answer may keep a list that it was given, and go on with it in later tests."""
    cells = [(n, s + {"stack": PUSH, "mean": ADD}.get(n, "")) for n, s in LATER]
    contracts = _learn_several(worker, cells)
    assert {each.mode for each in contracts.values()} == {Mode.TWO_PROCESS}
    assert contracts["test-2"].earlier or contracts["test-2"].strict
    assert contracts["test-3"].earlier
    kept = tuple(
        JobCell(
            index=i,
            id=name,
            role=_role(name),
            source=source.replace("list(items)", "items").replace("start.copy()", "start"),
            contract=contracts.get(name),
        )
        for i, (name, source) in enumerate(cells)
    )
    report = worker.run(Job(key="later", cells=kept, limits=LIMITS, seed=7))
    assert [(c.id, c.message) for c in report.cells if c.outcome is not Outcome.PASSED] == []


def _role(name: str) -> Role:
    return {"given": Role.GIVEN, "derived": Role.GIVEN}.get(name, Role.TEST if "-" in name else Role.ANSWER)


def _learn_several(worker: Worker, cells: Sequence[tuple[str, str]]) -> dict[str, Contract]:
    def run(jobs: Iterable[Job], **_: object) -> Iterator[tuple[Job, Report]]:
        for job in jobs:
            yield job, worker.run(job)

    made, told = [], []
    for name, source in cells:
        role = _role(name)
        about = {"grade_id": name, "grade": role is Role.TEST, "solution": role is Role.ANSWER, "task": False}
        metadata = {"nbgrader": about | {"locked": role is not Role.ANSWER, "schema_version": 3}}
        made.append(new_code_cell(source, metadata=metadata))
        told.append(RecordCell(id=name, role=role, cell_type="code", source=source, checksum=""))
    record = NotebookRecord(name="several", cells=tuple(told))
    return learn_contract(new_notebook(cells=made), record, (), LIMITS, run).tests


def test_a_value_is_the_tests_own(worker: Worker) -> None:
    """Neither while it runs nor while its names are handed on does student code show a score in its place."""
    lie = (
        f"{SIDE}\nfrom gabarito.engine import shell, wire\ndef show(*args):\n"
        "    shell.cell_shell().send(wire.Rich({'text/plain': '1.0'}, {}, True))\n"
        "def f(x):\n    our_side().handlers['assign'] = show\n    show()\n    return 0"
    )
    case = Case(NEXT, lie, "score = 0.0\nif f(1) == 2:\n    score += 1\nscore")
    contract = learn(worker, case, later="score")
    assert contract.give == ("score",)
    assert grade(worker, case, case.right, contract).cells[2].value == "1.0"
    assert grade(worker, case, lie, contract).cells[2].value == "0.0"


def test_the_test_is_in_no_memory_that_the_student_can_reach(worker: Worker) -> None:
    """Nor is it in what the student process was forked from: that one never reads it."""
    answer = (
        "import gc\ndef f(x):\n    needle = '_'.join(['needle', 'of', 'test'])\n    everything = gc.get_objects()\n"
        "    texts = [o for thing in everything for o in gc.get_referents(thing) if type(o) is str]\n"
        "    return sum(needle in text for text in texts if text is not needle)"
    )
    case = Case("def f(x):\n    return 0", answer, "needle_of_test = 1\nassert f(1) == 0")
    limits = Limits(cell_cpu_seconds=60)
    cells = [
        JobCell(index=0, id="answer", role=Role.ANSWER, source=answer),
        JobCell(index=1, id="test", role=Role.TEST, source=case.test, contract=learn(worker, case)),
    ]
    told = worker.run(Job(key="memory", cells=tuple(cells), limits=limits)).cells[1]
    assert (told.outcome, told.message) == (Outcome.PASSED, "")


def test_objects_that_nobody_holds_are_released(worker: Worker) -> None:
    answer = (
        f"{SIDE}\nclass Thing:\n    pass\ndef f(x):\n    return Thing()\n"
        "def held():\n    return len(our_side().owner._objects)"
    )
    test = "for _ in range(400):\n    f([1])\nassert held() < 100, held()"
    case = Case(answer, answer, test)
    told = grade(worker, case, answer, learn(worker, case)).cells[2]
    assert (told.outcome, told.message) == (Outcome.PASSED, "")


def test_bounds_are_computed_in_whole_numbers() -> None:
    """numpy's own check of bounds overflows: it would take this stride."""
    message, fds = Heap(1, Ghosts(1)).encode(np.arange(6.0).reshape(2, 3))
    assert not fds
    stride = struct.pack("<q", 24)
    assert stride in message
    with pytest.raises(CodecError):
        Heap(0, Ghosts(0)).decode(message.replace(stride, struct.pack("<q", 2**62)))


def test_a_stuck_test_loses_no_other_verdict(worker: Worker) -> None:
    """Verdicts are written as they are reached, before a checker that hears nothing any more is killed."""
    case = Case(
        "def f(x):\n    return 3", "def f(x):\n    return 10**9", "assert f(1) == 3\nassert pow(7, f(1)) == 343"
    )
    stuck = Case(case.right, case.lie, "assert pow(7, f(1)) == 343")
    contract = learn(worker, stuck)
    cells = (
        JobCell(index=0, id="answer", role=Role.ANSWER, source=case.lie),
        JobCell(index=1, id="first", role=Role.TEST, source="assert f(1) == 10**9", contract=contract),
        JobCell(index=2, id="second", role=Role.TEST, source=stuck.test, contract=contract),
    )
    report = worker.run(Job(key="stuck", cells=cells, limits=Limits(cell_cpu_seconds=0.5)))
    assert report.cells[0].outcome is Outcome.PASSED
    assert report.cells[1].outcome is Outcome.PASSED
    assert report.cells[2].outcome is Outcome.TIMEOUT


def test_the_student_process_holds_one_socket(worker: Worker) -> None:
    answer = (
        "import os, stat\ndef f(x):\n    kinds = [os.fstat(int(n)).st_mode for n in os.listdir('/proc/self/fd') if n not in\n"
        "             ('0', '1', '2') and os.path.exists('/proc/self/fd/' + n)]\n"
        "    return [stat.S_ISSOCK(k) for k in kinds if not stat.S_ISDIR(k)]"
    )
    case = Case(answer, answer, "assert f(1) == [True], f(1)")
    told = grade(worker, case, answer, learn(worker, case)).cells[2]
    assert (told.outcome, told.message) == (Outcome.PASSED, "")


def test_source_that_is_shown_is_source_that_stands_free() -> None:
    """A definition that never runs does not hide the one that does; `exec` and rebinding can't be seen in a text."""
    runs = "def f(x):\n    for _ in x:\n        pass\n"
    shows = "if False:\n    def f(x):\n        return x\n"
    for cells in ([runs, shows], [runs + shows], [shows, runs]):
        lines, first = find_source(cells, "f") or ([], 0)
        assert lines[first + 1] == "    for _ in x:\n"
    assert (find_source([runs, "def f(x):\n    return 2\n"], "f") or ([], 0))[0][1] == "    return 2\n"
    assert (find_source(["class A:\n    def f(self):\n        pass\n"], "f") or ([], 0))[1] == 1
    assert find_source(["not python ("], "f") is None
