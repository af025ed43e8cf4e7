"""Tests that run in the student's process: what honest notebooks may rely on, and how the process is made ready."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from gabarito.engine import Worker
from gabarito.model import CellReport, Job, JobCell, Limits, Outcome, Role
from tests.engine.jobs import TIGHT
from tests.engine.lessons import Bench

_ROLES = {"given": Role.GIVEN, "answer": Role.ANSWER, "test": Role.TEST, "plain": Role.PLAIN}
THREAD = "import threading\nstop = threading.Event()\nthreading.Thread(target=stop.wait, daemon=True).start()"


def notebook(*cells: tuple[str, str], **settings: Any) -> Job:
    """A job of cells, each a kind and a source."""
    made = [JobCell(index=i, id=f"c{i}", role=_ROLES[kind], source=source) for i, (kind, source) in enumerate(cells)]
    return Job(key="job", cells=tuple(made), **settings)


def grade(worker: Worker, *cells: tuple[str, str], **settings: Any) -> list[CellReport]:
    return list(worker.run(notebook(*cells, **settings)).cells)


def troubles(reports: list[CellReport]) -> list[tuple[str, str]]:
    return [(r.id, r.message) for r in reports if r.outcome is not Outcome.PASSED]


@pytest.mark.parametrize("before", ["pass", THREAD, "import subprocess\nsubprocess.Popen(['sleep', '60'])"])
def test_names_that_a_test_defines_are_there_for_later_cells(worker: Worker, before: str) -> None:
    cells = (
        ("answer", f"{before}\nx = [1]"),
        ("test", "y = x + [2]\ndef helper():\n    return y\nx.append(3)"),
        ("answer", "assert helper() == [1, 2] and x == [1, 3]\nz = 4"),
        ("test", "assert (y, z) == ([1, 2], 4)\ny"),
    )
    reports = grade(worker, *cells)
    assert troubles(reports) == []
    assert reports[-1].value == "[1, 2]"


def test_no_thread_and_no_process_is_left(worker: Worker) -> None:
    source = f"{THREAD}\nimport os, subprocess\nbefore = os.getpid()\nchild = subprocess.Popen(['sleep', '60'])"
    look = "import os, threading\nassert len(os.listdir('/proc/self/task')) == threading.active_count() == 1\n"
    look += "assert os.getpid() != before\n"
    look += "try:\n    os.kill(child.pid, 0)\nexcept ProcessLookupError:\n    pass\nelse:\n    raise AssertionError"
    assert troubles(grade(worker, ("answer", source), ("test", look))) == []


def test_a_process_without_threads_is_not_copied(worker: Worker) -> None:
    cells = (("answer", "import os\nbefore = os.getpid()"), ("test", "import os\nassert os.getpid() == before"))
    assert troubles(grade(worker, *cells)) == []


@pytest.mark.parametrize("before", ["pass", THREAD])
def test_limits_hold_in_the_copy(worker: Worker, before: str) -> None:
    def last(test: str) -> CellReport:
        return grade(worker, ("answer", before), ("test", "1"), ("test", test), limits=TIGHT)[-1]

    assert last("while True: pass").outcome is Outcome.TIMEOUT
    assert last("import time\ntime.sleep(60)").outcome is Outcome.TIMEOUT
    assert "exit status 3" in last("import os\nos._exit(3)").message
    assert "signal 9" in last("import os\nos.kill(os.getpid(), 9)").message
    assert last("print('x' * 10**6)").outcome is Outcome.OUTPUT


def test_cpu_time_adds_up_over_copies(worker: Worker) -> None:
    spin = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    cells = [("answer", f"{THREAD}\n{spin}"), ("test", spin)] * 4
    reports = grade(worker, *cells, limits=replace(TIGHT, notebook_cpu_seconds=1.2))
    assert Outcome.TIMEOUT in {r.outcome for r in reports}
    assert worker.run(notebook(*cells[:4])).cpu_seconds > 1.2


def test_memory_of_the_process_before_counts(worker: Worker) -> None:
    cells = (
        ("answer", f"{THREAD}\nimport time\nx = bytearray(90 << 20)\ntime.sleep(0.3)"),
        ("test", "y = bytearray(90 << 20)\nimport time\ntime.sleep(0.5)"),
    )
    assert [r.outcome for r in grade(worker, *cells, limits=TIGHT)] == [Outcome.PASSED, Outcome.MEMORY]


def test_a_copy_that_has_threads_again_is_stopped(worker: Worker) -> None:
    start = "import os\ndef start():\n    threading.Thread(target=stop.wait, daemon=True).start()\n"
    cells = (("answer", f"{THREAD}\n{start}os.register_at_fork(after_in_child=start)"), ("test", "1"), ("plain", "1"))
    _, test, after = grade(worker, *cells)
    assert (test.outcome, after.outcome) == (Outcome.CRASHED, Outcome.NOT_RUN)
    assert "it had started threads or processes again when a test began" in test.message


def test_a_copy_that_cannot_be_made_ends_the_notebook(worker: Worker) -> None:
    source = f"{THREAD}\nimport resource\nresource.setrlimit(resource.RLIMIT_NPROC, (1, 1))"
    if worker.weak:
        pytest.skip("the limit isn't one of this user's")
    _, test = grade(worker, ("answer", source), ("test", "1"))
    assert test.outcome is Outcome.CRASHED


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nsys.settrace(lambda *a: 1 / 0)",
        "import sys\nsys.setprofile(lambda *a: seen.append(a))",
        "import threading\nthreading.settrace(lambda *a: 1 / 0)\nthreading.setprofile(lambda *a: 1 / 0)",
        "import signal\nsignal.signal(signal.SIGALRM, lambda *a: 1 / 0)\nsignal.alarm(1000)",
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})",
        "import gc\ngc.callbacks.append(lambda *a: seen.append(a))\ngc.set_threshold(1)",
        "import builtins\nbuiltins.abs = lambda x: seen.append(x) or 3",
        "__builtins__ = {'len': lambda x: 5}",
        "import sys\nsys.modules['math'] = sys.modules['fractions'] = object()",
        "import math, types\nclass M(types.ModuleType):\n    floor = 3\nmath.__class__ = M",
        "import fractions\nfractions.Fraction.__add__ = fractions.len = lambda *a: 0",
        "open('fractions.py', 'w').write('1 / 0')\nimport sys\nsys.modules.pop('fractions')\nsys.path.insert(0, '.')",
        "open('wave.py', 'w').write('open = None')\nimport wave",
        "import sys\nclass F:\n    def find_spec(*a): 1 / 0\nsys.meta_path.insert(0, F)\nsys.path_hooks.insert(0, F)",
        "import sys\nsys.path_importer_cache.clear()\nsys.path_hooks.clear()\nsys.meta_path.clear()",
        "ip = get_ipython()\nip.ast_transformers.append(1)\nip.input_transformers_post.append(lambda lines: ['1 / 0'])",
        "ip = get_ipython()\nip.events.register('pre_run_cell', lambda *a: 1 / 0)\nip.run_cell = ip.run_code = None",
        "ip = get_ipython()\nip.compile = ip.displayhook = None\nip.user_ns = {}\nip.set_custom_exc((OSError,), print)",
        "class C(type(get_ipython())):\n    run_cell = None\nget_ipython().__class__ = C",
        "c = get_ipython().compile\nclass C(type(c)):\n    def __call__(self, *a): return 1\nc.__class__ = C",
        "from gabarito.engine import shell\nshell.cell_shell().test = shell.CellShell.test = None",
        "import sys\nsys.stdout = sys.stderr = None\nsys.modules['__main__'] = None",
        "import sys\nsys.addaudithook(lambda *a: seen.append(a))\nseen.clear()",
    ],
)
@pytest.mark.parametrize("thread", ["", THREAD + "\n"])
def test_what_a_notebook_changed_is_undone(worker: Worker, source: str, thread: str) -> None:
    plain = (
        "count = len(seen)\nassert abs(-1) == 1\nimport fractions, math, wave, __main__\nassert math.floor(1.5) == 1\n"
    )
    plain += "assert fractions.Fraction(1, 2) + 1 == 1.5 and wave.open and __main__.seen is seen\n"
    plain += "assert len(seen) == count\nprint('on')\n7"
    magic = "%time\n" + plain
    reports = grade(worker, ("answer", f"{thread}seen = []\n{source}"), ("test", plain), ("test", magic))
    # A cell that changed its own shell or built-in functions may itself have failed at its end.
    assert troubles(reports[1:]) == []
    assert [r.value for r in reports[1:]] == ["7", "7"]
    assert "on" in reports[1].outputs[0]["text"]


def test_signals_and_timers_are_reset(worker: Worker) -> None:
    cells = (
        ("answer", "import signal\nsignal.signal(signal.SIGALRM, print)\nsignal.setitimer(signal.ITIMER_REAL, 99)"),
        ("test", "assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL"),
        ("test", "assert signal.getitimer(signal.ITIMER_REAL) == (0, 0) == signal.getitimer(signal.ITIMER_VIRTUAL)"),
        ("test", "assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()"),
    )
    assert troubles(grade(worker, *cells)) == []


@pytest.mark.parametrize(
    ("given", "answer", "test"),
    [
        ("import math", "math = 3", "assert math.floor(1.5) == 1"),
        ("from math import floor as down", "down = abs", "assert down(1.5) == 1"),
        ("import os.path", "del os", "assert os.path.join('a', 'b') == 'a/b'"),
        ("from math import floor", "def floor(x):\n    return 7", "assert floor(1) == 7"),
        ("from math import *", "floor = abs", "assert floor(-1.5) == 1.5"),
        ("import time", "time = 5\nf = lambda: time + 1", "assert f() == 6"),
        ("def same(a, b): return a == b", "def same(a, b): return 7", "assert same(1, 2) == 7"),
        ("%time\nimport math", "math = 3", "assert math == 3"),
    ],
)
def test_imports_of_the_instructor_are_what_they_were(worker: Worker, given: str, answer: str, test: str) -> None:
    reports = grade(worker, ("given", given), ("answer", answer), ("test", test), ("answer", "1"))
    assert troubles(reports) == []


def test_afterwards_an_imported_name_is_the_students_again(worker: Worker) -> None:
    cells = (
        ("given", "import math, time, json"),
        ("answer", "math = 3\ntime = 4\ndel json"),
        ("test", "assert math.pi and time.time() and json.dumps(1)\nimport cmath as time"),
        ("answer", "assert math == 3 and time.__name__ == 'cmath' and 'json' not in globals()"),
    )
    assert troubles(grade(worker, *cells)) == []


def test_hooks_come_back_after_the_test(worker: Worker) -> None:
    hook = "get_ipython().input_transformers_post.append(lambda lines: [l.replace('ONE', '1') for l in lines])"
    cells = (("answer", hook), ("test", "assert 'ONE' == 'O' + 'NE'"), ("answer", "assert ONE == 1"))
    assert troubles(grade(worker, *cells)) == []


def test_what_an_instructor_changes_in_libraries_stays(worker: Worker) -> None:
    cells = (
        ("answer", "import math\nmath.sin = None"),
        ("given", "import math\nmath.floor = lambda x: 7\nmath.cos.__doc__\ndel math.ceil"),
        ("answer", "math.floor = math.tan = None"),
        ("test", "assert math.floor(1) == 7 and math.sin(0) == 0 and math.tan(0) == 0 and not hasattr(math, 'ceil')"),
        ("test", "import builtins\nbuiltins.input = lambda *a: '5'\nassert input() == '5'"),
        ("answer", "math.floor = 3"),
        ("test", "assert math.floor(1) == 7"),
    )
    assert troubles(grade(worker, *cells)) == []


def test_state_and_names_that_hide_nothing_stay(worker: Worker) -> None:
    cells = (
        ("answer", "import math, sys, fractions, warnings\nmath.more = lambda: 8\nsys.setrecursionlimit(5000)"),
        ("answer", "fractions.Fraction.twice = lambda self: 2 * self\nwarnings.simplefilter('error')"),
        ("answer", "import decimal, unittest\ndecimal.getcontext().prec = 5\nunittest.TestCase.maxDiff = None"),
        ("test", "assert math.more() == 8 and sys.getrecursionlimit() == 5000 and fractions.Fraction(1).twice() == 2"),
        ("test", "assert decimal.getcontext().prec == 5 and unittest.TestCase.maxDiff is None"),
        ("test", "try:\n    warnings.warn('x')\nexcept UserWarning:\n    pass\nelse:\n    raise AssertionError"),
    )
    assert troubles(grade(worker, *cells)) == []


def test_a_test_draws_new_numbers_unless_the_instructor_has_seeded(worker: Worker) -> None:
    def drawn(*before: tuple[str, str]) -> str | None:
        cells = (*before, ("answer", "import random\nrandom.seed(3)"), ("test", "import random\nrandom.random()"))
        return grade(worker, *cells, seed=5)[-1].value

    assert drawn() != drawn()
    seeded = drawn(("given", "import random\nrandom.seed(4)"))
    assert seeded == drawn(("given", "import random\nrandom.seed(9)"))
    assert seeded == drawn(("test", "import random\nrandom.seed(9)"))


def test_no_source_of_a_test_is_kept(worker: Worker) -> None:
    look = "import gc, linecache\nip = get_ipython()\nword = 'sea' + 'led'\n"
    look += "found = [v for v in linecache.cache.values() if word in str(v)] + [ip.last_execution_result]\n"
    look += "found += [o for o in gc.get_objects() if type(o) in (dict, list, tuple) for v in "
    look += "(o.values() if type(o) is dict else o) if type(v) is str and word in v and v not in (look, _ih[-1])]\n"
    look += "found += list(ip.compile._filename_map)\nstr([f for f in found if word in str(f)])"
    cells = (("answer", "look = ''"), ("test", "# sealed\nassert True\nprint(1)"), ("answer", look))
    assert grade(worker, *cells)[-1].value == "'[]'"


def test_statements_see_no_other_statement(worker: Worker) -> None:
    spy = """import sys
