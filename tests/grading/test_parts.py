"""A part of a notebook gives the verdicts that all of it gives: with notebooks made of what is hard to follow.

The cells are run here, one after the other, in two namespaces as the engine has them in two processes. What a brick
does to libraries is undone afterwards.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import math
import random
import statistics
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gabarito.grading.keys import Surroundings
from gabarito.grading.reuse import Reuse
from gabarito.grading.store import Store
from gabarito.model import CellReport, Contract, Job, JobCell, Limits, Mode, Outcome, Report, Role
from gabarito.notebook.confined import parts_of

AROUND = Surroundings(engine="engine", data="data", seeds="seeds", secret=b"secret")
LIBRARIES = (builtins, math, random, statistics)
NAMES = ("f", "g", "h", "data", "more", "count")

# What students write; each may bind and use any of the names, whether or not something is behind them.
ANSWERS = (
    "def f(x=0):\n    return x + 1",
    "def f(x=0):\n    return g(x)",
    "def g(x=0):\n    return len(data) + x",
    "def g(x=0):\n    return math.floor(x + 0.5)",
    "def g(x=0):\n    data.append(x)\n    return len(data)",
    "def h(x=0, seen=[]):\n    seen.append(x)\n    return len(seen)",
    "def h(x=0):\n    global count\n    count += 1\n    return count",
    "def h(x=0):\n    return count",
    "def h(x=0):\n    return f(x) + g(x)",
    "def f(x=0):\n    f.calls = getattr(f, 'calls', 0) + 1\n    return f.calls",
    "def f(x=0):\n    return sorted(n for n in globals() if n in ('data', 'more', 'count'))",
    "def f(x=0):\n    return eval('count') + x",
    "def f(x=0):\n    return random.random()",
    "def f(x=0):\n    return sum(range(3)) + x",
    "def f(x=0):\n    return statistics.mean([x, x])",
    "def f(x=0):\n    return (n for n in [x]).gi_frame.f_back is None or len(vars())",
    "def f(x=0):\n    return '{0.__globals__}'.format(g).count('count')",
    "def f(x=0):\n    with np.errstate(divide='raise'):\n        return float(np.float64(1) / x)",
    "def f(x=0):\n    return float(np.float64(1) / x)",
    "def f(x=0):\n    try:\n        return data[x]\n    except (IndexError, TypeError):\n        return -1",
    "f = lambda x=0: x * 2",
    "f = g",
    "g, h = h, g",
    "f = functools.cache(h)",
    "def make(n):\n def inner(x=0):\n  nonlocal n\n  n += 1\n  return n\n return inner\nf = make(3)",
    "class Model:\n seen = []\n def __call__(self, x=0):\n  self.seen.append(x)\n  return len(self.seen)\nf = Model()",
    "@functools.lru_cache\ndef g(x=0):\n    return len(data)",
    "data = []",
    "data = [1, 2]",
    "data = (1, 2)",
    "data = more",
    "more = data",
    "more = [data]",
    "data = more[0]",
    "more = {'data': data}\nmore['data'].append(1)",
    "data += [3]",
    "data.append(len(more))",
    "count = 0",
    "count = 5\ncount += len(data)",
    "count = f()",
    "count = h() if callable(h) else 1",
    "count = random.random()",
    "count = random.randint(0, 9); data = [count]",
    "random.seed(3)",
    "import random\nimport math",
    "import functools",
    "from statistics import mean\nstatistics = None",
    "import statistics\nstatistics.mean = lambda values: 42",
    "math.floor = lambda x: -7",
    "builtins = __builtins__\nsum = lambda values: 77",
    "import builtins\nbuiltins.len = lambda values: 99",
    "exec('count = 13')",
    "globals()['data'] = [7]",
    "vars()['f'] = lambda x=0: 5",
    "del data",
    "for f in [g, h]:\n    count = 1",
    "[data.append(n) for n in range(2)]",
    "def f(x=0):\n    return count\ncount = 2; data = [count]\nmore = data",
    "np.seterr(divide='raise')",
    "steps = iter(range(9))\ndef g(x=0):\n    return next(steps)",
    "def gen():\n    with np.errstate(divide='raise'):\n        yield 1\nkept = gen()\nnext(kept)",
    "warnings.simplefilter('error')",
    "raise ValueError",
    "def broken(:",
    "print(f(2) if callable(f) else data)",
    "count = int(input('How many? '))",
    "def f(x=0):\n    try:\n        return int(input(x))\n    except Exception as e:\n        return len(data)",
    "f.data = 5",
    "def f(x=0):\n    f.data = x\n    return g",
    "def g(x=0):\n    x.data = 7\n    return 1",
    "def h(x=0):\n    return g.data",
    "def h(x=0):\n    own = f\n    own.data = x\n    return own",
    "more = [f, g]\nmore[0].data = 3",
    "g = f\ng.data = 4",
    "def f(x=0):\n    return f.data",
    "g(f)",
    "data = iter([1, 2, 3])",
    "data = [1, 2]\ndef g(x=0):\n    return data[x]\ncount = g(5)",
    "f.__defaults__ = (9,)",
    "setattr(g, 'x', 1)",
    "import sys\nsys.modules['__main__'] = None",
    "",
)
# What tests do; `F` is one of the names.
TESTS = (
    "assert F() == 1",
    "assert F(1) == 2",
    "assert F(2) > 2",
    "assert F() == F()",
    "assert isinstance(F, list)",
    "assert len(F) == 2",
    "assert 0 <= F < 0.5",
    "F.append(4)",
    "own = 3\nassert F(own) == 4",
    "assert F(own) == 4",
    "own = []\nF(own)\nassert not own",
    "assert type(F).__name__ == 'function'",
    "random.seed(1)\nassert F() < 0.5",
    "for n in range(3):\n    F(n)\nassert F(0)",
    "assert limit == 10 and F()",
    "limit = 11",
    "import math\nassert math.floor(F()) == 1",
    "np.seterr(divide='raise')",
    "assert float(np.float64(1) / 0) > 3",
    "own = F",
    "assert F(1)\ndel own",
    "assert squared == 0",
    "assert kept() == 3",
    "sum = 3\nassert F(sum) == 4",
    "assert sum([F(1), 1]) == 3",
    "F.data = 5",
    "assert F.data == 5",
    "assert F(1).data == 7",
    "assert F[0] == 1",
    "assert 1 in F",
    "for n in F:\n    assert n",
    "x, y = F",
    "assert list(F) == [1, 2]",
    "assert F.count(1) == 1",
    "assert abs(F) == 5",
    "for x in (F, 1):\n    assert isinstance(x, int)",
    "assert [F[n] for n in range(2)] == [1, 2]",
    "len = F",
    "F.pop()",
    "mine = F",
    "mine = [F]",
    "mine.append(1)",
    "assert len(mine) == 2",
    "assert mine == [1, 2]",
    "own.append(F(1))",
    "own = []",
    "keep(F(1))",
    "def check():\n    assert own == [2]",
    "check()",
    "mine.append(F(1))",
    "assert own == [2]",
    "more.append(F)",
    "assert {F(1), 2} == {2}",
)
# What stands between, in both processes.
GIVENS = (
    "limit += 1",
    "own = 0",
    "squared = count * 2",
    "squared = own",
    "data = [1, 2]",
    "limit = len(data)",
    "def kept(x=0):\n    return own",
    "def kept(x=0):\n    return count",
    "squared = kept()",
    "def keep(x=0):\n    own.append(x)",
    "del own",
)
GIVEN = "import math\nimport random\nimport numpy as np\nlimit = 10"


@contextlib.contextmanager
def untouched() -> Iterator[None]:
    """A block after which libraries are as they were."""
    kept = [(module.__dict__, dict(module.__dict__)) for module in LIBRARIES]
    modules, state, errors = dict(sys.modules), random.getstate(), np.geterr()
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        builtins.input = no_input
        try:
            yield
        finally:
            for names, before in kept:
                names.update(before)
                for name in names.keys() - before.keys():
                    del names[name]
            for name in sys.modules.keys() - modules.keys():
                del sys.modules[name]
            sys.modules.update(modules)
            random.setstate(state)
            np.seterr(**errors)


def no_input(prompt: object = "") -> str:
    """What `input` is where notebooks are graded."""
    raise EOFError


class Numbers:
    """The student's random numbers: what a test makes student code draw is always the same, unless a seed was set.

    In the engine it differs from run to run, as the documentation says.
    """

    def __init__(self, seed: int) -> None:
        self.in_test = self._is_seeded = False
        random.seed(seed)
        self._seed, self._random, self._randint = random.seed, random.random, random.randint
        random.seed, random.random, random.randint = self.seed, self.random, self.randint  # type: ignore[assignment]

    def seed(self, number: int) -> None:
        self._is_seeded = True
        self._seed(number)

    def random(self) -> float:
        return 0.25 if self.in_test and not self._is_seeded else self._random()

    def randint(self, first: int, last: int) -> int:
        return first if self.in_test and not self._is_seeded else self._randint(first, last)


def run(job: Job) -> Report:
    """The report of a job: a test is run with the names of the student's that its contract says."""
    with untouched():
        numbers = Numbers(job.seed)
        student: dict[str, Any] = {"__name__": "__main__"}
        checker: dict[str, Any] = {"__name__": "__main__"}
        reports = []
        for cell in job.cells:
            if cell.role is Role.GIVEN:
                _error(cell.source, checker)
                checker["random"] = random.Random(99)
            elif cell.contract is not None:
                for name in cell.contract.fetch:
                    checker.pop(name, None)
                    if name in student:
                        checker[name] = student[name]
            numbers.in_test = cell.role is Role.TEST
            error = _error(cell.source, checker if numbers.in_test else student)
            outcome = Outcome.ERROR if error else Outcome.PASSED
            mode = Mode.TWO_PROCESS if numbers.in_test else None
            reports.append(CellReport(index=cell.index, id=cell.id, outcome=outcome, error=error, mode=mode))
        # What a generator holds open ends here, and not when it is collected, in the middle of another run.
        student.clear()
        checker.clear()
    return Report(key=job.key, cells=tuple(reports), cpu_seconds=0.01)


