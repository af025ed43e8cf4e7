from __future__ import annotations

import ast

import pytest

from gabarito.notebook.syntax import imports, parse_cell, runnable


def _imports(source: str) -> set[str]:
    tree = parse_cell(source)
    assert tree is not None
    return set(imports(tree))


def test_imports_are_those_of_modules() -> None:
    source = "import os.path, numpy as np\nfrom torch.nn import Linear\nfrom . import mine\ndef f():\n    import json"
    assert _imports(source) == {"os.path", "numpy", "torch.nn", "json"}


def test_magics_are_read_as_python() -> None:
    assert _imports("%matplotlib inline\n!ls\nimport torch") == {"torch"}
    assert _imports("\n%%time\nimport torch") == {"torch"}


def test_lines_are_those_of_the_cell() -> None:
    tree = parse_cell("\n%%capture out\n\nimport torch\n%pylab\nx = 1")
    assert tree is not None
    assert [node.lineno for node in tree.body] == [4, 5, 6]


def test_other_languages_are_no_python() -> None:
    assert parse_cell("%%bash\nls | wc") is None


@pytest.mark.parametrize("source", ["x = = 1", "if x:\n", "x = '\0'", "x = = 1\n%time y"])
def test_what_is_no_python_says_so(source: str) -> None:
    with pytest.raises(SyntaxError):
        parse_cell(source)


def test_plain_python_is_left_as_it_is() -> None:
    assert runnable("x = '%time'  # %time\n") == "x = '%time'  # %time\n"


def test_magics_become_calls() -> None:
    assert "run_line_magic" in ast.unparse(ast.parse(runnable("%time x = 1")))
    assert "run_cell_magic" in runnable("%%time\nx = 1")
