"""A notebook for `otter assign`, with one of each thing that otter knows, and otter's commands run on it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}


def raw(*lines: str) -> NotebookNode:
    """A raw cell: otter's marks."""
    return new_raw_cell("\n".join(lines))


def shown(source: str, value: str) -> NotebookNode:
    """A test whose last line has a value."""
    output = new_output("execute_result", {"text/plain": value}, execution_count=1)
    return new_code_cell(source, outputs=[output], execution_count=1)


def printed(source: str, text: str) -> NotebookNode:
    """A test that prints."""
    return new_code_cell(source, outputs=[new_output("stream", name="stdout", text=text)], execution_count=1)


def silent(source: str) -> NotebookNode:
    """Code that was run and showed nothing."""
    return new_code_cell(source, execution_count=1)


def notebook(*cells: NotebookNode) -> NotebookNode:
    """Copies of these cells; without their numbers as Jupyter ids, nbformat would draw random ones."""
    own = [deepcopy(cell) for cell in cells]
    for number, cell in enumerate(own):
        cell["id"] = f"otter-{number}"
    return new_notebook(cells=own, metadata={"kernelspec": KERNELSPEC})


def write(path: Path, node: NotebookNode) -> Path:
    """Write it as Jupyter does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(node, path)
    return path


CONFIG = """# ASSIGNMENT CONFIG
name: vectors
init_cell: true
export_cell:
    pdf: false
solutions_pdf: false
requirements:
    - numpy
    - matplotlib
files:
    - heights.csv
generate:
    show_stdout: true
"""

AREA = '''def area(radius):
    """ # BEGIN PROMPT
    square = ...
    return ...
    """ # END PROMPT
    # BEGIN SOLUTION NO PROMPT
    square = radius**2
    return np.pi * square
    # END SOLUTION'''

SPREAD = """def spread(values):
    low = min(values)  # given
    high = max(values)  # SOLUTION
    return high - low  # SOLUTION