def sees(word):
    frame, seen = sys._getframe(1), []
    while frame is not None:
        names = {n: v for n, v in frame.f_locals.items() if v is not globals() and frame.f_code.co_name != "<module>"}
        seen.append(repr((frame.f_code.co_consts, names)))
        frame = frame.f_back
    return word in " ".join(seen)"""
    test = "first = 'sea' + str('led')\nassert not sees(first)\nassert sees(first) or 'sealed'\nlast = 'sealed'"
    assert troubles(grade(worker, ("answer", spy), ("test", test))) == []


@pytest.mark.parametrize(
    "source",
    [
        "d = Dying()\nd.me = d\ndel d",
        "sys.modules['wave'] = Dying()",
        "get_ipython().display_trap.hook = Dying()",
        "type(get_ipython().compile).flags = Dying()",
    ],
)
def test_what_dies_before_a_test_sees_nothing_of_it(worker: Worker, source: str) -> None:
    spy = """import sys
told = []
def tell():
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name != "<module>":
            told.append(repr([v for v in frame.f_locals.values() if v is not told]))
        frame = frame.f_back
class Dying:
    def __del__(self):
        tell()
        if hasattr(self, "me"):
            again = Dying()
            again.me = again
    @property
    def __spec__(self):
        tell()
    def __get__(self, *args):
        tell()
        return 0
    def __set__(self, *args):
        tell()
