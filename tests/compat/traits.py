"""Small notebooks, each with one trait that instructors' notebooks have, and the points that nbgrader gives them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_raw_cell

from gabarito.model import Role
from tests.compat.compare import Score
from tests.release.factories import answer, given, graded, labelled, notebook, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """One notebook: its name is that of the function which makes it.

    Attributes:
        make: gives the notebook.
        scores: by cell, the points of the solution and those of the notebook as it is released.
        differs: why nbgrader's own scores are others; then `scores` are ours.
    """

    make: Callable[[], NotebookNode]
    scores: dict[str, tuple[Score, Score]]
    differs: str = ""

    @property
    def name(self) -> str:
        """As a file name."""
        return self.make.__name__.replace("_", "-")


TRAITS: list[Trait] = []
HANDS = "by hand"
FILES = {"numbers.csv": "1\n2\n3\n", "data/deep.txt": "deep\n", "helper.py": "def thrice(x):\n    return 3 * x\n"}
"""What lies beside the notebooks."""
_SOLUTION = "### BEGIN SOLUTION\n{}\n### END SOLUTION"


def trait(differs: str = "", **scores: tuple[Score, Score]) -> Callable[[Callable[[], NotebookNode]], None]:
    """Add a notebook with these points, solved and unsolved."""

    def add(make: Callable[[], NotebookNode]) -> None:
        TRAITS.append(Trait(make=make, scores=scores, differs=differs))

    return add


def solution(name: str, code: str) -> NotebookNode:
    """An answer cell that is all solution."""
    return answer(name, _SOLUTION.format(code))


def aged(cell: NotebookNode, version: int | None) -> NotebookNode:
    """The cell with metadata as an older nbgrader wrote it."""
    meta = cell.metadata.nbgrader
    del meta["task"]
    if version is None:
        del meta["schema_version"]
        if "points" in meta:
            meta["points"] = str(meta["points"])
        cell.metadata.nbgrader = NotebookNode({k: v for k, v in meta.items() if v is not False})
    else:
        meta["schema_version"] = version
    return cell


def _double() -> list[NotebookNode]:
    return [solution("double", "def double(x):\n    return 2 * x"), graded("t", "assert double(2) == 4", 2)]


@trait(t=(2, 0))
def schema_1() -> NotebookNode:
    return notebook(*(aged(cell, 1) for cell in _double()))


@trait(t=(2, 0))
def schema_2() -> NotebookNode:
    return notebook(*(aged(cell, 2) for cell in _double()))


@trait(t=(2, 0), u=(1, 0), e=(HANDS, 0))
def mixed_schemas() -> NotebookNode:
    one, two = _double()
    three = graded("u", "assert double(3) == 6")
    essay = labelled(Role.MANUAL, "e", _SOLUTION.format("Why."), 3, "markdown")
    return notebook(aged(one, None), aged(two, None), aged(three, 2), essay)


@trait(t=(2, 0))
def no_kernelspec() -> NotebookNode:
    node = notebook(*_double())
    del node.metadata["kernelspec"]
    return node


@trait("nbgrader grades nothing where no kernel has the name", t=(2, 0))
def odd_kernelspec() -> NotebookNode:
    node = notebook(*_double())
    node.metadata["kernelspec"] = {"name": "conda-env-teaching-py", "display_name": "Python [teaching]"}
    return node


@trait(t=(2, 0))
def cells_without_ids() -> NotebookNode:
    """Metadata of cells that are for nothing, as nbgrader's toolbar leaves it behind."""
    nothing = plain("y = 1")
    nothing.metadata["nbgrader"] = {"schema_version": 3, "grade": False, "solution": False, "locked": False}
    again = plain("y += 1")
    again.metadata["nbgrader"] = {**nothing.metadata["nbgrader"], "grade_id": "left"}
    return notebook(nothing, again, *_double(), new_raw_cell("raw"))