def _error(source: str, names: dict[str, Any]) -> str:
    try:
        exec(source, names)
    except Exception as e:
        return type(e).__name__
    return ""


def job_of(
    answers: Sequence[str],
    tests: Sequence[tuple[str, str]],
    changed: int = -1,
    key: str = "ana",
    givens: Sequence[str] = (),
) -> Job:
    """A notebook in which tests stand behind each answer; the one of this number is another one than it was.

    Args:
        givens: what stands behind the tests of an answer, by its number.
    """
    cells = [JobCell(index=0, id="setup", role=Role.GIVEN, source=GIVEN)]
    share = -(-len(tests) // len(answers))
    left = list(enumerate(tests))
    for number, answer in enumerate(answers):
        cells.append(JobCell(index=len(cells), id=f"answer-{number}", role=Role.ANSWER, source=answer))
        for n, (source, name) in left[:share]:
            code = source.replace("F", name) + ("\nassert True" if n == changed else "")
            behind = ("count",) if "kept" in code else ()  # as a release finds out
            contract = Contract(mode=Mode.TWO_PROCESS, fetch=(name, *behind))
            cells.append(JobCell(index=len(cells), id=f"t{n}", role=Role.TEST, source=code, contract=contract))
        del left[:share]
        if number < len(givens):
            cells.append(JobCell(index=len(cells), id=f"given-{number}", role=Role.GIVEN, source=givens[number]))
    return Job(key=key, cells=tuple(cells), limits=Limits(notebook_cpu_seconds=100.0), seed=7)


def outcomes(found: Report) -> dict[str, tuple[Outcome, str]]:
    return {cell.id: (cell.outcome, cell.error) for cell in found.cells}


def regraded(store: Store, job: Job) -> Report:
    """The report of a job, of which as little is run as the store lets."""
    at_work = Reuse(store, AROUND)
    plan = at_work.plan(job, at_work.keys_of(job))
    if plan.report is not None:
        return plan.report
    pending = [plan.job]
    while True:
        each = pending.pop()
        assert each is not None
        taken = at_work.take(each, run(each))
        if taken.reports:
            ((_, found, _),) = taken.reports
            return found
        pending += taken.again


TESTED = st.lists(st.tuples(st.sampled_from(TESTS), st.sampled_from(NAMES)), min_size=2, max_size=5)
notebooks = st.tuples(st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=5), TESTED)


