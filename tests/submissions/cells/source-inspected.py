# about: the text of the student's function, looked at by the test

# %% right
import numpy as np


def row_sums(a):
    """The sum of each row, without a loop."""
    return np.asarray(a).sum(axis=1)

# %% test
import ast
import inspect

source = inspect.getsource(row_sums)
tree = ast.parse(source)
assert not any(isinstance(node, (ast.For, ast.While)) for node in ast.walk(tree)), "no loop"
assert list(row_sums([[1, 2], [3, 4]])) == [3, 7]
### BEGIN HIDDEN TESTS: how it is written
assert "for " not in source
assert inspect.getdoc(row_sums).endswith("without a loop.")
assert list(inspect.signature(row_sums).parameters) == ["a"]
assert row_sums.__name__ == "row_sums" and inspect.isfunction(row_sums)
### END HIDDEN TESTS