@trait(e=(HANDS, 0), f=(HANDS, 0), k=(HANDS, HANDS))
def by_hand() -> NotebookNode:
    """Solutions in Markdown, code that a person grades, and a task."""
    return notebook(
        labelled(Role.MANUAL, "e", f"Say why.\n{_SOLUTION.format('Because.')}", 2.5, "markdown"),
        labelled(Role.MANUAL, "f", _SOLUTION.format("print('plot')"), 1),
        labelled(Role.TASK, "k", "Draw.\n### BEGIN MARK SCHEME\nTwo.\n### END MARK SCHEME", 4, "markdown"),
    )


@trait(a=(0.25, 0), b=(0, 0), c=(1.5, 0))
def odd_points() -> NotebookNode:
    return notebook(
        _double()[0],
        graded("a", "assert double(1) == 2", 0.25),
        graded("b", "assert double(1) == 2", 0),
        graded("c", "assert double(1) == 2", 1.5),
    )


@trait(a=(3, 1), b=(2, 2), c=(2, 2), d=(2, 0), e=(0, 0))
def partial_credit() -> NotebookNode:
    """Only a number as the last value is partial credit."""
    return notebook(
        plain("n = 0"),
        solution("s", "n = 2"),
        graded("a", "1 + n", 4),
        graded("b", "n >= 0", 2),
        graded("c", "'1'", 2),
        graded("d", "assert n\n{n: 'two'}", 2),
        graded("e", "0 * n", 2),
    )


@trait(t=(1, 0), u=(1, 0), v=(1, 0), w=(1, 0))
def magics() -> NotebookNode:
    return notebook(
        given(
            "g", "%matplotlib inline\n%config InlineBackend.figure_format = 'png'\n%load_ext autoreload\n%autoreload 2"
        ),
        plain("%%bash\necho from bash > said.txt"),
        plain("%%javascript\nconsole.log(1)"),
        plain("%%html\n<b>bold</b>"),
        plain("%%latex\n$x$"),
        plain("%logstart -o log.py"),
        plain("junk = 1\n%reset -f\n%who"),
        plain("%%writefile written.py\ndef four():\n    return 4"),
        plain("%env COLOUR=red\n%precision 3\n%xmode Plain"),
        solution("s", "%time value = 3"),
        graded("t", "assert value == 3 and 'junk' not in globals()"),
        graded("u", "%%time\nfrom written import four\nassert four() == value + 1"),
        graded("v", "%%capture said\nprint(value)\nassert open('said.txt').read() == 'from bash\\n'"),
        graded("w", "import os\nassert os.environ['COLOUR'] == 'red' and value"),
    )


@trait(t=(1, 0), u=(1, 0))
def shell_lines() -> NotebookNode:
    return notebook(
        plain("!ls\n!echo one > one.txt"),
        plain("ls"),
        plain("pwd"),
        solution("s", "said = !cat one.txt"),
        graded("t", "assert list(said) == ['one']"),
        graded("u", "again = !cat one.txt\nassert said == again"),
    )


@trait(t=(1, 0), u=(1, 0))
def files_beside() -> NotebookNode:
    return notebook(
        given("g", "from helper import thrice\nimport csv"),
        solution("s", "rows = [int(r) for r, in csv.reader(open('numbers.csv'))]"),
        graded("t", "assert thrice(sum(rows)) == 18"),
        graded("u", "from pathlib import Path\nassert Path('data/deep.txt').read_text() == 'deep\\n' and rows"),
    )


@trait(t=(1, 0), u=(1, 0), v=(1, 1), w=(1, 0))
def tests_that_share_state() -> NotebookNode:
    """An import and a counter of one test that later ones need, one of which can't run in two processes."""
    return notebook(
        solution("s", "def double(x):\n    return 2 * x"),
        graded("t", "from math import isclose\nseen = []\nassert double(1) == 2\nseen.append(1)"),
        graded("u", "import gc\nassert isclose(double(2), 4)\nassert any(o is double for o in gc.get_objects())"),
        graded("v", "seen.append(2)\nassert seen[-1] == 2"),
        graded("w", "assert seen == [1, 2] and double"),
    )