widest = spread(heights)  # SOLUTION
doubled = [  # BEGIN TABLE
    1,
    spread([1, 3]),  # SOLUTION
]"""


def lesson() -> NotebookNode:
    """Vectors with numpy: four questions that tests grade, and two that a person grades."""
    return notebook(
        raw(*CONFIG.strip().split("\n")),
        new_markdown_cell("# Vectors\n\nHeights of people, and what can be said of them."),
        silent("import numpy as np\n%matplotlib inline\nimport matplotlib.pyplot as plt"),
        silent("# IGNORE\nprint('for the instructor alone')"),
        silent("heights = np.loadtxt('heights.csv')\nheights.sum()  # IGNORE"),
        # points shared out: two visible tests and a hidden one, a third of a point each
        raw("# BEGIN QUESTION", "name: q1.1", "points: 1"),
        new_markdown_cell("**Question 1.** The area of a circle."),
        raw("# BEGIN SOLUTION"),
        silent(AREA),
        raw("# END SOLUTION"),
        raw("# BEGIN TESTS"),
        shown("# PUBLIC\nfloat(round(area(1), 3))", "3.142"),
        printed("print(area(0))", "0.0\n"),
        shown("# HIDDEN\nradius = 10\nbool(np.isclose(area(radius), 100 * np.pi))", "True"),
        raw("# END TESTS"),
        raw("# END QUESTION"),
        # points of each test, in its settings
        raw("# BEGIN QUESTION", "name: q2"),
        new_markdown_cell("**Question 2.** From the smallest to the largest."),
        raw("# BEGIN SOLUTION"),
        silent(SPREAD),
        raw("# END SOLUTION"),
        raw("# BEGIN TESTS"),
        shown(
            '""" # BEGIN TEST CONFIG\npoints: 2\nsuccess_message: well done\n""" # END TEST CONFIG\n'
            "isinstance(spread([1, 2]), int)",
            "True",
        ),
        shown(
            '""" # BEGIN TEST CONFIG\npoints: 0.5\nhidden: true\nfailure_message: the whole list is wanted\n'
            '""" # END TEST CONFIG\nspread([3, 9, 4])',
            "6",
        ),
        silent('""" # BEGIN TEST CONFIG\npoints: 1\n""" # END TEST CONFIG\nassert doubled == [1, 2]'),
        raw("# END TESTS"),
        raw("# END QUESTION"),
        silent("doubled = 'a test of doubled has to run before this'"),
        # all or nothing
        raw("# BEGIN QUESTION", "name: q3", "points: 3", "all_or_nothing: true"),
        new_markdown_cell("**Question 3.** The mean."),
        raw("# BEGIN SOLUTION"),
        silent("def mean(values):\n    return sum(values) / len(values)  # SOLUTION"),
        raw("# END SOLUTION"),
        raw("# BEGIN TESTS"),
        shown("mean([1, 2])", "1.5"),
        shown("# HIDDEN\nmean([5])", "5.0"),
        raw("# END TESTS"),
        raw("# END QUESTION"),
        # a person grades: words, with a prompt, and a picture
        raw("# BEGIN QUESTION", "name: q4", "manual: true", "points: 2"),
        new_markdown_cell("**Question 4.** What does the mean say?"),
        raw("# BEGIN PROMPT"),
        new_markdown_cell("Two sentences, please:"),
        raw("# END PROMPT"),
        raw("# BEGIN SOLUTION"),
        new_markdown_cell("Where the middle is, as long as nobody is far away."),
        raw("# END SOLUTION"),
        raw("# END QUESTION"),
        raw("# BEGIN QUESTION", "name: q5", "manual: true", "points: 2", "export: true"),
        new_markdown_cell("**Question 5.** Plot the heights."),
        raw("# BEGIN SOLUTION"),
        silent("# BEGIN SOLUTION\nplt.plot(heights)\nplt.show()\n# END SOLUTION"),
        raw("# END SOLUTION"),
        raw("# END QUESTION"),
    )


HEIGHTS = "1.6\n1.7\n1.9\n"


def write_lesson(folder: Path) -> Path:
    """The lesson with the file that it names."""
    path = write(folder / "vectors.ipynb", lesson())
    (folder / "heights.csv").write_text(HEIGHTS)
    return path


def functions(*, function: str = "def test_double(double):\n    assert double(2) == 4") -> NotebookNode:
    """A notebook whose tests are functions (`ok_format: false`)."""
    return notebook(
        raw("# ASSIGNMENT CONFIG", "tests:", "    ok_format: false"),
        raw("# BEGIN QUESTION", "name: q1", "points: 4"),
        raw("# BEGIN SOLUTION"),
        silent("def double(x):\n    return 2 * x  # SOLUTION"),
        raw("# END SOLUTION"),
        raw("# BEGIN TESTS"),
        silent(function),
        silent('# HIDDEN\ndef test_env(env):\n    assert env["double"](5) == 10\n\ntest_env(globals())'),
        raw("# END TESTS"),
        raw("# END QUESTION"),
    )


def otter(*commands: tuple[str, ...], folder: Path) -> str:
    """Run otter's command line on each of these, all in one process: otter takes seconds to import.

    A command `cd` changes the folder, as in a shell.
    """
    program = (
        "import json, os, sys\nfrom otter.cli import cli\n"
        "for words in json.loads(sys.argv[1]):\n"
        "    print('$', *words, flush=True)\n"
        "    os.chdir(words[1]) if words[0] == 'cd' else cli(words, standalone_mode=False)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, json.dumps(commands)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout


def run_scores(folder: Path) -> dict[str, float]:
    """Points by test file, of what `otter run` left in a folder."""
    tests: list[Mapping[str, Any]] = json.loads((folder / "results.json").read_text())["tests"]
    return {test["name"]: test["score"] for test in tests if "score" in test}