"""
    test = "x = [1, 2]\n" * 2000 + "last = 'sealed'"  # the collector runs while this is read
    cells = (("answer", spy + source), ("test", test), ("answer", "(len(told) > 0, 'sea' + 'led' in str(told))"))
    assert grade(worker, *cells)[-1].value == "(True, False)"


@pytest.mark.parametrize(
    "test", ["# nothing", "import gc\nassert gc.isenabled()", "%time\nimport gc\nassert gc.isenabled()"]
)
def test_the_collector_is_on_in_a_test_and_after_it(worker: Worker, test: str) -> None:
    cells = (("answer", "import gc\ngc.disable()"), ("test", test), ("answer", "assert gc.isenabled()"))
    assert troubles(grade(worker, *cells)) == []


def test_a_test_that_asks_for_sources_gets_its_own(worker: Worker) -> None:
    test = "import inspect\ndef f():\n    return 1\nassert 'return 1' in inspect.getsource(f)"
    assert troubles(grade(worker, ("test", test))) == []


def test_a_figure_is_shown_with_its_test(bench: Bench) -> None:
    pytest.importorskip("matplotlib")
    cells = (
        ("given", "%matplotlib inline\nimport matplotlib.pyplot as plt"),
        ("test", "plt.plot([1, 2]);"),
        ("plain", "1"),
    )
    _, test, after = bench.grade([], notebook(*cells, limits=Limits())).cells
    assert "image/png" in test.outputs[-1]["data"]
    assert after.value == "1"
    assert len(after.outputs) == 1


def test_numbers_of_numpy_are_scores(bench: Bench) -> None:
    formatter = "get_ipython().display_formatter.formatters['text/plain']"
    cells = (
        ("given", "import numpy as np"),
        ("answer", f"{formatter}.for_type(np.float64, lambda v, p, c: p.text('1'))"),
        ("test", "np.float64(0.5)"),
        ("test", "display\nclass A:\n    def __repr__(self): return 'A'\nA()"),
        ("test", "0.5;"),
    )
    reports = bench.grade([], notebook(*cells)).cells
    assert [r.value for r in reports[2:]] == ["np.float64(0.5)", "A", None]


def test_a_default_device_stays_and_other_modes_do_not(bench: Bench) -> None:
    mode = "from torch.overrides import TorchFunctionMode\nclass M(TorchFunctionMode):\n"
    mode += "    def __torch_function__(self, f, types, args=(), kwargs=None): return 7\nM().__enter__()"
    dispatch = "from torch.utils._python_dispatch import TorchDispatchMode\nclass D(TorchDispatchMode):\n"
    dispatch += "    def __torch_dispatch__(self, f, types, args=(), kwargs=None): return 8\nD().__enter__()"
    cells = (
        ("given", "import torch\ntorch.set_default_device('meta')"),
        ("answer", mode),
        ("answer", dispatch),
        ("test", "x = torch.ones(2)\nassert isinstance(x, torch.Tensor) and x.device.type == 'meta'"),
    )
    assert troubles(list(bench.grade([], notebook(*cells)).cells)) == []


@pytest.mark.parametrize("kind", ["StopIteration", "StopAsyncIteration", "GeneratorExit"])
def test_no_exception_ends_a_test_quietly(worker: Worker, kind: str) -> None:
    answer = f"def f():\n    raise {kind}('early')"
    _, report = grade(worker, ("answer", answer), ("test", "x = 1\nassert f() == 2\nassert False"))
    assert (report.outcome, report.message) == (Outcome.ERROR, f"{kind}: early")


@pytest.mark.parametrize(
    ("source", "error"),
    [("return 1", "SyntaxError"), ("1 +", "SyntaxError"), ("raise SystemExit", "SystemExit"), ("x\0", "SyntaxError")],
)
def test_a_test_that_cannot_run_is_an_error(worker: Worker, source: str, error: str) -> None:
    (report,) = grade(worker, ("test", source))
    assert report.outcome is Outcome.ERROR
    assert report.error in (error, "ValueError")


@pytest.mark.parametrize(
    "source",
    [
        "import asyncio\nawait asyncio.sleep(0)\nx = 1",
        "%time x = 1",
        "from __future__ import annotations\nx: Undefined = 1",
        "found = !echo 1\nx = int(found[0])",
        "'a text first'\nx = 1",
    ],
)
def test_tests_may_be_what_cells_may_be(worker: Worker, source: str) -> None:
    assert troubles(grade(worker, ("test", source), ("test", "assert x == 1"))) == []