@trait(t=(1, 0), u=(1, 0))
def top_level_await() -> NotebookNode:
    return notebook(
        plain("import asyncio\nawait asyncio.sleep(0)"),
        solution("s", "async def double(x):\n    await asyncio.sleep(0)\n    return 2 * x"),
        graded("t", "assert await double(2) == 4"),
        graded("u", "found = await asyncio.gather(double(1), double(2))\nassert found == [2, 4]"),
    )


@trait(t=(0, 0), u=(1, 1))
def asks_for_input() -> NotebookNode:
    return notebook(
        solution("s", "name = input('Your name? ')"), graded("t", "assert name"), graded("u", "assert True")
    )


@trait(t=(1, 0), u=(1, 1), v=(0, 0))
def empty_cells() -> NotebookNode:
    return notebook(
        plain(""),
        solution("s", "x = 1"),
        plain("# nothing"),
        graded("t", "assert x == 1"),
        graded("u", ""),
        graded("v", "raise NotImplementedError()"),
    )


@trait(t=(1, 0))
def looks_at_the_cell_before() -> NotebookNode:
    return notebook(
        solution("s", "print('Hello')"),
        graded("t", "import io, contextlib\nwith contextlib.redirect_stdout(io.StringIO()) as said:\n"
                    "    exec(In[-2])\nassert said.getvalue() == 'Hello\\n'"),
    )  # fmt: skip


@trait(t=(1, 0), u=(1, 0))
def looks_at_source() -> NotebookNode:
    return notebook(
        _double()[0],
        graded("t", "import inspect\nassert 'return' in inspect.getsource(double)"),
        graded("u", "assert callable(globals()['double']) and double.__module__ == __name__ == '__main__'"),
    )


@trait(t=(1, 0), u=(1, 0))
def figures() -> NotebookNode:
    return notebook(
        given("g", "%matplotlib inline\nimport matplotlib.pyplot as plt"),
        solution("s", "fig, ax = plt.subplots()\nax.plot([1, 2], label='line')\nax.set_title('Title')"),
        graded("t", "assert ax.get_title() == 'Title' and len(ax.lines) == 1"),
        graded("u", "assert ax.lines[0].get_label() == 'line'"),
    )


@trait(t=(1, 0))
def widgets() -> NotebookNode:
    return notebook(
        given("g", "from ipywidgets import IntSlider, interact\nfrom IPython.display import display"),
        solution("s", "slider = IntSlider(value=3)\ndisplay(slider)\ninteract(lambda x: x, x=slider)"),
        graded("t", "assert slider.value == 3"),
    )


@trait(t=(1, 0), u=(1, 0))
def expected_exceptions() -> NotebookNode:
    return notebook(
        solution("s", "def root(x):\n    if x < 0:\n        raise ValueError('negative')\n    return x ** 0.5"),
        graded("t", "try:\n    root(-1)\nexcept ValueError:\n    pass\nelse:\n    raise AssertionError('no error')"),
        graded("u", "def test_root():\n    assert root(4) == 2\ntest_root()"),
    )


@trait(t=(1, 0), u=(1, 0))
def a_solution_without_region() -> NotebookNode:
    """The whole cell is the solution."""
    return notebook(answer("s", "value = 3"), graded("t", "assert value == 3"), graded("u", "print(value)"))


@trait(t=(1, 0), u=(1, 0))
def hidden_tests() -> NotebookNode:
    hidden = "### BEGIN HIDDEN TESTS\nassert double(10) == 20\n### END HIDDEN TESTS"
    return notebook(_double()[0], graded("t", f"double(1)\n{hidden}"), graded("u", f"{hidden}\ndouble(2);"))


@trait(t=(0, 0), u=(1, 1))
def a_solution_that_fails() -> NotebookNode:
    return notebook(solution("s", "x = 1 / 0"), graded("t", "assert x == 1"), graded("u", "y = 2\nassert y == 2"))