def check(answers: Sequence[str], tests: Sequence[tuple[str, str]]) -> None:
    """Change each test in turn, and compare a part with all of the notebook."""
    for changed in range(len(tests)):
        with TemporaryDirectory() as folder:
            store = Store(Path(folder))
            regraded(store, job_of(answers, tests))
            job = job_of(answers, tests, changed)
            assert outcomes(regraded(store, job)) == outcomes(run(job))


@given(notebooks)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_part_gives_what_the_whole_gives(notebook: tuple[list[str], list[tuple[str, str]]]) -> None:
    check(*notebook)


@pytest.mark.slow
@given(notebooks)
@settings(max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_many_parts_give_what_the_whole_gives(notebook: tuple[list[str], list[tuple[str, str]]]) -> None:
    check(*notebook)


Class = tuple[list[list[str]], list[tuple[str, str]], list[str]]


@st.composite
def classes(draw: st.DrawFn) -> Class:
    """Notebooks of which most answers are the same, and most are harmless, their tests, and given cells between."""
    answers = st.sampled_from([a for a in ANSWERS if parts_of(a) is not None]) | st.sampled_from(ANSWERS)
    first = draw(st.lists(answers, min_size=1, max_size=5))
    found = [first]
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(first) - 1))
        found.append([*first[:place], draw(answers), *first[place + 1 :]])
    return found, draw(TESTED), draw(st.lists(st.sampled_from(GIVENS), max_size=len(first)))


