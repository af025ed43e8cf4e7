# Written by 'gabarito release' from the cell test-graph-gradient of autograd.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-graph-gradient"
points = 2
all_or_nothing = True


@test_case(name="test-graph-gradient", hidden=False)
def visible_1(env):
    source = """
found = graph_gradient(torch.tensor(1.0), torch.tensor(2.0), torch.tensor(0.0))
assert set(found) == {"l", "p", "m", "n", "a", "b", "c"}
assert found["l"] == 36
assert found["p"] == 12
"""
    exec(compile(source, "test-graph-gradient", "exec"), env)


@test_case(name="the derivatives by the intermediate nodes", hidden=True)
def hidden_2(env):
    source = """
assert found["m"] == 24, "the derivative by m is wrong"
assert found["n"] == 36, "the derivative by n is wrong"
"""
    exec(compile(source, "test-graph-gradient: the derivatives by the intermediate nodes", "exec"), env)


@test_case(name="the derivatives by the leaves", hidden=True)
def hidden_3(env):
    source = """
assert found["a"] == 24, "the derivative by a is wrong"
assert found["b"] == 60, "the derivative by b is wrong"
assert found["c"] == 0, "the derivative by c is wrong"
"""
    exec(compile(source, "test-graph-gradient: the derivatives by the leaves", "exec"), env)