@trait(t=(1, 0), u=(1, 1))
def a_cell_that_does_not_parse() -> NotebookNode:
    return notebook(plain("print 'Python 2'"), solution("s", "x = 1"), graded("t", "assert x"), graded("u", "1;"))


@trait(t=(1, 0), u=(1, 0), v=(1, 0), w=(1, 0), x=(1, 0))
def magics_that_hide_errors() -> NotebookNode:
    """IPython shows an error in such a cell, and does not raise it."""
    return notebook(
        plain("%%writefile uses.py\nassert value == 3"),
        plain("%%capture shown\nprint('shown')"),
        solution("s", "value = 3"),
        graded("t", "%%capture\nassert value == 3"),
        graded("u", "%%time\nassert value == 3"),
        graded("v", "get_ipython().run_cell('assert value == 3');"),
        graded("w", "%run -i uses.py"),
        graded("x", "assert shown.stdout == 'shown\\n' and value"),
    )


@trait(t=(1, 0), u=(1, 0), v=(1, 0), w=(1, 0))
def pylab_and_places() -> NotebookNode:
    return notebook(
        plain("%pylab inline"),
        plain("%cd data"),
        solution("s", "value = zeros(3)"),
        graded("t", "assert value.shape == (3,)"),
        graded("u", "assert open('deep.txt').read() == 'deep\\n' and not value.any()"),
        plain("import os\nos.chdir('..')\nvalue[0] = 1"),
        graded("v", "assert open('numbers.csv').read(1) == '1' and value[0] == 1"),
        graded("w", "import sys\nfrom helper import *\nassert thrice(value[0]) == 3"),
    )


@trait(t=(1, 0), u=(1, 0), v=(1, 0), w=(1, 0), x=(1, 0))
def tests_with_frameworks() -> NotebookNode:
    return notebook(
        solution("s", 'def ask():\n    """\n    >>> 1 + 1\n    2\n    """\n    return input("? ") + "!"'),
        graded("t", "import doctest\nassert doctest.run_docstring_examples(ask, {}) is None"),
        graded(
            "u",
            "from unittest import mock\nwith mock.patch('builtins.input', return_value='a'):\n    assert ask() == 'a!'",
        ),
        graded(
            "v",
            "import builtins as b\nold = b.input\nb.input = lambda p: 'b'\nassert ask() == 'b!'\nb.input = old",
        ),
        graded("w", "input = lambda p: 'c'\nassert ask() == 'c!'\ndel input"),
        graded("x", "import unittest\ncase = unittest.TestCase()\ncase.assertTrue(callable(ask))"),
    )


@trait(t=(0, 0), u=(1, 0), v=(1, 0))
def leaves_by_itself() -> NotebookNode:
    """`sys.exit()` ends a cell, and not the notebook."""
    return notebook(
        plain("import sys\nsys.exit(1)"),
        solution("s", "value = 1"),
        graded("t", "import sys\nsys.exit(0)"),
        graded("u", "assert value == 1"),
        graded("v", "try:\n    sys.exit(2)\nexcept SystemExit:\n    assert value == 1"),
    )


@trait(t=(1, 0), u=(1, 0), v=(1, 0), w=(1, 0), x=(1, 0), y=(1, 0))
def files_and_programs() -> NotebookNode:
    return notebook(
        solution("s", "with open('made.txt', 'w') as file:\n    file.write('made')\n\n\nclass Point:\n    x = 1"),
        graded("t", "assert open('made.txt').read() == 'made'"),
        graded("u", "import subprocess\nassert subprocess.check_output(['cat', 'made.txt']) == b'made'"),
        graded("v", "import pickle\nassert type(pickle.loads(pickle.dumps(Point()))) is Point"),
        graded("w", "import sqlite3\nassert sqlite3.connect(':memory:').execute('SELECT 1').fetchone()[0] == Point.x"),
        graded("x", "import threading\nout = []\nthread = threading.Thread(target=lambda: out.append(Point.x))\n"
                    "thread.start()\nthread.join()\nassert out == [1]"),
        graded("y", "import os\nassert os.path.exists('made.txt')\nos.remove('made.txt')"),
    )  # fmt: skip