def check_class(answers: Sequence[Sequence[str]], tests: Sequence[tuple[str, str]], givens: Sequence[str] = ()) -> int:
    """Grade notebooks one after the other, and compare each with all of it; gives how many tests were not run."""
    with TemporaryDirectory() as folder:
        at_work = Reuse(Store(Path(folder)), AROUND)
        for number, each in enumerate(answers):
            job = job_of(each, tests, key=f"student-{number}", givens=givens)
            plan = at_work.plan(job, at_work.keys_of(job))
            reports = [] if plan.report is None else [(job.key, plan.report, True)]
            again = [plan.job] if plan.job is not None else []
            while again:
                taken = at_work.take(again[0], run(at_work.trimmed(again.pop(0))))
                reports += taken.reports
                again += taken.again
            ((_, found, _),) = reports
            assert outcomes(found) == outcomes(run(job))
        return at_work.spared


@given(classes())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_tests_that_others_passed_end_as_in_the_whole(drawn: Class) -> None:
    check_class(*drawn)


@pytest.mark.slow
@given(classes())
@settings(max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_many_tests_that_others_passed_end_as_in_the_whole(drawn: Class) -> None:
    check_class(*drawn)


def test_something_is_spared() -> None:
    one, other = ["def f(x=0):\n    return x + 1", "data = (1, 2)"], ["def f(x=0):\n    return x + 1", "data = []"]
    assert check_class([one, other], [("assert F(1) == 2", "f"), ("assert len(F) == 2", "data")]) == 1
