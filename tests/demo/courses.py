"""A course with a source and known answers, small enough to be graded in a moment."""

from __future__ import annotations

from pathlib import Path

import nbformat

from gabarito.course import Course, load_course
from tests.grading.courses import LIMITS
from tests.notebook.released import small_source

_ANSWERS = {
    "double": """
exercise = "double"
[[answer]]
name = "sum"
right = true
why = "a sum of two"
scores = {}
source = '''
def double(x):
    return x + x
'''
[[answer]]
name = "squared"
right = false
why = "the same for two only"
scores = { double-test = 0 }
source = '''
def double(x):
    return x * x
'''
""",
    "triple": """
exercise = "triple"
[[answer]]
name = "doubled"
right = false
why = "twice only"
scores = { triple-test = 0 }
source = '''
def triple(x):
    return 2 * x
'''
""",
}
_PLAN = """
first = ["double/squared"]

[[notebook]]
name = "solved"
why = "all right"

[[notebook]]
name = "unsolved"
why = "nothing was done"
start = "released"
scores = { total-kept = 1 }
"""


def write_demo_course(root: Path, config: str = "") -> Course:
    """A course whose assignment `small` has a source and known answers, and is not released yet."""
    source = root / "source" / "small" / "small.ipynb"
    source.parent.mkdir(parents=True)
    nbformat.write(small_source(), source)
    answers = root / "grader_tests" / "small" / "answers"
    (answers / "class").mkdir(parents=True)
    for name, text in _ANSWERS.items():
        (answers / f"{name}.toml").write_text(text)
    (answers / "class" / "notebooks.toml").write_text(_PLAN)
    (root / "nbgrader_config.py").write_text(f"c = get_config()\n{LIMITS}\n{config}\n")
    return load_course(root)