@trait(t=(1, 0), u=(1, 0), v=(1, 0), w=(1, 0))
def last_values() -> NotebookNode:
    return notebook(
        solution("s", "value = 3\nvalue"),
        graded("t", "assert value == 3;"),
        graded("u", "print(value)\nNone"),
        graded("v", "from IPython.display import display, Markdown\ndisplay(Markdown(f'**{value}**'))"),
        graded("w", "import numpy as np\nnp.testing.assert_allclose(value, 3)\nnp.arange(value)"),
    )


@trait(t=(1, 0), u=(1, 0), v=(1, 0), w=(1, 0))
def objects_and_classes() -> NotebookNode:
    return notebook(
        given("g", "from dataclasses import dataclass\nfrom enum import Enum\nimport random"),
        solution("s", "@dataclass\nclass Point:\n    x: int = 0\n\n\nclass Colour(Enum):\n    RED = 1\n\n\n"
                      "def numbers():\n    yield from (random.random() for _ in range(3))"),
        graded("t", "assert Point(1) == Point(1) and repr(Point(2)) == 'Point(x=2)'"),
        graded("u", "class Space(Point):\n    pass\nassert issubclass(Space, Point) and isinstance(Space(), Point)"),
        graded("v", "random.seed(0)\nfound = list(numbers())\nrandom.seed(0)\nassert found[0] == random.random()"),
        graded("w", "assert Colour(1) is Colour.RED and [c.name for c in Colour] == ['RED']"),
    )  # fmt: skip


@trait("nbgrader takes text on stderr for a failure", t=(1, 0), u=(1, 0))
def text_on_stderr() -> NotebookNode:
    return notebook(
        _double()[0],
        graded("t", "import warnings\nwarnings.warn('careful')\nassert double(1) == 2"),
        graded("u", "import sys\nprint('note', file=sys.stderr)\nassert double(1) == 2"),
    )


@dataclass(frozen=True, slots=True)
class Course:
    """Notebooks that need settings of their own."""

    name: str
    config: str
    traits: list[Trait]
    files: dict[str, str] = field(default_factory=dict)


def _bare(cell: NotebookNode, **changes: Any) -> NotebookNode:
    cell.metadata["nbgrader"] |= changes
    return cell


def custom_markers() -> NotebookNode:
    return notebook(
        answer("s", "def double(x):\n    #<answer\n    return 2 * x\n    #answer>"),
        graded("t", "double(1)\n#<secret\nassert double(2) == 4\n#secret>"),
        labelled(Role.MANUAL, "e", "#<answer\nWhy.\n#answer>", 1, "markdown"),
    )


def markers_in_ordinary_cells() -> NotebookNode:
    return notebook(
        plain("#<answer\nfactor = 2\n#answer>"),
        answer("s", "def double(x):\n    #<answer\n    return factor * x\n    #answer>"),
        graded("t", "assert double(2) == 4"),
    )


COURSES = [
    Course("defaults", "", TRAITS, FILES),
    Course(
        "markers",
        'c.ClearSolutions.begin_solution_delimeter = "#<answer"\n'
        'c.ClearSolutions.end_solution_delimeter = "#answer>"\n'
        'c.ClearHiddenTests.begin_test_delimeter = "#<secret"\n'
        'c.ClearHiddenTests.end_test_delimeter = "#secret>"\n'
        'c.ClearSolutions.code_stub = {"python": "pass  # yours"}\n'
        'c.ClearSolutions.text_stub = "Yours."\n'
        "c.ClearSolutions.enforce_metadata = False\n",
        [
            Trait(make=custom_markers, scores={"t": (1, 0), "e": (HANDS, 0)}),
            Trait(make=markers_in_ordinary_cells, scores={"t": (1, 0)}),
        ],
    ),
]
